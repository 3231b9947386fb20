/** A network interface of one network namespace. */
export interface Interface {
  readonly name: string;
  readonly index: number;
  /** `iflink`: index of the other end of a veth (in its own namespace); its own index when there is none. */
  readonly peer: number;
  readonly up: boolean;
  /** `loopback`, `veth`, `bridge`, `dummy`… or `ether` when the kernel does not say. */
  readonly type: string;
  /** With prefix: `10.200.3.1/24`. */
  readonly addresses: readonly string[];
}

interface Draft {
  name: string;
  index: number;
  link: string;
  up: boolean;
  type: string;
  addresses: string[];
}

/** Link types that `ip -d` announces at the start of a detail line. */
const kinds = /^\s{4}(veth|bridge|dummy|vlan|macvlan|ipvlan|vxlan|tun|ifb|wireguard|bond|vrf|ipip|sit|gre)\b/;

/** Reads what `ip addr` or `ip -d addr` prints, of iproute2 and of busybox. */
export function parseIpAddr(text: string): readonly Interface[] {
  const drafts: Draft[] = [];
  for (const line of text.split('\n')) {
    const head = /^(\d+): ([^:@\s]+)(?:@(\S+))?: <([^>]*)>(.*)$/.exec(line);
    const current = drafts.at(-1);
    if (head !== null) {
      const [, index, name = '', link = '', flags = ''] = head;
      const names = flags.split(',');
      drafts.push({
        name,
        index: Number(index),
        link: link.replace(/:$/, ''),
        up: names.includes('UP'),
        type: names.includes('LOOPBACK') ? 'loopback' : 'ether',
        addresses: [],
      });
    } else if (current !== undefined) {
      const address = /^\s+inet6? (\S+)(?: peer (\S+))?/.exec(line);
      if (address?.[1] !== undefined) current.addresses.push(withPrefix(address[1], address[2]));
      const kind = kinds.exec(line)?.[1];
      if (kind !== undefined) current.type = kind;
    }
  }
  return drafts.map((draft) => {
    const peer = peerIndex(draft, drafts);
    // busybox does not name the type; a link to another index is a veth but for rare kinds nobody makes here.
    const type = draft.type === 'ether' && peer !== draft.index ? 'veth' : draft.type;
    return { name: draft.name, index: draft.index, peer, up: draft.up, type, addresses: draft.addresses };
  });
}

/** `ip` leaves the prefix out of a /32 or /128, and shows the far end of a point-to-point address. */
function withPrefix(address: string, peer: string | undefined): string {
  if (address.includes('/')) return address;
  const prefix = peer?.split('/')[1] ?? (address.includes(':') ? '128' : '32');
  return `${address}/${prefix}`;
}

/** `a@if7` says the index, in another namespace; `a@b` names an interface of this one. */
function peerIndex(draft: Draft, all: readonly Draft[]): number {
  const index = /^if(\d+)$/.exec(draft.link)?.[1];
  if (index !== undefined) return Number(index);
  return all.find((other) => other.name === draft.link)?.index ?? draft.index;
}

/**
 * When there is no `ip`: names from `/proc/<pid>/net/dev` and addresses from `fib_trie`, matched to an interface by the
 * route that reaches them. Indexes and state are not known this way.
 */
export function interfacesFromProc(
  dev: string,
  fibTrie: string,
  routes: readonly string[],
): readonly Interface[] {
  const names = dev
    .split('\n')
    .slice(2)
    .map((line) => line.split(':')[0]?.trim() ?? '')
    .filter((name) => name !== '');
  const local = localAddresses(fibTrie);
  return names.map((name, position) => {
    const addresses = local.flatMap((address) => {
      if (name === 'lo') return address.startsWith('127.') ? [`${address}/8`] : [];
      const route = routes.find(
        (text) => text.endsWith(` dev ${name}`) && covers(text.split(' ')[0] ?? '', address),
      );
      return route === undefined ? [] : [`${address}/${route.split(' ')[0]?.split('/')[1] ?? '32'}`];
    });
    return {
      name,
      index: position + 1,
      peer: position + 1,
      // An address only enters the table of local routes while its interface is up.
      up: addresses.length > 0,
      type: name === 'lo' ? 'loopback' : 'ether',
      addresses,
    };
  });
}

/** Addresses of this namespace: the leaves of `/proc/<pid>/net/fib_trie` marked `/32 host LOCAL`. */
function localAddresses(fibTrie: string): readonly string[] {
  const found = new Set<string>();
  let leaf = '';
  for (const line of fibTrie.split('\n')) {
    const address = /\|-- (\d+\.\d+\.\d+\.\d+)/.exec(line)?.[1];
    if (address !== undefined) leaf = address;
    else if (line.includes('/32 host LOCAL')) found.add(leaf);
  }
  return [...found];
}

function covers(network: string, address: string): boolean {
  const [base = '', prefix] = network.split('/');
  if (prefix === undefined) return false;
  const bits = 32 - Number(prefix);
  return (bits === 32 ? 0 : toNumber(base) >>> bits) === (bits === 32 ? 0 : toNumber(address) >>> bits);
}

function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => ((sum << 8) | Number(part)) >>> 0, 0);
}
