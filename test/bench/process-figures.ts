/** What the system says of processes: resident memory and CPU time (Linux /proc). */
import { readFileSync } from "node:fs";

const PAGE_BYTES = 4096;
const TICKS_A_SECOND = 100;

export function residentMegabytes(pid: number): number {
  return (Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]) * PAGE_BYTES) / 1e6;
}

/** CPU seconds used so far. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /, "").split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}
