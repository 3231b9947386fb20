import type {
  CSIPersistentVolumeSource,
  PersistentVolume,
  PersistentVolumeSpec,
  SecretReference,
  Volume,
} from '../api/core-v1.ts';
import { type FieldError, forbiddenField, GoText, invalid, notSupported, required } from '../field-error.ts';
import { goPointer, goStruct } from '../go-syntax.ts';
import { isDNS1123Label, isDNS1123Subdomain, nameIsDNSSubdomain } from '../names.ts';
import { formatQuantity, parseQuantity, quantitySign, quantityValue } from '../quantity.ts';
import { goQuantity } from './go-values.ts';
import { immutableMessage, invalidFor } from './messages.ts';
import { validateNodeSelector } from './pod/affinity.ts';
import { describeChange } from './pod/diff.ts';
import { noBacksteps } from './pod/paths.ts';
import { sameMeaning } from './pod/semantic.ts';
import { need, type SourceKey } from './pod/source-fields.ts';
import { validateCsiDriverName, validateStorageSource } from './pod/storage-sources.ts';
import { hostPathTypes } from './pod/volume-sources.ts';

const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];
const reclaimPolicies = ['Delete', 'Recycle', 'Retain'];
/** In the order in which upstream looks at them; of two, the later one is refused. */
const sources = [
  'hostPath',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'glusterfs',
  'flocker',
  'nfs',
  'rbd',
  'quobyte',
  'cephfs',
  'iscsi',
  'cinder',
  'fc',
  'flexVolume',
  'azureFile',
  'vsphereVolume',
  'photonPersistentDisk',
  'portworxVolume',
  'azureDisk',
  'scaleIO',
  'local',
  'storageos',
  'csi',
] as const;
type Source = (typeof sources)[number];

/** Mirrors ValidatePersistentVolumeSpec. */
export function validatePersistentVolume({ spec = {} }: PersistentVolume): FieldError[] {
  const errors: FieldError[] = [...validateModes(spec), ...validateCapacity(spec)];
  const policy = spec.persistentVolumeReclaimPolicy;
  if (policy && !reclaimPolicies.includes(policy))
    errors.push(notSupported('spec.persistentVolumeReclaimPolicy', policy, reclaimPolicies));
  if (spec.nodeAffinity !== undefined) {
    const at = 'spec.nodeAffinity.required';
    if (spec.nodeAffinity.required === undefined)
      errors.push(required(at, 'must specify required node constraints'));
    else errors.push(...validateNodeSelector(spec.nodeAffinity.required, at, true));
  }
  errors.push(...validateSources(spec));
  if (
    policy === 'Recycle' &&
    spec.hostPath !== undefined &&
    /^\/+(?:\.?\/+)*\.?$/.test(spec.hostPath.path ?? '')
  )
    errors.push(
      forbiddenField(
        'spec.persistentVolumeReclaimPolicy',
        "may not be 'recycle' for a hostPath mount of '/'",
      ),
    );
  const className = spec.storageClassName;
  if (className)
    errors.push(...invalidFor(nameIsDNSSubdomain(className, false), 'spec.storageClassName', className));
  const modes = ['Block', 'Filesystem'];
  if (spec.volumeMode !== undefined && !modes.includes(spec.volumeMode))
    errors.push(notSupported('spec.volumeMode', spec.volumeMode, modes));
  return errors;
}

function validateModes({ accessModes: modes = [] }: PersistentVolumeSpec): FieldError[] {
  const field = 'spec.accessModes';
  const errors: FieldError[] = modes.length === 0 ? [required(field)] : [];
  for (const mode of modes)
    if (!accessModes.includes(mode)) errors.push(notSupported(field, mode, accessModes));
  const pod = 'ReadWriteOncePod';
  if (modes.includes(pod) && modes.some((mode) => mode !== pod && accessModes.includes(mode)))
    errors.push(forbiddenField(field, 'may not use ReadWriteOncePod with other access modes'));
  return errors;
}

function validateCapacity({ capacity }: PersistentVolumeSpec): FieldError[] {
  const field = 'spec.capacity';
  const names = Object.keys(capacity ?? {}).sort();
  const errors: FieldError[] = names.length === 0 ? [required(field)] : [];
  if (names.length !== 1 || names[0] !== 'storage') {
    const items = names.map((name) => `"${name}":${goQuantity(parseQuantity(capacity?.[name] ?? '0')).text}`);
    const shown =
      capacity === undefined ? 'core.ResourceList(nil)' : `core.ResourceList{${items.join(', ')}}`;
    errors.push(notSupported(field, new GoText(shown), ['storage']));
  }
  for (const name of names) {
    const quantity = parseQuantity(capacity?.[name] ?? '0');
    if (quantityValue(quantity) < 0n)
      errors.push(
        invalid(`${field}[${name}]`, Number(quantityValue(quantity)), 'must be a valid resource quantity'),
      );
    if (quantitySign(quantity) <= 0)
      errors.push(invalid(`${field}[${name}]`, formatQuantity(quantity), 'must be greater than zero'));
  }
  return errors;
}

function validateSources(spec: PersistentVolumeSpec): FieldError[] {
  const errors: FieldError[] = [];
  let count = 0;
  for (const source of sources) {
    if (spec[source] === undefined) continue;
    // Upstream never counts a flexVolume as one too many.
    if (count > 0 && source !== 'flexVolume') {
      const name = source === 'cephfs' ? 'cephFS' : source;
      errors.push(forbiddenField(`spec.${name}`, 'may not specify more than 1 volume type'));
    } else {
      count++;
      errors.push(...validateSource(source, spec));
    }
  }
  return count === 0 ? [...errors, required('spec', 'must specify a volume type')] : errors;
}

function validateSource(source: Source, spec: PersistentVolumeSpec): FieldError[] {
  const at = `spec.${source}`;
  switch (source) {
    case 'hostPath': {
      const { path = '', type } = spec.hostPath ?? {};
      if (path === '') return [required(`${at}.path`)];
      const wrong =
        type !== undefined && !hostPathTypes.includes(type)
          ? [notSupported(`${at}.type`, type, hostPathTypes)]
          : [];
      return [...noBacksteps(path, `${at}.path`), ...wrong];
    }
    case 'nfs': {
      const path = spec.nfs?.path ?? '';
      const errors = need(at, spec.nfs ?? {}, 'server', 'path');
      if (!path.startsWith('/')) errors.push(invalid(`${at}.path`, path, 'must be an absolute path'));
      return errors;
    }
    case 'local': {
      const path = spec.local?.path ?? '';
      const errors = path === '' ? [required(`${at}.path`)] : noBacksteps(path, `${at}.path`);
      return spec.nodeAffinity === undefined
        ? [...errors, required('spec.nodeAffinity', 'Local volume requires node affinity')]
        : errors;
    }
    case 'csi':
      return validateCsi(spec.csi ?? { driver: '', volumeHandle: '' }, at);
    default:
      return validateStorageSource(source as SourceKey, spec as unknown as Volume, 'spec');
  }
}

function validateCsi(csi: CSIPersistentVolumeSource, at: string): FieldError[] {
  const errors = validateCsiDriverName(csi.driver ?? '', `${at}.driver`);
  if (!csi.volumeHandle) errors.push(required(`${at}.volumeHandle`));
  const secrets = [
    'controllerPublishSecretRef',
    'controllerExpandSecretRef',
    'nodePublishSecretRef',
    'nodeExpandSecretRef',
  ] as const;
  for (const key of secrets) {
    const reference = csi[key];
    if (reference !== undefined) errors.push(...validateSecretReference(reference, `${at}.${key}`));
  }
  return errors;
}

function validateSecretReference({ name, namespace }: SecretReference, at: string): FieldError[] {
  return [
    ...(name ? invalidFor(isDNS1123Subdomain(name), `${at}.name`, name) : [required(`${at}.name`)]),
    ...(namespace
      ? invalidFor(isDNS1123Label(namespace), `${at}.namespace`, namespace)
      : [required(`${at}.namespace`)]),
  ];
}

const sourceOf = (spec: PersistentVolumeSpec) =>
  Object.fromEntries(sources.flatMap((key) => (spec[key] === undefined ? [] : [[key, spec[key]]])));

/** Mirrors ValidatePersistentVolumeUpdate. */
export function validatePersistentVolumeUpdate(
  volume: PersistentVolume,
  old: PersistentVolume,
): FieldError[] {
  const errors = validatePersistentVolume(volume);
  const spec = volume.spec ?? {};
  const before = old.spec ?? {};
  const now = sourceOf(spec);
  const then = sourceOf(before);
  if (
    before.csi !== undefined &&
    before.csi.controllerExpandSecretRef === undefined &&
    spec.csi !== undefined
  ) {
    const { controllerExpandSecretRef: _, ...rest } = spec.csi;
    now['csi'] = rest;
  }
  if (!sameMeaning(now, then))
    errors.push(
      forbiddenField(
        'spec.persistentvolumesource',
        `spec.persistentvolumesource is immutable after creation\n${describeChange('PersistentVolumeSource', then, now)}`,
      ),
    );
  if (spec.volumeMode !== before.volumeMode)
    errors.push(invalid('volumeMode', spec.volumeMode, immutableMessage));
  if (before.nodeAffinity !== undefined && !sameMeaning(spec.nodeAffinity, before.nodeAffinity))
    errors.push(
      invalid(
        'nodeAffinity',
        spec.nodeAffinity === undefined
          ? 'null'
          : goStruct('core.VolumeNodeAffinity', [
              ['Required', goPointer('core.NodeSelector', spec.nodeAffinity.required !== undefined)],
            ]),
        `${immutableMessage}, except for updating from beta label to GA`,
      ),
    );
  return errors;
}
