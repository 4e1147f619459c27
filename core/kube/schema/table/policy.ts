/** Disruption budgets and evictions. Notation: define.ts. */
import { define } from "./define.ts";

export const policy = define(
  "policy",
  `
message Eviction
1 metadata meta.ObjectMeta !
2 deleteOptions meta.DeleteOptions *

message PodDisruptionBudget
1 metadata meta.ObjectMeta !
2 spec policy.PodDisruptionBudgetSpec !
3 status policy.PodDisruptionBudgetStatus !

message PodDisruptionBudgetSpec
1 minAvailable IntOrString *
2 selector meta.LabelSelector * patch=replace
3 maxUnavailable IntOrString *
4 unhealthyPodEvictionPolicy string *

message PodDisruptionBudgetStatus
1 observedGeneration int64
2 disruptedPods map[Time]
3 disruptionsAllowed int32 !
4 currentHealthy int32 !
5 desiredHealthy int32 !
6 expectedPods int32 !
7 conditions []meta.Condition map=type patch=merge:type
`,
);
