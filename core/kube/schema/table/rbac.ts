/** Roles and who has them. Notation: define.ts. */
import { define } from "./define.ts";

export const rbac = define(
  "rbac",
  `
message AggregationRule
1 clusterRoleSelectors []meta.LabelSelector

message ClusterRole ; What may be done everywhere, or to things outside of namespaces.
1 metadata meta.ObjectMeta ! ; Name, labels, versions and owners of the object.
2 rules []rbac.PolicyRule ! ; What is allowed.
3 aggregationRule rbac.AggregationRule *

message ClusterRoleBinding ; Gives a role to somebody everywhere.
1 metadata meta.ObjectMeta ! ; Name, labels, versions and owners of the object.
2 subjects []rbac.Subject ; Who gets the role.
3 roleRef rbac.RoleRef ! required ; The role given; cannot be changed.

message PolicyRule ; Verbs that are allowed on resources.
1 verbs []string ! required ; get, list, watch, create, update, patch, delete or *.
2 apiGroups []string ; Groups of the resources; "" is core.
3 resources []string ; How much is asked for and the most that is allowed.
4 resourceNames []string ; Only these names.
5 nonResourceURLs []string

message Role ; What may be done in one namespace.
1 metadata meta.ObjectMeta ! ; Name, labels, versions and owners of the object.
2 rules []rbac.PolicyRule ! ; What is allowed.

message RoleBinding ; Gives a role to somebody in one namespace.
1 metadata meta.ObjectMeta ! ; Name, labels, versions and owners of the object.
2 subjects []rbac.Subject ; Who gets the role.
3 roleRef rbac.RoleRef ! required ; The role given; cannot be changed.

message RoleRef atomic ; The role that is given.
1 apiGroup string ! ; The group of the kind.
2 kind string ! required ; The kind.
3 name string ! required ; The name.

message Subject atomic ; Somebody that a role is given to.
1 kind string ! required ; The kind.
2 apiGroup string ; The group of the kind.
3 name string ! required ; The name.
4 namespace string ; The namespace it is in.
`,
);
