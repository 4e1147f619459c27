/** Leases, by which controllers elect a leader and nodes say that they live. Notation: define.ts. */
import { define } from "./define.ts";

export const coordination = define(
  "coordination",
  `
message Lease ; Says who holds something, and until when.
1 metadata meta.ObjectMeta ! ; Name, labels, versions and owners of the object.
2 spec coordination.LeaseSpec ! ; What is wanted.

message LeaseSpec ; Who holds a lease.
1 holderIdentity string * ; Who holds it.
2 leaseDurationSeconds int32 * ; For how long it counts as held without a renewal.
3 acquireTime MicroTime * ; When the holder got it.
4 renewTime MicroTime * ; When the holder last said so.
5 leaseTransitions int32 * ; How often it changed hands.
6 strategy string * ; How the old is replaced.
7 preferredHolder string *
`,
);
