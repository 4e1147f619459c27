/** What was measured, by name: several values of ours and of real etcd's, and the table of their medians. */

export interface Row {
  readonly name: string;
  readonly unit: string;
  readonly better: "higher" | "lower";
  readonly ours: number;
  readonly etcd: number | null;
  /** above 1: ours is better */
  readonly ratio: number | null;
}

interface Figure {
  readonly unit: string;
  readonly better: "higher" | "lower";
  readonly ours: number[];
  readonly etcd: number[];
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length === 0 ? Number.NaN : sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export class Figures {
  private readonly all = new Map<string, Figure>();

  note(real: boolean, name: string, unit: string, better: "higher" | "lower", value: number): void {
    let figure = this.all.get(name);
    if (figure === undefined) {
      figure = { unit, better, ours: [], etcd: [] };
      this.all.set(name, figure);
    }
    (real ? figure.etcd : figure.ours).push(value);
    console.error(`${real ? "etcd" : "ours"}  ${name}: ${value.toFixed(1)} ${unit}`);
  }

  rows(): Row[] {
    return [...this.all].map(([name, { unit, better, ours, etcd }]) => {
      const mine = median(ours);
      const theirs = etcd.length === 0 ? null : median(etcd);
      return { name, unit, better, ours: mine, etcd: theirs, ratio: theirs === null ? null : better === "higher" ? mine / theirs : theirs / mine };
    });
  }
}

export function printTable(rows: readonly Row[]): void {
  const width = Math.max(...rows.map((row) => row.name.length));
  console.log(`${"".padEnd(width)}  ${"ours".padStart(10)} ${"etcd".padStart(10)}  ${"unit".padEnd(11)} ratio`);
  for (const { name, unit, ours, etcd, ratio } of rows) {
    console.log(`${name.padEnd(width)}  ${ours.toFixed(1).padStart(10)} ${(etcd?.toFixed(1) ?? "-").padStart(10)}  ${unit.padEnd(11)} ${ratio?.toFixed(2) ?? "-"}`);
  }
}
