/** Jobs and cron jobs. Notation: define.ts. */
import { define } from "./define.ts";

export const batch = define(
  "batch",
  `
message CronJob
1 metadata meta.ObjectMeta !
2 spec batch.CronJobSpec ! required
3 status batch.CronJobStatus !

message CronJobSpec
1 schedule string ! required
2 startingDeadlineSeconds int64 *
3 concurrencyPolicy string
4 suspend bool *
5 jobTemplate batch.JobTemplateSpec ! required
6 successfulJobsHistoryLimit int32 *
7 failedJobsHistoryLimit int32 *
8 timeZone string *

message CronJobStatus
1 active []core.ObjectReference
4 lastScheduleTime Time *
5 lastSuccessfulTime Time *

message Job
1 metadata meta.ObjectMeta !
2 spec batch.JobSpec !
3 status batch.JobStatus !

message JobCondition
1 type string ! required
2 status string ! required
3 lastProbeTime Time !
4 lastTransitionTime Time !
5 reason string
6 message string

message JobSpec
1 parallelism int32 *
2 completions int32 *
3 activeDeadlineSeconds int64 *
4 selector meta.LabelSelector *
5 manualSelector bool *
6 template core.PodTemplateSpec ! required
7 backoffLimit int32 *
8 ttlSecondsAfterFinished int32 *
9 completionMode string *
10 suspend bool *
11 podFailurePolicy batch.PodFailurePolicy *
12 backoffLimitPerIndex int32 *
13 maxFailedIndexes int32 *
14 podReplacementPolicy string *
15 managedBy string *
16 successPolicy batch.SuccessPolicy *

message JobStatus
1 conditions []batch.JobCondition patch=merge:type
2 startTime Time *
3 completionTime Time *
4 active int32
5 succeeded int32
6 failed int32
7 completedIndexes string
8 uncountedTerminatedPods batch.UncountedTerminatedPods *
9 ready int32 *
10 failedIndexes string *
11 terminating int32 *

message JobTemplateSpec
1 metadata meta.ObjectMeta !
2 spec batch.JobSpec !

message PodFailurePolicy
1 rules []batch.PodFailurePolicyRule ! required

message PodFailurePolicyOnExitCodesRequirement
1 containerName string *
2 operator string ! required
3 values []int32 ! required list=set

message PodFailurePolicyOnPodConditionsPattern
1 type string ! required
2 status string !

message PodFailurePolicyRule
1 action string ! required
2 onExitCodes batch.PodFailurePolicyOnExitCodesRequirement *
3 onPodConditions []batch.PodFailurePolicyOnPodConditionsPattern

message SuccessPolicy
1 rules []batch.SuccessPolicyRule ! required

message SuccessPolicyRule
1 succeededIndexes string *
2 succeededCount int32 *

message UncountedTerminatedPods
1 succeeded []string list=set
2 failed []string list=set
`,
);
