/** Makes a file of a part of a recording: the same segments, the first and the last cut to the wanted moments. */
import { Censor, cutSegment } from "../../core/lab/contract/recording-cut.ts";
import { segmentText, writeFileParts } from "../../core/lab/contract/recording-file.ts";
import { pack } from "../../core/lab/contract/recording-pack.ts";
import type { LeftOut, RecordingFacts } from "../../core/lab/contract/recording.ts";
import type { RecordingSource } from "./source.ts";

export interface Wanted {
  readonly from: number;
  readonly to: number;
  readonly note: string;
  readonly leftOut: readonly LeftOut[];
  readonly lab: string;
  readonly product: string;
  /** what was left out already, when it was saved before */
  readonly leftOutBefore: readonly LeftOut[];
}

/** @param tell how many segments of all are done */
export async function makeRecordingFile(source: RecordingSource, wanted: Wanted, tell: (done: number, all: number) => void): Promise<Blob> {
  const { segments } = await source.span();
  const within = segments.filter((span, at) => span.from <= wanted.to && (segments[at + 1]?.from ?? Number.POSITIVE_INFINITY) > wanted.from);
  const leftOut = [...new Set([...wanted.leftOutBefore, ...wanted.leftOut])];
  const censor = new Censor(leftOut);
  const parts: { from: number; to: number; packed: Uint8Array<ArrayBuffer> }[] = [];
  for (const [at, span] of within.entries()) {
    tell(at, within.length);
    const segment = censor.segment(cutSegment(await source.read(span.id), wanted.from, wanted.to));
    const to = Math.max(segment.key.at, Math.min(wanted.to, within[at + 1]?.from ?? span.to));
    parts.push({ from: segment.key.at, to, packed: await pack(segmentText(segment)) });
  }
  const facts: RecordingFacts = {
    lab: wanted.lab, product: wanted.product, note: wanted.note, leftOut, savedAt: Date.now(),
    from: parts[0]?.from ?? wanted.from, to: parts.at(-1)?.to ?? wanted.to,
  };
  return new Blob(await writeFileParts(facts, parts), { type: "application/gzip" });
}

/** Hands a file to the browser (or, in the app, to the system's save dialog). */
export function download(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // the browser has taken hold of it by then
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

const two = (n: number): string => String(n).padStart(2, "0");

/** practice-20261124-140322.qrec */
export function fileName(lab: string, at: number): string {
  const date = new Date(at);
  const name = lab.replace(/[^\p{L}\p{N}._-]+/gu, "-").replace(/^[-.]+|-+$/g, "").slice(0, 60);
  const day = `${date.getFullYear()}${two(date.getMonth() + 1)}${two(date.getDate())}`;
  return `${name === "" ? "lab" : name}-${day}-${two(date.getHours())}${two(date.getMinutes())}${two(date.getSeconds())}.qrec`;
}
