/** May I do this? Notation: define.ts. */
import { define } from "./define.ts";

export const authorization = define(
  "authorization",
  `
message FieldSelectorAttributes
1 rawSelector string
2 requirements []meta.FieldSelectorRequirement

message LabelSelectorAttributes
1 rawSelector string
2 requirements []meta.LabelSelectorRequirement

message NonResourceAttributes
1 path string
2 verb string

message ResourceAttributes
1 namespace string
2 verb string
3 group string
4 version string
5 resource string
6 subresource string
7 name string
8 fieldSelector authorization.FieldSelectorAttributes *
9 labelSelector authorization.LabelSelectorAttributes *

message SelfSubjectAccessReview
1 metadata meta.ObjectMeta !
2 spec authorization.SelfSubjectAccessReviewSpec ! required
3 status authorization.SubjectAccessReviewStatus !

message SelfSubjectAccessReviewSpec
1 resourceAttributes authorization.ResourceAttributes *
2 nonResourceAttributes authorization.NonResourceAttributes *

message SubjectAccessReviewStatus
1 allowed bool ! required
2 reason string
3 evaluationError string
4 denied bool
`,
);
