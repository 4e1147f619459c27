/** Core group: containers, their environment, probes, resources and rights. Notation: define.ts. */
import { define } from "./define.ts";

export const coreContainer = define(
  "core",
  `
message AppArmorProfile
1 type string ! required ; Which kind it is.
2 localhostProfile string *

message Capabilities
1 add []string
2 drop []string

message ConfigMapEnvSource
1 - core.LocalObjectReference inline
2 optional bool * ; Whether it may be missing.

message ConfigMapKeySelector atomic
1 - core.LocalObjectReference inline
2 key string ! required ; The key.
3 optional bool * ; Whether it may be missing.

message Container ; One program that runs in a pod.
1 name string ! required ; The name.
2 image string ; The image that is run.
3 command []string ; The program and its arguments, instead of the image's.
4 args []string ; Arguments, instead of the image's.
5 workingDir string ; The directory it starts in.
6 ports []core.ContainerPort map=containerPort,protocol patch=merge:containerPort ; Ports, by number and name.
7 env []core.EnvVar map=name patch=merge:name ; Variables of the environment.
8 resources core.ResourceRequirements ! ; How much is asked for and the most that is allowed.
9 volumeMounts []core.VolumeMount map=mountPath patch=merge:mountPath ; Where volumes are seen.
10 livenessProbe core.Probe * ; When it fails, the container is started again.
11 readinessProbe core.Probe * ; While it fails, no service sends traffic.
12 lifecycle core.Lifecycle * ; Calls at start and stop.
13 terminationMessagePath string
14 imagePullPolicy string ; When the image is fetched: Always, IfNotPresent or Never.
15 securityContext core.SecurityContext * ; Rights and identities.
16 stdin bool
17 stdinOnce bool
18 tty bool
19 envFrom []core.EnvFromSource ; Variables from config maps and secrets.
20 terminationMessagePolicy string
21 volumeDevices []core.VolumeDevice map=devicePath patch=merge:devicePath
22 startupProbe core.Probe * ; Until it succeeds, the other probes wait.
23 resizePolicy []core.ContainerResizePolicy
24 restartPolicy string * ; When ended containers are started again: Always, OnFailure or Never.
25 restartPolicyRules []core.ContainerRestartRule

message ContainerExtendedResourceRequest
1 containerName string ! required
2 resourceName string ! required
3 requestName string ! required

message ContainerImage
1 names []string ! ; What it is called.
2 sizeBytes int64

message ContainerPort ; A port on which a container listens.
1 name string ; The name.
2 hostPort int32 ; The port on the node.
3 containerPort int32 ! required ; The port inside the container.
4 protocol string default="TCP" ; TCP, UDP or SCTP.
5 hostIP string ; The address of the node.

message ContainerResizePolicy
1 resourceName string ! required
2 restartPolicy string ! required ; When ended containers are started again: Always, OnFailure or Never.

message ContainerRestartRule
1 action string required
2 exitCodes core.ContainerRestartRuleOnExitCodes *

message ContainerRestartRuleOnExitCodes
1 operator string required ; How key and values are compared.
2 values []int32 list=set ; The values compared with.

message ContainerState ; Waiting, running or terminated: one of the three.
1 waiting core.ContainerStateWaiting *
2 running core.ContainerStateRunning *
3 terminated core.ContainerStateTerminated *

message ContainerStateRunning
1 startedAt Time !

message ContainerStateTerminated
1 exitCode int32 ! required
2 signal int32
3 reason string ; Why, in one word for programs.
4 message string ; Why, in words for people.
5 startedAt Time !
6 finishedAt Time !
7 containerID string ; The container, as its runtime knows it.

message ContainerStateWaiting
1 reason string ; Why, in one word for programs.
2 message string ; Why, in words for people.

message ContainerStatus ; What is known of one container.
1 name string ! required ; The name.
2 state core.ContainerState ! ; The state now.
3 lastState core.ContainerState ! ; The state before.
4 ready bool ! required ; Whether it is ready.
5 restartCount int32 ! required ; How often it was started again.
6 image string ! required ; The image that is run.
7 imageID string ! required ; The image that really runs.
8 containerID string ; The container, as its runtime knows it.
9 started bool * ; Whether it has started.
10 allocatedResources map[Quantity]
11 resources core.ResourceRequirements * ; How much is asked for and the most that is allowed.
12 volumeMounts []core.VolumeMountStatus map=mountPath patch=merge:mountPath ; Where volumes are seen.
13 user core.ContainerUser *
14 allocatedResourcesStatus []core.ResourceStatus map=name patch=merge:name
15 stopSignal string *

message ContainerUser
1 linux core.LinuxContainerUser *

message EnvFromSource ; Many variables at once, from a config map or a secret.
1 prefix string
2 configMapRef core.ConfigMapEnvSource *
3 secretRef core.SecretEnvSource *

message EnvVar ; One variable of a container's environment.
1 name string ! required ; The name.
2 value string ; The value.
3 valueFrom core.EnvVarSource * ; Where the value comes from.

message EnvVarSource ; Where the value of a variable comes from.
1 fieldRef core.ObjectFieldSelector *
2 resourceFieldRef core.ResourceFieldSelector *
3 configMapKeyRef core.ConfigMapKeySelector *
4 secretKeyRef core.SecretKeySelector *
5 fileKeyRef core.FileKeySelector *

message EphemeralContainer ; A container added to a running pod to look into it.
1 - core.EphemeralContainerCommon inline
2 targetContainerName string

message EphemeralContainerCommon
1 name string ! required ; The name.
2 image string ; The image that is run.
3 command []string ; The program and its arguments, instead of the image's.
4 args []string ; Arguments, instead of the image's.
5 workingDir string ; The directory it starts in.
6 ports []core.ContainerPort map=containerPort,protocol patch=merge:containerPort ; Ports, by number and name.
7 env []core.EnvVar map=name patch=merge:name ; Variables of the environment.
8 resources core.ResourceRequirements ! ; How much is asked for and the most that is allowed.
9 volumeMounts []core.VolumeMount map=mountPath patch=merge:mountPath ; Where volumes are seen.
10 livenessProbe core.Probe * ; When it fails, the container is started again.
11 readinessProbe core.Probe * ; While it fails, no service sends traffic.
12 lifecycle core.Lifecycle * ; Calls at start and stop.
13 terminationMessagePath string
14 imagePullPolicy string ; When the image is fetched: Always, IfNotPresent or Never.
15 securityContext core.SecurityContext * ; Rights and identities.
16 stdin bool
17 stdinOnce bool
18 tty bool
19 envFrom []core.EnvFromSource ; Variables from config maps and secrets.
20 terminationMessagePolicy string
21 volumeDevices []core.VolumeDevice map=devicePath patch=merge:devicePath
22 startupProbe core.Probe * ; Until it succeeds, the other probes wait.
23 resizePolicy []core.ContainerResizePolicy
24 restartPolicy string * ; When ended containers are started again: Always, OnFailure or Never.
25 restartPolicyRules []core.ContainerRestartRule

message ExecAction ; A probe by a command in the container.
1 command []string ; The program and its arguments, instead of the image's.

message FileKeySelector atomic
1 volumeName string ! required
2 path string ! required ; The path.
3 key string ! required ; The key.
4 optional bool * default=false ; Whether it may be missing.

message GRPCAction
1 port int32 ! required ; The port.
2 service string * ! default=""
3 mode string *

message HTTPGetAction ; A probe by HTTP.
1 path string ; The path.
2 port IntOrString ! required ; The port.
3 host string
4 scheme string
5 httpHeaders []core.HTTPHeader
6 protocol string * ; TCP, UDP or SCTP.

message HTTPHeader
1 name string ! required ; The name.
2 value string ! required ; The value.

message ImageVolumeStatus
1 imageRef string required

message Lifecycle ; What is called when a container starts and stops.
1 postStart core.LifecycleHandler *
2 preStop core.LifecycleHandler *
3 stopSignal string *

message LifecycleHandler
1 exec core.ExecAction * ; By a command.
2 httpGet core.HTTPGetAction * ; By HTTP.
3 tcpSocket core.TCPSocketAction * ; By opening a connection.
4 sleep core.SleepAction *

message Probe ; How to find out whether a container is well.
1 - core.ProbeHandler inline
2 initialDelaySeconds int32 ; Seconds until the first look.
3 timeoutSeconds int32 ; Seconds until a look counts as failed.
4 periodSeconds int32 ; Seconds between looks.
5 successThreshold int32 ; How many successes in a row make it well.
6 failureThreshold int32 ; How many failures in a row make it ill.
7 terminationGracePeriodSeconds int64 * ; Seconds to end in before being killed.

message ProbeHandler
1 exec core.ExecAction * ; By a command.
2 httpGet core.HTTPGetAction * ; By HTTP.
3 tcpSocket core.TCPSocketAction * ; By opening a connection.
4 grpc core.GRPCAction *

message ResourceClaim
1 name string ! required ; The name.
2 request string

message ResourceHealth
1 resourceID string ! required
2 health string
6 message string * ; Why, in words for people.

message ResourceRequirements ; How much of each resource is asked for, and how much is the most.
1 limits map[Quantity] ; The most of each resource.
2 requests map[Quantity] ; How much of each resource is set aside.
3 claims []core.ResourceClaim map=name

message ResourceStatus
1 name string ! required ; The name.
2 resources []core.ResourceHealth map=resourceID ; How much is asked for and the most that is allowed.

message SELinuxOptions
1 user string
2 role string
3 type string ; Which kind it is.
4 level string

message SeccompProfile
1 type string ! required ; Which kind it is.
2 localhostProfile string *

message SecretEnvSource
1 - core.LocalObjectReference inline
2 optional bool * ; Whether it may be missing.

message SecretKeySelector atomic
1 - core.LocalObjectReference inline
2 key string ! required ; The key.
3 optional bool * ; Whether it may be missing.

message SecurityContext ; The rights of a container.
1 capabilities core.Capabilities *
2 privileged bool *
3 seLinuxOptions core.SELinuxOptions *
4 runAsUser int64 *
5 runAsNonRoot bool *
6 readOnlyRootFilesystem bool *
7 allowPrivilegeEscalation bool *
8 runAsGroup int64 *
9 procMount string *
10 windowsOptions core.WindowsSecurityContextOptions *
11 seccompProfile core.SeccompProfile *
12 appArmorProfile core.AppArmorProfile *

message SleepAction
1 seconds int64 ! required

message Sysctl
1 name string ! required ; The name.
2 value string ! required ; The value.

message TCPSocketAction ; A probe by opening a connection.
1 port IntOrString ! required ; The port.
2 host string

message WindowsSecurityContextOptions
1 gmsaCredentialSpecName string *
2 gmsaCredentialSpec string *
3 runAsUserName string *
4 hostProcess bool *
`,
);
