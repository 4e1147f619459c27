/** Makes a failing run short: steps are dropped in halves, quarters and so on, as long as a difference of the same kind remains. */
import { type Difference, type Plan, run } from "./run.ts";

export interface Shrunk {
  readonly keep: readonly number[];
  readonly difference: Difference;
}

/** @param runsMax members are started anew for each attempt */
export async function shrink(plan: Plan, found: Difference, runsMax: number): Promise<Shrunk> {
  let keep = (plan.keep ?? Array.from({ length: plan.count }, (_, index) => index)).filter((index) => index <= found.at);
  let difference = found;
  let runs = 0;
  for (let size = Math.ceil(keep.length / 2); ; size = Math.ceil(size / 2)) {
    for (let from = 0; from < keep.length && runs < runsMax; ) {
      const fewer = [...keep.slice(0, from), ...keep.slice(from + size)];
      runs++;
      const again = fewer.length === 0 ? undefined : await run({ ...plan, keep: fewer });
      if (again?.kind !== found.kind) from += size;
      else {
        keep = fewer.filter((index) => index <= again.at);
        difference = again;
      }
    }
    if (size <= 1 || runs >= runsMax) return { keep, difference };
  }
}
