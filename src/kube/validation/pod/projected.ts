import type { DownwardAPIVolumeFile, ProjectedVolumeSource, VolumeProjection } from '../../api/core-v1.ts';
import { type FieldError, forbiddenField, invalid, required } from '../../field-error.ts';
import { validateFieldRef, validateResourceFieldRef } from './env.ts';
import type { PodOptions } from './options.ts';
import { localNonReserved } from './paths.ts';
import { validateKeyToPath, validateMode } from './source-fields.ts';

const volumeFields = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
];
const shortestToken = 600;
const longestToken = 2 ** 32;

/** `field`: of the source, without the item's place: upstream leaves it out. */
export function validateDownwardFile(file: DownwardAPIVolumeFile, field: string): FieldError[] {
  const { path = '', fieldRef, resourceFieldRef, mode } = file;
  const errors: FieldError[] = [];
  if (path === '') errors.push(required(`${field}.path`));
  errors.push(...localNonReserved(path, `${field}.path`));
  if (fieldRef) {
    errors.push(...validateFieldRef(fieldRef, volumeFields, `${field}.fieldRef`));
    if (resourceFieldRef)
      errors.push(
        invalid(field, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'),
      );
  } else if (resourceFieldRef)
    errors.push(...validateResourceFieldRef(resourceFieldRef, `${field}.resourceFieldRef`, true));
  else errors.push(required(field, 'one of fieldRef and resourceFieldRef is required'));
  errors.push(...validateMode(mode, `${field}.mode`));
  return errors;
}

export function validateProjected(
  source: ProjectedVolumeSource,
  field: string,
  options: PodOptions,
): FieldError[] {
  const errors = validateMode(source.defaultMode, `${field}.defaultMode`);
  const taken = new Set<string>();
  for (const [i, projection] of (source.sources ?? []).entries()) {
    const at = `${field}.sources[${i}]`;
    errors.push(...validateProjection(projection, at, field, taken, options));
    if (Object.values(projection).filter(Boolean).length > 1)
      errors.push(forbiddenField(at, 'may not specify more than 1 volume type per source'));
  }
  return errors;
}

/** `taken`: the paths of the sources before it. */
function validateProjection(
  projection: VolumeProjection,
  at: string,
  field: string,
  taken: Set<string>,
  options: PodOptions,
): FieldError[] {
  const errors: FieldError[] = [];
  const take = (path: string, shown: string) => {
    if (taken.has(path)) errors.push(invalid(field, shown, 'conflicting duplicate paths'));
    else taken.add(path);
  };
  for (const key of ['secret', 'configMap'] as const) {
    const keys = projection[key];
    if (!keys) continue;
    const name = keys.name ?? '';
    if (name === '') errors.push(required(`${at}.${key}.name`));
    for (const [i, item] of (keys.items ?? []).entries()) {
      errors.push(...validateKeyToPath(item, `${at}.${key}.items[${i}]`));
      if (item.path) take(item.path, name);
    }
  }
  for (const file of projection.downwardAPI?.items ?? []) {
    errors.push(...validateDownwardFile(file, `${at}.downwardAPI`));
    if (file.path) take(file.path, file.path);
  }
  const token = projection.serviceAccountToken;
  if (token) {
    const seconds = token.expirationSeconds ?? 0;
    const refuse = (why: string) =>
      errors.push(invalid(`${at}.serviceAccountToken.expirationSeconds`, seconds, why));
    if (seconds < shortestToken) refuse('may not specify a duration less than 10 minutes');
    if (seconds > longestToken) refuse('may not specify a duration larger than 2^32 seconds');
    if (!token.path) errors.push(required(`${field}.path`));
    else if (!options.anyTokenPath) errors.push(...localNonReserved(token.path, `${field}.path`));
  }
  return errors;
}
