/** Core group: namespaces, nodes, services, configuration, events and what they are made of. Notation: define.ts. */
import { define } from "./define.ts";

export const core = define(
  "core",
  `
message ClientIPConfig
1 timeoutSeconds int32 *

message ConfigMap
1 metadata meta.ObjectMeta !
2 data map[string]
3 binaryData map[bytes]
4 immutable bool *

message ConfigMapNodeConfigSource
1 namespace string ! required
2 name string ! required
3 uid string
4 resourceVersion string
5 kubeletConfigKey string ! required

message DaemonEndpoint
1 Port int32 ! required

message EndpointAddress atomic
1 ip string ! required
2 targetRef core.ObjectReference *
3 hostname string
4 nodeName string *

message EndpointPort atomic
1 name string
2 port int32 ! required
3 protocol string
4 appProtocol string *

message EndpointSubset
1 addresses []core.EndpointAddress
2 notReadyAddresses []core.EndpointAddress
3 ports []core.EndpointPort

message Endpoints
1 metadata meta.ObjectMeta !
2 subsets []core.EndpointSubset

message Event
1 metadata meta.ObjectMeta ! required
2 involvedObject core.ObjectReference ! required
3 reason string
4 message string
5 source core.EventSource !
6 firstTimestamp Time !
7 lastTimestamp Time !
8 count int32
9 type string
10 eventTime MicroTime !
11 series core.EventSeries *
12 action string
13 related core.ObjectReference *
14 reportingComponent string !
15 reportingInstance string !

message EventSeries
1 count int32
2 lastObservedTime MicroTime !

message EventSource
1 component string
2 host string

message LimitRange
1 metadata meta.ObjectMeta !
2 spec core.LimitRangeSpec !

message LimitRangeItem
1 type string ! required
2 max map[Quantity]
3 min map[Quantity]
4 default map[Quantity]
5 defaultRequest map[Quantity]
6 maxLimitRequestRatio map[Quantity]

message LimitRangeSpec
1 limits []core.LimitRangeItem ! required

message LinuxContainerUser
1 uid int64 ! required
2 gid int64 ! required
3 supplementalGroups []int64

message LoadBalancerIngress
1 ip string
2 hostname string
3 ipMode string *
4 ports []core.PortStatus

message LoadBalancerStatus
1 ingress []core.LoadBalancerIngress

message Namespace
1 metadata meta.ObjectMeta !
2 spec core.NamespaceSpec !
3 status core.NamespaceStatus !

message NamespaceCondition
1 type string ! required
2 status string ! required
4 lastTransitionTime Time !
5 reason string
6 message string

message NamespaceSpec
1 finalizers []string

message NamespaceStatus
1 phase string
2 conditions []core.NamespaceCondition map=type patch=merge:type

message Node
1 metadata meta.ObjectMeta !
2 spec core.NodeSpec !
3 status core.NodeStatus !

message NodeAddress
1 type string ! required
2 address string ! required

message NodeAllocatableMappedResources
1 name string ! required
2 quantity Quantity * ! required

message NodeAllocatableOverheadResources
1 name string ! required
2 perPod Quantity *
3 perContainer Quantity *

message NodeAllocatableResourceClaimStatus
1 resourceClaimName string ! required
2 containers []string list=set
4 mapping []core.NodeAllocatableMappedResources map=name patch=merge:name
5 overhead []core.NodeAllocatableOverheadResources map=name patch=merge:name

message NodeCondition
1 type string ! required
2 status string ! required
3 lastHeartbeatTime Time !
4 lastTransitionTime Time !
5 reason string
6 message string

message NodeConfigSource
2 configMap core.ConfigMapNodeConfigSource *

message NodeConfigStatus
1 assigned core.NodeConfigSource *
2 active core.NodeConfigSource *
3 lastKnownGood core.NodeConfigSource *
4 error string

message NodeDaemonEndpoints
1 kubeletEndpoint core.DaemonEndpoint !

message NodeFeatures
1 supplementalGroupsPolicy bool *

message NodePodPreemptionPolicy
1 disableResizePreemption []string list=set

message NodeRuntimeHandler
1 name string !
2 features core.NodeRuntimeHandlerFeatures *

message NodeRuntimeHandlerFeatures
1 recursiveReadOnlyMounts bool *
2 userNamespaces bool *

message NodeSpec
1 podCIDR string
2 externalID string
3 providerID string
4 unschedulable bool
5 taints []core.Taint
6 configSource core.NodeConfigSource *
7 podCIDRs []string list=set patch=merge
8 podPreemptionPolicy core.NodePodPreemptionPolicy *

message NodeStatus
1 capacity map[Quantity]
2 allocatable map[Quantity]
3 phase string
4 conditions []core.NodeCondition map=type patch=merge:type
5 addresses []core.NodeAddress map=type patch=merge:type
6 daemonEndpoints core.NodeDaemonEndpoints !
7 nodeInfo core.NodeSystemInfo !
8 images []core.ContainerImage
9 volumesInUse []string
10 volumesAttached []core.AttachedVolume
11 config core.NodeConfigStatus *
12 runtimeHandlers []core.NodeRuntimeHandler
13 features core.NodeFeatures *
14 declaredFeatures []string

message NodeSwapStatus
1 capacity int64 *

message NodeSystemInfo
1 machineID string ! required
2 systemUUID string ! required
3 bootID string ! required
4 kernelVersion string ! required
5 osImage string ! required
6 containerRuntimeVersion string ! required
7 kubeletVersion string ! required
8 kubeProxyVersion string ! required
9 operatingSystem string ! required
10 architecture string ! required
11 swap core.NodeSwapStatus *
12 runningInUserNamespace bool *

message ObjectReference atomic
1 kind string
2 namespace string
3 name string
4 uid string
5 apiVersion string
6 resourceVersion string
7 fieldPath string

message PortStatus
1 port int32 ! required
2 protocol string ! required
3 error string *

message ResourceQuota
1 metadata meta.ObjectMeta !
2 spec core.ResourceQuotaSpec !
3 status core.ResourceQuotaStatus !

message ResourceQuotaSpec
1 hard map[Quantity]
2 scopes []string
3 scopeSelector core.ScopeSelector *

message ResourceQuotaStatus
1 hard map[Quantity]
2 used map[Quantity]

message ScopeSelector atomic
1 matchExpressions []core.ScopedResourceSelectorRequirement

message ScopedResourceSelectorRequirement
1 scopeName string ! required
2 operator string ! required
3 values []string

message Secret
1 metadata meta.ObjectMeta !
2 data map[bytes]
3 type string
4 stringData map[string]
5 immutable bool *

message Service
1 metadata meta.ObjectMeta !
2 spec core.ServiceSpec !
3 status core.ServiceStatus !

message ServiceAccount
1 metadata meta.ObjectMeta !
2 secrets []core.ObjectReference map=name patch=merge:name
3 imagePullSecrets []core.LocalObjectReference
4 automountServiceAccountToken bool *

message ServicePort
1 name string
2 protocol string default="TCP"
3 port int32 ! required
4 targetPort IntOrString !
5 nodePort int32
6 appProtocol string *

message ServiceSpec
1 ports []core.ServicePort map=port,protocol patch=merge:port
2 selector map[string] atomic
3 clusterIP string
4 type string
5 externalIPs []string
7 sessionAffinity string
8 loadBalancerIP string
9 loadBalancerSourceRanges []string
10 externalName string
11 externalTrafficPolicy string
12 healthCheckNodePort int32
13 publishNotReadyAddresses bool
14 sessionAffinityConfig core.SessionAffinityConfig *
17 ipFamilyPolicy string *
18 clusterIPs []string
19 ipFamilies []string
20 allocateLoadBalancerNodePorts bool *
21 loadBalancerClass string *
22 internalTrafficPolicy string *
23 trafficDistribution string *

message ServiceStatus
1 loadBalancer core.LoadBalancerStatus !
2 conditions []meta.Condition map=type patch=merge:type

message SessionAffinityConfig
1 clientIP core.ClientIPConfig *

message Taint
1 key string ! required
2 value string
3 effect string ! required
4 timeAdded Time *

message TopologySelectorLabelRequirement
1 key string ! required
2 values []string ! required

message TopologySelectorTerm atomic
1 matchLabelExpressions []core.TopologySelectorLabelRequirement
`,
);
