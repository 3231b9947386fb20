import type { KeyToPath, Volume } from '../../api/core-v1.ts';
import { type FieldError, invalid, required } from '../../field-error.ts';
import { nameIsDNSSubdomain } from '../../names.ts';
import { validateClaimTemplate } from './claim-template.ts';
import type { PodOptions } from './options.ts';
import { localDescending, localNonReserved, noBacksteps } from './paths.ts';
import { validateDownwardFile, validateProjected } from './projected.ts';
import { invalidFor, oneOf, oneOfGiven } from './report.ts';
import { validateCsiDriverName, validateStorageSource } from './storage-sources.ts';

/** After emptyDir, in the order in which upstream looks at them. */
export const volumeSources = [
  'hostPath',
  'gitRepo',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'secret',
  'nfs',
  'iscsi',
  'glusterfs',
  'flocker',
  'persistentVolumeClaim',
  'rbd',
  'cinder',
  'cephfs',
  'quobyte',
  'downwardAPI',
  'fc',
  'flexVolume',
  'configMap',
  'azureFile',
  'vsphereVolume',
  'photonPersistentDisk',
  'portworxVolume',
  'azureDisk',
  'storageos',
  'projected',
  'scaleIO',
  'csi',
  'ephemeral',
  'image',
] as const;
export type SourceKey = (typeof volumeSources)[number];

const hostPathTypes = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
];

/** Permission bits: more than 0777 is not a mode of a file. */
export function validateMode(mode: number | undefined, field: string): FieldError[] {
  return typeof mode === 'number' && (mode > 0o777 || mode < 0)
    ? [invalid(field, mode, 'must be a number between 0 and 0777 (octal), both inclusive')]
    : [];
}

export function validateKeyToPath({ key = '', path = '', mode }: KeyToPath, field: string): FieldError[] {
  const errors: FieldError[] = [];
  if (key === '') errors.push(required(`${field}.key`));
  if (path === '') errors.push(required(`${field}.path`));
  errors.push(...localNonReserved(path, `${field}.path`), ...validateMode(mode, `${field}.mode`));
  return errors;
}

export function need(field: string, source: object, ...keys: readonly string[]): FieldError[] {
  const values = source as { readonly [key: string]: unknown };
  return keys
    .filter((key) => {
      const value = values[key];
      return !value || (Array.isArray(value) && value.length === 0);
    })
    .map((key) => required(`${field}.${key}`));
}

/** One source of a volume, its only one. `field`: of the volume. */
export function validateSource(
  key: SourceKey,
  volume: Volume,
  field: string,
  options: PodOptions,
): FieldError[] {
  const at = `${field}.${key}`;
  switch (key) {
    case 'hostPath': {
      const { path = '', type } = volume.hostPath ?? {};
      if (path === '') return [required(`${at}.path`)];
      const wrongType = typeof type === 'string' ? oneOfGiven(`${at}.type`, type, hostPathTypes) : [];
      return [...noBacksteps(path, `${at}.path`), ...wrongType];
    }
    case 'gitRepo':
      return [
        ...need(at, volume.gitRepo ?? {}, 'repository'),
        ...localDescending(volume.gitRepo?.directory ?? '', `${at}.directory`),
      ];
    case 'secret':
    case 'configMap': {
      const source = volume[key];
      const name = key === 'secret' ? 'secretName' : 'name';
      return [
        ...need(at, source ?? {}, name),
        ...validateMode(source?.defaultMode, `${at}.defaultMode`),
        ...(source?.items ?? []).flatMap((item, i) => validateKeyToPath(item, `${at}.items[${i}]`)),
      ];
    }
    case 'nfs': {
      const path = volume.nfs?.path ?? '';
      const errors = need(at, volume.nfs ?? {}, 'server', 'path');
      if (!path.startsWith('/')) errors.push(invalid(`${at}.path`, path, 'must be an absolute path'));
      return errors;
    }
    case 'persistentVolumeClaim':
      return need(at, volume.persistentVolumeClaim ?? {}, 'claimName');
    case 'downwardAPI':
      return [
        ...validateMode(volume.downwardAPI?.defaultMode, `${at}.defaultMode`),
        ...(volume.downwardAPI?.items ?? []).flatMap((item) => validateDownwardFile(item, at)),
      ];
    case 'projected':
      return volume.projected ? validateProjected(volume.projected, at, options) : [];
    case 'csi': {
      const secret = volume.csi?.nodePublishSecretRef;
      const errors = validateCsiDriverName(volume.csi?.driver ?? '', `${at}.driver`);
      if (secret && !secret.name) errors.push(required(`${at}.nodePublishSecretRef.name`));
      else if (secret?.name)
        errors.push(...invalidFor(`${at}.name`, secret.name, nameIsDNSSubdomain(secret.name, false)));
      return errors;
    }
    case 'ephemeral': {
      const template = volume.ephemeral?.volumeClaimTemplate;
      return template
        ? validateClaimTemplate(template, `${at}.volumeClaimTemplate`)
        : [required(`${at}.volumeClaimTemplate`)];
    }
    case 'image': {
      const errors = options.isPod ? need(at, volume.image ?? {}, 'reference') : [];
      return [
        ...errors,
        ...oneOf(`${at}.pullPolicy`, volume.image?.pullPolicy, ['Always', 'IfNotPresent', 'Never']),
      ];
    }
    default:
      return validateStorageSource(key, volume, field);
  }
}
