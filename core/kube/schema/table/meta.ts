/** What all objects share: metadata, lists, statuses, options and selectors. Notation: define.ts. */
import { define } from "./define.ts";

export const meta = define(
  "meta",
  `
message Condition
1 type string ! required
2 status string ! required
3 observedGeneration int64
4 lastTransitionTime Time ! required
5 reason string ! required
6 message string ! required

message DeleteOptions
1 gracePeriodSeconds int64 *
2 preconditions meta.Preconditions *
3 orphanDependents bool *
4 propagationPolicy string *
5 dryRun []string
6 ignoreStoreReadErrorWithClusterBreakingPotential bool *

message FieldSelectorRequirement
1 key string ! required
2 operator string ! required
3 values []string

message LabelSelector atomic
1 matchLabels map[string]
2 matchExpressions []meta.LabelSelectorRequirement

message LabelSelectorRequirement
1 key string ! required
2 operator string ! required
3 values []string

message ListMeta
1 selfLink string
2 resourceVersion string
3 continue string
4 remainingItemCount int64 *
5 shardInfo meta.ShardInfo *

message ManagedFieldsEntry
1 manager string
2 operation string
3 apiVersion string
4 time Time *
6 fieldsType string
7 fieldsV1 FieldsV1 *
8 subresource string

message ObjectMeta
1 name string
2 generateName string
3 namespace string
4 selfLink string
5 uid string
6 resourceVersion string
7 generation int64
8 creationTimestamp Time
9 deletionTimestamp Time *
10 deletionGracePeriodSeconds int64 *
11 labels map[string]
12 annotations map[string]
13 ownerReferences []meta.OwnerReference map=uid patch=merge:uid
14 finalizers []string list=set patch=merge
17 managedFields []meta.ManagedFieldsEntry

message OwnerReference atomic
1 kind string ! required
3 name string ! required
4 uid string ! required
5 apiVersion string ! required
6 controller bool *
7 blockOwnerDeletion bool *

message Preconditions
1 uid string *
2 resourceVersion string *

message ShardInfo
1 selector string ! required

message Status
1 metadata meta.ListMeta !
2 status string
3 message string
4 reason string
5 details meta.StatusDetails *
6 code int32

message StatusCause
1 reason string
2 message string
3 field string

message StatusDetails
1 name string
2 group string
3 kind string
4 causes []meta.StatusCause
5 retryAfterSeconds int32
6 uid string
`,
);
