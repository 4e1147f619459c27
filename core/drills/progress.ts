/** What a learner has done so far, in one file of the user's data folder; and a teacher's overview over the files of many. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Report } from "./run/report.ts";

export interface Attempt {
  readonly drill: string;
  readonly seed: number;
  readonly at: number;
  readonly seconds: number;
  readonly passed: boolean;
  readonly points: number;
  readonly hints: number;
  readonly dangers: readonly string[];
  /** acknowledged writes lost; -1: not known or no workload */
  readonly lost: number;
  /** longest time without service, ms; -1: no workload */
  readonly outageMs: number;
}

export interface Progress {
  readonly version: 1;
  readonly learner: string;
  readonly attempts: readonly Attempt[];
}

/** How many are remembered; the oldest go. */
const ATTEMPTS_MAX = 1000;

export class ProgressError extends Error {
  readonly code = "drill.progress";
  constructor(file: string, why: string) {
    super(`${file} is no record of drills: ${why}`);
    this.name = "ProgressError";
  }
}

/** @throws ProgressError */
export function readProgress(file: string, learner: string): Progress {
  if (!existsSync(file)) return { version: 1, learner, attempts: [] };
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new ProgressError(file, error instanceof Error ? error.message : String(error));
  }
  const { version, attempts } = (value ?? {}) as Partial<Progress>;
  if (version !== 1 || !Array.isArray(attempts)) throw new ProgressError(file, "it is of no version that this program knows");
  return value as Progress;
}

/** @throws ProgressError */
export function keepAttempt(file: string, learner: string, report: Report): void {
  const before = readProgress(file, learner);
  const attempts = [...before.attempts, attemptOf(report)].slice(-ATTEMPTS_MAX);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, `${JSON.stringify({ version: 1, learner: before.learner, attempts } satisfies Progress, null, 1)}\n`);
  renameSync(`${file}.new`, file);
}

export function attemptOf(report: Report): Attempt {
  return {
    drill: report.drill,
    seed: report.seed,
    at: report.endedAt,
    seconds: Math.round((report.endedAt - report.startedAt) / 1000),
    passed: report.passed,
    points: report.points,
    hints: report.hints.length,
    dangers: report.dangers.filter((danger) => danger.counts).map((danger) => danger.name),
    lost: report.rpo?.known === true ? report.rpo.lost : -1,
    outageMs: report.rto?.longestMs ?? -1,
  };
}

/** The best attempt at a drill: most points, then least time; undefined: never tried. */
export function best(progress: Progress, drill: string): Attempt | undefined {
  return progress.attempts.filter((one) => one.drill === drill).sort((a, b) => b.points - a.points || a.seconds - b.seconds)[0];
}

/** One line a learner and drill, as CSV. */
export function overviewCsv(all: readonly Progress[]): string {
  const head = "learner,drill,attempts,passed,best points,best seconds,hints,dangerous acts,writes lost,longest outage s";
  const quote = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const rows = all.flatMap((progress) =>
    [...new Set(progress.attempts.map((one) => one.drill))].sort().map((drill) => {
      const tries = progress.attempts.filter((one) => one.drill === drill);
      const top = best(progress, drill)!;
      const dangers = [...new Set(tries.flatMap((one) => one.dangers))].join(" ");
      return [progress.learner, drill, tries.length, tries.some((one) => one.passed) ? "yes" : "no", top.points, top.seconds, top.hints, dangers, top.lost < 0 ? "" : top.lost, top.outageMs < 0 ? "" : (top.outageMs / 1000).toFixed(1)]
        .map((cell) => quote(String(cell)))
        .join(",");
    }),
  );
  return `${[head, ...rows].join("\n")}\n`;
}

/** The same for people: learners down, drills across, best points in the cells. */
export function overviewMarkdown(all: readonly Progress[], drills: readonly string[]): string {
  const used = drills.filter((drill) => all.some((progress) => best(progress, drill) !== undefined));
  const out = ["# Drills: an overview", "", `| learner | ${used.join(" | ")} | passed |`, `|---|${used.map(() => "---:|").join("")}---:|`];
  for (const progress of all) {
    const cells = used.map((drill) => best(progress, drill)).map((one) => (one === undefined ? "" : `${one.points}${one.passed ? "" : " (open)"}`));
    out.push(`| ${progress.learner} | ${cells.join(" | ")} | ${used.filter((drill) => progress.attempts.some((one) => one.drill === drill && one.passed)).length} |`);
  }
  return `${out.join("\n")}\n`;
}
