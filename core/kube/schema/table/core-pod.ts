/** Core group: pods, where they may run, and their state. Notation: define.ts. */
import { define } from "./define.ts";

export const corePod = define(
  "core",
  `
message Affinity ; Where a pod wants to be, and not to be.
1 nodeAffinity core.NodeAffinity *
2 podAffinity core.PodAffinity *
3 podAntiAffinity core.PodAntiAffinity *

message Binding ; Puts a pod on a node.
1 metadata meta.ObjectMeta ! ; Name, labels, versions and owners of the object.
2 target core.ObjectReference ! required

message EvictionResponder atomic
1 name string ! required ; The name.
2 priority int32 * ! required ; Higher goes first.

message HostAlias
1 ip string ! required
2 hostnames []string

message HostIP
1 ip string ! required

message NodeAffinity ; Which nodes a pod wants.
1 requiredDuringSchedulingIgnoredDuringExecution core.NodeSelector *
2 preferredDuringSchedulingIgnoredDuringExecution []core.PreferredSchedulingTerm

message NodeSelector atomic
1 nodeSelectorTerms []core.NodeSelectorTerm ! required

message NodeSelectorRequirement
1 key string ! required ; The key.
2 operator string ! required ; How key and values are compared.
3 values []string ; The values compared with.

message NodeSelectorTerm atomic
1 matchExpressions []core.NodeSelectorRequirement ; Conditions on labels.
2 matchFields []core.NodeSelectorRequirement

message Pod ; One or more containers that run together on one node.
1 metadata meta.ObjectMeta ! ; Name, labels, versions and owners of the object.
2 spec core.PodSpec ! ; What is wanted.
3 status core.PodStatus ! ; What was observed; written by the system.

message PodAffinity ; Which pods a pod wants to be near.
1 requiredDuringSchedulingIgnoredDuringExecution []core.PodAffinityTerm
2 preferredDuringSchedulingIgnoredDuringExecution []core.WeightedPodAffinityTerm

message PodAffinityTerm
1 labelSelector meta.LabelSelector *
2 namespaces []string
3 topologyKey string ! required
4 namespaceSelector meta.LabelSelector *
5 matchLabelKeys []string
6 mismatchLabelKeys []string

message PodAntiAffinity ; Which pods a pod wants to be away from.
1 requiredDuringSchedulingIgnoredDuringExecution []core.PodAffinityTerm
2 preferredDuringSchedulingIgnoredDuringExecution []core.WeightedPodAffinityTerm

message PodCondition
1 type string ! required ; Which kind it is.
2 status string ! required ; What was observed; written by the system.
3 lastProbeTime Time ! ; When it was last looked at.
4 lastTransitionTime Time ! ; When it last changed.
5 reason string ; Why, in one word for programs.
6 message string ; Why, in words for people.
7 observedGeneration int64 ; The generation that this was observed at.

message PodDNSConfig
1 nameservers []string
2 searches []string
3 options []core.PodDNSConfigOption

message PodDNSConfigOption
1 name string ; The name.
2 value string * ; The value.

message PodExtendedResourceClaimStatus
1 requestMappings []core.ContainerExtendedResourceRequest ! required
2 resourceClaimName string ! required

message PodIP
1 ip string ! required

message PodOS
1 name string ! required ; The name.

message PodReadinessGate
1 conditionType string ! required

message PodResourceClaim
1 name string ! required ; The name.
3 resourceClaimName string *
4 resourceClaimTemplateName string *

message PodResourceClaimStatus
1 name string ! required ; The name.
2 resourceClaimName string *

message PodSchedulingGate
1 name string ! required ; The name.

message PodSchedulingGroup
1 podGroupName string *

message PodSecurityContext ; The rights that a pod's containers share.
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

message PodSpec ; What a pod should be.
1 volumes []core.Volume map=name patch=merge,retainKeys:name ; Directories that containers can mount.
2 containers []core.Container ! required map=name patch=merge:name ; The programs that run.
3 restartPolicy string ; When ended containers are started again: Always, OnFailure or Never.
4 terminationGracePeriodSeconds int64 * ; Seconds to end in before being killed.
5 activeDeadlineSeconds int64 * ; After how many seconds it is ended.
6 dnsPolicy string ; Where names are looked up.
7 nodeSelector map[string] atomic ; Labels that the node must have.
8 serviceAccountName string ; Who the pod is, for the API.
9 serviceAccount string ; Old name of serviceAccountName.
10 nodeName string ; The node that it runs on.
11 hostNetwork bool ; Uses the network of the node.
12 hostPID bool ; Sees the processes of the node.
13 hostIPC bool ; Shares memory with the node.
14 securityContext core.PodSecurityContext * ; Rights and identities.
15 imagePullSecrets []core.LocalObjectReference map=name patch=merge:name ; Secrets with which images are fetched.
16 hostname string ; The host name inside.
17 subdomain string
18 affinity core.Affinity * ; Where it wants to be.
19 schedulerName string ; Which scheduler places it.
20 initContainers []core.Container map=name patch=merge:name ; Programs that run first, one after the other.
21 automountServiceAccountToken bool *
22 tolerations []core.Toleration ; Taints that it puts up with.
23 hostAliases []core.HostAlias map=ip patch=merge:ip
24 priorityClassName string ; The class that gives its priority.
25 priority int32 * ; Higher goes first.
26 dnsConfig core.PodDNSConfig *
27 shareProcessNamespace bool *
28 readinessGates []core.PodReadinessGate
29 runtimeClassName string *
30 enableServiceLinks bool *
31 preemptionPolicy string *
32 overhead map[Quantity]
33 topologySpreadConstraints []core.TopologySpreadConstraint map=topologyKey,whenUnsatisfiable patch=merge:topologyKey
34 ephemeralContainers []core.EphemeralContainer map=name patch=merge:name ; Containers added for debugging.
35 setHostnameAsFQDN bool *
36 os core.PodOS *
37 hostUsers bool *
38 schedulingGates []core.PodSchedulingGate map=name patch=merge:name
39 resourceClaims []core.PodResourceClaim map=name patch=merge,retainKeys:name
40 resources core.ResourceRequirements * ; How much is asked for and the most that is allowed.
41 hostnameOverride string *
43 schedulingGroup core.PodSchedulingGroup *
44 evictionResponders []core.EvictionResponder map=name patch=merge:name

message PodStatus ; What is known of a pod; may lag behind.
1 phase string ; Where it is in its life.
2 conditions []core.PodCondition map=type patch=merge:type ; Aspects of the state, each true, false or unknown.
3 message string ; Why, in words for people.
4 reason string ; Why, in one word for programs.
5 hostIP string ; The address of the node.
6 podIP string ; The address of the pod.
7 startTime Time * ; When it began.
8 containerStatuses []core.ContainerStatus ; State of each container.
9 qosClass string ; Guaranteed, Burstable or BestEffort.
10 initContainerStatuses []core.ContainerStatus
11 nominatedNodeName string
12 podIPs []core.PodIP map=ip patch=merge:ip ; All addresses of the pod.
13 ephemeralContainerStatuses []core.ContainerStatus
14 resize string
15 resourceClaimStatuses []core.PodResourceClaimStatus map=name patch=merge,retainKeys:name
16 hostIPs []core.HostIP patch=merge:ip
17 observedGeneration int64 ; The generation that this was observed at.
18 extendedResourceClaimStatus core.PodExtendedResourceClaimStatus *
19 allocatedResources map[Quantity]
20 resources core.ResourceRequirements * ; How much is asked for and the most that is allowed.
21 nodeAllocatableResourceClaimStatuses []core.NodeAllocatableResourceClaimStatus map=resourceClaimName patch=merge:resourceClaimName
22 volumeHealth []core.PodVolumeHealth map=name

message PodTemplate ; A template that pods can be made from.
1 metadata meta.ObjectMeta ! ; Name, labels, versions and owners of the object.
2 template core.PodTemplateSpec ! ; What is made from it.

message PodTemplateSpec ; What pods made from this are like.
1 metadata meta.ObjectMeta ! ; Name, labels, versions and owners of the object.
2 spec core.PodSpec ! ; What is wanted.

message PreferredSchedulingTerm
1 weight int32 ! required
2 preference core.NodeSelectorTerm ! required

message Toleration ; A taint that a pod puts up with.
1 key string ; The key.
2 operator string ; How key and values are compared.
3 value string ; The value.
4 effect string ; NoSchedule, PreferNoSchedule or NoExecute.
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
