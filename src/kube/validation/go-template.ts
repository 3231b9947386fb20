import type { PodTemplateSpec } from '../api/core-v1.ts';
import { GoText, goQuote } from '../field-error.ts';
import { goPointer, goSlice, goStringMap, goStrings, goStruct } from '../go-syntax.ts';
import { parseQuantity } from '../quantity.ts';
import { goQuantity } from './go-values.ts';

/**
 * A Pod template as Go's `%#v` prints upstream's internal type, which is what the refusal of a changed Job shows. Only what
 * is not behind a pointer is spelt out.
 */
export function goPodTemplate(template: PodTemplateSpec): GoText {
  return goStruct('core.PodTemplateSpec', [
    ['ObjectMeta', goMeta(template)],
    ['Spec', show('core.PodSpec', template.spec ?? {})],
  ]);
}

/** Fields in the order of the internal types: `name:type`; no type is a text. */
const shapes: { readonly [type: string]: string } = {
  'core.PodSpec':
    'Volumes:[]core.Volume InitContainers:[]core.Container Containers:[]core.Container EphemeralContainers:[]core.EphemeralContainer RestartPolicy TerminationGracePeriodSeconds:*int64 ActiveDeadlineSeconds:*int64 DNSPolicy NodeSelector:map ServiceAccountName AutomountServiceAccountToken:*bool NodeName SecurityContext:*core.PodSecurityContext ImagePullSecrets:[]core.LocalObjectReference Hostname Subdomain SetHostnameAsFQDN:*bool Affinity:*core.Affinity SchedulerName Tolerations:[]core.Toleration HostAliases:[]core.HostAlias PriorityClassName Priority:*int32 PreemptionPolicy:*core.PreemptionPolicy DNSConfig:*core.PodDNSConfig ReadinessGates:[]core.PodReadinessGate RuntimeClassName:*string Overhead:core.ResourceList EnableServiceLinks:*bool TopologySpreadConstraints:[]core.TopologySpreadConstraint OS:*core.PodOS SchedulingGates:[]core.PodSchedulingGate ResourceClaims:[]core.PodResourceClaim Resources:*core.ResourceRequirements',
  'core.Container':
    'Name Image Command:[]string Args:[]string WorkingDir Ports:[]core.ContainerPort EnvFrom:[]core.EnvFromSource Env:[]core.EnvVar Resources:core.ResourceRequirements ResizePolicy:[]core.ContainerResizePolicy RestartPolicy:*core.ContainerRestartPolicy VolumeMounts:[]core.VolumeMount VolumeDevices:[]core.VolumeDevice LivenessProbe:*core.Probe ReadinessProbe:*core.Probe StartupProbe:*core.Probe Lifecycle:*core.Lifecycle TerminationMessagePath TerminationMessagePolicy ImagePullPolicy SecurityContext:*core.SecurityContext Stdin:bool StdinOnce:bool TTY:bool',
  'core.Volume': 'Name VolumeSource:inline.core.VolumeSource',
  'core.VolumeSource':
    'HostPath:*core.HostPathVolumeSource EmptyDir:*core.EmptyDirVolumeSource GCEPersistentDisk:*core.GCEPersistentDiskVolumeSource AWSElasticBlockStore:*core.AWSElasticBlockStoreVolumeSource GitRepo:*core.GitRepoVolumeSource Secret:*core.SecretVolumeSource NFS:*core.NFSVolumeSource ISCSI:*core.ISCSIVolumeSource Glusterfs:*core.GlusterfsVolumeSource PersistentVolumeClaim:*core.PersistentVolumeClaimVolumeSource RBD:*core.RBDVolumeSource Quobyte:*core.QuobyteVolumeSource FlexVolume:*core.FlexVolumeSource Cinder:*core.CinderVolumeSource CephFS:*core.CephFSVolumeSource Flocker:*core.FlockerVolumeSource DownwardAPI:*core.DownwardAPIVolumeSource FC:*core.FCVolumeSource AzureFile:*core.AzureFileVolumeSource ConfigMap:*core.ConfigMapVolumeSource VsphereVolume:*core.VsphereVirtualDiskVolumeSource AzureDisk:*core.AzureDiskVolumeSource PhotonPersistentDisk:*core.PhotonPersistentDiskVolumeSource Projected:*core.ProjectedVolumeSource PortworxVolume:*core.PortworxVolumeSource ScaleIO:*core.ScaleIOVolumeSource StorageOS:*core.StorageOSVolumeSource CSI:*core.CSIVolumeSource Ephemeral:*core.EphemeralVolumeSource Image:*core.ImageVolumeSource',
  'core.ContainerPort': 'Name HostPort:int ContainerPort:int Protocol HostIP',
  'core.EnvVar': 'Name Value ValueFrom:*core.EnvVarSource',
  'core.EnvFromSource': 'Prefix ConfigMapRef:*core.ConfigMapEnvSource SecretRef:*core.SecretEnvSource',
  'core.VolumeMount':
    'Name ReadOnly:bool RecursiveReadOnly:*core.RecursiveReadOnlyMode MountPath SubPath MountPropagation:*core.MountPropagationMode SubPathExpr',
  'core.VolumeDevice': 'Name DevicePath',
  'core.ContainerResizePolicy': 'ResourceName RestartPolicy',
  'core.ResourceRequirements':
    'Limits:core.ResourceList Requests:core.ResourceList Claims:[]core.ResourceClaim',
  'core.ResourceClaim': 'Name Request',
  'core.LocalObjectReference': 'Name',
  'core.Toleration': 'Key Operator Value Effect TolerationSeconds:*int64',
  'core.HostAlias': 'IP Hostnames:[]string',
  'core.PodReadinessGate': 'ConditionType',
  'core.TopologySpreadConstraint':
    'MaxSkew:int TopologyKey WhenUnsatisfiable LabelSelector:*v1.LabelSelector MinDomains:*int32 NodeAffinityPolicy:*core.NodeInclusionPolicy NodeTaintsPolicy:*core.NodeInclusionPolicy MatchLabelKeys:[]string',
  'core.PodSchedulingGate': 'Name',
  'core.PodResourceClaim': 'Name ResourceClaimName:*string ResourceClaimTemplateName:*string',
};

const jsonNames: { readonly [name: string]: string } = { CephFS: 'cephfs', StorageOS: 'storageos' };

/** `DNSPolicy` → `dnsPolicy`, `OS` → `os`. */
function jsonName(name: string): string {
  return jsonNames[name] ?? name.replace(/^[A-Z]+(?![a-z])|^[A-Z]/, (start) => start.toLowerCase());
}

function show(type: string, value: unknown): GoText {
  const fields = (value ?? {}) as { readonly [key: string]: unknown };
  return goStruct(
    type,
    (shapes[type] ?? '').split(' ').map((field) => {
      const [name = '', kind = ''] = field.split(':');
      if (kind.startsWith('inline.')) return [name, show(kind.slice('inline.'.length), value)] as const;
      return [name, showField(kind, fields[jsonName(name)])] as const;
    }),
  );
}

function showField(kind: string, value: unknown): GoText | string | number | boolean {
  const given = value !== undefined && value !== null;
  if (kind === '') return typeof value === 'string' ? value : '';
  if (kind === 'bool') return value === true;
  if (kind === 'int') return typeof value === 'number' ? value : 0;
  if (kind === 'map') return goStringMap(given ? (value as { [key: string]: string }) : undefined);
  if (kind === '[]string') return goStrings(given ? (value as string[]) : undefined);
  if (kind === 'core.ResourceList') return goResourceList(value);
  if (kind.startsWith('*')) return goPointer(kind.slice(1), given);
  if (!kind.startsWith('[]')) return show(kind, value);
  const item = kind.slice(2);
  return goSlice(item, Array.isArray(value) ? value.map((one) => show(item, one)) : undefined);
}

function goResourceList(value: unknown): GoText {
  if (value === undefined || value === null) return new GoText('core.ResourceList(nil)');
  const pairs = Object.entries(value as { [name: string]: string })
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, amount]) => `${goQuote(name)}:${goQuantity(parseQuantity(amount)).text}`);
  return new GoText(`core.ResourceList{${pairs.join(', ')}}`);
}

function goMeta({ metadata }: PodTemplateSpec): GoText {
  return goStruct('v1.ObjectMeta', [
    ['Name', metadata?.name ?? ''],
    ['GenerateName', metadata?.generateName ?? ''],
    ['Namespace', metadata?.namespace ?? ''],
    ['SelfLink', ''],
    ['UID', metadata?.uid ?? ''],
    ['ResourceVersion', ''],
    ['Generation', 0],
    ['CreationTimestamp', new GoText('time.Date(1, time.January, 1, 0, 0, 0, 0, time.UTC)')],
    ['DeletionTimestamp', new GoText('<nil>')],
    ['DeletionGracePeriodSeconds', goPointer('int64', false)],
    ['Labels', goStringMap(metadata?.labels)],
    ['Annotations', goStringMap(metadata?.annotations)],
    ['OwnerReferences', new GoText('[]v1.OwnerReference(nil)')],
    ['Finalizers', goStrings(metadata?.finalizers)],
    ['ManagedFields', new GoText('[]v1.ManagedFieldsEntry(nil)')],
  ]);
}
