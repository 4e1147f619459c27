/** Which faults cannot be made on a host now, and why: by the system, by the program that runs there, by the state that it is in. */
import type { FaultKind, ImpossibleFaults } from "./contract/state.ts";

export interface FaultCircumstances {
  readonly platform: NodeJS.Platform;
  /** etcd runs on the host */
  readonly runs: boolean;
  /** it takes no words of the lab: it is another etcd than the lab's own */
  readonly deaf: boolean;
  /** why its certificate cannot be replaced by an expired one; "" where it can */
  readonly noCertificate: string;
}

/** What the lab asks of the member itself. */
const ASKED: readonly FaultKind[] = ["slow-fsync", "failing-fsync", "disk-full", "clock-skew"];

export function impossibleFaults({ platform, runs, deaf, noCertificate }: FaultCircumstances): ImpossibleFaults {
  return {
    ...(platform === "win32" ? { paused: "Windows has no signal that stops a process" } : {}),
    ...(deaf ? Object.fromEntries(ASKED.map((kind) => [kind, "this etcd is not the lab's own and takes no faults"])) : {}),
    ...(runs ? { "torn-write": "stop or kill it first: only a crash tears a write" } : {}),
    ...(noCertificate === "" ? {} : { "certificate-expired": noCertificate }),
  };
}
