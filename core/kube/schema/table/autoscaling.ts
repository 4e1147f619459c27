/** The /scale of whatever can be scaled. Notation: define.ts. */
import { define } from "./define.ts";

export const autoscaling = define(
  "autoscaling",
  `
message Scale
1 metadata meta.ObjectMeta !
2 spec autoscaling.ScaleSpec !
3 status autoscaling.ScaleStatus !

message ScaleSpec
1 replicas int32 default=0

message ScaleStatus
1 replicas int32 ! required
2 selector string
`,
);
