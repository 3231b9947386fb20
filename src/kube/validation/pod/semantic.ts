import { equalJson } from '../../object.ts';
import { compareQuantities, parseQuantity } from '../../quantity.ts';

/**
 * Whether two parts of a Pod mean the same: nothing, null, empty lists and empty maps are one thing (an empty struct is
 * not), and quantities count by value. Mirrors apiequality.Semantic.DeepEqual, which never tells nil from empty.
 */
export function sameMeaning(a: unknown, b: unknown, key = ''): boolean {
  if (a === b) return true;
  if (isNothing(a, key)) return isNothing(b, key);
  if (isNothing(b, key)) return false;
  if (Array.isArray(a) || Array.isArray(b))
    return (
      Array.isArray(a) &&
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((item, i) => sameMeaning(item, b[i], key))
    );
  if (typeof a === 'object' && typeof b === 'object') {
    const left = a as { readonly [key: string]: unknown };
    const right = b as { readonly [key: string]: unknown };
    const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
    if (stringMaps.has(key)) return equalJson(a, b);
    if (quantityMaps.has(key)) return [...keys].every((name) => sameQuantity(left[name], right[name]));
    return [...keys].every((name) =>
      sameMeaning(
        Object.hasOwn(left, name) ? left[name] : undefined,
        Object.hasOwn(right, name) ? right[name] : undefined,
        name,
      ),
    );
  }
  return quantityFields.has(key) && sameQuantity(a, b);
}

const stringMaps = new Set(['labels', 'annotations', 'nodeSelector', 'matchLabels', 'options']);
const quantityMaps = new Set(['limits', 'requests', 'overhead']);
const quantityFields = new Set(['divisor', 'sizeLimit']);
/** Structs that are not pointers upstream, and maps: `{}` says nothing. */
const emptyIsNothing = new Set([
  'limits',
  'requests',
  'overhead',
  'resources',
  'nodeSelector',
  'labels',
  'metadata',
  'annotations',
  'matchLabels',
  'options',
  'volumeAttributes',
]);
/** Plain values whose zero is the same as their absence. */
const zeroIsValue = new Set([
  'activeDeadlineSeconds',
  'terminationGracePeriodSeconds',
  'tolerationSeconds',
  'runAsUser',
  'runAsGroup',
  'fsGroup',
  'priority',
  'defaultMode',
  'mode',
  'expirationSeconds',
]);

function isNothing(value: unknown, key: string): boolean {
  if (value === undefined || value === null || value === '' || value === false)
    return !(value === false && pointers.has(key));
  if (value === 0) return !zeroIsValue.has(key);
  if (Array.isArray(value)) return value.length === 0;
  if (stringMaps.has(key)) return Object.keys(value as object).length === 0;
  return (
    typeof value === 'object' &&
    emptyIsNothing.has(key) &&
    Object.entries(value as object).every(([name, item]) => isNothing(item, name))
  );
}

/** Booleans that are pointers: `false` is said, not left out. */
const pointers = new Set([
  'automountServiceAccountToken',
  'enableServiceLinks',
  'setHostnameAsFQDN',
  'shareProcessNamespace',
  'hostUsers',
  'privileged',
  'runAsNonRoot',
  'readOnlyRootFilesystem',
  'allowPrivilegeEscalation',
  'hostProcess',
  'optional',
]);

function sameQuantity(a: unknown, b: unknown): boolean {
  if (typeof a !== 'string' || typeof b !== 'string') return a === b;
  try {
    return compareQuantities(parseQuantity(a), parseQuantity(b)) === 0;
  } catch {
    return false;
  }
}
