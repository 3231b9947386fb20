import type {
  PersistentVolumeClaimSpec,
  PersistentVolumeClaimTemplate,
  TypedLocalObjectReference,
} from '../../api/core-v1.ts';
import type { ObjectMeta } from '../../api/meta-v1.ts';
import { type FieldError, forbiddenField, invalid, required } from '../../field-error.ts';
import { isDNS1123Subdomain, nameIsDNSLabel, nameIsDNSSubdomain } from '../../names.ts';
import { formatQuantity, parseQuantity, quantitySign } from '../../quantity.ts';
import { validateLabelSelector } from '../../selectors/validation.ts';
import { validateAnnotations, validateLabels } from '../metadata.ts';
import { invalidFor, oneOfGiven } from './report.ts';

/** In the order of Go's ObjectMeta. */
const notInTemplates: readonly (keyof ObjectMeta)[] = [
  'name',
  'generateName',
  'namespace',
  'selfLink',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'ownerReferences',
  'finalizers',
  'managedFields',
];

/** The claim inside an ephemeral volume: labels and annotations are all its metadata may have. */
export function validateClaimTemplate(template: PersistentVolumeClaimTemplate, field: string): FieldError[] {
  const meta: ObjectMeta = template.metadata ?? {};
  const at = `${field}.metadata`;
  return [
    ...validateAnnotations(meta.annotations, `${at}.annotations`),
    ...validateLabels(meta.labels, `${at}.labels`),
    ...notInTemplates
      .filter((key) => meta[key])
      .map((key) => forbiddenField(`${at}.${key === 'uid' ? 'uID' : key}`, 'cannot be set')),
    ...validateClaimSpec(template.spec ?? {}, `${field}.spec`),
  ];
}

const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];

/** Mirrors ValidatePersistentVolumeClaimSpec. */
export function validateClaimSpec(spec: PersistentVolumeClaimSpec, field: string): FieldError[] {
  const modes = spec.accessModes ?? [];
  const errors: FieldError[] =
    modes.length === 0 ? [required(`${field}.accessModes`, 'at least 1 access mode is required')] : [];
  errors.push(...validateLabelSelector(spec.selector, `${field}.selector`));
  for (const mode of modes) errors.push(...oneOfGiven(`${field}.accessModes`, mode, accessModes));
  if (
    modes.includes('ReadWriteOncePod') &&
    modes.some((mode) => mode !== 'ReadWriteOncePod' && accessModes.includes(mode))
  )
    errors.push(
      forbiddenField(`${field}.accessModes`, 'may not use ReadWriteOncePod with other access modes'),
    );
  const storage = spec.resources?.requests?.['storage'];
  if (storage === undefined) errors.push(required(`${field}.resources[storage]`));
  else {
    const quantity = parseQuantity(storage);
    if (quantitySign(quantity) <= 0)
      errors.push(
        invalid(`${field}.resources[storage]`, formatQuantity(quantity), 'must be greater than zero'),
      );
  }
  if (spec.storageClassName)
    errors.push(
      ...invalidFor(
        `${field}.storageClassName`,
        spec.storageClassName,
        nameIsDNSSubdomain(spec.storageClassName, false),
      ),
    );
  if (typeof spec.volumeMode === 'string')
    errors.push(...oneOfGiven(`${field}.volumeMode`, spec.volumeMode, ['Block', 'Filesystem']));
  const { dataSource, dataSourceRef } = spec;
  if (dataSource) errors.push(...validateDataSource(dataSource, `${field}.dataSource`));
  if (dataSourceRef) {
    errors.push(...validateDataSource(dataSourceRef, `${field}.dataSourceRef`));
    const { namespace } = dataSourceRef;
    if (namespace)
      errors.push(
        ...invalidFor(`${field}.dataSourceRef.namespace`, namespace, nameIsDNSLabel(namespace, false)),
      );
  }
  return errors;
}

function validateDataSource(source: TypedLocalObjectReference, field: string): FieldError[] {
  const { apiGroup, kind = '', name = '' } = source;
  const errors: FieldError[] = [];
  if (name === '') errors.push(required(`${field}.name`));
  if (kind === '') errors.push(required(`${field}.kind`));
  if (!apiGroup) {
    if (kind !== 'PersistentVolumeClaim')
      errors.push(
        invalid(field, kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup"),
      );
  } else errors.push(...invalidFor(`${field}.apiGroup`, apiGroup, isDNS1123Subdomain(apiGroup)));
  return errors;
}
