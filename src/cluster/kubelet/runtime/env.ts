import type { Container, EnvVar, Pod, Service } from '../../../kube/api/core-v1.ts';
import { isRelaxedEnvVarName } from '../../../kube/names.ts';
import type { KubeletContext } from '../context.ts';
import { MissingError } from '../objects.ts';
import { namespaceOf, podReference, specOf } from '../pods/pod.ts';
import { fieldValue, type PodAddresses, resourceValue } from './downward.ts';
import { expand } from './expansion.ts';

/** The environment the Pod gives a container, the later of a name wins. Mirrors makeEnvironmentVariables. */
export async function environmentOf(
  context: KubeletContext,
  pod: Pod,
  container: Container,
  addresses: PodAddresses,
): Promise<Map<string, string>> {
  const services = serviceEnvironment(context, pod);
  const result = new Map<string, string>();
  for (const source of container.envFrom ?? []) {
    const data = await sourceData(context, pod, source);
    if (data === undefined) continue;
    const invalid: string[] = [];
    for (const key of Object.keys(data.entries)) {
      const name = `${source.prefix ?? ''}${key}`;
      if (isRelaxedEnvVarName(name).length > 0) invalid.push(name);
      else result.set(name, data.entries[key] ?? '');
    }
    if (invalid.length === 0) continue;
    const what = `EnvFrom ${data.kind} ${namespaceOf(pod)}/${data.name}`;
    context.event(
      podReference(pod),
      'Warning',
      'InvalidEnvironmentVariableNames',
      `Keys [${invalid.sort().join(', ')}] from the ${what} were skipped since they are considered invalid environment variable names.`,
    );
  }
  const lookup = (name: string) => result.get(name) ?? services.get(name);
  for (const variable of container.env ?? []) {
    const value = await variableValue(context, pod, container, variable, addresses, lookup);
    if (value !== undefined) result.set(variable.name, value);
  }
  for (const [name, value] of services) if (!result.has(name)) result.set(name, value);
  return result;
}

type EnvSource = NonNullable<Container['envFrom']>[number];

async function sourceData(context: KubeletContext, pod: Pod, source: EnvSource) {
  const namespace = namespaceOf(pod);
  if (source.configMapRef !== undefined) {
    const name = source.configMapRef.name ?? '';
    const found = await optional(source.configMapRef.optional, context.objects.configMap(namespace, name));
    return found === undefined ? undefined : { kind: 'configMap', name, entries: found.data ?? {} };
  }
  if (source.secretRef === undefined) return undefined;
  const name = source.secretRef.name ?? '';
  const found = await optional(source.secretRef.optional, context.objects.secret(namespace, name));
  if (found === undefined) return undefined;
  const entries: { [key: string]: string } = Object.create(null);
  for (const [key, value] of Object.entries(found.data ?? {})) entries[key] = decode(value);
  return { kind: 'secret', name, entries };
}

async function variableValue(
  context: KubeletContext,
  pod: Pod,
  container: Container,
  variable: EnvVar,
  addresses: PodAddresses,
  lookup: (name: string) => string | undefined,
): Promise<string | undefined> {
  const from = variable.valueFrom;
  const namespace = namespaceOf(pod);
  if (from === undefined) return expand(variable.value ?? '', lookup);
  if (from.fieldRef !== undefined) return fieldValue(from.fieldRef.fieldPath, pod, addresses);
  if (from.resourceFieldRef !== undefined)
    return resourceValue(from.resourceFieldRef, pod, container, context.settings);
  if (from.configMapKeyRef !== undefined) {
    const { name = '', key, optional: mayMiss } = from.configMapKeyRef;
    const found = await optional(mayMiss, context.objects.configMap(namespace, name));
    if (found?.data !== undefined && Object.hasOwn(found.data, key)) return found.data[key];
    if (mayMiss === true) return undefined;
    throw new Error(`couldn't find key ${key} in ConfigMap ${namespace}/${name}`);
  }
  if (from.secretKeyRef !== undefined) {
    const { name = '', key, optional: mayMiss } = from.secretKeyRef;
    const found = await optional(mayMiss, context.objects.secret(namespace, name));
    if (found?.data !== undefined && Object.hasOwn(found.data, key)) return decode(found.data[key] ?? '');
    if (mayMiss === true) return undefined;
    throw new Error(`couldn't find key ${key} in Secret ${namespace}/${name}`);
  }
  return undefined;
}

async function optional<T>(mayMiss: boolean | undefined, call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (mayMiss === true && error instanceof MissingError) return undefined;
    throw error;
  }
}

const decode = (base64: string): string => Buffer.from(base64, 'base64').toString();

/** The Docker links of Services: of the Pod's namespace unless it wants none, and always the API's own. */
function serviceEnvironment({ objects }: KubeletContext, pod: Pod): Map<string, string> {
  const result = new Map<string, string>();
  const links = specOf(pod).enableServiceLinks !== false;
  for (const service of objects.services('default'))
    if (service.metadata?.name === 'kubernetes') addService(result, service);
  if (links) for (const service of objects.services(namespaceOf(pod))) addService(result, service);
  return result;
}

function addService(result: Map<string, string>, service: Service): void {
  const { clusterIP, ports = [] } = service.spec ?? {};
  if (clusterIP === undefined || clusterIP === '' || clusterIP === 'None') return;
  const prefix = (service.metadata?.name ?? '').toUpperCase().replaceAll('-', '_');
  const [first] = ports;
  result.set(`${prefix}_SERVICE_HOST`, clusterIP);
  if (first === undefined) return;
  result.set(`${prefix}_SERVICE_PORT`, String(first.port));
  for (const port of ports)
    if (port.name !== undefined && port.name !== '')
      result.set(`${prefix}_SERVICE_PORT_${port.name.toUpperCase().replaceAll('-', '_')}`, String(port.port));
  for (const [index, port] of ports.entries()) {
    const protocol = port.protocol ?? 'TCP';
    const url = `${protocol.toLowerCase()}://${clusterIP}:${port.port}`;
    const link = `${prefix}_PORT_${port.port}_${protocol.toUpperCase()}`;
    if (index === 0) result.set(`${prefix}_PORT`, url);
    result.set(link, url);
    result.set(`${link}_PROTO`, protocol.toLowerCase());
    result.set(`${link}_PORT`, String(port.port));
    result.set(`${link}_ADDR`, clusterIP);
  }
}
