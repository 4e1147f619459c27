/**
 * `npm run simulate -- --seeds N --from S [--verbose]`: runs the seeds S to S+N-1, prints a line for each that fails, with the command
 * that replays it, and closes with `N passed, N failed`. With --verbose the event log of every seed, one column a replica.
 */
import { parseArgs } from "node:util";
import { runSeed } from "./world.ts";

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  console.error(`--${name} wants a whole number, not ${JSON.stringify(text)}`);
  process.exit(2);
}

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "200" },
    from: { type: "string", default: "1" },
    verbose: { type: "boolean", default: false },
  },
});
const seeds = wholeNumber("seeds", values.seeds);
const from = wholeNumber("from", values.from);
let failed = 0;
let steps = 0;
let committed = 0;
for (let seed = from; seed < from + seeds; seed++) {
  const result = runSeed(seed, { verbose: values.verbose });
  steps += result.steps;
  committed += result.committed;
  if (values.verbose) console.log(result.lines.join("\n"));
  if (result.violation === undefined) continue;
  failed++;
  const { property, detail, step } = result.violation;
  console.log(`FAIL seed ${seed} at step ${step}: ${property}: ${detail}; replay: npm run simulate -- --seeds 1 --from ${seed} --verbose`);
}
console.log(`${steps} steps, ${committed} entries committed`);
console.log(`${seeds - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
