/** Priority classes. Notation: define.ts. */
import { define } from "./define.ts";

export const scheduling = define(
  "scheduling",
  `
message PriorityClass ; Names a priority of pods.
1 metadata meta.ObjectMeta ! ; Name, labels, versions and owners of the object.
2 value int32 ! ; The value.
3 globalDefault bool
4 description string ; What it is for.
5 preemptionPolicy string *
`,
);
