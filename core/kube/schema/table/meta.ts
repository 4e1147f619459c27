/** What all objects share: metadata, lists, statuses, options and selectors. Notation: define.ts. */
import { define } from "./define.ts";

export const meta = define(
  "meta",
  `
message Condition ; One aspect of the observed state.
1 type string ! required ; Which kind it is.
2 status string ! required ; What was observed; written by the system.
3 observedGeneration int64 ; The generation that this was observed at.
4 lastTransitionTime Time ! required ; When it last changed.
5 reason string ! required ; Why, in one word for programs.
6 message string ! required ; Why, in words for people.

message DeleteOptions ; How to delete.
1 gracePeriodSeconds int64 * ; Seconds to end in; 0 at once.
2 preconditions meta.Preconditions * ; What must hold.
3 orphanDependents bool *
4 propagationPolicy string * ; What happens to dependents: Orphan, Background or Foreground.
5 dryRun []string ; All: check, but do not store.
6 ignoreStoreReadErrorWithClusterBreakingPotential bool *

message FieldSelectorRequirement
1 key string ! required ; The key.
2 operator string ! required ; How key and values are compared.
3 values []string ; The values compared with.

message LabelSelector atomic ; Chooses objects by their labels; all parts must hold, and an empty one chooses everything.
1 matchLabels map[string] ; Labels with exactly these values.
2 matchExpressions []meta.LabelSelectorRequirement ; Conditions on labels.

message LabelSelectorRequirement ; One condition on one label.
1 key string ! required ; The key.
2 operator string ! required ; How key and values are compared.
3 values []string ; The values compared with.

message ListMeta ; What a list carries instead of metadata: its version and where the next page begins.
1 selfLink string ; No longer used.
2 resourceVersion string ; Version of the object as stored: etcd's revision of its key.
3 continue string ; Where the next page begins.
4 remainingItemCount int64 * ; How many follow after this page.
5 shardInfo meta.ShardInfo *

message ManagedFieldsEntry ; The fields that one manager owns.
1 manager string
2 operation string
3 apiVersion string ; Group and version of the kind.
4 time Time *
6 fieldsType string
7 fieldsV1 FieldsV1 *
8 subresource string

message ObjectMeta ; What every object carries: its name, its labels, its versions and who owns it.
1 name string ; The name.
2 generateName string ; Beginning of a name that the server completes.
3 namespace string ; The namespace it is in.
4 selfLink string ; No longer used.
5 uid string ; Unique in time and space; given by the server.
6 resourceVersion string ; Version of the object as stored: etcd's revision of its key.
7 generation int64 ; Counts changes of what is wanted.
8 creationTimestamp Time ; When the server made it.
9 deletionTimestamp Time * ; When it is to go; set by a delete that has to wait.
10 deletionGracePeriodSeconds int64 * ; Seconds that it was given to end.
11 labels map[string] ; Keys and values by which objects are chosen.
12 annotations map[string] ; Keys and values that nobody selects by.
13 ownerReferences []meta.OwnerReference map=uid patch=merge:uid ; The objects that this one belongs to.
14 finalizers []string list=set patch=merge ; Who must let go before it can be removed.
17 managedFields []meta.ManagedFieldsEntry ; Which manager owns which field.

message OwnerReference atomic ; Another object that this one belongs to; when the owner goes, this goes too.
1 kind string ! required ; The kind.
3 name string ! required ; The name.
4 uid string ! required ; Unique in time and space; given by the server.
5 apiVersion string ! required ; Group and version of the kind.
6 controller bool * ; Whether that owner manages it.
7 blockOwnerDeletion bool * ; Whether the owner waits for it.

message Preconditions ; What must hold for the deletion to take place.
1 uid string * ; Unique in time and space; given by the server.
2 resourceVersion string * ; Version of the object as stored: etcd's revision of its key.

message ShardInfo
1 selector string ! required ; Which objects it is about.

message Status ; The answer to a request that returns no object.
1 metadata meta.ListMeta ! ; Name, labels, versions and owners of the object.
2 status string ; What was observed; written by the system.
3 message string ; Why, in words for people.
4 reason string ; Why, in one word for programs.
5 details meta.StatusDetails * ; More about it.
6 code int32 ; HTTP's status code.

message StatusCause ; One reason for a failure.
1 reason string ; Why, in one word for programs.
2 message string ; Why, in words for people.
3 field string

message StatusDetails ; More about a failure: which object, and why.
1 name string ; The name.
2 group string ; The API group.
3 kind string ; The kind.
4 causes []meta.StatusCause
5 retryAfterSeconds int32
6 uid string ; Unique in time and space; given by the server.
`,
);
