/** All rules, in the order in which they are put to a command. */
import type { Rule } from "./correction.ts";
import { oldPort, restoreEverywhere, singleDash, snapshotName, tlsNames, v2Commands } from "./etcdctl-rules.ts";
import { boldMarks, daemonReload, etcdPod, flagAsCommand, serviceNames } from "./host-rules.ts";

export const rules: readonly Rule[] = [
  boldMarks,
  flagAsCommand,
  v2Commands,
  singleDash,
  tlsNames,
  oldPort,
  snapshotName,
  restoreEverywhere,
  daemonReload,
  serviceNames,
  etcdPod,
];
