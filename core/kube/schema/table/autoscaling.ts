/** The /scale of whatever can be scaled. Notation: define.ts. */
import { define } from "./define.ts";

export const autoscaling = define(
  "autoscaling",
  `
message Scale ; How many replicas there are and should be.
1 metadata meta.ObjectMeta ! ; Name, labels, versions and owners of the object.
2 spec autoscaling.ScaleSpec ! ; What is wanted.
3 status autoscaling.ScaleStatus ! ; What was observed; written by the system.

message ScaleSpec ; How many replicas there should be.
1 replicas int32 default=0 ; How many are wanted, or are there.

message ScaleStatus ; How many replicas there are.
1 replicas int32 ! required ; How many are wanted, or are there.
2 selector string ; Which objects it is about.
`,
);
