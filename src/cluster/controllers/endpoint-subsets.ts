import type { EndpointAddress, EndpointPort, EndpointSubset } from '../../kube/api/core-v1.ts';
import { inCoreOrder } from './endpoint-port-order.ts';
import { compareText } from './label-index.ts';

/** One address behind one port. `port` undefined: a headless Service without ports. */
export interface Offer {
  readonly address: EndpointAddress;
  readonly port: EndpointPort | undefined;
  readonly ready: boolean;
}

interface Offered {
  readonly port: EndpointPort | undefined;
  readonly addresses: Map<string, { readonly address: EndpointAddress; ready: boolean }>;
}

/** Groups ports that the same addresses offer, in the canonical layout. Mirrors pkg/api/v1/endpoints RepackSubsets. */
export function packSubsets(offers: readonly Offer[]): EndpointSubset[] {
  const byPort = new Map<string, Offered>();
  for (const { address, port, ready } of offers) {
    const portKey = JSON.stringify(port ?? null);
    const offered: Offered = byPort.get(portKey) ?? { port, addresses: new Map() };
    byPort.set(portKey, offered);
    const key = `${address.ip}\n${address.targetRef?.uid ?? ''}`;
    const known = offered.addresses.get(key);
    if (known === undefined) offered.addresses.set(key, { address, ready });
    else known.ready &&= ready;
  }
  const groups = new Map<string, Offered[]>();
  for (const offered of byPort.values()) {
    const key = [...offered.addresses]
      .map(([address, { ready }]) => `${address}\n${ready}`)
      .sort()
      .join('\n');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [offered]);
    else group.push(offered);
  }
  return [...groups].sort(([a], [b]) => compareText(a, b)).map(([, group]) => subsetOf(group));
}

function subsetOf(group: readonly Offered[]): EndpointSubset {
  const all = [...(group[0]?.addresses.values() ?? [])].sort(
    (a, b) =>
      compareText(a.address.ip, b.address.ip) ||
      compareText(a.address.targetRef?.uid, b.address.targetRef?.uid),
  );
  const of = (wanted: boolean) => all.filter(({ ready }) => ready === wanted).map(({ address }) => address);
  const addresses = of(true);
  const notReadyAddresses = of(false);
  const ports = inCoreOrder(group.flatMap(({ port }) => port ?? []));
  return {
    ...(addresses.length === 0 ? {} : { addresses }),
    ...(notReadyAddresses.length === 0 ? {} : { notReadyAddresses }),
    ...(ports.length === 0 ? {} : { ports: [...ports] }),
  };
}

/** An Endpoints object holds no more addresses than this. */
const maxAddresses = 1000;

function countAddresses(subsets: readonly EndpointSubset[]): { ready: number; notReady: number } {
  let ready = 0;
  let notReady = 0;
  for (const { addresses = [], notReadyAddresses = [] } of subsets) {
    ready += addresses.length;
    notReady += notReadyAddresses.length;
  }
  return { ready, notReady };
}

export const isOverCapacity = (subsets: readonly EndpointSubset[]): boolean => {
  const { ready, notReady } = countAddresses(subsets);
  return ready + notReady > maxAddresses;
};

/** Cut to what fits, ready ones first, from each subset in proportion. Mirrors truncateEndpoints. */
export function truncateSubsets(subsets: readonly EndpointSubset[]): EndpointSubset[] {
  const { ready, notReady } = countAddresses(subsets);
  const cutReady = ready > maxAddresses;
  const room = cutReady ? maxAddresses : maxAddresses - ready;
  const total = cutReady ? ready : notReady;
  let left = room;
  return subsets.map(({ addresses = [], notReadyAddresses = [], ...rest }) => {
    const from = cutReady ? addresses : notReadyAddresses;
    const share = Math.min(left, Math.ceil((from.length / total) * room));
    const kept = from.slice(0, share);
    left -= kept.length;
    const readyKept = cutReady ? kept : addresses;
    const notReadyKept = cutReady ? [] : kept;
    return {
      ...(readyKept.length === 0 ? {} : { addresses: readyKept }),
      ...(notReadyKept.length === 0 ? {} : { notReadyAddresses: notReadyKept }),
      ...rest,
    };
  });
}
