/** Core group: pods, where they may run, and their state. Notation: define.ts. */
import { define } from "./define.ts";

export const corePod = define(
  "core",
  `
message Affinity
1 nodeAffinity core.NodeAffinity *
2 podAffinity core.PodAffinity *
3 podAntiAffinity core.PodAntiAffinity *

message Binding
1 metadata meta.ObjectMeta !
2 target core.ObjectReference ! required

message EvictionResponder atomic
1 name string ! required
2 priority int32 * ! required

message HostAlias
1 ip string ! required
2 hostnames []string

message HostIP
1 ip string ! required

message NodeAffinity
1 requiredDuringSchedulingIgnoredDuringExecution core.NodeSelector *
2 preferredDuringSchedulingIgnoredDuringExecution []core.PreferredSchedulingTerm

message NodeSelector atomic
1 nodeSelectorTerms []core.NodeSelectorTerm ! required

message NodeSelectorRequirement
1 key string ! required
2 operator string ! required
3 values []string

message NodeSelectorTerm atomic
1 matchExpressions []core.NodeSelectorRequirement
2 matchFields []core.NodeSelectorRequirement

message Pod
1 metadata meta.ObjectMeta !
2 spec core.PodSpec !
3 status core.PodStatus !

message PodAffinity
1 requiredDuringSchedulingIgnoredDuringExecution []core.PodAffinityTerm
2 preferredDuringSchedulingIgnoredDuringExecution []core.WeightedPodAffinityTerm

message PodAffinityTerm
1 labelSelector meta.LabelSelector *
2 namespaces []string
3 topologyKey string ! required
4 namespaceSelector meta.LabelSelector *
5 matchLabelKeys []string
6 mismatchLabelKeys []string

message PodAntiAffinity
1 requiredDuringSchedulingIgnoredDuringExecution []core.PodAffinityTerm
2 preferredDuringSchedulingIgnoredDuringExecution []core.WeightedPodAffinityTerm

message PodCondition
1 type string ! required
2 status string ! required
3 lastProbeTime Time !
4 lastTransitionTime Time !
5 reason string
6 message string
7 observedGeneration int64

message PodDNSConfig
1 nameservers []string
2 searches []string
3 options []core.PodDNSConfigOption

message PodDNSConfigOption
1 name string
2 value string *

message PodExtendedResourceClaimStatus
1 requestMappings []core.ContainerExtendedResourceRequest ! required
2 resourceClaimName string ! required

message PodIP
1 ip string ! required

message PodOS
1 name string ! required

message PodReadinessGate
1 conditionType string ! required

message PodResourceClaim
1 name string ! required
3 resourceClaimName string *
4 resourceClaimTemplateName string *

message PodResourceClaimStatus
1 name string ! required
2 resourceClaimName string *

message PodSchedulingGate
1 name string ! required

message PodSchedulingGroup
1 podGroupName string *

message PodSecurityContext
1 seLinuxOptions core.SELinuxOptions *
2 runAsUser int64 *
3 runAsNonRoot bool *
4 supplementalGroups []int64
5 fsGroup int64 *
6 runAsGroup int64 *
7 sysctls []core.Sysctl
8 windowsOptions core.WindowsSecurityContextOptions *
9 fsGroupChangePolicy string *
10 seccompProfile core.SeccompProfile *
11 appArmorProfile core.AppArmorProfile *
12 supplementalGroupsPolicy string *
13 seLinuxChangePolicy string *

message PodSpec
1 volumes []core.Volume map=name patch=merge,retainKeys:name
2 containers []core.Container ! required map=name patch=merge:name
3 restartPolicy string
4 terminationGracePeriodSeconds int64 *
5 activeDeadlineSeconds int64 *
6 dnsPolicy string
7 nodeSelector map[string] atomic
8 serviceAccountName string
9 serviceAccount string
10 nodeName string
11 hostNetwork bool
12 hostPID bool
13 hostIPC bool
14 securityContext core.PodSecurityContext *
15 imagePullSecrets []core.LocalObjectReference map=name patch=merge:name
16 hostname string
17 subdomain string
18 affinity core.Affinity *
19 schedulerName string
20 initContainers []core.Container map=name patch=merge:name
21 automountServiceAccountToken bool *
22 tolerations []core.Toleration
23 hostAliases []core.HostAlias map=ip patch=merge:ip
24 priorityClassName string
25 priority int32 *
26 dnsConfig core.PodDNSConfig *
27 shareProcessNamespace bool *
28 readinessGates []core.PodReadinessGate
29 runtimeClassName string *
30 enableServiceLinks bool *
31 preemptionPolicy string *
32 overhead map[Quantity]
33 topologySpreadConstraints []core.TopologySpreadConstraint map=topologyKey,whenUnsatisfiable patch=merge:topologyKey
34 ephemeralContainers []core.EphemeralContainer map=name patch=merge:name
35 setHostnameAsFQDN bool *
36 os core.PodOS *
37 hostUsers bool *
38 schedulingGates []core.PodSchedulingGate map=name patch=merge:name
39 resourceClaims []core.PodResourceClaim map=name patch=merge,retainKeys:name
40 resources core.ResourceRequirements *
41 hostnameOverride string *
43 schedulingGroup core.PodSchedulingGroup *
44 evictionResponders []core.EvictionResponder map=name patch=merge:name

message PodStatus
1 phase string
2 conditions []core.PodCondition map=type patch=merge:type
3 message string
4 reason string
5 hostIP string
6 podIP string
7 startTime Time *
8 containerStatuses []core.ContainerStatus
9 qosClass string
10 initContainerStatuses []core.ContainerStatus
11 nominatedNodeName string
12 podIPs []core.PodIP map=ip patch=merge:ip
13 ephemeralContainerStatuses []core.ContainerStatus
14 resize string
15 resourceClaimStatuses []core.PodResourceClaimStatus map=name patch=merge,retainKeys:name
16 hostIPs []core.HostIP patch=merge:ip
17 observedGeneration int64
18 extendedResourceClaimStatus core.PodExtendedResourceClaimStatus *
19 allocatedResources map[Quantity]
20 resources core.ResourceRequirements *
21 nodeAllocatableResourceClaimStatuses []core.NodeAllocatableResourceClaimStatus map=resourceClaimName patch=merge:resourceClaimName
22 volumeHealth []core.PodVolumeHealth map=name

message PodTemplate
1 metadata meta.ObjectMeta !
2 template core.PodTemplateSpec !

message PodTemplateSpec
1 metadata meta.ObjectMeta !
2 spec core.PodSpec !

message PreferredSchedulingTerm
1 weight int32 ! required
2 preference core.NodeSelectorTerm ! required

message Toleration
1 key string
2 operator string
3 value string
4 effect string
5 tolerationSeconds int64 *

message TopologySpreadConstraint
1 maxSkew int32 ! required
2 topologyKey string ! required
3 whenUnsatisfiable string ! required
4 labelSelector meta.LabelSelector *
5 minDomains int32 *
6 nodeAffinityPolicy string *
7 nodeTaintsPolicy string *
8 matchLabelKeys []string

message WeightedPodAffinityTerm
1 weight int32 ! required
2 podAffinityTerm core.PodAffinityTerm ! required
`,
);
