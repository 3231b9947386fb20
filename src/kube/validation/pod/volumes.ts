import type { Volume } from '../../api/core-v1.ts';
import { duplicate, type FieldError, forbiddenField, goQuote, invalid, required } from '../../field-error.ts';
import { isDNS1123Label, nameIsDNSSubdomain } from '../../names.ts';
import { parseQuantity, quantitySign } from '../../quantity.ts';
import type { PodOptions } from './options.ts';
import { invalidFor } from './report.ts';
import { type SourceKey, volumeSources } from './source-fields.ts';
import { validateSource } from './volume-sources.ts';

export interface CheckedVolumes {
  /** Those that are right: the others cannot be mounted. */
  readonly byName: ReadonlyMap<string, Volume>;
  readonly errors: readonly FieldError[];
}

/** `podName`: when it is a Pod and has a name already. */
export function validateVolumes(
  volumes: readonly Volume[] | undefined,
  podName: string | undefined,
  field: string,
  options: PodOptions,
): CheckedVolumes {
  const errors: FieldError[] = [];
  const byName = new Map<string, Volume>();
  const list = volumes ?? [];
  const claims = new Set(
    podName ? list.filter((v) => v.ephemeral).map((v) => `${podName}-${v.name ?? ''}`) : [],
  );
  for (const [i, volume] of list.entries()) {
    const at = `${field}[${i}]`;
    const name = volume.name ?? '';
    const own = validateVolume(volume, podName, at, options);
    if (name === '') own.push(required(`${at}.name`));
    else own.push(...invalidFor(`${at}.name`, name, isDNS1123Label(name)));
    if (byName.has(name)) own.push(duplicate(`${at}.name`, name));
    if (own.length === 0) byName.set(name, volume);
    errors.push(...own);
    const claimName = volume.persistentVolumeClaim?.claimName;
    if (claimName !== undefined && claims.has(claimName))
      errors.push(
        invalid(
          `${at}.persistentVolumeClaim.claimName`,
          claimName,
          'must not reference a PVC that gets created for an ephemeral volume',
        ),
      );
  }
  return { byName, errors };
}

/** In the texts for the second source of a volume, upstream spells two of them otherwise. */
const shownAs: { readonly [key in SourceKey]?: string } = { cephfs: 'cephFS', downwardAPI: 'downwarAPI' };

function validateVolume(
  volume: Volume,
  podName: string | undefined,
  field: string,
  options: PodOptions,
): FieldError[] {
  const errors: FieldError[] = [];
  let count = 0;
  const size = volume.emptyDir?.sizeLimit;
  if (size !== undefined && quantitySign(parseQuantity(size)) < 0)
    errors.push(
      forbiddenField(`${field}.emptyDir.sizeLimit`, 'SizeLimit field must be a valid resource quantity'),
    );
  if (volume.emptyDir) count += 1;
  for (const key of volumeSources) {
    if (!volume[key]) continue;
    if (count > 0) {
      errors.push(
        forbiddenField(`${field}.${shownAs[key] ?? key}`, 'may not specify more than 1 volume type'),
      );
    } else {
      count += 1;
      errors.push(...validateSource(key, volume, field, options));
      if (key === 'ephemeral') errors.push(...validateClaimName(volume.name ?? '', podName, field));
    }
    if (key === 'iscsi') errors.push(...validatePortalLength(volume, field));
  }
  if (count === 0) errors.push(required(field, 'must specify a volume type'));
  return errors;
}

function validateClaimName(name: string, podName: string | undefined, field: string): FieldError[] {
  if (!podName || name === '') return [];
  const claim = `${podName}-${name}`;
  return nameIsDNSSubdomain(claim, false).map((message) =>
    invalid(`${field}.name`, name, `PVC name ${goQuote(claim)}: ${message}`),
  );
}

function validatePortalLength({ name = '', iscsi }: Volume, field: string): FieldError[] {
  if (typeof iscsi?.initiatorName !== 'string') return [];
  if (`${name}:${iscsi.targetPortal ?? ''}`.length <= 64) return [];
  return [
    invalid(
      `${field}.name`,
      name,
      'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.',
    ),
  ];
}
