import type { Environment } from '@marcbachmann/cel-js';
import {
  type Cidr,
  cidrContains,
  equalIP,
  formatCIDR,
  formatIP,
  type IpAddress,
  networkOf,
  parseCIDR,
  parseIP,
} from '../../ip.ts';
import {
  addQuantities,
  compareQuantities,
  parseQuantity,
  type Quantity,
  quantityOf,
  quantitySign,
  quantityValue,
  subtractQuantities,
} from '../../quantity.ts';
import { CelRuntimeError } from '../errors.ts';

/** Quantities, addresses and URLs. Mirrors apiserver/pkg/cel/library/{quantity,ip,cidr,urls}.go. */

class CelQuantity {
  readonly quantity: Quantity;
  constructor(quantity: Quantity) {
    this.quantity = quantity;
  }
}
class CelIp {
  readonly address: IpAddress;
  constructor(address: IpAddress) {
    this.address = address;
  }
}
class CelCidr {
  readonly cidr: Cidr;
  constructor(cidr: Cidr) {
    this.cidr = cidr;
  }
}
class CelUrl {
  readonly scheme: string;
  readonly host: string;
  readonly path: string;
  readonly query: string;
  constructor(parts: { scheme: string; host: string; path: string; query: string }) {
    this.scheme = parts.scheme;
    this.host = parts.host;
    this.path = parts.path;
    this.query = parts.query;
  }
}

function attempt<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}

function quantity(text: string): CelQuantity {
  const parsed = attempt(() => parseQuantity(text));
  if (parsed === undefined)
    throw new CelRuntimeError(
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    );
  return new CelQuantity(parsed);
}

const isInteger = ({ quantity: q }: CelQuantity) => {
  if (compareQuantities(q, quantityOf(quantityValue(q))) !== 0) return false;
  const value = quantityValue(q);
  return value >= -(1n << 63n) && value < 1n << 63n;
};

export function registerQuantities(environment: Environment): void {
  const Q = 'kubernetes.Quantity';
  environment
    .registerType(Q, CelQuantity)
    .registerOperator(
      `${Q} == ${Q}`,
      (a: CelQuantity, b: CelQuantity) => compareQuantities(a.quantity, b.quantity) === 0,
    )
    .registerFunction(`quantity(string): ${Q}`, quantity)
    .registerFunction(
      'isQuantity(string): bool',
      (text: string) => attempt(() => parseQuantity(text)) !== undefined,
    )
    .registerFunction(`${Q}.sign(): int`, (q: CelQuantity) => BigInt(quantitySign(q.quantity)))
    .registerFunction(`${Q}.isInteger(): bool`, isInteger)
    .registerFunction(`${Q}.asInteger(): int`, (q: CelQuantity) => {
      if (!isInteger(q)) throw new CelRuntimeError('cannot convert value to integer');
      return quantityValue(q.quantity);
    })
    .registerFunction(
      `${Q}.asApproximateFloat(): double`,
      ({ quantity: q }: CelQuantity) => Number(q.unscaled) * 10 ** q.scale,
    )
    .registerFunction(
      `${Q}.isGreaterThan(${Q}): bool`,
      (a: CelQuantity, b: CelQuantity) => compareQuantities(a.quantity, b.quantity) > 0,
    )
    .registerFunction(
      `${Q}.isLessThan(${Q}): bool`,
      (a: CelQuantity, b: CelQuantity) => compareQuantities(a.quantity, b.quantity) < 0,
    )
    .registerFunction(`${Q}.compareTo(${Q}): int`, (a: CelQuantity, b: CelQuantity) =>
      BigInt(compareQuantities(a.quantity, b.quantity)),
    )
    .registerFunction(
      `${Q}.add(${Q}): ${Q}`,
      (a: CelQuantity, b: CelQuantity) => new CelQuantity(addQuantities(a.quantity, b.quantity)),
    )
    .registerFunction(
      `${Q}.add(int): ${Q}`,
      (a: CelQuantity, b: bigint) => new CelQuantity(addQuantities(a.quantity, quantityOf(b))),
    )
    .registerFunction(
      `${Q}.sub(${Q}): ${Q}`,
      (a: CelQuantity, b: CelQuantity) => new CelQuantity(subtractQuantities(a.quantity, b.quantity)),
    )
    .registerFunction(
      `${Q}.sub(int): ${Q}`,
      (a: CelQuantity, b: bigint) => new CelQuantity(subtractQuantities(a.quantity, quantityOf(b))),
    );
}

/** Strict, unlike the fields of the API: no leading zeros, no mapped addresses. */
function strictIp(text: string): IpAddress | undefined {
  const address = parseIP(text);
  if (address === undefined) return undefined;
  if (text.includes(':') && address.family === 4) return undefined;
  if (address.family === 4 && formatIP(address) !== text) return undefined;
  return address;
}

function ip(text: string): CelIp {
  const address = strictIp(text);
  if (address === undefined)
    throw new CelRuntimeError(
      `IP Address "${text}" parse error during conversion from string: unable to parse IP`,
    );
  return new CelIp(address);
}

function strictCidr(text: string): Cidr | undefined {
  const slash = text.indexOf('/');
  return slash < 0 || strictIp(text.slice(0, slash)) === undefined ? undefined : parseCIDR(text);
}

function cidr(text: string): CelCidr {
  const parsed = strictCidr(text);
  if (parsed === undefined)
    throw new CelRuntimeError(`CIDR "${text}" parse error during conversion from string: invalid CIDR`);
  return new CelCidr(parsed);
}

export function registerAddresses(environment: Environment): void {
  const inRange = (address: IpAddress, ...ranges: string[]) =>
    ranges.some((text) => {
      const range = parseCIDR(text);
      return range !== undefined && cidrContains(range, address);
    });
  const unspecified = ({ address }: CelIp) => address.bytes.every((byte) => byte === 0);
  const loopback = ({ address }: CelIp) => inRange(address, '127.0.0.0/8', '::1/128');
  const linkLocal = ({ address }: CelIp) => inRange(address, '169.254.0.0/16', 'fe80::/10');
  const multicast = ({ address }: CelIp) => inRange(address, '224.0.0.0/4', 'ff00::/8');
  environment
    .registerType('net.IP', CelIp)
    .registerType('net.CIDR', CelCidr)
    .registerOperator('net.IP == net.IP', (a: CelIp, b: CelIp) => equalIP(a.address, b.address))
    .registerOperator(
      'net.CIDR == net.CIDR',
      (a: CelCidr, b: CelCidr) => formatCIDR(a.cidr) === formatCIDR(b.cidr),
    )
    .registerFunction('ip(string): net.IP', ip)
    .registerFunction('isIP(string): bool', (text: string) => strictIp(text) !== undefined)
    .registerFunction('string(net.IP): string', (value: CelIp) => formatIP(value.address))
    .registerFunction('net.IP.family(): int', (value: CelIp) => BigInt(value.address.family))
    .registerFunction('net.IP.isUnspecified(): bool', unspecified)
    .registerFunction('net.IP.isLoopback(): bool', loopback)
    .registerFunction('net.IP.isLinkLocalUnicast(): bool', linkLocal)
    .registerFunction('net.IP.isLinkLocalMulticast(): bool', ({ address }: CelIp) =>
      inRange(address, '224.0.0.0/24', 'ff02::/16'),
    )
    .registerFunction(
      'net.IP.isGlobalUnicast(): bool',
      (value: CelIp) =>
        !unspecified(value) &&
        !loopback(value) &&
        !linkLocal(value) &&
        !multicast(value) &&
        !value.address.bytes.every((byte) => byte === 255),
    )
    .registerFunction('cidr(string): net.CIDR', cidr)
    .registerFunction('isCIDR(string): bool', (text: string) => strictCidr(text) !== undefined)
    .registerFunction('string(net.CIDR): string', (value: CelCidr) => formatCIDR(value.cidr))
    .registerFunction('net.CIDR.containsIP(net.IP): bool', (a: CelCidr, b: CelIp) =>
      cidrContains(a.cidr, b.address),
    )
    .registerFunction('net.CIDR.containsIP(string): bool', (a: CelCidr, b: string) =>
      cidrContains(a.cidr, ip(b).address),
    )
    .registerFunction('net.CIDR.containsCIDR(net.CIDR): bool', (a: CelCidr, b: CelCidr) =>
      within(a.cidr, b.cidr),
    )
    .registerFunction('net.CIDR.containsCIDR(string): bool', (a: CelCidr, b: string) =>
      within(a.cidr, cidr(b).cidr),
    )
    .registerFunction('net.CIDR.ip(): net.IP', (value: CelCidr) => new CelIp(value.cidr.address))
    .registerFunction('net.CIDR.masked(): net.CIDR', (value: CelCidr) => new CelCidr(networkOf(value.cidr)))
    .registerFunction('net.CIDR.prefixLength(): int', (value: CelCidr) => BigInt(value.cidr.prefix));
}

const within = (outer: Cidr, inner: Cidr) =>
  outer.prefix <= inner.prefix && cidrContains(outer, inner.address);

/** As Go's ParseRequestURI: an absolute URI or an absolute path. */
function parseUrl(text: string): CelUrl | undefined {
  const match = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):\/\/([^/?#\s]*))?([^?#\s]*)(?:\?([^#\s]*))?$/.exec(text);
  if (match === null) return undefined;
  const [, scheme, host = '', path = '', query = ''] = match;
  if (scheme === undefined && !path.startsWith('/')) return undefined;
  if (!/^[^\s%]*(?:%[0-9a-fA-F]{2}[^\s%]*)*$/.test(path)) return undefined;
  const bare = host.slice(host.lastIndexOf('@') + 1);
  if (!/^(?:\[[0-9a-fA-F:.%]+\]|[^:[\]]*)(?::\d*)?$/.test(bare)) return undefined;
  return new CelUrl({ scheme: scheme?.toLowerCase() ?? '', host: bare, path, query });
}

function queryOf({ query }: CelUrl): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const [key, value] of new URLSearchParams(query)) values.set(key, [...(values.get(key) ?? []), value]);
  return values;
}

export function registerUrls(environment: Environment): void {
  const U = 'kubernetes.URL';
  const hostname = ({ host }: CelUrl) => /^\[(.*)\](?::\d*)?$/.exec(host)?.[1] ?? host.replace(/:\d*$/, '');
  environment
    .registerType(U, CelUrl)
    .registerFunction(`url(string): ${U}`, (text: string) => {
      const parsed = parseUrl(text);
      if (parsed === undefined)
        throw new CelRuntimeError(
          `URL parse error during conversion from string: parse ${JSON.stringify(text)}: invalid URI for request`,
        );
      return parsed;
    })
    .registerFunction('isURL(string): bool', (text: string) => parseUrl(text) !== undefined)
    .registerFunction(`${U}.getScheme(): string`, (url: CelUrl) => url.scheme)
    .registerFunction(`${U}.getHost(): string`, (url: CelUrl) => url.host)
    .registerFunction(`${U}.getHostname(): string`, hostname)
    .registerFunction(
      `${U}.getPort(): string`,
      (url: CelUrl) => /:(\d*)$/.exec(url.host.replace(/^\[.*\]/, ''))?.[1] ?? '',
    )
    .registerFunction(`${U}.getEscapedPath(): string`, (url: CelUrl) => url.path)
    .registerFunction(`${U}.getQuery(): map<string, list<string>>`, queryOf);
}
