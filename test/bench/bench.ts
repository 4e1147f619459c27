/**
 * `npm run bench`: ours and, where it is installed, real etcd, alternating in one run; medians and ratios. `--json FILE` writes
 * them, `--quick` ends within four minutes and the whole within ten, `--only NAME[,NAME]` runs some of the measures. A ratio
 * above 1 always means that ours is better.
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Figures, printTable } from "./figures.ts";
import { failovers, type Plan, singleMember, snapshots, starts, threeMembers } from "./measures.ts";
import { hasReal } from "./pair.ts";
import { hasChromium, windowFigures } from "./window.ts";

// the program as it is built: with the flags and the code cache that it has in use, which a bundle made for a test has not
process.env.OUR_ETCD ??= fileURLToPath(new URL("../../dist/bin/etcd", import.meta.url));

const { values } = parseArgs({ options: { json: { type: "string" }, quick: { type: "boolean", default: false }, only: { type: "string" } } });
const plan: Plan = values.quick
  ? { seconds: 0.6, rounds: 2, inFlight: [1, 4, 64, 128, 512], failovers: 3, starts: 2, watchRounds: 2, watchPuts: 10, snapshotRounds: 1, snapshotMegabytes: 100 }
  : { seconds: 2, rounds: 5, inFlight: [1, 4, 64, 128, 512], failovers: 10, starts: 5, watchRounds: 3, watchPuts: 50, snapshotRounds: 3, snapshotMegabytes: 100 };
const windowRounds = values.quick ? 1 : 3;

const figures = new Figures();
if (!hasReal) console.error("real etcd is not installed (apt-get install etcd-server etcd-client): only ours is measured");
if (!hasChromium) console.error("chromium is not installed (apt-get install chromium): the window is not measured");
const measures: Readonly<Record<string, () => Promise<void>>> = {
  single: () => singleMember(figures, plan),
  three: () => threeMembers(figures, plan),
  starts: () => starts(figures, plan),
  failovers: () => failovers(figures, plan),
  snapshots: () => snapshots(figures, plan),
  window: async () => {
    for (let round = 0; hasChromium && round < windowRounds; round++) await windowFigures(figures);
  },
};
for (const name of values.only?.split(",") ?? Object.keys(measures)) {
  const measure = measures[name];
  if (measure === undefined) throw new Error(`--only takes some of ${Object.keys(measures).join(", ")}`);
  await measure();
}
const rows = figures.rows();
printTable(rows);
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, undefined, 2)}\n`);
process.exit(0);
