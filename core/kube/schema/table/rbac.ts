/** Roles and who has them. Notation: define.ts. */
import { define } from "./define.ts";

export const rbac = define(
  "rbac",
  `
message AggregationRule
1 clusterRoleSelectors []meta.LabelSelector

message ClusterRole
1 metadata meta.ObjectMeta !
2 rules []rbac.PolicyRule !
3 aggregationRule rbac.AggregationRule *

message ClusterRoleBinding
1 metadata meta.ObjectMeta !
2 subjects []rbac.Subject
3 roleRef rbac.RoleRef ! required

message PolicyRule
1 verbs []string ! required
2 apiGroups []string
3 resources []string
4 resourceNames []string
5 nonResourceURLs []string

message Role
1 metadata meta.ObjectMeta !
2 rules []rbac.PolicyRule !

message RoleBinding
1 metadata meta.ObjectMeta !
2 subjects []rbac.Subject
3 roleRef rbac.RoleRef ! required

message RoleRef atomic
1 apiGroup string !
2 kind string ! required
3 name string ! required

message Subject atomic
1 kind string ! required
2 apiGroup string
3 name string ! required
4 namespace string
`,
);
