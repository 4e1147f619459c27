/** Events in their newer form; the older one, which is kept, is in core.ts. Notation: define.ts. */
import { define } from "./define.ts";

export const events = define(
  "events",
  `
message Event ; Something that happened to an object.
1 metadata meta.ObjectMeta ! ; Name, labels, versions and owners of the object.
2 eventTime MicroTime ! required
3 series events.EventSeries *
4 reportingController string
5 reportingInstance string
6 action string
7 reason string ; Why, in one word for programs.
8 regarding core.ObjectReference !
9 related core.ObjectReference *
10 note string
11 type string ; Which kind it is.
12 deprecatedSource core.EventSource !
13 deprecatedFirstTimestamp Time !
14 deprecatedLastTimestamp Time !
15 deprecatedCount int32

message EventSeries
1 count int32 ! required ; How often.
2 lastObservedTime MicroTime ! required
`,
);
