/** Core group: volumes, claims and every kind of storage behind them. Notation: define.ts. */
import { define } from "./define.ts";

export const coreVolume = define(
  "core",
  `
message AWSElasticBlockStoreVolumeSource
1 volumeID string ! required
2 fsType string
3 partition int32
4 readOnly bool ; May not be written.

message AttachedVolume
1 name string ! required ; The name.
2 devicePath string ! required

message AzureDiskVolumeSource
1 diskName string ! required
2 diskURI string ! required
3 cachingMode string * default="ReadWrite"
4 fsType string * default="ext4"
5 readOnly bool * default=false ; May not be written.
6 kind string * default="Shared" ; The kind.

message AzureFilePersistentVolumeSource
1 secretName string ! required
2 shareName string ! required
3 readOnly bool ; May not be written.
4 secretNamespace string * !

message AzureFileVolumeSource
1 secretName string ! required
2 shareName string ! required
3 readOnly bool ; May not be written.

message CSIPersistentVolumeSource
1 driver string ! required
2 volumeHandle string ! required
3 readOnly bool ; May not be written.
4 fsType string
5 volumeAttributes map[string]
6 controllerPublishSecretRef core.SecretReference *
7 nodeStageSecretRef core.SecretReference *
8 nodePublishSecretRef core.SecretReference *
9 controllerExpandSecretRef core.SecretReference *
10 nodeExpandSecretRef core.SecretReference *

message CSIVolumeSource
1 driver string ! required
2 readOnly bool * ; May not be written.
3 fsType string *
4 volumeAttributes map[string]
5 nodePublishSecretRef core.LocalObjectReference *

message CephFSPersistentVolumeSource
1 monitors []string ! required
2 path string ; The path.
3 user string
4 secretFile string
5 secretRef core.SecretReference *
6 readOnly bool ; May not be written.

message CephFSVolumeSource
1 monitors []string ! required
2 path string ; The path.
3 user string
4 secretFile string
5 secretRef core.LocalObjectReference *
6 readOnly bool ; May not be written.

message CinderPersistentVolumeSource
1 volumeID string ! required
2 fsType string
3 readOnly bool ; May not be written.
4 secretRef core.SecretReference *

message CinderVolumeSource
1 volumeID string ! required
2 fsType string
3 readOnly bool ; May not be written.
4 secretRef core.LocalObjectReference *

message ClusterTrustBundleProjection
1 name string * ; The name.
2 signerName string *
3 labelSelector meta.LabelSelector *
4 path string ! required ; The path.
5 optional bool * ; Whether it may be missing.
6 user int64 *

message ConfigMapProjection
1 - core.LocalObjectReference inline
2 items []core.KeyToPath ; The parts of it.
4 optional bool * ; Whether it may be missing.

message ConfigMapVolumeSource ; A config map as files.
1 - core.LocalObjectReference inline
2 items []core.KeyToPath ; The parts of it.
3 defaultMode int32 * ; Permission bits of the files.
4 optional bool * ; Whether it may be missing.
5 defaultUser int64 *

message DownwardAPIProjection
1 items []core.DownwardAPIVolumeFile ; The parts of it.

message DownwardAPIVolumeFile
1 path string ! required ; The path.
2 fieldRef core.ObjectFieldSelector *
3 resourceFieldRef core.ResourceFieldSelector *
4 mode int32 *
5 user int64 *

message DownwardAPIVolumeSource
1 items []core.DownwardAPIVolumeFile ; The parts of it.
2 defaultMode int32 * ; Permission bits of the files.
3 defaultUser int64 *

message EmptyDirVolumeSource ; An empty directory that lives as long as the pod.
1 medium string
2 sizeLimit Quantity *
3 mode int32 *

message EphemeralVolumeSource
1 volumeClaimTemplate core.PersistentVolumeClaimTemplate *

message FCVolumeSource
1 targetWWNs []string
2 lun int32 *
3 fsType string
4 readOnly bool ; May not be written.
5 wwids []string

message FlexPersistentVolumeSource
1 driver string ! required
2 fsType string
3 secretRef core.SecretReference *
4 readOnly bool ; May not be written.
5 options map[string]

message FlexVolumeSource
1 driver string ! required
2 fsType string
3 secretRef core.LocalObjectReference *
4 readOnly bool ; May not be written.
5 options map[string]

message FlockerVolumeSource
1 datasetName string
2 datasetUUID string

message GCEPersistentDiskVolumeSource
1 pdName string ! required
2 fsType string
3 partition int32
4 readOnly bool ; May not be written.

message GitRepoVolumeSource
1 repository string ! required
2 revision string
3 directory string

message GlusterfsPersistentVolumeSource
1 endpoints string ! required
2 path string ! required ; The path.
3 readOnly bool ; May not be written.
4 endpointsNamespace string *

message GlusterfsVolumeSource
1 endpoints string ! required
2 path string ! required ; The path.
3 readOnly bool ; May not be written.

message HostPathVolumeSource ; A file or directory of the node itself.
1 path string ! required ; The path.
2 type string * ; Which kind it is.

message ISCSIPersistentVolumeSource
1 targetPortal string ! required
2 iqn string ! required
3 lun int32 ! required
4 iscsiInterface string default="default"
5 fsType string
6 readOnly bool ; May not be written.
7 portals []string
8 chapAuthDiscovery bool
10 secretRef core.SecretReference *
11 chapAuthSession bool
12 initiatorName string *

message ISCSIVolumeSource
1 targetPortal string ! required
2 iqn string ! required
3 lun int32 ! required
4 iscsiInterface string default="default"
5 fsType string
6 readOnly bool ; May not be written.
7 portals []string
8 chapAuthDiscovery bool
10 secretRef core.LocalObjectReference *
11 chapAuthSession bool
12 initiatorName string *

message ImageVolumeSource
1 reference string
2 pullPolicy string

message KeyToPath
1 key string ! required ; The key.
2 path string ! required ; The path.
3 mode int32 *
4 user int64 *

message LocalObjectReference atomic ; Names an object in the same namespace.
1 name string default="" ; The name.

message LocalVolumeSource
1 path string ! required ; The path.
2 fsType string *

message ModifyVolumeStatus
1 targetVolumeAttributesClassName string
2 status string ! required ; What was observed; written by the system.

message NFSVolumeSource
1 server string ! required
2 path string ! required ; The path.
3 readOnly bool ; May not be written.

message ObjectFieldSelector atomic
1 apiVersion string ; Group and version of the kind.
2 fieldPath string ! required

message PersistentVolume ; Storage that outlives pods.
1 metadata meta.ObjectMeta ! ; Name, labels, versions and owners of the object.
2 spec core.PersistentVolumeSpec ! ; What is wanted.
3 status core.PersistentVolumeStatus ! ; What was observed; written by the system.

message PersistentVolumeClaim ; A wish for storage.
1 metadata meta.ObjectMeta ! ; Name, labels, versions and owners of the object.
2 spec core.PersistentVolumeClaimSpec ! ; What is wanted.
3 status core.PersistentVolumeClaimStatus ! ; What was observed; written by the system.

message PersistentVolumeClaimCondition
1 type string ! required ; Which kind it is.
2 status string ! required ; What was observed; written by the system.
3 lastProbeTime Time ! ; When it was last looked at.
4 lastTransitionTime Time ! ; When it last changed.
5 reason string ; Why, in one word for programs.
6 message string ; Why, in words for people.

message PersistentVolumeClaimSpec
1 accessModes []string
2 resources core.VolumeResourceRequirements ! ; How much is asked for and the most that is allowed.
3 volumeName string
4 selector meta.LabelSelector * ; Which objects it is about.
5 storageClassName string *
6 volumeMode string *
7 dataSource core.TypedLocalObjectReference *
8 dataSourceRef core.TypedObjectReference *
9 volumeAttributesClassName string *

message PersistentVolumeClaimStatus
1 phase string ; Where it is in its life.
2 accessModes []string
3 capacity map[Quantity] ; All that there is.
4 conditions []core.PersistentVolumeClaimCondition map=type patch=merge:type ; Aspects of the state, each true, false or unknown.
5 allocatedResources map[Quantity]
7 allocatedResourceStatuses map[string]
8 currentVolumeAttributesClassName string *
9 modifyVolumeStatus core.ModifyVolumeStatus *
10 healthStatus core.VolumeHealthStatus *

message PersistentVolumeClaimTemplate
1 metadata meta.ObjectMeta ! ; Name, labels, versions and owners of the object.
2 spec core.PersistentVolumeClaimSpec ! required ; What is wanted.

message PersistentVolumeClaimVolumeSource
1 claimName string ! required
2 readOnly bool ; May not be written.

message PersistentVolumeSource
1 gcePersistentDisk core.GCEPersistentDiskVolumeSource *
2 awsElasticBlockStore core.AWSElasticBlockStoreVolumeSource *
3 hostPath core.HostPathVolumeSource * ; A path of the node.
4 glusterfs core.GlusterfsPersistentVolumeSource *
5 nfs core.NFSVolumeSource *
6 rbd core.RBDPersistentVolumeSource *
7 iscsi core.ISCSIPersistentVolumeSource *
8 cinder core.CinderPersistentVolumeSource *
9 cephfs core.CephFSPersistentVolumeSource *
10 fc core.FCVolumeSource *
11 flocker core.FlockerVolumeSource *
12 flexVolume core.FlexPersistentVolumeSource *
13 azureFile core.AzureFilePersistentVolumeSource *
14 vsphereVolume core.VsphereVirtualDiskVolumeSource *
15 quobyte core.QuobyteVolumeSource *
16 azureDisk core.AzureDiskVolumeSource *
17 photonPersistentDisk core.PhotonPersistentDiskVolumeSource *
18 portworxVolume core.PortworxVolumeSource *
19 scaleIO core.ScaleIOPersistentVolumeSource *
20 local core.LocalVolumeSource *
21 storageos core.StorageOSPersistentVolumeSource *
22 csi core.CSIPersistentVolumeSource *

message PersistentVolumeSpec
1 capacity map[Quantity] ; All that there is.
2 - core.PersistentVolumeSource inline
3 accessModes []string
4 claimRef core.ObjectReference *
5 persistentVolumeReclaimPolicy string
6 storageClassName string
7 mountOptions []string
8 volumeMode string *
9 nodeAffinity core.VolumeNodeAffinity *
10 volumeAttributesClassName string *

message PersistentVolumeStatus
1 phase string ; Where it is in its life.
2 message string ; Why, in words for people.
3 reason string ; Why, in one word for programs.
4 lastPhaseTransitionTime Time *

message PhotonPersistentDiskVolumeSource
1 pdID string ! required
2 fsType string

message PodCertificateProjection
1 signerName string required
2 keyType string required
3 maxExpirationSeconds int32 *
4 credentialBundlePath string
5 keyPath string
6 certificateChainPath string
7 userAnnotations map[string]
8 user int64 *

message PodVolumeHealth
1 name string ! required ; The name.
2 healthConditions []core.VolumeHealthCondition map=status,reason patch=merge:status
3 lastTransitionTime Time ! ; When it last changed.

message PortworxVolumeSource
1 volumeID string ! required
2 fsType string
3 readOnly bool ; May not be written.

message ProjectedVolumeSource ; Several sources in one directory.
1 sources []core.VolumeProjection !
2 defaultMode int32 * ; Permission bits of the files.
3 defaultUser int64 *

message QuobyteVolumeSource
1 registry string ! required
2 volume string ! required
3 readOnly bool ; May not be written.
4 user string
5 group string ; The API group.
6 tenant string

message RBDPersistentVolumeSource
1 monitors []string ! required
2 image string ! required ; The image that is run.
3 fsType string
4 pool string default="rbd"
5 user string default="admin"
6 keyring string default="/etc/ceph/keyring"
7 secretRef core.SecretReference *
8 readOnly bool ; May not be written.

message RBDVolumeSource
1 monitors []string ! required
2 image string ! required ; The image that is run.
3 fsType string
4 pool string default="rbd"
5 user string default="admin"
6 keyring string default="/etc/ceph/keyring"
7 secretRef core.LocalObjectReference *
8 readOnly bool ; May not be written.

message ResourceFieldSelector atomic
1 containerName string
2 resource string ! required
3 divisor Quantity !

message ScaleIOPersistentVolumeSource
1 gateway string ! required
2 system string ! required
3 secretRef core.SecretReference * ! required
4 sslEnabled bool
5 protectionDomain string
6 storagePool string
7 storageMode string default="ThinProvisioned"
8 volumeName string
9 fsType string default="xfs"
10 readOnly bool ; May not be written.

message ScaleIOVolumeSource
1 gateway string ! required
2 system string ! required
3 secretRef core.LocalObjectReference * ! required
4 sslEnabled bool
5 protectionDomain string
6 storagePool string
7 storageMode string default="ThinProvisioned"
8 volumeName string
9 fsType string default="xfs"
10 readOnly bool ; May not be written.

message SecretProjection
1 - core.LocalObjectReference inline
2 items []core.KeyToPath ; The parts of it.
4 optional bool * ; Whether it may be missing.

message SecretReference atomic
1 name string ; The name.
2 namespace string ; The namespace it is in.

message SecretVolumeSource ; A secret as files.
1 secretName string
2 items []core.KeyToPath ; The parts of it.
3 defaultMode int32 * ; Permission bits of the files.
4 optional bool * ; Whether it may be missing.
5 defaultUser int64 *

message ServiceAccountTokenProjection
1 audience string
2 expirationSeconds int64 *
3 path string ! required ; The path.
4 user int64 *

message StorageOSPersistentVolumeSource
1 volumeName string
2 volumeNamespace string
3 fsType string
4 readOnly bool ; May not be written.
5 secretRef core.ObjectReference *

message StorageOSVolumeSource
1 volumeName string
2 volumeNamespace string
3 fsType string
4 readOnly bool ; May not be written.
5 secretRef core.LocalObjectReference *

message TypedLocalObjectReference atomic
1 apiGroup string * ! ; The group of the kind.
2 kind string ! required ; The kind.
3 name string ! required ; The name.

message TypedObjectReference
1 apiGroup string * ! ; The group of the kind.
2 kind string ! required ; The kind.
3 name string ! required ; The name.
4 namespace string * ; The namespace it is in.

message Volume ; A directory that a pod's containers can mount.
1 name string ! required ; The name.
2 - core.VolumeSource inline

message VolumeDevice
1 name string ! required ; The name.
2 devicePath string ! required

message VolumeHealthCondition
1 status string ! required ; What was observed; written by the system.
2 reason string ! required ; Why, in one word for programs.
3 message string ; Why, in words for people.

message VolumeHealthStatus
1 healthConditions []core.VolumeHealthCondition map=status,reason patch=merge:status
2 lastTransitionTime Time ! ; When it last changed.

message VolumeMount ; Where a container sees a volume.
1 name string ! required ; The name.
2 readOnly bool ; May not be written.
3 mountPath string ! required ; The path inside the container.
4 subPath string ; A path inside the volume.
5 mountPropagation string *
6 subPathExpr string
7 recursiveReadOnly string *
8 bindMountOptions []string list=set

message VolumeMountStatus
1 name string ! required ; The name.
2 mountPath string ! required ; The path inside the container.
3 readOnly bool ; May not be written.
4 recursiveReadOnly string *
5 volumeStatus core.VolumeStatus *

message VolumeNodeAffinity
1 required core.NodeSelector *

message VolumeProjection
1 secret core.SecretProjection * ; The secret used.
2 downwardAPI core.DownwardAPIProjection *
3 configMap core.ConfigMapProjection * ; The config map used.
4 serviceAccountToken core.ServiceAccountTokenProjection *
5 clusterTrustBundle core.ClusterTrustBundleProjection *
6 podCertificate core.PodCertificateProjection *

message VolumeResourceRequirements
1 limits map[Quantity] ; The most of each resource.
2 requests map[Quantity] ; How much of each resource is set aside.

message VolumeSource
1 hostPath core.HostPathVolumeSource * ; A path of the node.
2 emptyDir core.EmptyDirVolumeSource * ; A directory that lives as long as the pod.
3 gcePersistentDisk core.GCEPersistentDiskVolumeSource *
4 awsElasticBlockStore core.AWSElasticBlockStoreVolumeSource *
5 gitRepo core.GitRepoVolumeSource *
6 secret core.SecretVolumeSource * ; The secret used.
7 nfs core.NFSVolumeSource *
8 iscsi core.ISCSIVolumeSource *
9 glusterfs core.GlusterfsVolumeSource *
10 persistentVolumeClaim core.PersistentVolumeClaimVolumeSource * ; The claim used.
11 rbd core.RBDVolumeSource *
12 flexVolume core.FlexVolumeSource *
13 cinder core.CinderVolumeSource *
14 cephfs core.CephFSVolumeSource *
15 flocker core.FlockerVolumeSource *
16 downwardAPI core.DownwardAPIVolumeSource *
17 fc core.FCVolumeSource *
18 azureFile core.AzureFileVolumeSource *
19 configMap core.ConfigMapVolumeSource * ; The config map used.
20 vsphereVolume core.VsphereVirtualDiskVolumeSource *
21 quobyte core.QuobyteVolumeSource *
22 azureDisk core.AzureDiskVolumeSource *
23 photonPersistentDisk core.PhotonPersistentDiskVolumeSource *
24 portworxVolume core.PortworxVolumeSource *
25 scaleIO core.ScaleIOVolumeSource *
26 projected core.ProjectedVolumeSource * ; Several sources in one directory.
27 storageos core.StorageOSVolumeSource *
28 csi core.CSIVolumeSource *
29 ephemeral core.EphemeralVolumeSource *
30 image core.ImageVolumeSource * ; The image that is run.

message VolumeStatus
1 image core.ImageVolumeStatus * ; The image that is run.

message VsphereVirtualDiskVolumeSource
1 volumePath string ! required
2 fsType string
3 storagePolicyName string
4 storagePolicyID string
`,
);
