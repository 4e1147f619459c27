/** A request's way as it is read: each step with its time since the first, and the longest wait, which says where the time went. */
import type { RequestWay, WayStep } from "../../core/lab/contract/state.ts";
import { text } from "../text.ts";

export interface WayRow {
  readonly step: WayStep;
  /** ms since the first step, and since the one before */
  readonly after: number;
  readonly gap: number;
  readonly words: string;
}

export interface ReadWay {
  readonly rows: readonly WayRow[];
  /** ms from the first step to the last */
  readonly whole: number;
  /** ms from taking to answering; null while it is open */
  readonly answered: number | null;
  /** why it was refused; "" when it was not */
  readonly refused: string;
  /** the row that was waited for longest on the way to the answer; null when there was nothing to wait for */
  readonly longest: WayRow | null;
}

/** @param hostOf a member's host by its hex id, "" when unknown */
export function readWay(way: RequestWay, hostOf: (id: string) => string): ReadWay {
  const first = way.steps[0]?.at ?? 0;
  const rows = way.steps.map((step, at): WayRow => {
    const peer = step.peer === "" ? "" : hostOf(step.peer) || step.peer;
    return { step, after: step.at - first, gap: step.at - (way.steps[at - 1]?.at ?? first), words: text.log.way.steps[step.step](step.host, peer) };
  });
  const taken = rows.find((row) => row.step.step === "received");
  const end = rows.find((row) => row.step.step === "answered" || row.step.step === "failed");
  const until = end === undefined ? rows.length : rows.indexOf(end) + 1;
  const longest = rows.slice(1, until).reduce<WayRow | null>((most, row) => (row.gap > (most?.gap ?? 0) ? row : most), null);
  return {
    rows,
    whole: rows.at(-1)?.after ?? 0,
    answered: end?.step.step === "answered" && taken !== undefined ? end.after - taken.after : null,
    refused: end?.step.step === "failed" ? end.step.detail : "",
    longest,
  };
}
