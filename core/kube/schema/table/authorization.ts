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
1 path string ; The path.
2 verb string

message ResourceAttributes ; What would be done to which resource.
1 namespace string ; The namespace it is in.
2 verb string
3 group string ; The API group.
4 version string ; The version.
5 resource string
6 subresource string
7 name string ; The name.
8 fieldSelector authorization.FieldSelectorAttributes *
9 labelSelector authorization.LabelSelectorAttributes *

message SelfSubjectAccessReview ; Asks whether you may do something.
1 metadata meta.ObjectMeta ! ; Name, labels, versions and owners of the object.
2 spec authorization.SelfSubjectAccessReviewSpec ! required ; What is wanted.
3 status authorization.SubjectAccessReviewStatus ! ; What was observed; written by the system.

message SelfSubjectAccessReviewSpec
1 resourceAttributes authorization.ResourceAttributes *
2 nonResourceAttributes authorization.NonResourceAttributes *

message SubjectAccessReviewStatus
1 allowed bool ! required ; Whether it may be done.
2 reason string ; Why, in one word for programs.
3 evaluationError string
4 denied bool
`,
);
