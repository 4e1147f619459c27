/** Jobs and cron jobs. Notation: define.ts. */
import { define } from "./define.ts";

export const batch = define(
  "batch",
  `
message CronJob ; Makes jobs by a timetable.
1 metadata meta.ObjectMeta ! ; Name, labels, versions and owners of the object.
2 spec batch.CronJobSpec ! required ; What is wanted.
3 status batch.CronJobStatus ! ; What was observed; written by the system.

message CronJobSpec ; What a cron job should do.
1 schedule string ! required ; The timetable, as cron writes it.
2 startingDeadlineSeconds int64 *
3 concurrencyPolicy string
4 suspend bool * ; Whether it waits.
5 jobTemplate batch.JobTemplateSpec ! required
6 successfulJobsHistoryLimit int32 *
7 failedJobsHistoryLimit int32 *
8 timeZone string *

message CronJobStatus
1 active []core.ObjectReference ; How many are running.
4 lastScheduleTime Time *
5 lastSuccessfulTime Time *

message Job ; Runs pods until enough have succeeded.
1 metadata meta.ObjectMeta ! ; Name, labels, versions and owners of the object.
2 spec batch.JobSpec ! ; What is wanted.
3 status batch.JobStatus ! ; What was observed; written by the system.

message JobCondition
1 type string ! required ; Which kind it is.
2 status string ! required ; What was observed; written by the system.
3 lastProbeTime Time ! ; When it was last looked at.
4 lastTransitionTime Time ! ; When it last changed.
5 reason string ; Why, in one word for programs.
6 message string ; Why, in words for people.

message JobSpec ; What a job should do.
1 parallelism int32 * ; How many pods at once.
2 completions int32 * ; How many must succeed.
3 activeDeadlineSeconds int64 * ; After how many seconds it is ended.
4 selector meta.LabelSelector * ; Which objects it is about.
5 manualSelector bool *
6 template core.PodTemplateSpec ! required ; What is made from it.
7 backoffLimit int32 * ; How many failures until it is given up.
8 ttlSecondsAfterFinished int32 *
9 completionMode string *
10 suspend bool * ; Whether it waits.
11 podFailurePolicy batch.PodFailurePolicy *
12 backoffLimitPerIndex int32 *
13 maxFailedIndexes int32 *
14 podReplacementPolicy string *
15 managedBy string *
16 successPolicy batch.SuccessPolicy *

message JobStatus ; How far a job is.
1 conditions []batch.JobCondition patch=merge:type ; Aspects of the state, each true, false or unknown.
2 startTime Time * ; When it began.
3 completionTime Time *
4 active int32 ; How many are running.
5 succeeded int32 ; How many succeeded.
6 failed int32 ; How many failed.
7 completedIndexes string
8 uncountedTerminatedPods batch.UncountedTerminatedPods *
9 ready int32 * ; Whether it is ready.
10 failedIndexes string *
11 terminating int32 *

message JobTemplateSpec
1 metadata meta.ObjectMeta ! ; Name, labels, versions and owners of the object.
2 spec batch.JobSpec ! ; What is wanted.

message PodFailurePolicy
1 rules []batch.PodFailurePolicyRule ! required ; What is allowed.

message PodFailurePolicyOnExitCodesRequirement
1 containerName string *
2 operator string ! required ; How key and values are compared.
3 values []int32 ! required list=set ; The values compared with.

message PodFailurePolicyOnPodConditionsPattern
1 type string ! required ; Which kind it is.
2 status string ! ; What was observed; written by the system.

message PodFailurePolicyRule
1 action string ! required
2 onExitCodes batch.PodFailurePolicyOnExitCodesRequirement *
3 onPodConditions []batch.PodFailurePolicyOnPodConditionsPattern

message SuccessPolicy
1 rules []batch.SuccessPolicyRule ! required ; What is allowed.

message SuccessPolicyRule
1 succeededIndexes string *
2 succeededCount int32 *

message UncountedTerminatedPods
1 succeeded []string list=set ; How many succeeded.
2 failed []string list=set ; How many failed.
`,
);
