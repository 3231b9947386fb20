import type { Endpoint } from '../../../kube/api/discovery-v1.ts';
import { type Informer, keyOf } from '../../../kube/informer.ts';
import { parseIP } from '../../../kube/ip.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { isHeadless } from '../../../kube/service-needs.ts';
import { clusterDomain, type DnsReply, type DnsType } from '../contract.ts';
import { byService, type StoredService, type StoredSlice } from '../rules/service-table.ts';

/** The index of Services by each of their cluster addresses. */
export const byClusterIp = 'clusterIP';
export const clusterIpsOfService = ({ spec }: StoredService): readonly string[] =>
  (spec?.clusterIPs ?? []).filter((ip) => ip !== '' && ip !== 'None');
/** The index of slices by each address in them. */
export const byAddress = 'address';
export const addressesOfSlice = (slice: StoredSlice): readonly string[] => [
  ...new Set((slice.endpoints ?? []).flatMap(({ addresses }) => addresses)),
];

export interface ZoneSources {
  readonly services: Informer<StoredService>;
  readonly slices: Informer<StoredSlice>;
  readonly namespaces: Informer<KubeObject>;
}

export interface DnsRecord {
  readonly name: string;
  readonly type: DnsType;
  readonly ttl: number;
  readonly value: string;
}

/** CoreDNS's `ttl 30` of kubeadm's Corefile. */
const ttl = 30;
/** How far CNAMEs are followed. */
const longestChain = 8;

export type ZoneAnswer = Pick<DnsReply, 'rcode' | 'records'>;
const nothing: ZoneAnswer = { rcode: 'NOERROR', records: [] };
const noSuchName: ZoneAnswer = { rcode: 'NXDOMAIN', records: [] };

/**
 * What CoreDNS with kubeadm's Corefile answers (plugin kubernetes, `pods insecure`). A name outside the cluster does not
 * exist: nothing leaves the machine. `name` without the final dot, in any case.
 */
export function answer(sources: ZoneSources, name: string, type: DnsType): ZoneAnswer {
  const asked = name.toLowerCase();
  const records: DnsRecord[] = [];
  let next = asked;
  for (let step = 0; step < longestChain; step++) {
    const found = answerOnce(sources, next, type);
    records.push(...found.records);
    const alias = found.records.find((record) => record.type === 'CNAME');
    if (alias === undefined || type === 'CNAME')
      // A CNAME to a name that is not there is an answer all the same.
      return records.length > 0 ? { rcode: 'NOERROR', records } : found;
    next = alias.value;
  }
  return { rcode: 'NOERROR', records };
}

function answerOnce(sources: ZoneSources, name: string, type: DnsType): ZoneAnswer {
  if (name.endsWith('.in-addr.arpa')) return reverse(sources, name, type);
  if (name === clusterDomain) return nothing;
  if (!name.endsWith(`.${clusterDomain}`)) return noSuchName;
  const labels = name.slice(0, -clusterDomain.length - 1).split('.');
  const kind = labels.pop();
  const namespace = labels.pop();
  if (kind !== 'svc' && kind !== 'pod') return noSuchName;
  if (namespace === undefined) return nothing;
  if (sources.namespaces.get('', namespace) === undefined) return noSuchName;
  if (labels.length === 0) return nothing;
  return kind === 'pod'
    ? podAnswer(name, labels, type)
    : serviceAnswer(sources, name, namespace, labels, type);
}

/** `10-244-1-7.shop.pod.cluster.local`: any address is one, as `pods insecure` says. */
function podAnswer(name: string, labels: readonly string[], type: DnsType): ZoneAnswer {
  const ip = labels.length === 1 ? parseIP((labels[0] ?? '').replaceAll('-', '.')) : undefined;
  if (ip === undefined || ip.family !== 4) return noSuchName;
  return type === 'A' ? answerOf([{ name, type, ttl, value: ip.bytes.join('.') }]) : nothing;
}

interface Target {
  /** Of the cluster address, or of one endpoint. */
  readonly host: string;
  readonly ip: string;
  readonly port: number;
}

function serviceAnswer(
  sources: ZoneSources,
  name: string,
  namespace: string,
  labels: readonly string[],
  type: DnsType,
): ZoneAnswer {
  const service = sources.services.get(namespace, labels.at(-1) ?? '');
  const question = parse(labels.slice(0, -1));
  if (service === undefined || question === undefined) return noSuchName;
  const { spec } = service;
  if (spec?.type === 'ExternalName') {
    if (labels.length > 1) return noSuchName;
    const value = (spec.externalName ?? '').replace(/\.$/, '').toLowerCase();
    return answerOf([{ name, type: 'CNAME', ttl, value }]);
  }
  const base = `${labels.at(-1)}.${namespace}.svc.${clusterDomain}`;
  const targets =
    isHeadless(service) || question.endpoint !== undefined
      ? endpointTargets(sources, service, base, question)
      : (spec?.ports ?? [])
          .filter((port) => matches(question, port.name, port.protocol))
          .map(({ port }): Target => ({ host: base, ip: spec?.clusterIP ?? '', port }));
  if (targets.length === 0) return noSuchName;
  if (type === 'A') return answerOf(unique(targets.map(({ ip }) => ({ name, type, ttl, value: ip }))));
  if (type !== 'SRV') return nothing;
  const weight = Math.floor(100 / targets.length);
  const places = unique(
    targets
      .filter(({ port }) => port > 0)
      .map(({ host, port }) => ({ name, type, ttl, value: `0 ${weight} ${port} ${host}` })),
  );
  return answerOf(places);
}

interface Question {
  readonly endpoint: string | undefined;
  readonly port: string | undefined;
  readonly protocol: string | undefined;
}

/** What stands before the Service's name: nothing, an endpoint's name, or `_port._proto`. */
function parse(labels: readonly string[]): Question | undefined {
  const [first, second] = labels;
  if (first === undefined) return { endpoint: undefined, port: undefined, protocol: undefined };
  if (labels.length === 1) return { endpoint: first, port: undefined, protocol: undefined };
  if (labels.length !== 2 || second === undefined) return undefined;
  const bare = (label: string) => label.replace(/^_/, '');
  return { endpoint: undefined, port: bare(first), protocol: bare(second) };
}

function matches(question: Question, name: string | undefined, protocol: string | undefined): boolean {
  return (
    (question.port === undefined || question.port === (name ?? '').toLowerCase()) &&
    (question.protocol === undefined || question.protocol === (protocol ?? 'TCP').toLowerCase())
  );
}

function endpointTargets(
  { slices }: ZoneSources,
  { metadata }: StoredService,
  base: string,
  question: Question,
): readonly Target[] {
  const targets: Target[] = [];
  for (const slice of slices.byIndex(byService, keyOf(metadata.namespace ?? '', metadata.name ?? ''))) {
    if (slice.addressType !== 'IPv4') continue;
    for (const endpoint of slice.endpoints ?? []) {
      const host = hostOf(endpoint);
      if (endpoint.conditions?.ready === false) continue;
      if (question.endpoint !== undefined && question.endpoint !== host) continue;
      // A Service without ports has addresses too.
      const ports = (slice.ports ?? []).length > 0 ? slice.ports : [{ port: -1 }];
      for (const { name, protocol, port } of ports)
        if (matches(question, name, protocol))
          for (const ip of endpoint.addresses)
            targets.push({ host: `${host}.${base}`, ip, port: port ?? -1 });
    }
  }
  return targets;
}

const hostOf = ({ hostname, addresses }: Endpoint): string =>
  hostname ? hostname.toLowerCase() : (addresses[0] ?? '').replaceAll('.', '-');

function reverse({ services, slices }: ZoneSources, name: string, type: DnsType): ZoneAnswer {
  const ip = name.slice(0, -'.in-addr.arpa'.length).split('.').reverse().join('.');
  if (parseIP(ip) === undefined) return noSuchName;
  const hosts = services
    .byIndex(byClusterIp, ip)
    .map(({ metadata }) => `${metadata.name}.${metadata.namespace}.svc.${clusterDomain}`);
  if (hosts.length === 0)
    for (const slice of slices.byIndex(byAddress, ip)) {
      const service = slice.metadata.labels?.['kubernetes.io/service-name'];
      if (service === undefined) continue;
      for (const endpoint of slice.endpoints ?? [])
        if (endpoint.addresses.includes(ip) && endpoint.conditions?.ready !== false)
          hosts.push(`${hostOf(endpoint)}.${service}.${slice.metadata.namespace}.svc.${clusterDomain}`);
    }
  if (hosts.length === 0) return noSuchName;
  return type === 'PTR' ? answerOf(unique(hosts.map((value) => ({ name, type, ttl, value })))) : nothing;
}

const answerOf = (records: readonly DnsRecord[]): ZoneAnswer => ({ rcode: 'NOERROR', records });

function unique(records: readonly DnsRecord[]): readonly DnsRecord[] {
  return [...new Map(records.map((record) => [record.value, record])).values()];
}
