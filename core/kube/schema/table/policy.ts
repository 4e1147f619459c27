/** Disruption budgets and evictions. Notation: define.ts. */
import { define } from "./define.ts";

export const policy = define(
  "policy",
  `
message Eviction ; Asks for a pod to be moved away, if its budget allows.
1 metadata meta.ObjectMeta ! ; Name, labels, versions and owners of the object.
2 deleteOptions meta.DeleteOptions *

message PodDisruptionBudget ; How many pods must stay when others are moved on purpose.
1 metadata meta.ObjectMeta ! ; Name, labels, versions and owners of the object.
2 spec policy.PodDisruptionBudgetSpec ! ; What is wanted.
3 status policy.PodDisruptionBudgetStatus ! ; What was observed; written by the system.

message PodDisruptionBudgetSpec
1 minAvailable IntOrString *
2 selector meta.LabelSelector * patch=replace ; Which objects it is about.
3 maxUnavailable IntOrString * ; How many may be missing, as a number or percentage.
4 unhealthyPodEvictionPolicy string *

message PodDisruptionBudgetStatus
1 observedGeneration int64 ; The generation that this was observed at.
2 disruptedPods map[Time]
3 disruptionsAllowed int32 !
4 currentHealthy int32 !
5 desiredHealthy int32 !
6 expectedPods int32 !
7 conditions []meta.Condition map=type patch=merge:type ; Aspects of the state, each true, false or unknown.
`,
);
