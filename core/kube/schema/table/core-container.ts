/** Core group: containers, their environment, probes, resources and rights. Notation: define.ts. */
import { define } from "./define.ts";

export const coreContainer = define(
  "core",
  `
message AppArmorProfile
1 type string ! required
2 localhostProfile string *

message Capabilities
1 add []string
2 drop []string

message ConfigMapEnvSource
1 - core.LocalObjectReference inline
2 optional bool *

message ConfigMapKeySelector atomic
1 - core.LocalObjectReference inline
2 key string ! required
3 optional bool *

message Container
1 name string ! required
2 image string
3 command []string
4 args []string
5 workingDir string
6 ports []core.ContainerPort map=containerPort,protocol patch=merge:containerPort
7 env []core.EnvVar map=name patch=merge:name
8 resources core.ResourceRequirements !
9 volumeMounts []core.VolumeMount map=mountPath patch=merge:mountPath
10 livenessProbe core.Probe *
11 readinessProbe core.Probe *
12 lifecycle core.Lifecycle *
13 terminationMessagePath string
14 imagePullPolicy string
15 securityContext core.SecurityContext *
16 stdin bool
17 stdinOnce bool
18 tty bool
19 envFrom []core.EnvFromSource
20 terminationMessagePolicy string
21 volumeDevices []core.VolumeDevice map=devicePath patch=merge:devicePath
22 startupProbe core.Probe *
23 resizePolicy []core.ContainerResizePolicy
24 restartPolicy string *
25 restartPolicyRules []core.ContainerRestartRule

message ContainerExtendedResourceRequest
1 containerName string ! required
2 resourceName string ! required
3 requestName string ! required

message ContainerImage
1 names []string !
2 sizeBytes int64

message ContainerPort
1 name string
2 hostPort int32
3 containerPort int32 ! required
4 protocol string default="TCP"
5 hostIP string

message ContainerResizePolicy
1 resourceName string ! required
2 restartPolicy string ! required

message ContainerRestartRule
1 action string required
2 exitCodes core.ContainerRestartRuleOnExitCodes *

message ContainerRestartRuleOnExitCodes
1 operator string required
2 values []int32 list=set

message ContainerState
1 waiting core.ContainerStateWaiting *
2 running core.ContainerStateRunning *
3 terminated core.ContainerStateTerminated *

message ContainerStateRunning
1 startedAt Time !

message ContainerStateTerminated
1 exitCode int32 ! required
2 signal int32
3 reason string
4 message string
5 startedAt Time !
6 finishedAt Time !
7 containerID string

message ContainerStateWaiting
1 reason string
2 message string

message ContainerStatus
1 name string ! required
2 state core.ContainerState !
3 lastState core.ContainerState !
4 ready bool ! required
5 restartCount int32 ! required
6 image string ! required
7 imageID string ! required
8 containerID string
9 started bool *
10 allocatedResources map[Quantity]
11 resources core.ResourceRequirements *
12 volumeMounts []core.VolumeMountStatus map=mountPath patch=merge:mountPath
13 user core.ContainerUser *
14 allocatedResourcesStatus []core.ResourceStatus map=name patch=merge:name
15 stopSignal string *

message ContainerUser
1 linux core.LinuxContainerUser *

message EnvFromSource
1 prefix string
2 configMapRef core.ConfigMapEnvSource *
3 secretRef core.SecretEnvSource *

message EnvVar
1 name string ! required
2 value string
3 valueFrom core.EnvVarSource *

message EnvVarSource
1 fieldRef core.ObjectFieldSelector *
2 resourceFieldRef core.ResourceFieldSelector *
3 configMapKeyRef core.ConfigMapKeySelector *
4 secretKeyRef core.SecretKeySelector *
5 fileKeyRef core.FileKeySelector *

message EphemeralContainer
1 - core.EphemeralContainerCommon inline
2 targetContainerName string

message EphemeralContainerCommon
1 name string ! required
2 image string
3 command []string
4 args []string
5 workingDir string
6 ports []core.ContainerPort map=containerPort,protocol patch=merge:containerPort
7 env []core.EnvVar map=name patch=merge:name
8 resources core.ResourceRequirements !
9 volumeMounts []core.VolumeMount map=mountPath patch=merge:mountPath
10 livenessProbe core.Probe *
11 readinessProbe core.Probe *
12 lifecycle core.Lifecycle *
13 terminationMessagePath string
14 imagePullPolicy string
15 securityContext core.SecurityContext *
16 stdin bool
17 stdinOnce bool
18 tty bool
19 envFrom []core.EnvFromSource
20 terminationMessagePolicy string
21 volumeDevices []core.VolumeDevice map=devicePath patch=merge:devicePath
22 startupProbe core.Probe *
23 resizePolicy []core.ContainerResizePolicy
24 restartPolicy string *
25 restartPolicyRules []core.ContainerRestartRule

message ExecAction
1 command []string

message FileKeySelector atomic
1 volumeName string ! required
2 path string ! required
3 key string ! required
4 optional bool * default=false

message GRPCAction
1 port int32 ! required
2 service string * ! default=""
3 mode string *

message HTTPGetAction
1 path string
2 port IntOrString ! required
3 host string
4 scheme string
5 httpHeaders []core.HTTPHeader
6 protocol string *

message HTTPHeader
1 name string ! required
2 value string ! required

message ImageVolumeStatus
1 imageRef string required

message Lifecycle
1 postStart core.LifecycleHandler *
2 preStop core.LifecycleHandler *
3 stopSignal string *

message LifecycleHandler
1 exec core.ExecAction *
2 httpGet core.HTTPGetAction *
3 tcpSocket core.TCPSocketAction *
4 sleep core.SleepAction *

message Probe
1 - core.ProbeHandler inline
2 initialDelaySeconds int32
3 timeoutSeconds int32
4 periodSeconds int32
5 successThreshold int32
6 failureThreshold int32
7 terminationGracePeriodSeconds int64 *

message ProbeHandler
1 exec core.ExecAction *
2 httpGet core.HTTPGetAction *
3 tcpSocket core.TCPSocketAction *
4 grpc core.GRPCAction *

message ResourceClaim
1 name string ! required
2 request string

message ResourceHealth
1 resourceID string ! required
2 health string
6 message string *

message ResourceRequirements
1 limits map[Quantity]
2 requests map[Quantity]
3 claims []core.ResourceClaim map=name

message ResourceStatus
1 name string ! required
2 resources []core.ResourceHealth map=resourceID

message SELinuxOptions
1 user string
2 role string
3 type string
4 level string

message SeccompProfile
1 type string ! required
2 localhostProfile string *

message SecretEnvSource
1 - core.LocalObjectReference inline
2 optional bool *

message SecretKeySelector atomic
1 - core.LocalObjectReference inline
2 key string ! required
3 optional bool *

message SecurityContext
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
1 name string ! required
2 value string ! required

message TCPSocketAction
1 port IntOrString ! required
2 host string

message WindowsSecurityContextOptions
1 gmsaCredentialSpecName string *
2 gmsaCredentialSpec string *
3 runAsUserName string *
4 hostProcess bool *
`,
);
