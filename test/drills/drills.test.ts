/**
 * Every drill keeps its promise: the set-up alone fails, the reference passes, each wrong solution fails for its stated reason.
 * Here the short ones; `DRILLS=all DRILL_SEEDS=1,2,3` runs the whole set (`npm run test:drills`), `DRILLS=first-key,learner` some.
 */
import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { judge, library, program } from "./judge.ts";

/** one without and one with a workload; neither takes long */
const SHORT = ["first-key", "restore-one-member"];
const TIMEOUT = 1_200_000;

const wanted = process.env.DRILLS ?? "";
const names = wanted === "all" ? library.names() : wanted === "" ? SHORT : wanted.split(",");
const seeds = (process.env.DRILL_SEEDS ?? "1").split(",").map(Number);
const missing = !existsSync(program);

describe("the drills' folder", () => {
  it.each(library.names())("%s is as the format says", (name) => {
    expect(library.lint(name)).toEqual([]);
  });
});

describe.skipIf(missing)(`drills${missing ? " (skipped: dist/bin/quorum-lab not built; npm run build)" : ""}`, () => {
  for (const name of names) {
    for (const seed of seeds) {
      it.each(library.read(name, seed).solutions.map((one) => one.name))(`${name}, seed ${seed}, %s`, { timeout: TIMEOUT }, async (solution) => {
        expect((await judge(name, seed, solution)).problems).toEqual([]);
      });
    }
  }
});
