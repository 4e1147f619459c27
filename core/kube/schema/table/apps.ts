/** Deployments, replica sets, daemon sets, stateful sets and their revisions. Notation: define.ts. */
import { define } from "./define.ts";

export const apps = define(
  "apps",
  `
message ControllerRevision ; A kept earlier state of a daemon set or stateful set.
1 metadata meta.ObjectMeta ! ; Name, labels, versions and owners of the object.
2 data Raw ! required ; Keys and values.
3 revision int64 !

message DaemonSet ; Runs one pod on every node that fits.
1 metadata meta.ObjectMeta ! ; Name, labels, versions and owners of the object.
2 spec apps.DaemonSetSpec ! required ; What is wanted.
3 status apps.DaemonSetStatus ! ; What was observed; written by the system.

message DaemonSetCondition
1 type string ! ; Which kind it is.
2 status string ! ; What was observed; written by the system.
3 lastTransitionTime Time ! ; When it last changed.
4 reason string ; Why, in one word for programs.
5 message string ; Why, in words for people.

message DaemonSetSpec ; What a daemon set should be.
1 selector meta.LabelSelector * ! required ; Which objects it is about.
2 template core.PodTemplateSpec ! required ; What is made from it.
3 updateStrategy apps.DaemonSetUpdateStrategy !
4 minReadySeconds int32 ; How long a new pod must be ready to count as available.
6 revisionHistoryLimit int32 * ; How many earlier states are kept.

message DaemonSetStatus ; What a daemon set has come to.
1 currentNumberScheduled int32 ! required
2 numberMisscheduled int32 ! required
3 desiredNumberScheduled int32 ! required
4 numberReady int32 ! required
5 observedGeneration int64 ; The generation that this was observed at.
6 updatedNumberScheduled int32
7 numberAvailable int32
8 numberUnavailable int32
9 collisionCount int32 * ; Counts clashes of generated names.
10 conditions []apps.DaemonSetCondition map=type patch=merge:type ; Aspects of the state, each true, false or unknown.

message DaemonSetUpdateStrategy
1 type string ; Which kind it is.
2 rollingUpdate apps.RollingUpdateDaemonSet * ; Bounds of a rolling update.

message Deployment ; Keeps a number of pods running and replaces them gently when the template changes.
1 metadata meta.ObjectMeta ! ; Name, labels, versions and owners of the object.
2 spec apps.DeploymentSpec ! required ; What is wanted.
3 status apps.DeploymentStatus ! ; What was observed; written by the system.

message DeploymentCondition ; One aspect of a deployment's state.
1 type string ! ; Which kind it is.
2 status string ! ; What was observed; written by the system.
4 reason string ; Why, in one word for programs.
5 message string ; Why, in words for people.
6 lastUpdateTime Time !
7 lastTransitionTime Time ! ; When it last changed.

message DeploymentSpec ; What a deployment should be.
1 replicas int32 * ; How many are wanted, or are there.
2 selector meta.LabelSelector * ! required ; Which objects it is about.
3 template core.PodTemplateSpec ! required ; What is made from it.
4 strategy apps.DeploymentStrategy ! patch=retainKeys ; How the old is replaced.
5 minReadySeconds int32 ; How long a new pod must be ready to count as available.
6 revisionHistoryLimit int32 * ; How many earlier states are kept.
7 paused bool ; Changes are not carried out while true.
9 progressDeadlineSeconds int32 * ; After how long without progress it counts as failed.

message DeploymentStatus ; What a deployment has come to.
1 observedGeneration int64 ; The generation that this was observed at.
2 replicas int32 ; How many are wanted, or are there.
3 updatedReplicas int32 ; Pods made from the newest template.
4 availableReplicas int32 ; Pods that have been ready for long enough.
5 unavailableReplicas int32 ; Pods that are still missing.
6 conditions []apps.DeploymentCondition map=type patch=merge:type ; Aspects of the state, each true, false or unknown.
7 readyReplicas int32 ; Pods that are ready.
8 collisionCount int32 * ; Counts clashes of generated names.
9 terminatingReplicas int32 *

message DeploymentStrategy ; How old pods are replaced by new ones.
1 type string ; Which kind it is.
2 rollingUpdate apps.RollingUpdateDeployment * ; Bounds of a rolling update.

message ReplicaSet ; Keeps a number of equal pods running.
1 metadata meta.ObjectMeta ! ; Name, labels, versions and owners of the object.
2 spec apps.ReplicaSetSpec ! required ; What is wanted.
3 status apps.ReplicaSetStatus ! ; What was observed; written by the system.

message ReplicaSetCondition
1 type string ! ; Which kind it is.
2 status string ! ; What was observed; written by the system.
3 lastTransitionTime Time ! ; When it last changed.
4 reason string ; Why, in one word for programs.
5 message string ; Why, in words for people.

message ReplicaSetSpec ; What a replica set should be.
1 replicas int32 * ; How many are wanted, or are there.
2 selector meta.LabelSelector * ! required ; Which objects it is about.
3 template core.PodTemplateSpec ! ; What is made from it.
4 minReadySeconds int32 ; How long a new pod must be ready to count as available.

message ReplicaSetStatus ; What a replica set has come to.
1 replicas int32 ! required ; How many are wanted, or are there.
2 fullyLabeledReplicas int32
3 observedGeneration int64 ; The generation that this was observed at.
4 readyReplicas int32 ; Pods that are ready.
5 availableReplicas int32 ; Pods that have been ready for long enough.
6 conditions []apps.ReplicaSetCondition map=type patch=merge:type ; Aspects of the state, each true, false or unknown.
7 terminatingReplicas int32 *

message RollingUpdateDaemonSet
1 maxUnavailable IntOrString * ; How many may be missing, as a number or percentage.
2 maxSurge IntOrString * ; How many more than wanted there may be, as a number or percentage.

message RollingUpdateDeployment ; How many pods may be missing or too many during an update.
1 maxUnavailable IntOrString * ; How many may be missing, as a number or percentage.
2 maxSurge IntOrString * ; How many more than wanted there may be, as a number or percentage.

message RollingUpdateStatefulSetStrategy
1 partition int32 *
2 maxUnavailable IntOrString * ; How many may be missing, as a number or percentage.

message StatefulSet ; Pods with names and storage that stay.
1 metadata meta.ObjectMeta ! ; Name, labels, versions and owners of the object.
2 spec apps.StatefulSetSpec ! required ; What is wanted.
3 status apps.StatefulSetStatus ! ; What was observed; written by the system.

message StatefulSetCondition
1 type string ! ; Which kind it is.
2 status string ! ; What was observed; written by the system.
3 lastTransitionTime Time ! ; When it last changed.
4 reason string ; Why, in one word for programs.
5 message string ; Why, in words for people.

message StatefulSetOrdinals
1 start int32 !

message StatefulSetPersistentVolumeClaimRetentionPolicy
1 whenDeleted string
2 whenScaled string

message StatefulSetSpec ; What a stateful set should be.
1 replicas int32 * ; How many are wanted, or are there.
2 selector meta.LabelSelector * ! required ; Which objects it is about.
3 template core.PodTemplateSpec ! required ; What is made from it.
4 volumeClaimTemplates []core.PersistentVolumeClaim
5 serviceName string !
6 podManagementPolicy string
7 updateStrategy apps.StatefulSetUpdateStrategy !
8 revisionHistoryLimit int32 * ; How many earlier states are kept.
9 minReadySeconds int32 ; How long a new pod must be ready to count as available.
10 persistentVolumeClaimRetentionPolicy apps.StatefulSetPersistentVolumeClaimRetentionPolicy *
11 ordinals apps.StatefulSetOrdinals *

message StatefulSetStatus ; What a stateful set has come to.
1 observedGeneration int64 ; The generation that this was observed at.
2 replicas int32 ! required ; How many are wanted, or are there.
3 readyReplicas int32 ; Pods that are ready.
4 currentReplicas int32
5 updatedReplicas int32 ; Pods made from the newest template.
6 currentRevision string
7 updateRevision string
9 collisionCount int32 * ; Counts clashes of generated names.
10 conditions []apps.StatefulSetCondition map=type patch=merge:type ; Aspects of the state, each true, false or unknown.
11 availableReplicas int32 ! ; Pods that have been ready for long enough.

message StatefulSetUpdateStrategy
1 type string ; Which kind it is.
2 rollingUpdate apps.RollingUpdateStatefulSetStrategy * ; Bounds of a rolling update.
`,
);
