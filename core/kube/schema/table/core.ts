/** Core group: namespaces, nodes, services, configuration, events and what they are made of. Notation: define.ts. */
import { define } from "./define.ts";

export const core = define(
  "core",
  `
message ClientIPConfig
1 timeoutSeconds int32 * ; Seconds until a look counts as failed.

message ConfigMap ; Configuration as keys and values, not secret.
1 metadata meta.ObjectMeta ! ; Name, labels, versions and owners of the object.
2 data map[string] ; Keys and values.
3 binaryData map[bytes] ; Keys and values that are not text.
4 immutable bool * ; Whether it can no longer be changed.

message ConfigMapNodeConfigSource
1 namespace string ! required ; The namespace it is in.
2 name string ! required ; The name.
3 uid string ; Unique in time and space; given by the server.
4 resourceVersion string ; Version of the object as stored: etcd's revision of its key.
5 kubeletConfigKey string ! required

message DaemonEndpoint
1 Port int32 ! required

message EndpointAddress atomic ; One address behind a service.
1 ip string ! required
2 targetRef core.ObjectReference *
3 hostname string ; The host name inside.
4 nodeName string * ; The node that it runs on.

message EndpointPort atomic ; One port behind a service.
1 name string ; The name.
2 port int32 ! required ; The port.
3 protocol string ; TCP, UDP or SCTP.
4 appProtocol string *

message EndpointSubset ; Addresses that have the same ports.
1 addresses []core.EndpointAddress ; Addresses.
2 notReadyAddresses []core.EndpointAddress
3 ports []core.EndpointPort ; Ports, by number and name.

message Endpoints ; The addresses behind a service.
1 metadata meta.ObjectMeta ! ; Name, labels, versions and owners of the object.
2 subsets []core.EndpointSubset ; Addresses with their ports.

message Event ; Something that happened to an object.
1 metadata meta.ObjectMeta ! required ; Name, labels, versions and owners of the object.
2 involvedObject core.ObjectReference ! required ; The object that it happened to.
3 reason string ; Why, in one word for programs.
4 message string ; Why, in words for people.
5 source core.EventSource ! ; Where it comes from.
6 firstTimestamp Time ! ; First time.
7 lastTimestamp Time ! ; Last time.
8 count int32 ; How often.
9 type string ; Which kind it is.
10 eventTime MicroTime !
11 series core.EventSeries *
12 action string
13 related core.ObjectReference *
14 reportingComponent string !
15 reportingInstance string !

message EventSeries
1 count int32 ; How often.
2 lastObservedTime MicroTime !

message EventSource
1 component string
2 host string

message LimitRange ; Bounds and defaults for resources in a namespace.
1 metadata meta.ObjectMeta ! ; Name, labels, versions and owners of the object.
2 spec core.LimitRangeSpec ! ; What is wanted.

message LimitRangeItem
1 type string ! required ; Which kind it is.
2 max map[Quantity]
3 min map[Quantity]
4 default map[Quantity]
5 defaultRequest map[Quantity]
6 maxLimitRequestRatio map[Quantity]

message LimitRangeSpec
1 limits []core.LimitRangeItem ! required ; The most of each resource.

message LinuxContainerUser
1 uid int64 ! required ; Unique in time and space; given by the server.
2 gid int64 ! required
3 supplementalGroups []int64

message LoadBalancerIngress
1 ip string
2 hostname string ; The host name inside.
3 ipMode string *
4 ports []core.PortStatus ; Ports, by number and name.

message LoadBalancerStatus
1 ingress []core.LoadBalancerIngress

message Namespace ; A room for names; most objects live in one.
1 metadata meta.ObjectMeta ! ; Name, labels, versions and owners of the object.
2 spec core.NamespaceSpec ! ; What is wanted.
3 status core.NamespaceStatus ! ; What was observed; written by the system.

message NamespaceCondition
1 type string ! required ; Which kind it is.
2 status string ! required ; What was observed; written by the system.
4 lastTransitionTime Time ! ; When it last changed.
5 reason string ; Why, in one word for programs.
6 message string ; Why, in words for people.

message NamespaceSpec ; What a namespace should be.
1 finalizers []string ; Who must let go before it can be removed.

message NamespaceStatus ; Where a namespace is in its life.
1 phase string ; Where it is in its life.
2 conditions []core.NamespaceCondition map=type patch=merge:type ; Aspects of the state, each true, false or unknown.

message Node ; A machine that runs pods.
1 metadata meta.ObjectMeta ! ; Name, labels, versions and owners of the object.
2 spec core.NodeSpec ! ; What is wanted.
3 status core.NodeStatus ! ; What was observed; written by the system.

message NodeAddress
1 type string ! required ; Which kind it is.
2 address string ! required

message NodeAllocatableMappedResources
1 name string ! required ; The name.
2 quantity Quantity * ! required

message NodeAllocatableOverheadResources
1 name string ! required ; The name.
2 perPod Quantity *
3 perContainer Quantity *

message NodeAllocatableResourceClaimStatus
1 resourceClaimName string ! required
2 containers []string list=set ; The programs that run.
4 mapping []core.NodeAllocatableMappedResources map=name patch=merge:name
5 overhead []core.NodeAllocatableOverheadResources map=name patch=merge:name

message NodeCondition
1 type string ! required ; Which kind it is.
2 status string ! required ; What was observed; written by the system.
3 lastHeartbeatTime Time !
4 lastTransitionTime Time ! ; When it last changed.
5 reason string ; Why, in one word for programs.
6 message string ; Why, in words for people.

message NodeConfigSource
2 configMap core.ConfigMapNodeConfigSource * ; The config map used.

message NodeConfigStatus
1 assigned core.NodeConfigSource *
2 active core.NodeConfigSource * ; How many are running.
3 lastKnownGood core.NodeConfigSource *
4 error string

message NodeDaemonEndpoints
1 kubeletEndpoint core.DaemonEndpoint !

message NodeFeatures
1 supplementalGroupsPolicy bool *

message NodePodPreemptionPolicy
1 disableResizePreemption []string list=set

message NodeRuntimeHandler
1 name string ! ; The name.
2 features core.NodeRuntimeHandlerFeatures *

message NodeRuntimeHandlerFeatures
1 recursiveReadOnlyMounts bool *
2 userNamespaces bool *

message NodeSpec ; What a node is.
1 podCIDR string
2 externalID string
3 providerID string
4 unschedulable bool ; No new pods come here.
5 taints []core.Taint ; What keeps pods away.
6 configSource core.NodeConfigSource *
7 podCIDRs []string list=set patch=merge
8 podPreemptionPolicy core.NodePodPreemptionPolicy *

message NodeStatus ; What is known of a node.
1 capacity map[Quantity] ; All that there is.
2 allocatable map[Quantity] ; What pods can have.
3 phase string ; Where it is in its life.
4 conditions []core.NodeCondition map=type patch=merge:type ; Aspects of the state, each true, false or unknown.
5 addresses []core.NodeAddress map=type patch=merge:type ; Addresses.
6 daemonEndpoints core.NodeDaemonEndpoints !
7 nodeInfo core.NodeSystemInfo ! ; What the node says of itself.
8 images []core.ContainerImage ; Images that are there.
9 volumesInUse []string
10 volumesAttached []core.AttachedVolume
11 config core.NodeConfigStatus *
12 runtimeHandlers []core.NodeRuntimeHandler
13 features core.NodeFeatures *
14 declaredFeatures []string

message NodeSwapStatus
1 capacity int64 * ; All that there is.

message NodeSystemInfo ; What a node says of itself.
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

message ObjectReference atomic ; Names another object.
1 kind string ; The kind.
2 namespace string ; The namespace it is in.
3 name string ; The name.
4 uid string ; Unique in time and space; given by the server.
5 apiVersion string ; Group and version of the kind.
6 resourceVersion string ; Version of the object as stored: etcd's revision of its key.
7 fieldPath string

message PortStatus
1 port int32 ! required ; The port.
2 protocol string ! required ; TCP, UDP or SCTP.
3 error string *

message ResourceQuota ; How much a namespace may use.
1 metadata meta.ObjectMeta ! ; Name, labels, versions and owners of the object.
2 spec core.ResourceQuotaSpec ! ; What is wanted.
3 status core.ResourceQuotaStatus ! ; What was observed; written by the system.

message ResourceQuotaSpec
1 hard map[Quantity]
2 scopes []string
3 scopeSelector core.ScopeSelector *

message ResourceQuotaStatus
1 hard map[Quantity]
2 used map[Quantity]

message ScopeSelector atomic
1 matchExpressions []core.ScopedResourceSelectorRequirement ; Conditions on labels.

message ScopedResourceSelectorRequirement
1 scopeName string ! required
2 operator string ! required ; How key and values are compared.
3 values []string ; The values compared with.

message Secret ; Keys and values that only some may read.
1 metadata meta.ObjectMeta ! ; Name, labels, versions and owners of the object.
2 data map[bytes] ; Keys and values.
3 type string ; Which kind it is.
4 stringData map[string] ; Values as plain text; written only, merged into data.
5 immutable bool * ; Whether it can no longer be changed.

message Service ; A name and address in front of the pods that a selector chooses.
1 metadata meta.ObjectMeta ! ; Name, labels, versions and owners of the object.
2 spec core.ServiceSpec ! ; What is wanted.
3 status core.ServiceStatus ! ; What was observed; written by the system.

message ServiceAccount ; Who a pod is, for the API.
1 metadata meta.ObjectMeta ! ; Name, labels, versions and owners of the object.
2 secrets []core.ObjectReference map=name patch=merge:name
3 imagePullSecrets []core.LocalObjectReference ; Secrets with which images are fetched.
4 automountServiceAccountToken bool *

message ServicePort ; One port of a service.
1 name string ; The name.
2 protocol string default="TCP" ; TCP, UDP or SCTP.
3 port int32 ! required ; The port.
4 targetPort IntOrString ! ; The port of the pods, by number or name.
5 nodePort int32 ; The port on every node.
6 appProtocol string *

message ServiceSpec ; What a service should be.
1 ports []core.ServicePort map=port,protocol patch=merge:port ; Ports, by number and name.
2 selector map[string] atomic ; Which objects it is about.
3 clusterIP string ; The address of the service.
4 type string ; Which kind it is.
5 externalIPs []string
7 sessionAffinity string ; Whether a client keeps its pod.
8 loadBalancerIP string
9 loadBalancerSourceRanges []string
10 externalName string ; The name that this one stands for.
11 externalTrafficPolicy string
12 healthCheckNodePort int32
13 publishNotReadyAddresses bool
14 sessionAffinityConfig core.SessionAffinityConfig *
17 ipFamilyPolicy string *
18 clusterIPs []string ; All addresses of the service.
19 ipFamilies []string
20 allocateLoadBalancerNodePorts bool *
21 loadBalancerClass string *
22 internalTrafficPolicy string *
23 trafficDistribution string *

message ServiceStatus ; What is known of a service.
1 loadBalancer core.LoadBalancerStatus !
2 conditions []meta.Condition map=type patch=merge:type ; Aspects of the state, each true, false or unknown.

message SessionAffinityConfig
1 clientIP core.ClientIPConfig *

message Taint ; Keeps pods away that do not tolerate it.
1 key string ! required ; The key.
2 value string ; The value.
3 effect string ! required ; NoSchedule, PreferNoSchedule or NoExecute.
4 timeAdded Time *

message TopologySelectorLabelRequirement
1 key string ! required ; The key.
2 values []string ! required ; The values compared with.

message TopologySelectorTerm atomic
1 matchLabelExpressions []core.TopologySelectorLabelRequirement
`,
);
