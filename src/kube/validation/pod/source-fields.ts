import type { KeyToPath } from '../../api/core-v1.ts';
import { type FieldError, invalid, required } from '../../field-error.ts';
import { localNonReserved } from './paths.ts';

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
