import type { Volume } from '../../api/core-v1.ts';
import { type FieldError, invalid, required } from '../../field-error.ts';
import { nameIsDNSSubdomain } from '../../names.ts';
import { validateClaimTemplate } from './claim-template.ts';
import type { PodOptions } from './options.ts';
import { localDescending, noBacksteps } from './paths.ts';
import { validateDownwardFile, validateProjected } from './projected.ts';
import { invalidFor, oneOf, oneOfGiven } from './report.ts';
import { need, type SourceKey, validateKeyToPath, validateMode } from './source-fields.ts';
import { validateCsiDriverName, validateStorageSource } from './storage-sources.ts';

/** After emptyDir, in the order in which upstream looks at them. */

export const hostPathTypes = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
];

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
