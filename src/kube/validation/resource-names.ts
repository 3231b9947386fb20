import { type FieldError, GoText, invalid } from '../field-error.ts';
import { isQualifiedName } from '../names.ts';

/** Names of countable resources outside of Pods. Mirrors pkg/apis/core/helper/helpers.go; Go prints them unquoted. */

const compute = ['cpu', 'memory', 'ephemeral-storage'];
/** Of which there are only whole ones. */
export const countedResources = [
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
];
export const quotaNames: ReadonlySet<string> = new Set([
  ...compute,
  ...compute.map((name) => `requests.${name}`),
  ...compute.map((name) => `limits.${name}`),
  'requests.storage',
  ...countedResources,
]);

const isHugePages = (name: string) => name.startsWith('hugepages-') || name.startsWith('requests.hugepages-');

export const isStandardQuotaName = (name: string): boolean => quotaNames.has(name) || isHugePages(name);

/** Mirrors validateResourceName. */
export function validateResourceName(name: string, field: string): FieldError[] {
  const shown = new GoText(name);
  const errors = isQualifiedName(name).map((message) => invalid(field, shown, message));
  if (errors.length === 0 && !name.includes('/') && name !== 'storage' && !isStandardQuotaName(name))
    errors.push(invalid(field, shown, 'must be a standard resource type or fully qualified'));
  return errors;
}

/** Mirrors ValidateResourceQuotaResourceName. */
export function validateQuotaResourceName(name: string, field: string): FieldError[] {
  const errors = validateResourceName(name, field);
  if (!name.includes('/') && !isStandardQuotaName(name))
    errors.push(invalid(field, new GoText(name), 'must be a standard resource for quota'));
  return errors;
}
