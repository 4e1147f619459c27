/** Leases, by which controllers elect a leader and nodes say that they live. Notation: define.ts. */
import { define } from "./define.ts";

export const coordination = define(
  "coordination",
  `
message Lease
1 metadata meta.ObjectMeta !
2 spec coordination.LeaseSpec !

message LeaseSpec
1 holderIdentity string *
2 leaseDurationSeconds int32 *
3 acquireTime MicroTime *
4 renewTime MicroTime *
5 leaseTransitions int32 *
6 strategy string *
7 preferredHolder string *
`,
);
