/** Deployments, replica sets, daemon sets, stateful sets and their revisions. Notation: define.ts. */
import { define } from "./define.ts";

export const apps = define(
  "apps",
  `
message ControllerRevision
1 metadata meta.ObjectMeta !
2 data Raw ! required
3 revision int64 !

message DaemonSet
1 metadata meta.ObjectMeta !
2 spec apps.DaemonSetSpec ! required
3 status apps.DaemonSetStatus !

message DaemonSetCondition
1 type string !
2 status string !
3 lastTransitionTime Time !
4 reason string
5 message string

message DaemonSetSpec
1 selector meta.LabelSelector * ! required
2 template core.PodTemplateSpec ! required
3 updateStrategy apps.DaemonSetUpdateStrategy !
4 minReadySeconds int32
6 revisionHistoryLimit int32 *

message DaemonSetStatus
1 currentNumberScheduled int32 ! required
2 numberMisscheduled int32 ! required
3 desiredNumberScheduled int32 ! required
4 numberReady int32 ! required
5 observedGeneration int64
6 updatedNumberScheduled int32
7 numberAvailable int32
8 numberUnavailable int32
9 collisionCount int32 *
10 conditions []apps.DaemonSetCondition map=type patch=merge:type

message DaemonSetUpdateStrategy
1 type string
2 rollingUpdate apps.RollingUpdateDaemonSet *

message Deployment
1 metadata meta.ObjectMeta !
2 spec apps.DeploymentSpec ! required
3 status apps.DeploymentStatus !

message DeploymentCondition
1 type string !
2 status string !
4 reason string
5 message string
6 lastUpdateTime Time !
7 lastTransitionTime Time !

message DeploymentSpec
1 replicas int32 *
2 selector meta.LabelSelector * ! required
3 template core.PodTemplateSpec ! required
4 strategy apps.DeploymentStrategy ! patch=retainKeys
5 minReadySeconds int32
6 revisionHistoryLimit int32 *
7 paused bool
9 progressDeadlineSeconds int32 *

message DeploymentStatus
1 observedGeneration int64
2 replicas int32
3 updatedReplicas int32
4 availableReplicas int32
5 unavailableReplicas int32
6 conditions []apps.DeploymentCondition map=type patch=merge:type
7 readyReplicas int32
8 collisionCount int32 *
9 terminatingReplicas int32 *

message DeploymentStrategy
1 type string
2 rollingUpdate apps.RollingUpdateDeployment *

message ReplicaSet
1 metadata meta.ObjectMeta !
2 spec apps.ReplicaSetSpec ! required
3 status apps.ReplicaSetStatus !

message ReplicaSetCondition
1 type string !
2 status string !
3 lastTransitionTime Time !
4 reason string
5 message string

message ReplicaSetSpec
1 replicas int32 *
2 selector meta.LabelSelector * ! required
3 template core.PodTemplateSpec !
4 minReadySeconds int32

message ReplicaSetStatus
1 replicas int32 ! required
2 fullyLabeledReplicas int32
3 observedGeneration int64
4 readyReplicas int32
5 availableReplicas int32
6 conditions []apps.ReplicaSetCondition map=type patch=merge:type
7 terminatingReplicas int32 *

message RollingUpdateDaemonSet
1 maxUnavailable IntOrString *
2 maxSurge IntOrString *

message RollingUpdateDeployment
1 maxUnavailable IntOrString *
2 maxSurge IntOrString *

message RollingUpdateStatefulSetStrategy
1 partition int32 *
2 maxUnavailable IntOrString *

message StatefulSet
1 metadata meta.ObjectMeta !
2 spec apps.StatefulSetSpec ! required
3 status apps.StatefulSetStatus !

message StatefulSetCondition
1 type string !
2 status string !
3 lastTransitionTime Time !
4 reason string
5 message string

message StatefulSetOrdinals
1 start int32 !

message StatefulSetPersistentVolumeClaimRetentionPolicy
1 whenDeleted string
2 whenScaled string

message StatefulSetSpec
1 replicas int32 *
2 selector meta.LabelSelector * ! required
3 template core.PodTemplateSpec ! required
4 volumeClaimTemplates []core.PersistentVolumeClaim
5 serviceName string !
6 podManagementPolicy string
7 updateStrategy apps.StatefulSetUpdateStrategy !
8 revisionHistoryLimit int32 *
9 minReadySeconds int32
10 persistentVolumeClaimRetentionPolicy apps.StatefulSetPersistentVolumeClaimRetentionPolicy *
11 ordinals apps.StatefulSetOrdinals *

message StatefulSetStatus
1 observedGeneration int64
2 replicas int32 ! required
3 readyReplicas int32
4 currentReplicas int32
5 updatedReplicas int32
6 currentRevision string
7 updateRevision string
9 collisionCount int32 *
10 conditions []apps.StatefulSetCondition map=type patch=merge:type
11 availableReplicas int32 !

message StatefulSetUpdateStrategy
1 type string
2 rollingUpdate apps.RollingUpdateStatefulSetStrategy *
`,
);
