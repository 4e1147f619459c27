/** Priority classes. Notation: define.ts. */
import { define } from "./define.ts";

export const scheduling = define(
  "scheduling",
  `
message PriorityClass
1 metadata meta.ObjectMeta !
2 value int32 !
3 globalDefault bool
4 description string
5 preemptionPolicy string *
`,
);
