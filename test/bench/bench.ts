/**
 * `npm run bench`: ours and, where it is installed, real etcd, alternating in one run; medians and ratios. `--json FILE` writes
 * them, `--quick` ends within four minutes. A ratio above 1 always means that ours is better.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { realEtcd, realEtcdctl } from "../member/harness/programs.ts";
import { median } from "./load.ts";
import { type Figure, singleMember, snapshots, threeMembers } from "./measures.ts";
import { hasChromium, windowFigures } from "./window.ts";

const { values } = parseArgs({ options: { json: { type: "string" }, quick: { type: "boolean", default: false } } });
const rounds = values.quick ? 1 : 3;
const seconds = values.quick ? 2 : 5;
const megabytes = 100;

interface Row {
  readonly name: string;
  readonly unit: string;
  readonly better: "higher" | "lower";
  readonly ours: number;
  readonly etcd: number | null;
  readonly ratio: number | null;
}

const ours = new Map<string, { figure: Figure; values: number[] }>();
const theirs = new Map<string, number[]>();

function note(figures: readonly Figure[], real: boolean): void {
  for (const figure of figures) {
    if (real) theirs.set(figure.name, [...(theirs.get(figure.name) ?? []), figure.value]);
    else {
      const known = ours.get(figure.name) ?? { figure, values: [] };
      known.values.push(figure.value);
      ours.set(figure.name, known);
    }
    console.error(`${real ? "etcd" : "ours"}  ${figure.name}: ${figure.value.toFixed(1)} ${figure.unit}`);
  }
}

const kinds = realEtcd !== undefined && realEtcdctl !== undefined ? [false, true] : [false];
if (kinds.length === 1) console.error("real etcd is not installed (apt-get install etcd-server etcd-client): only ours is measured");
for (let round = 0; round < rounds; round++) {
  for (const measure of [singleMember, threeMembers]) for (const real of kinds) note(await measure(real, seconds), real);
  for (const real of kinds) note(await snapshots(real, megabytes), real);
  if (hasChromium) note(await windowFigures(), false);
}
if (!hasChromium) console.error("chromium is not installed (apt-get install chromium): the window is not measured");

const rows: Row[] = [...ours.values()].map(({ figure, values: own }) => {
  const other = theirs.get(figure.name);
  const mine = median(own);
  const etcd = other === undefined ? null : median(other);
  return { name: figure.name, unit: figure.unit, better: figure.better, ours: mine, etcd, ratio: etcd === null ? null : figure.better === "higher" ? mine / etcd : etcd / mine };
});
const width = Math.max(...rows.map((row) => row.name.length));
console.log(`${"".padEnd(width)}  ${"ours".padStart(10)} ${"etcd".padStart(10)}  ${"unit".padEnd(11)} ratio`);
for (const row of rows) console.log(`${row.name.padEnd(width)}  ${row.ours.toFixed(1).padStart(10)} ${(row.etcd?.toFixed(1) ?? "-").padStart(10)}  ${row.unit.padEnd(11)} ${row.ratio?.toFixed(2) ?? "-"}`);
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, undefined, 2)}\n`);
process.exit(0);
