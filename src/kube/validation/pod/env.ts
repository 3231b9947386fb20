import type {
  Container,
  EnvFromSource,
  EnvVar,
  ObjectFieldSelector,
  ResourceFieldSelector,
} from '../../api/core-v1.ts';
import { type FieldError, invalid, notSupported, required } from '../../field-error.ts';
import { isConfigMapKey, isQualifiedName, nameIsDNSSubdomain } from '../../names.ts';
import { canonicalQuantity, isZeroQuantity, parseQuantity } from '../../quantity.ts';
import { envNameProblems, type PodOptions } from './options.ts';
import { invalidFor } from './report.ts';

const envFields = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];
const convertible = new Set([
  ...envFields,
  'metadata.annotations',
  'metadata.labels',
  'spec.restartPolicy',
  'spec.schedulerName',
  'status.phase',
]);
const resourceFields = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
];
const byteDivisors = ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei'];

/** `metadata.labels['app']` → path and subscript. */
function subscripted(path: string): { path: string; subscript: string } | undefined {
  if (!path.endsWith("']")) return undefined;
  const at = path.indexOf("['");
  return at <= 0 ? undefined : { path: path.slice(0, at), subscript: path.slice(at + 2, -2) };
}

/** `allowed`: the paths of this place, in the order in which they are listed. */
export function validateFieldRef(
  ref: ObjectFieldSelector,
  allowed: readonly string[],
  field: string,
): FieldError[] {
  const { apiVersion = '', fieldPath = '' } = ref;
  if (apiVersion === '') return [required(`${field}.apiVersion`)];
  if (fieldPath === '') return [required(`${field}.fieldPath`)];
  const wrong = (why: string) => [
    invalid(`${field}.fieldPath`, fieldPath, `error converting fieldPath: ${why}`),
  ];
  if (apiVersion !== 'v1') return wrong(`unsupported pod version: ${apiVersion}`);
  const parts = subscripted(fieldPath);
  if (parts !== undefined) {
    if (parts.path === 'metadata.annotations')
      return invalidFor(field, parts.subscript.toLowerCase(), isQualifiedName(parts.subscript.toLowerCase()));
    if (parts.path === 'metadata.labels')
      return invalidFor(field, parts.subscript, isQualifiedName(parts.subscript));
    return wrong(`field label does not support subscript: ${fieldPath}`);
  }
  const path = fieldPath === 'spec.host' ? 'spec.nodeName' : fieldPath;
  if (!convertible.has(path)) return wrong(`field label not supported: ${fieldPath}`);
  return allowed.includes(path) ? [] : [notSupported(`${field}.fieldPath`, path, allowed)];
}

function validateDivisor(resource: string, divisor: string | undefined, field: string): FieldError[] {
  if (!divisor || isZeroQuantity(parseQuantity(divisor))) return [];
  const given = canonicalQuantity(divisor);
  const wrong = (units: string, what: string) =>
    invalid(
      `${field}.divisor`,
      resource,
      `only divisor's values ${units} are supported with the ${what} resource`,
    );
  const name = resource.replace(/^(limits|requests)\./, '');
  if (name === resource) return [];
  if (name === 'cpu') return given === '1m' || given === '1' ? [] : [wrong('1m and 1', 'cpu')];
  const what =
    name === 'ephemeral-storage'
      ? 'local ephemeral storage'
      : name.startsWith('hugepages-')
        ? 'hugepages'
        : name;
  if (name !== 'memory' && what === name) return [];
  return byteDivisors.includes(given) ? [] : [wrong(byteDivisors.join(', '), what)];
}

/** In a volume (`inVolume`) the container must be named. */
export function validateResourceFieldRef(
  ref: ResourceFieldSelector,
  field: string,
  inVolume: boolean,
): FieldError[] {
  const { containerName = '', resource = '', divisor } = ref;
  const errors: FieldError[] = [];
  if (inVolume && containerName === '') errors.push(required(`${field}.containerName`));
  else if (resource === '') errors.push(required(`${field}.resource`));
  else if (!resourceFields.includes(resource) && !/^(limits|requests)\.hugepages-/.test(resource))
    errors.push(notSupported(`${field}.resource`, resource, resourceFields));
  errors.push(...validateDivisor(resource, divisor, field));
  return errors;
}

function validateKeyRef(
  ref: { name?: string | undefined; key?: string | undefined },
  field: string,
): FieldError[] {
  const { name = '', key = '' } = ref;
  const errors = invalidFor(`${field}.name`, name, nameIsDNSSubdomain(name, false));
  if (key === '') errors.push(required(`${field}.key`));
  else errors.push(...invalidFor(`${field}.key`, key, isConfigMapKey(key)));
  return errors;
}

function validateValueFrom({ value, valueFrom }: EnvVar, field: string): FieldError[] {
  if (!valueFrom) return [];
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = valueFrom;
  const errors: FieldError[] = [];
  if (fieldRef) errors.push(...validateFieldRef(fieldRef, envFields, `${field}.fieldRef`));
  if (resourceFieldRef)
    errors.push(...validateResourceFieldRef(resourceFieldRef, `${field}.resourceFieldRef`, false));
  if (configMapKeyRef) errors.push(...validateKeyRef(configMapKeyRef, `${field}.configMapKeyRef`));
  if (secretKeyRef) errors.push(...validateKeyRef(secretKeyRef, `${field}.secretKeyRef`));
  const sources = [fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef].filter(Boolean).length;
  if (sources === 0)
    errors.push(
      invalid(
        field,
        '',
        'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`',
      ),
    );
  else if (value) errors.push(invalid(field, '', 'may not be specified when `value` is not empty'));
  else if (sources > 1)
    errors.push(invalid(field, '', 'may not have more than one field specified at a time'));
  return errors;
}

function validateEnvFrom(
  source: EnvFromSource,
  at: string,
  field: string,
  options: PodOptions,
): FieldError[] {
  const { prefix, configMapRef, secretRef } = source;
  const errors: FieldError[] = [];
  if (prefix) errors.push(...invalidFor(`${at}.prefix`, prefix, envNameProblems(prefix, options)));
  for (const [key, ref] of [
    ['configMapRef', configMapRef],
    ['secretRef', secretRef],
  ] as const) {
    if (!ref) continue;
    const name = ref.name ?? '';
    if (name === '') errors.push(required(`${at}.${key}.name`));
    else errors.push(...invalidFor(`${at}.${key}.name`, name, nameIsDNSSubdomain(name, true)));
  }
  if (!configMapRef && !secretRef)
    errors.push(invalid(field, '', 'must specify one of: `configMapRef` or `secretRef`'));
  else if (configMapRef && secretRef)
    errors.push(invalid(field, '', 'may not have more than one field specified at a time'));
  return errors;
}

export function validateEnvironment(container: Container, field: string, options: PodOptions): FieldError[] {
  const errors: FieldError[] = [];
  for (const [i, variable] of (container.env ?? []).entries()) {
    const at = `${field}.env[${i}]`;
    const name = variable.name ?? '';
    if (name === '') errors.push(required(`${at}.name`));
    else errors.push(...invalidFor(`${at}.name`, name, envNameProblems(name, options)));
    errors.push(...validateValueFrom(variable, `${at}.valueFrom`));
  }
  for (const [i, source] of (container.envFrom ?? []).entries())
    errors.push(...validateEnvFrom(source, `${field}.envFrom[${i}]`, `${field}.envFrom`, options));
  return errors;
}
