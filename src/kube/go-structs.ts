/**
 * The types that upstream holds Pods, claims and volumes in (`core`, not `v1`): the order of their fields and what they are, as
 * its Go diffs show them. `@` is an embedded struct, whose fields are the object's own in JSON. Types that are not here, of
 * storage of long ago, are shown without their inside.
 */
export const goStructs: { readonly [type: string]: string } = {
  IntOrString: 'Type int32; IntVal int32; StrVal string',
  LabelSelector: 'MatchLabels map[string]string; MatchExpressions []LabelSelectorRequirement',
  LabelSelectorRequirement: 'Key string; Operator LabelSelectorOperator; Values []string',
  PodSpec:
    'Volumes []Volume; InitContainers []Container; Containers []Container; EphemeralContainers []EphemeralContainer; RestartPolicy RestartPolicy; TerminationGracePeriodSeconds *int64; ActiveDeadlineSeconds *int64; DNSPolicy DNSPolicy; NodeSelector map[string]string; ServiceAccountName string; AutomountServiceAccountToken *bool; NodeName string; SecurityContext *PodSecurityContext; ImagePullSecrets []LocalObjectReference; Hostname string; Subdomain string; SetHostnameAsFQDN *bool; Affinity *Affinity; SchedulerName string; Tolerations []Toleration; HostAliases []HostAlias; PriorityClassName string; Priority *int32; PreemptionPolicy *PreemptionPolicy; DNSConfig *PodDNSConfig; ReadinessGates []PodReadinessGate; RuntimeClassName *string; Overhead ResourceList; EnableServiceLinks *bool; TopologySpreadConstraints []TopologySpreadConstraint; OS *PodOS; SchedulingGates []PodSchedulingGate; ResourceClaims []PodResourceClaim; Resources *ResourceRequirements',
  PersistentVolumeClaimSpec:
    'AccessModes []PersistentVolumeAccessMode; Selector *LabelSelector; Resources VolumeResourceRequirements; VolumeName string; StorageClassName *string; VolumeMode *PersistentVolumeMode; DataSource *TypedLocalObjectReference; DataSourceRef *TypedObjectReference; VolumeAttributesClassName *string',
  PersistentVolumeSource:
    'GCEPersistentDisk *GCEPersistentDiskVolumeSource; AWSElasticBlockStore *AWSElasticBlockStoreVolumeSource; HostPath *HostPathVolumeSource; Glusterfs *GlusterfsPersistentVolumeSource; NFS *NFSVolumeSource; RBD *RBDPersistentVolumeSource; Quobyte *QuobyteVolumeSource; ISCSI *ISCSIPersistentVolumeSource; FlexVolume *FlexPersistentVolumeSource; Cinder *CinderPersistentVolumeSource; CephFS *CephFSPersistentVolumeSource; FC *FCVolumeSource; Flocker *FlockerVolumeSource; AzureFile *AzureFilePersistentVolumeSource; VsphereVolume *VsphereVirtualDiskVolumeSource; AzureDisk *AzureDiskVolumeSource; PhotonPersistentDisk *PhotonPersistentDiskVolumeSource; PortworxVolume *PortworxVolumeSource; ScaleIO *ScaleIOPersistentVolumeSource; Local *LocalVolumeSource; StorageOS *StorageOSPersistentVolumeSource; CSI *CSIPersistentVolumeSource',
  Volume: 'Name string; VolumeSource @VolumeSource',
  Container:
    'Name string; Image string; Command []string; Args []string; WorkingDir string; Ports []ContainerPort; EnvFrom []EnvFromSource; Env []EnvVar; Resources ResourceRequirements; ResizePolicy []ContainerResizePolicy; RestartPolicy *ContainerRestartPolicy; VolumeMounts []VolumeMount; VolumeDevices []VolumeDevice; LivenessProbe *Probe; ReadinessProbe *Probe; StartupProbe *Probe; Lifecycle *Lifecycle; TerminationMessagePath string; TerminationMessagePolicy TerminationMessagePolicy; ImagePullPolicy PullPolicy; SecurityContext *SecurityContext; Stdin bool; StdinOnce bool; TTY bool',
  EphemeralContainer: 'EphemeralContainerCommon @EphemeralContainerCommon; TargetContainerName string',
  PodSecurityContext:
    'HostNetwork bool; HostPID bool; HostIPC bool; ShareProcessNamespace *bool; HostUsers *bool; SELinuxOptions *SELinuxOptions; WindowsOptions *WindowsSecurityContextOptions; RunAsUser *int64; RunAsGroup *int64; RunAsNonRoot *bool; SupplementalGroups []int64; SupplementalGroupsPolicy *SupplementalGroupsPolicy; FSGroup *int64; FSGroupChangePolicy *PodFSGroupChangePolicy; Sysctls []Sysctl; SeccompProfile *SeccompProfile; AppArmorProfile *AppArmorProfile; SELinuxChangePolicy *PodSELinuxChangePolicy',
  LocalObjectReference: 'Name string',
  Affinity: 'NodeAffinity *NodeAffinity; PodAffinity *PodAffinity; PodAntiAffinity *PodAntiAffinity',
  Toleration:
    'Key string; Operator TolerationOperator; Value string; Effect TaintEffect; TolerationSeconds *int64',
  HostAlias: 'IP string; Hostnames []string',
  PodDNSConfig: 'Nameservers []string; Searches []string; Options []PodDNSConfigOption',
  PodReadinessGate: 'ConditionType PodConditionType',
  TopologySpreadConstraint:
    'MaxSkew int32; TopologyKey string; WhenUnsatisfiable UnsatisfiableConstraintAction; LabelSelector *LabelSelector; MinDomains *int32; NodeAffinityPolicy *NodeInclusionPolicy; NodeTaintsPolicy *NodeInclusionPolicy; MatchLabelKeys []string',
  PodOS: 'Name OSName',
  PodSchedulingGate: 'Name string',
  PodResourceClaim: 'Name string; ResourceClaimName *string; ResourceClaimTemplateName *string',
  ResourceRequirements: 'Limits ResourceList; Requests ResourceList; Claims []ResourceClaim',
  VolumeResourceRequirements: 'Limits ResourceList; Requests ResourceList',
  TypedLocalObjectReference: 'APIGroup *string; Kind string; Name string',
  TypedObjectReference: 'APIGroup *string; Kind string; Name string; Namespace *string',
  HostPathVolumeSource: 'Path string; Type *HostPathType',
  NFSVolumeSource: 'Server string; Path string; ReadOnly bool',
  LocalVolumeSource: 'Path string; FSType *string',
  CSIPersistentVolumeSource:
    'Driver string; VolumeHandle string; ReadOnly bool; FSType string; VolumeAttributes map[string]string; ControllerPublishSecretRef *SecretReference; NodeStageSecretRef *SecretReference; NodePublishSecretRef *SecretReference; ControllerExpandSecretRef *SecretReference; NodeExpandSecretRef *SecretReference',
  VolumeSource:
    'HostPath *HostPathVolumeSource; EmptyDir *EmptyDirVolumeSource; GCEPersistentDisk *GCEPersistentDiskVolumeSource; AWSElasticBlockStore *AWSElasticBlockStoreVolumeSource; GitRepo *GitRepoVolumeSource; Secret *SecretVolumeSource; NFS *NFSVolumeSource; ISCSI *ISCSIVolumeSource; Glusterfs *GlusterfsVolumeSource; PersistentVolumeClaim *PersistentVolumeClaimVolumeSource; RBD *RBDVolumeSource; Quobyte *QuobyteVolumeSource; FlexVolume *FlexVolumeSource; Cinder *CinderVolumeSource; CephFS *CephFSVolumeSource; Flocker *FlockerVolumeSource; DownwardAPI *DownwardAPIVolumeSource; FC *FCVolumeSource; AzureFile *AzureFileVolumeSource; ConfigMap *ConfigMapVolumeSource; VsphereVolume *VsphereVirtualDiskVolumeSource; AzureDisk *AzureDiskVolumeSource; PhotonPersistentDisk *PhotonPersistentDiskVolumeSource; Projected *ProjectedVolumeSource; PortworxVolume *PortworxVolumeSource; ScaleIO *ScaleIOVolumeSource; StorageOS *StorageOSVolumeSource; CSI *CSIVolumeSource; Ephemeral *EphemeralVolumeSource; Image *ImageVolumeSource',
  ContainerPort: 'Name string; HostPort int32; ContainerPort int32; Protocol Protocol; HostIP string',
  EnvFromSource: 'Prefix string; ConfigMapRef *ConfigMapEnvSource; SecretRef *SecretEnvSource',
  EnvVar: 'Name string; Value string; ValueFrom *EnvVarSource',
  ContainerResizePolicy: 'ResourceName ResourceName; RestartPolicy ResourceResizeRestartPolicy',
  VolumeMount:
    'Name string; ReadOnly bool; RecursiveReadOnly *RecursiveReadOnlyMode; MountPath string; SubPath string; MountPropagation *MountPropagationMode; SubPathExpr string',
  VolumeDevice: 'Name string; DevicePath string',
  Probe:
    'ProbeHandler @ProbeHandler; InitialDelaySeconds int32; TimeoutSeconds int32; PeriodSeconds int32; SuccessThreshold int32; FailureThreshold int32; TerminationGracePeriodSeconds *int64',
  Lifecycle: 'PostStart *LifecycleHandler; PreStop *LifecycleHandler',
  SecurityContext:
    'Capabilities *Capabilities; Privileged *bool; SELinuxOptions *SELinuxOptions; WindowsOptions *WindowsSecurityContextOptions; RunAsUser *int64; RunAsGroup *int64; RunAsNonRoot *bool; ReadOnlyRootFilesystem *bool; AllowPrivilegeEscalation *bool; ProcMount *ProcMountType; SeccompProfile *SeccompProfile; AppArmorProfile *AppArmorProfile',
  EphemeralContainerCommon:
    'Name string; Image string; Command []string; Args []string; WorkingDir string; Ports []ContainerPort; EnvFrom []EnvFromSource; Env []EnvVar; Resources ResourceRequirements; ResizePolicy []ContainerResizePolicy; RestartPolicy *ContainerRestartPolicy; VolumeMounts []VolumeMount; VolumeDevices []VolumeDevice; LivenessProbe *Probe; ReadinessProbe *Probe; StartupProbe *Probe; Lifecycle *Lifecycle; TerminationMessagePath string; TerminationMessagePolicy TerminationMessagePolicy; ImagePullPolicy PullPolicy; SecurityContext *SecurityContext; Stdin bool; StdinOnce bool; TTY bool',
  SELinuxOptions: 'User string; Role string; Type string; Level string',
  WindowsSecurityContextOptions:
    'GMSACredentialSpecName *string; GMSACredentialSpec *string; RunAsUserName *string; HostProcess *bool',
  Sysctl: 'Name string; Value string',
  SeccompProfile: 'Type SeccompProfileType; LocalhostProfile *string',
  AppArmorProfile: 'Type AppArmorProfileType; LocalhostProfile *string',
  NodeAffinity:
    'RequiredDuringSchedulingIgnoredDuringExecution *NodeSelector; PreferredDuringSchedulingIgnoredDuringExecution []PreferredSchedulingTerm',
  PodAffinity:
    'RequiredDuringSchedulingIgnoredDuringExecution []PodAffinityTerm; PreferredDuringSchedulingIgnoredDuringExecution []WeightedPodAffinityTerm',
  PodAntiAffinity:
    'RequiredDuringSchedulingIgnoredDuringExecution []PodAffinityTerm; PreferredDuringSchedulingIgnoredDuringExecution []WeightedPodAffinityTerm',
  PodDNSConfigOption: 'Name string; Value *string',
  ResourceClaim: 'Name string; Request string',
  EmptyDirVolumeSource: 'Medium StorageMedium; SizeLimit *Quantity',
  SecretVolumeSource: 'SecretName string; Items []KeyToPath; DefaultMode *int32; Optional *bool',
  PersistentVolumeClaimVolumeSource: 'ClaimName string; ReadOnly bool',
  DownwardAPIVolumeSource: 'Items []DownwardAPIVolumeFile; DefaultMode *int32',
  ConfigMapVolumeSource:
    'LocalObjectReference @LocalObjectReference; Items []KeyToPath; DefaultMode *int32; Optional *bool',
  ProjectedVolumeSource: 'Sources []VolumeProjection; DefaultMode *int32',
  CSIVolumeSource:
    'Driver string; ReadOnly *bool; FSType *string; VolumeAttributes map[string]string; NodePublishSecretRef *LocalObjectReference',
  EphemeralVolumeSource: 'VolumeClaimTemplate *PersistentVolumeClaimTemplate',
  ImageVolumeSource: 'Reference string; PullPolicy PullPolicy',
  ConfigMapEnvSource: 'LocalObjectReference @LocalObjectReference; Optional *bool',
  SecretEnvSource: 'LocalObjectReference @LocalObjectReference; Optional *bool',
  EnvVarSource:
    'FieldRef *ObjectFieldSelector; ResourceFieldRef *ResourceFieldSelector; ConfigMapKeyRef *ConfigMapKeySelector; SecretKeyRef *SecretKeySelector',
  ProbeHandler: 'Exec *ExecAction; HTTPGet *HTTPGetAction; TCPSocket *TCPSocketAction; GRPC *GRPCAction',
  LifecycleHandler:
    'Exec *ExecAction; HTTPGet *HTTPGetAction; TCPSocket *TCPSocketAction; Sleep *SleepAction',
  Capabilities: 'Add []Capability; Drop []Capability',
  NodeSelector: 'NodeSelectorTerms []NodeSelectorTerm',
  PreferredSchedulingTerm: 'Weight int32; Preference NodeSelectorTerm',
  PodAffinityTerm:
    'LabelSelector *LabelSelector; Namespaces []string; TopologyKey string; NamespaceSelector *LabelSelector; MatchLabelKeys []string; MismatchLabelKeys []string',
  WeightedPodAffinityTerm: 'Weight int32; PodAffinityTerm PodAffinityTerm',
  KeyToPath: 'Key string; Path string; Mode *int32',
  DownwardAPIVolumeFile:
    'Path string; FieldRef *ObjectFieldSelector; ResourceFieldRef *ResourceFieldSelector; Mode *int32',
  VolumeProjection:
    'Secret *SecretProjection; DownwardAPI *DownwardAPIProjection; ConfigMap *ConfigMapProjection; ServiceAccountToken *ServiceAccountTokenProjection; ClusterTrustBundle *ClusterTrustBundleProjection',
  PersistentVolumeClaimTemplate: 'ObjectMeta @ObjectMeta; Spec PersistentVolumeClaimSpec',
  ObjectFieldSelector: 'APIVersion string; FieldPath string',
  ResourceFieldSelector: 'ContainerName string; Resource string; Divisor Quantity',
  ConfigMapKeySelector: 'LocalObjectReference @LocalObjectReference; Key string; Optional *bool',
  SecretKeySelector: 'LocalObjectReference @LocalObjectReference; Key string; Optional *bool',
  ExecAction: 'Command []string',
  HTTPGetAction: 'Path string; Port IntOrString; Host string; Scheme URIScheme; HTTPHeaders []HTTPHeader',
  TCPSocketAction: 'Port IntOrString; Host string',
  GRPCAction: 'Port int32; Service *string',
  SleepAction: 'Seconds int64',
  NodeSelectorTerm: 'MatchExpressions []NodeSelectorRequirement; MatchFields []NodeSelectorRequirement',
  SecretProjection: 'LocalObjectReference @LocalObjectReference; Items []KeyToPath; Optional *bool',
  DownwardAPIProjection: 'Items []DownwardAPIVolumeFile',
  ConfigMapProjection: 'LocalObjectReference @LocalObjectReference; Items []KeyToPath; Optional *bool',
  ServiceAccountTokenProjection: 'Audience string; ExpirationSeconds int64; Path string',
  ClusterTrustBundleProjection:
    'Name *string; SignerName *string; LabelSelector *LabelSelector; Optional *bool; Path string',
  HTTPHeader: 'Name string; Value string',
  NodeSelectorRequirement: 'Key string; Operator NodeSelectorOperator; Values []string',
};

/** Where other packages than `core` declare a type. */
export const goPackages: { readonly [type: string]: string } = {
  IntOrString: 'intstr',
  LabelSelector: 'v1',
  LabelSelectorRequirement: 'v1',
  LabelSelectorOperator: 'v1',
  ObjectMeta: 'v1',
  Quantity: 'resource',
};
