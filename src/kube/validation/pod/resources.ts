import type { ResourceClaim, ResourceRequirements } from '../../api/core-v1.ts';
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalid,
  notFoundField,
  required,
} from '../../field-error.ts';
import { isDNS1123Label, isQualifiedName } from '../../names.ts';
import {
  compareQuantities,
  formatQuantity,
  parseQuantity,
  type Quantity,
  quantityMilliValue,
  quantitySign,
  quantityValue,
} from '../../quantity.ts';
import { goFraction } from '../go-values.ts';
import { countedResources, quotaNames } from '../resource-names.ts';
import { invalidFor } from './report.ts';

const standard = new Set([...quotaNames, 'storage']);
const wholeNumbers = new Set(countedResources);
const ofContainers = new Set(['cpu', 'memory', 'ephemeral-storage']);

const isHugePages = (name: string) => name.startsWith('hugepages-');
const isNative = (name: string) => !name.includes('/') || name.includes('kubernetes.io/');
const isOvercommitAllowed = (name: string) => isNative(name) && !isHugePages(name);

/** `example.com/gpu`: a name of somebody else's that can be counted. Mirrors IsExtendedResourceName. */
export function isExtendedResource(name: string): boolean {
  return !isNative(name) && !name.startsWith('requests.') && isQualifiedName(`requests.${name}`).length === 0;
}

/** Mirrors ValidateContainerResourceName. */
export function validateContainerResourceName(name: string, field: string): FieldError[] {
  const errors = invalidFor(field, name, isQualifiedName(name));
  const plain = !name.includes('/');
  if (
    errors.length === 0 &&
    plain &&
    !standard.has(name) &&
    !isHugePages(name) &&
    !name.startsWith('requests.hugepages-')
  )
    errors.push(invalid(field, name, 'must be a standard resource type or fully qualified'));
  if (plain) {
    if (!ofContainers.has(name) && !isHugePages(name))
      errors.push(invalid(field, name, 'must be a standard resource for containers'));
  } else if (!isNative(name) && !isExtendedResource(name))
    errors.push(invalid(field, name, "doesn't follow extended resource name standard"));
  return errors;
}

/** Not negative, and whole where only whole ones make sense. Mirrors ValidateResourceQuantityValue. */
export function validateResourceQuantity(name: string, quantity: Quantity, field: string): FieldError[] {
  const errors: FieldError[] = [];
  if (quantitySign(quantity) < 0)
    errors.push(invalid(field, formatQuantity(quantity), 'must be greater than or equal to 0'));
  if ((wholeNumbers.has(name) || isExtendedResource(name)) && quantityMilliValue(quantity) % 1000n !== 0n)
    errors.push(invalid(field, goFraction(quantity), 'must be an integer'));
  return errors;
}

function validateHugePages(name: string, quantity: Quantity, field: string, anySize: boolean): FieldError[] {
  if (!isHugePages(name) || anySize) return [];
  const text = formatQuantity(quantity);
  if (dividesIntoPages(name, quantity)) return [];
  return [invalid(field, text, `${text} is not positive integer multiple of ${name}`)];
}

/** Whether the amount is a whole number of the pages that the name speaks of. */
export function dividesIntoPages(name: string, quantity: Quantity): boolean {
  try {
    const page = parseQuantity(name.slice('hugepages-'.length));
    if (quantitySign(page) <= 0 || quantityMilliValue(page) % 1000n !== 0n) return false;
    return quantityValue(quantity) % quantityValue(page) === 0n;
  } catch {
    return false;
  }
}

/** `claims`: the names in the Pod's `resourceClaims`. */
export function validateContainerResources(
  resources: ResourceRequirements | undefined,
  claims: ReadonlySet<string>,
  field: string,
  anyHugePages: boolean,
): FieldError[] {
  const errors: FieldError[] = [];
  const limits = new Map(sorted(resources?.limits));
  const requests = sorted(resources?.requests);
  for (const [name, quantity] of limits) {
    const at = `${field}.limits[${name}]`;
    errors.push(...validateContainerResourceName(name, at), ...validateResourceQuantity(name, quantity, at));
    errors.push(...validateHugePages(name, quantity, at, anyHugePages));
  }
  for (const [name, quantity] of requests) {
    const at = `${field}.requests[${name}]`;
    errors.push(...validateContainerResourceName(name, at), ...validateResourceQuantity(name, quantity, at));
    const limit = limits.get(name);
    const over = limit === undefined ? 0 : compareQuantities(quantity, limit);
    const refuse = (rule: string) =>
      errors.push(
        invalid(
          `${field}.requests`,
          formatQuantity(quantity),
          `must be ${rule} ${name} limit of ${limit === undefined ? '' : formatQuantity(limit)}`,
        ),
      );
    if (limit === undefined) {
      if (!isOvercommitAllowed(name))
        errors.push(required(`${field}.limits`, 'Limit must be set for non overcommitable resources'));
    } else if (over !== 0 && !isOvercommitAllowed(name)) refuse('equal to');
    else if (over > 0) refuse('less than or equal to');
    errors.push(...validateHugePages(name, quantity, at, anyHugePages));
  }
  const names = [...limits.keys(), ...requests.map(([name]) => name)];
  if (names.some(isHugePages) && !names.some((name) => name === 'cpu' || name === 'memory'))
    errors.push(forbiddenField(field, 'HugePages require cpu or memory'));
  errors.push(...validateClaims(resources?.claims, claims, `${field}.claims`));
  return errors;
}

/** Go walks maps at random; by name is as good an order as any. */
function sorted(list: { readonly [name: string]: string } | undefined): [string, Quantity][] {
  return Object.keys(list ?? {})
    .sort()
    .map((name) => [name, parseQuantity(list?.[name] ?? '0')]);
}

function validateClaims(
  claims: readonly ResourceClaim[] | undefined,
  known: ReadonlySet<string>,
  field: string,
): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [i, { name = '', request = '' }] of (claims ?? []).entries()) {
    const at = `${field}[${i}]`;
    if (name === '') {
      errors.push(required(at));
      continue;
    }
    if (seen.has(name)) errors.push(duplicate(at, name));
    else {
      if (request !== '') errors.push(...invalidFor(`${at}.request`, request, isDNS1123Label(request)));
      const key = request === '' ? name : `${name}/${request}`;
      if (seen.has(key)) errors.push(duplicate(at, key));
      else if (request === '')
        for (const other of seen) if (other.startsWith(`${name}/`)) errors.push(duplicate(at, name));
      seen.add(key);
    }
    if (!known.has(name)) {
      const missing = notFoundField(at, name);
      const names = known.size === 0 ? ' which is empty' : `: ${[...known].sort().join(', ')}`;
      errors.push({
        ...missing,
        body: `${missing.body}: must be one of the names in pod.spec.resourceClaims${names}`,
      });
    }
  }
  return errors;
}
