/** The score of a drill: a pure function of what was seen. */
import type { DangerName } from "../format/drill.ts";
import type { Danger } from "./dangers.ts";

export const HINT_COSTS = 5;
export const DANGER_COSTS = 15;
/** what may be lost by hints at the most */
const HINTS_AT_MOST = 30;

export interface CheckOutcome {
  readonly id: string;
  readonly name: string;
  readonly passed: boolean;
  readonly reason: string;
  /** wall ms when it first went green; undefined: never */
  readonly greenAt: number | undefined;
}

export interface Score {
  /** every check is green */
  readonly passed: boolean;
  /** 0 to 100 */
  readonly points: number;
  /** how the points came to be, one line each */
  readonly account: readonly string[];
}

export function score(checks: readonly CheckOutcome[], hints: number, dangers: readonly Danger[], allow: readonly DangerName[]): Score {
  const green = checks.filter((check) => check.passed).length;
  const base = checks.length === 0 ? 0 : Math.round((100 * green) / checks.length);
  const forHints = Math.min(HINTS_AT_MOST, hints * HINT_COSTS);
  const counted = dangers.filter((danger) => !allow.includes(danger.name));
  const account = [`${green} of ${checks.length} checks: ${base} points`];
  if (hints > 0) account.push(`${hints} ${hints === 1 ? "hint" : "hints"}: ${forHints} points less`);
  for (const danger of counted) account.push(`${danger.text}: ${DANGER_COSTS} points less`);
  return { passed: checks.length > 0 && green === checks.length, points: Math.max(0, base - forHints - DANGER_COSTS * counted.length), account };
}
