import type { Container, Pod, ResourceFieldSelector } from '../../../kube/api/core-v1.ts';
import { goQuote } from '../../../kube/field-error.ts';
import { parseQuantity, quantityMilliValue, quantityValue } from '../../../kube/quantity.ts';
import type { NodeSettings } from '../node/spec.ts';
import { containersOf, initContainersOf, nameOf, namespaceOf, specOf, uidOf } from '../pods/pod.ts';

export interface PodAddresses {
  readonly podIp: string;
  readonly hostIp: string;
}

/** What a `fieldRef` stands for. Throws an Error in upstream's words. Mirrors pkg/fieldpath. */
export function fieldValue(path: string, pod: Pod, addresses: PodAddresses): string {
  const subscript = /^metadata\.(annotations|labels)\['(.*)'\]$/.exec(path);
  if (subscript !== null) {
    const map = subscript[1] === 'labels' ? pod.metadata?.labels : pod.metadata?.annotations;
    const key = subscript[2] ?? '';
    return map !== undefined && Object.hasOwn(map, key) ? (map[key] ?? '') : '';
  }
  switch (path) {
    case 'metadata.name':
      return nameOf(pod);
    case 'metadata.namespace':
      return namespaceOf(pod);
    case 'metadata.uid':
      return uidOf(pod);
    case 'metadata.labels':
      return formatMap(pod.metadata?.labels);
    case 'metadata.annotations':
      return formatMap(pod.metadata?.annotations);
    case 'spec.nodeName':
      return specOf(pod).nodeName ?? '';
    case 'spec.serviceAccountName':
      return specOf(pod).serviceAccountName ?? '';
    case 'status.hostIP':
    case 'status.hostIPs':
      return addresses.hostIp;
    case 'status.podIP':
    case 'status.podIPs':
      return addresses.podIp;
    default:
      throw new Error(`unsupported fieldPath: ${path}`);
  }
}

function formatMap(map: { readonly [key: string]: string } | undefined): string {
  return Object.keys(map ?? {})
    .sort()
    .map((key) => `${key}=${goQuote(map?.[key] ?? '')}`)
    .join('\n');
}

/** What a `resourceFieldRef` stands for, in units of its divisor, rounded up. Mirrors pkg/api/v1/resource. */
export function resourceValue(
  selector: ResourceFieldSelector,
  pod: Pod,
  own: Container | undefined,
  settings: NodeSettings,
): string {
  const container =
    selector.containerName === undefined || selector.containerName === ''
      ? own
      : [...initContainersOf(pod), ...containersOf(pod)].find(({ name }) => name === selector.containerName);
  if (container === undefined) throw new Error(`container ${selector.containerName} not found`);
  const [kind, ...rest] = selector.resource.split('.');
  const resource = rest.join('.');
  const wanted = kind === 'requests' ? container.resources?.requests : container.resources?.limits;
  const given = wanted !== undefined && Object.hasOwn(wanted, resource) ? wanted[resource] : undefined;
  const fallback = kind === 'limits' ? (settings.allocatable[resource] ?? '0') : '0';
  const divisor = selector.divisor === undefined || selector.divisor === '0' ? '1' : selector.divisor;
  if (resource === 'cpu')
    return String(
      divideUp(
        quantityMilliValue(parseQuantity(given ?? fallback)),
        quantityMilliValue(parseQuantity(divisor)),
      ),
    );
  return String(
    divideUp(quantityValue(parseQuantity(given ?? fallback)), quantityValue(parseQuantity(divisor))),
  );
}

function divideUp(value: bigint, divisor: bigint): bigint {
  if (divisor <= 0n) return value;
  return (value + divisor - 1n) / divisor;
}
