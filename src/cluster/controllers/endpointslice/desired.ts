import type { Node } from '../../../kube/api/core-v1.ts';
import type { Endpoint, EndpointPort } from '../../../kube/api/discovery-v1.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { addressesOf, belongsInEndpoints, hostnameIn, type LiveService, portInPod } from '../endpoint-pod.ts';
import { inSliceOrder, portsKey } from '../endpoint-port-order.ts';
import { isPodReady, isTerminating, type Pod } from '../pods/pod-state.ts';
import { endpointKey, type SliceGroup } from './slice.ts';

export type LiveNode = Node & KubeObject;

const zoneLabel = 'topology.kubernetes.io/zone';

/** The endpoints that share their ports. */
interface WantedGroup extends SliceGroup {
  readonly endpoints: Map<string, Endpoint>;
}

export interface Wanted {
  /** By `portsKey`. */
  readonly groups: ReadonlyMap<string, WantedGroup>;
  /** Pods left out because their node does not exist, with its name. */
  readonly withoutNode: readonly { readonly pod: string; readonly node: string }[];
}

/** `IPv4`, `IPv6`: what the Service has addresses of. */
export function addressTypesOf({ spec }: LiveService): readonly string[] {
  const families = spec?.ipFamilies ?? [];
  return families.length === 0 ? ['IPv4'] : families;
}

/** The endpoints that a Service should have of one address type, grouped by ports. */
export function wantedEndpoints(
  service: LiveService,
  pods: readonly Pod[],
  addressType: string,
  nodeOf: (name: string) => LiveNode | undefined,
): Wanted {
  const groups = new Map<string, WantedGroup>();
  const withoutNode: { pod: string; node: string }[] = [];
  const publishes = service.spec?.publishNotReadyAddresses === true;
  for (const pod of pods) {
    if (!belongsInEndpoints(pod, true)) continue;
    const ports = portsOf(pod, service);
    const key = portsKey(ports);
    let group = groups.get(key);
    if (group === undefined) {
      group = { addressType, ports: inSliceOrder(ports), endpoints: new Map() };
      groups.set(key, group);
    }
    const nodeName = pod.spec?.nodeName ?? '';
    const node = nodeOf(nodeName);
    if (node === undefined && !publishes) {
      withoutNode.push({ pod: pod.metadata.name ?? '', node: nodeName });
      continue;
    }
    const endpoint = endpointOf(pod, node, service, addressType);
    if (endpoint.addresses.length > 0) group.endpoints.set(endpointKey(endpoint), endpoint);
  }
  return { groups, withoutNode };
}

function portsOf(pod: Pod, { spec }: LiveService): readonly EndpointPort[] {
  return (spec?.ports ?? []).flatMap((one) => {
    const port = portInPod(pod, one);
    if (port === undefined) return [];
    const { name = '', protocol = 'TCP', appProtocol } = one;
    return [{ name, protocol, port, ...(appProtocol === undefined ? {} : { appProtocol }) }];
  });
}

function endpointOf(
  pod: Pod,
  node: LiveNode | undefined,
  service: LiveService,
  addressType: string,
): Endpoint {
  const serving = isPodReady(pod);
  const terminating = isTerminating(pod);
  const ready = service.spec?.publishNotReadyAddresses === true || (serving && !terminating);
  const { namespace = '', name = '', uid = '' } = pod.metadata;
  const hostname = hostnameIn(pod, service);
  const zone = node?.metadata.labels?.[zoneLabel];
  return {
    addresses: [...addressesOf(pod, addressType === 'IPv6' ? 6 : 4)],
    conditions: { ready, serving, terminating },
    ...(hostname === undefined ? {} : { hostname }),
    targetRef: { kind: 'Pod', namespace, name, uid },
    ...(pod.spec?.nodeName ? { nodeName: pod.spec.nodeName } : {}),
    ...(zone ? { zone } : {}),
  };
}
