import type { LimitRange, LimitRangeItem } from '../api/core-v1.ts';
import { duplicate, type FieldError, forbiddenField, GoText, invalid, required } from '../field-error.ts';
import { isQualifiedName } from '../names.ts';
import {
  compareQuantities,
  formatQuantity,
  parseQuantity,
  type Quantity,
  quantityMilliValue,
  quantityOf,
  quantityValue,
} from '../quantity.ts';
import { goQuantity } from './go-values.ts';
import { isExtendedResource } from './pod/resources.ts';
import { validateResourceName } from './resource-names.ts';

const types = ['Container', 'PersistentVolumeClaim', 'Pod'];
const ofContainers = ['cpu', 'memory', 'ephemeral-storage'];
const maxMilli = (1n << 63n) / 1000n;

/** Mirrors ValidateLimitRange. */
export function validateLimitRange({ spec }: LimitRange): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [i, item] of (spec?.limits ?? []).entries()) {
    const at = `spec.limits[${i}]`;
    errors.push(...validateType(item.type ?? '', `${at}.type`));
    if (seen.has(item.type ?? '')) errors.push(duplicate(`${at}.type`, item.type ?? ''));
    seen.add(item.type ?? '');
    errors.push(...validateItem(item, at));
  }
  return errors;
}

function validateType(type: string, field: string): FieldError[] {
  const errors = isQualifiedName(type).map((message) => invalid(field, type, message));
  if (errors.length === 0 && !type.includes('/') && !types.includes(type))
    errors.push(invalid(field, type, 'must be a standard limit type or fully qualified'));
  return errors;
}

function validateName(type: string, name: string, field: string): FieldError[] {
  const errors = validateResourceName(name, field);
  if (type !== 'Pod' && type !== 'Container') return errors;
  const native = !name.includes('/') || name.includes('kubernetes.io/');
  if (!name.includes('/')) {
    if (!ofContainers.includes(name) && !name.startsWith('hugepages-'))
      errors.push(invalid(field, new GoText(name), 'must be a standard resource for containers'));
  } else if (!native && !isExtendedResource(name))
    errors.push(invalid(field, new GoText(name), "doesn't follow extended resource name standard"));
  return errors;
}

type Amounts = Map<string, Quantity>;

function validateItem(item: LimitRangeItem, at: string): FieldError[] {
  const errors: FieldError[] = [];
  const type = item.type ?? '';
  const read = (key: 'max' | 'min' | 'default' | 'defaultRequest' | 'maxLimitRequestRatio'): Amounts => {
    const amounts: Amounts = new Map();
    for (const name of Object.keys(item[key] ?? {}).sort()) {
      errors.push(...validateName(type, name, `${at}.${key}[${name}]`));
      amounts.set(name, parseQuantity(item[key]?.[name] ?? '0'));
    }
    return amounts;
  };
  const max = read('max');
  const min = read('min');
  let defaults: Amounts = new Map();
  let requests: Amounts = new Map();
  if (type === 'Pod') {
    const never = "may not be specified when `type` is 'Pod'";
    for (const key of ['default', 'defaultRequest'] as const)
      if (Object.keys(item[key] ?? {}).length > 0) errors.push(forbiddenField(`${at}.${key}`, never));
  } else {
    defaults = read('default');
    requests = read('defaultRequest');
  }
  if (type === 'PersistentVolumeClaim' && !min.has('storage') && !max.has('storage'))
    errors.push(
      required(
        `${at}.limits`,
        'either minimum or maximum storage value is required, but neither was provided',
      ),
    );
  const ratios = read('maxLimitRequestRatio');
  const names = new Set([max, min, defaults, requests, ratios].flatMap((amounts) => [...amounts.keys()]));
  for (const name of [...names].sort())
    errors.push(
      ...compare(name, at, {
        min: min.get(name),
        max: max.get(name),
        normal: defaults.get(name),
        request: requests.get(name),
        ratio: ratios.get(name),
      }),
    );
  return errors;
}

interface Limits {
  readonly min: Quantity | undefined;
  readonly max: Quantity | undefined;
  readonly normal: Quantity | undefined;
  readonly request: Quantity | undefined;
  readonly ratio: Quantity | undefined;
}

function compare(name: string, at: string, { min, max, normal, request, ratio }: Limits): FieldError[] {
  const errors: FieldError[] = [];
  const greater = (
    a: Quantity | undefined,
    b: Quantity | undefined,
    key: string,
    /** Which of the two upstream shows is not always the guilty one. */
    shown: Quantity | undefined,
    what: readonly [string, string],
  ) => {
    if (a === undefined || b === undefined || shown === undefined || compareQuantities(a, b) <= 0) return;
    const detail = `${what[0]} value ${formatQuantity(a)} is greater than ${what[1]} value ${formatQuantity(b)}`;
    errors.push(invalid(`${at}.${key}[${name}]`, goQuantity(shown), detail));
  };
  greater(min, max, 'min', min, ['min', 'max']);
  greater(min, request, 'defaultRequest', request, ['min', 'default request']);
  greater(request, max, 'defaultRequest', request, ['default request', 'max']);
  greater(request, normal, 'defaultRequest', request, ['default request', 'default limit']);
  greater(min, normal, 'default', min, ['min', 'default']);
  greater(normal, max, 'default', max, ['default', 'max']);
  const ratioField = `${at}.maxLimitRequestRatio[${name}]`;
  if (ratio !== undefined && compareQuantities(ratio, quantityOf(1)) < 0)
    errors.push(invalid(ratioField, goQuantity(ratio), `ratio ${formatQuantity(ratio)} is less than 1`));
  if (ratio !== undefined && min !== undefined && max !== undefined) {
    const milli = [ratio, min, max].every((quantity) => quantityValue(quantity) < maxMilli);
    const value = milli ? quantityMilliValue : quantityValue;
    const limit = Number(value(max)) / Number(value(min));
    const asked = milli ? Number(quantityMilliValue(ratio)) / 1000 : Number(quantityValue(ratio));
    if (asked > limit)
      errors.push(
        invalid(
          ratioField,
          goQuantity(ratio),
          `ratio ${formatQuantity(ratio)} is greater than max/min = ${limit.toFixed(6)}`,
        ),
      );
  }
  const overcommit =
    (!name.includes('/') || name.includes('kubernetes.io/')) && !name.startsWith('hugepages-');
  if (
    !overcommit &&
    normal !== undefined &&
    request !== undefined &&
    compareQuantities(normal, request) !== 0
  )
    errors.push(
      invalid(
        `${at}.defaultRequest[${name}]`,
        goQuantity(request),
        `default value ${formatQuantity(normal)} must equal to defaultRequest value ${formatQuantity(request)} in ${name}`,
      ),
    );
  return errors;
}
