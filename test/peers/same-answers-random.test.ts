/**
 * Random requests of the whole client API, valid and invalid, to our member and a real one in lockstep: every field, every
 * code and every text is equal, but for what `differential/known-differences.ts` lists.
 *
 *   DIFF_SEED=1,2 DIFF_COUNT=5000  these seeds, each of so many requests, instead of the short run; CI makes 20,000 in all
 *   DIFF_KEEP=3,17,40             only these of its requests: how a failure says it can be replayed
 *   DIFF_TRACE=1                  prints each request and answer
 *   DIFF_ALL=20                   goes on after a difference and prints them, so many at most
 *   DIFF_ETCD=/path/to/etcd       another real etcd; DIFF_TARGET=3.6 where it is one of 3.6: then no difference is known
 */
import { describe, expect, it } from "vitest";
import { needsPeers, ourEtcd, realEtcd } from "./harness/programs.ts";
import { type Difference, type Plan, run } from "./differential/run.ts";
import { shrink } from "./differential/shrink.ts";

const { DIFF_SEED, DIFF_COUNT, DIFF_KEEP, DIFF_TRACE, DIFF_ALL, DIFF_ETCD = realEtcd, DIFF_TARGET = "3.4" } = process.env;

const SEEDS = (DIFF_SEED ?? "1").split(",").map(Number);
const COUNT = Number(DIFF_COUNT ?? 2500);
const SHRINKING_RUNS_MAX = 60;

describe.skipIf(DIFF_ETCD === undefined)(`random requests have the same answers (${needsPeers})`, () => {
  for (const seed of SEEDS)
    it(`${COUNT} requests of seed ${seed}`, { timeout: 600_000 }, async () => {
      const plan: Plan = {
        seed,
        count: COUNT,
        target: DIFF_TARGET === "3.6" ? "3.6" : "3.4",
        real: [DIFF_ETCD!],
        ours: [process.execPath, await ourEtcd()],
        ...(DIFF_KEEP === undefined ? {} : { keep: DIFF_KEEP.split(",").map(Number) }),
        ...(DIFF_ALL === undefined ? {} : { each: printer(Number(DIFF_ALL)) }),
        ...(DIFF_TRACE === undefined ? {} : { trace: (line: string) => process.stdout.write(`${line.slice(0, 2000)}\n`) }),
      };
      const found = await run(plan);
      if (found === undefined) return;
      const { keep, difference } = DIFF_KEEP === undefined && DIFF_ALL === undefined ? await shrink(plan, found, SHRINKING_RUNS_MAX) : { keep: plan.keep ?? [], difference: found };
      expect.fail(`${difference.text}\n\nreplay: DIFF_SEED=${seed} DIFF_KEEP=${keep.join(",")} npx vitest run test/peers/same-answers-random.test.ts`);
    });
});

function printer(left: number): (difference: Difference) => boolean {
  return ({ at, text }) => {
    process.stdout.write(`DIFFERENCE ${at} ${text}\n`);
    return --left > 0;
  };
}
