import type { EndpointAddress, EndpointSubset } from '../../../kube/api/core-v1.ts';
import type { Endpoint, EndpointPort } from '../../../kube/api/discovery-v1.ts';
import { formatIP, parseIP } from '../../../kube/ip.ts';
import { equalJson } from '../../../kube/object.ts';
import type { LiveEndpoints } from '../endpoint.ts';
import { inSliceOrder, portsKey } from '../endpoint-port-order.ts';
import { triggerTimeAnnotation } from '../endpoint-trigger-time.ts';
import { ownerReference } from '../pods/owner.ts';
import {
  endpointKey,
  type LiveSlice,
  listOf,
  managedByLabel,
  mirroringManager,
  orNull,
  prefixOf,
  type SliceChanges,
  type SliceGroup,
  sameEndpoint,
  serviceNameLabel,
} from './slice.ts';

/** What is mirrored of one subset at most. */
export const maxPerSubset = 1000;

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

interface Mirrored {
  readonly groups: ReadonlyMap<string, SliceGroup & { readonly endpoints: Map<string, Endpoint> }>;
  readonly invalid: number;
  /** The invalid ones included. */
  readonly skipped: number;
}

const groupKey = (addressType: string, ports: readonly EndpointPort[]) =>
  `${addressType}\n${portsKey(ports)}`;

/** The endpoints that the slices of these subsets should hold, by address type and ports. */
export function mirroredEndpoints(subsets: readonly EndpointSubset[]): Mirrored {
  const groups = new Map<string, SliceGroup & { readonly endpoints: Map<string, Endpoint> }>();
  let invalid = 0;
  let skipped = 0;
  for (const { addresses = [], notReadyAddresses = [], ports = [] } of subsets) {
    const slicePorts = ports.map(({ name = '', port, protocol = 'TCP', appProtocol }) => ({
      name,
      protocol,
      port,
      ...(appProtocol === undefined ? {} : { appProtocol }),
    }));
    for (const addressType of ['IPv4', 'IPv6']) {
      const key = groupKey(addressType, slicePorts);
      if (!groups.has(key))
        groups.set(key, { addressType, ports: inSliceOrder(slicePorts), endpoints: new Map() });
    }
    let added = 0;
    for (const [list, ready] of [
      [addresses, true],
      [notReadyAddresses, false],
    ] as const)
      for (const address of list) {
        if (added >= maxPerSubset) break;
        const ip = parseIP(address.ip);
        if (ip === undefined) {
          invalid += 1;
          continue;
        }
        const endpoint = endpointOf(address, formatIP(ip), ready);
        const group = groups.get(groupKey(ip.family === 6 ? 'IPv6' : 'IPv4', slicePorts));
        group?.endpoints.set(endpointKey(endpoint), endpoint);
        added += 1;
      }
    skipped += addresses.length + notReadyAddresses.length - added;
  }
  return { groups, invalid, skipped };
}

function endpointOf(
  { hostname, nodeName, targetRef }: EndpointAddress,
  ip: string,
  ready: boolean,
): Endpoint {
  return {
    addresses: [ip],
    conditions: { ready },
    ...(hostname ? { hostname } : {}),
    ...(targetRef === undefined ? {} : { targetRef }),
    ...(nodeName === undefined ? {} : { nodeName }),
  };
}

/** One slice for each group. Mirrors reconcile of pkg/controller/endpointslicemirroring. */
export function mirrorChanges(
  endpoints: LiveEndpoints,
  { groups }: Mirrored,
  existing: readonly LiveSlice[],
): SliceChanges {
  const changes: SliceChanges = { create: [], update: [], remove: [] };
  const byKey = new Map<string, LiveSlice[]>();
  for (const slice of existing) {
    const key = groupKey(slice.addressType, listOf(slice.ports));
    byKey.set(key, [...(byKey.get(key) ?? []), slice]);
  }
  for (const [key, group] of groups) {
    const [first, ...others] = byKey.get(key) ?? [];
    byKey.delete(key);
    changes.remove.push(...others);
    if (group.endpoints.size === 0) {
      if (first !== undefined) changes.remove.push(first);
      continue;
    }
    if (first === undefined) changes.create.push(sliceOf(endpoints, group));
    else if (!isMirror(first, endpoints, group)) changes.update.push(sliceOf(endpoints, group, first));
  }
  for (const slices of byKey.values()) changes.remove.push(...slices);
  return recycled(changes);
}

function isMirror(
  slice: LiveSlice,
  { metadata }: LiveEndpoints,
  { endpoints }: { readonly endpoints: ReadonlyMap<string, Endpoint> },
): boolean {
  const { [managedByLabel]: _, [serviceNameLabel]: __, ...labels } = slice.metadata.labels ?? {};
  const shown = listOf(slice.endpoints);
  return (
    shown.length === endpoints.size &&
    shown.every((one) => {
      const wanted = endpoints.get(endpointKey(one));
      return wanted !== undefined && sameEndpoint(wanted, one);
    }) &&
    equalJson(labels, metadata.labels ?? {}) &&
    equalJson(slice.metadata.annotations ?? {}, annotationsOf(metadata.annotations))
  );
}

function annotationsOf(annotations: { readonly [key: string]: string } = {}): { [key: string]: string } {
  const { [triggerTimeAnnotation]: _, [lastApplied]: __, ...kept } = annotations;
  return kept;
}

function sliceOf(
  endpoints: LiveEndpoints,
  group: SliceGroup & { readonly endpoints: ReadonlyMap<string, Endpoint> },
  replaced?: LiveSlice,
): LiveSlice {
  const { name = '', namespace = '', labels, annotations } = endpoints.metadata;
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      ...(replaced === undefined ? { generateName: prefixOf(name) } : { name: replaced.metadata.name }),
      namespace,
      labels: { ...labels, [serviceNameLabel]: name, [managedByLabel]: mirroringManager },
      annotations: annotationsOf(annotations),
      ownerReferences: [ownerReference(endpoints)],
    },
    addressType: group.addressType,
    endpoints: [...group.endpoints.values()].slice(0, maxPerSubset),
    ports: orNull(group.ports),
  };
}

/** Slices that would go become those that would be made. */
function recycled({ create, update, remove }: SliceChanges): SliceChanges {
  const left = [...remove];
  const fresh: LiveSlice[] = [];
  for (const slice of create) {
    const at = left.findIndex(({ addressType }) => addressType === slice.addressType);
    const old = left[at];
    if (old === undefined) {
      fresh.push(slice);
      continue;
    }
    left.splice(at, 1);
    const { generateName: _, ...metadata } = slice.metadata;
    update.push({ ...slice, metadata: { ...metadata, name: old.metadata.name } });
  }
  return { create: fresh, update, remove: left };
}
