import { createHash } from 'node:crypto';
import type { EndpointPort as CorePort } from '../../kube/api/core-v1.ts';
import type { EndpointPort as SlicePort } from '../../kube/api/discovery-v1.ts';

/**
 * Upstream orders the ports of an endpoint by a hash of how Go prints them; `kubectl get endpoints` shows that order. A Go
 * value as its spew package writes it with `%#v`.
 */
const goValue = (type: string, value: string | number | undefined) => `(${type})${value ?? '<nil>'}`;

function goCorePort({ name = '', port, protocol = 'TCP', appProtocol }: CorePort): string {
  return `(v1.EndpointPort){Name:${goValue('string', name)} Port:${goValue('int32', port)} Protocol:${goValue('v1.Protocol', protocol)} AppProtocol:${goValue('*string', appProtocol)}}`;
}

function goSlicePort({ name, protocol, port, appProtocol }: SlicePort): string {
  return `(v1.EndpointPort){Name:${goValue('*string', name)} Protocol:${goValue('*v1.Protocol', protocol)} Port:${goValue('*int32', port)} AppProtocol:${goValue('*string', appProtocol)}}`;
}

const fnvPrime = (1n << 88n) + 0x13bn;
const fnvBasis = 0x6c62272e07bb014262b821756295c58dn;

function fnv128a(text: string): string {
  let hash = fnvBasis;
  for (const byte of Buffer.from(text)) hash = BigInt.asUintN(128, (hash ^ BigInt(byte)) * fnvPrime);
  return hash.toString(16).padStart(32, '0');
}

const md5 = (text: string) => createHash('md5').update(text).digest('hex');

function ordered<P>(ports: readonly P[], hash: (port: P) => string): readonly P[] {
  if (ports.length < 2) return ports;
  return ports
    .map((port) => ({ port, hash: hash(port) }))
    .sort((a, b) => (a.hash < b.hash ? -1 : a.hash > b.hash ? 1 : 0))
    .map(({ port }) => port);
}

/** Mirrors pkg/api/v1/endpoints portsByHash. */
export const inCoreOrder = (ports: readonly CorePort[]): readonly CorePort[] =>
  ordered(ports, (port) => md5(goCorePort(port)));

/** Mirrors endpointslice/util portsInOrder. */
export const inSliceOrder = (ports: readonly SlicePort[]): readonly SlicePort[] =>
  ordered(ports, (port) => fnv128a(goSlicePort(port)));

/** The same for the same ports in any order. */
export const portsKey = (ports: readonly SlicePort[]): string => ports.map(goSlicePort).sort().join('\n');
