import { type DnsAnswer, type DnsReply, type DnsType, NetworkError, type Resolver } from '../contract.ts';

/** Asks one nameserver. Rejects with `NetworkError` `EAI_AGAIN` when none answers. */
export type Ask = (nameserver: string, name: string, type: DnsType) => Promise<DnsReply>;

/** RFC 1035: what is longer is no name. */
const longestName = 253;
/** resolv.conf(5): no more than these count. */
const mostNameservers = 3;
const mostSearches = 32;

/**
 * Looks a name up as glibc does with resolv.conf: with fewer dots than `ndots` the search list comes first, a final dot stops
 * the search. Rejects with `ENOTFOUND` or `EAI_AGAIN`.
 */
export async function lookUp(resolver: Resolver, name: string, type: DnsType, ask: Ask): Promise<DnsAnswer> {
  let tried = 0;
  let last: NetworkError | undefined;
  for (const candidate of candidates(resolver, name)) {
    tried += 1;
    const reply = await askAny(resolver, candidate, type, ask);
    const values = reply.records.filter((record) => record.type === type).map(({ value }) => value);
    const aliases = reply.records
      .filter((record) => record.type === 'CNAME' && type !== 'CNAME')
      .map((record) => record.value);
    if (values.length > 0) return { name: candidate, values, aliases };
    if (aliases.length > 0) {
      last = new NetworkError(
        'ENOTFOUND',
        name,
        `ENOTFOUND ${name}: it is another name for ${aliases.at(-1)}, which is not in the cluster (nothing leaves this machine)`,
      );
      break;
    }
    if (reply.rcode === 'NOERROR')
      last ??= new NetworkError('ENOTFOUND', name, `ENOTFOUND ${name}: it has no ${type} record`);
  }
  throw (
    last ??
    new NetworkError(
      'ENOTFOUND',
      name,
      tried === 0 ? `ENOTFOUND ${name}: that is no name` : `ENOTFOUND ${name}: no such name in the cluster`,
    )
  );
}

function candidates({ searches, ndots }: Resolver, name: string): readonly string[] {
  if (name.length === 0 || name.length > longestName + 1) return [];
  const absolute = name.endsWith('.') ? [name.slice(0, -1)] : undefined;
  const all = absolute ?? withSearch(name, searches.slice(0, mostSearches), ndots);
  return all.filter((one) => one.length <= longestName && one.split('.').every(isLabel));
}

function withSearch(name: string, searches: readonly string[], ndots: number): readonly string[] {
  const dots = name.split('.').length - 1;
  const searched = searches.map((domain) => `${name}.${domain.replace(/\.$/, '')}`);
  return dots >= ndots ? [name, ...searched] : [...searched, name];
}

const isLabel = (label: string): boolean => label.length > 0 && label.length <= 63;

async function askAny(resolver: Resolver, name: string, type: DnsType, ask: Ask): Promise<DnsReply> {
  let failure: unknown;
  for (const nameserver of resolver.nameservers.slice(0, mostNameservers)) {
    try {
      return await ask(nameserver, name, type);
    } catch (error) {
      failure = error;
    }
  }
  throw failure ?? new NetworkError('EAI_AGAIN', name, `EAI_AGAIN ${name}: there is no nameserver`);
}
