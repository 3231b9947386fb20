import { type FieldError, invalid } from './field-error.ts';

/** IP addresses as k8s.io/utils/net reads them ("sloppy": leading zeros in IPv4 are decimal) and Go prints them. */
export interface IpAddress {
  /** An IPv4-mapped IPv6 address is an IPv4 address, as in Go. */
  readonly family: 4 | 6;
  /** 4 or 16. */
  readonly bytes: readonly number[];
}

export interface Cidr {
  /** As written, host bits included. */
  readonly address: IpAddress;
  readonly prefix: number;
}

function parseIPv4(text: string): number[] | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  const bytes: number[] = [];
  for (const part of parts) {
    if (!/^[0-9]+$/.test(part)) return undefined;
    const value = Number(part);
    if (value > 255) return undefined;
    bytes.push(value);
  }
  return bytes;
}

function parseGroups(text: string): number[] | undefined {
  if (text === '') return [];
  const bytes: number[] = [];
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    if (part.includes('.')) {
      const tail = i === parts.length - 1 ? parseIPv4(part) : undefined;
      if (tail === undefined) return undefined;
      bytes.push(...tail);
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return undefined;
      const value = Number.parseInt(part, 16);
      bytes.push(value >> 8, value & 255);
    }
  }
  return bytes;
}

function parseIPv6(text: string): number[] | undefined {
  const gap = text.indexOf('::');
  if (gap === -1) {
    const bytes = parseGroups(text);
    return bytes?.length === 16 ? bytes : undefined;
  }
  const head = parseGroups(text.slice(0, gap));
  const tail = parseGroups(text.slice(gap + 2));
  // The gap stands for at least one group; a dotted tail is only allowed at the very end.
  if (head === undefined || tail === undefined || head.length + tail.length > 14) return undefined;
  if (text.slice(0, gap).includes('.')) return undefined;
  return [...head, ...new Array<number>(16 - head.length - tail.length).fill(0), ...tail];
}

/** Undefined when it is none. Zones (`%eth0`) are none. */
export function parseIP(text: string): IpAddress | undefined {
  if (text.length > 64) return undefined;
  if (!text.includes(':')) {
    const bytes = parseIPv4(text);
    return bytes && { family: 4, bytes };
  }
  const bytes = parseIPv6(text);
  if (bytes === undefined) return undefined;
  const mapped = bytes[10] === 255 && bytes[11] === 255 && bytes.slice(0, 10).every((byte) => byte === 0);
  return mapped ? { family: 4, bytes: bytes.slice(12) } : { family: 6, bytes };
}

/** `10.0.0.0/16`. Undefined when it is none. */
export function parseCIDR(text: string): Cidr | undefined {
  const slash = text.indexOf('/');
  if (slash === -1) return undefined;
  const address = parseIP(text.slice(0, slash));
  const digits = text.slice(slash + 1);
  if (address === undefined || !/^[0-9]{1,3}$/.test(digits)) return undefined;
  const prefix = Number(digits);
  // A mapped address has 128 bits of prefix in Go too, of which the first 96 are given.
  const bits = text.slice(0, slash).includes(':') ? 128 : 32;
  if (prefix > bits) return undefined;
  if (address.family === 4 && bits === 128) return prefix < 96 ? undefined : { address, prefix: prefix - 96 };
  return { address, prefix };
}

/** Go's `IP.String()`: the longest run of zero groups becomes `::`. */
export function formatIP({ family, bytes }: IpAddress): string {
  if (family === 4) return bytes.join('.');
  const groups: string[] = [];
  for (let i = 0; i < 16; i += 2) groups.push((((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0)).toString(16));
  let start = -1;
  let length = 1;
  for (let i = 0; i < 8; i++) {
    let end = i;
    while (end < 8 && groups[end] === '0') end++;
    if (end - i > length) {
      start = i;
      length = end - i;
    }
  }
  if (start === -1) return groups.join(':');
  return `${groups.slice(0, start).join(':')}::${groups.slice(start + length).join(':')}`;
}

/** The network the CIDR stands for, host bits cleared: what Go prints for a parsed `IPNet`. */
export function networkOf({ address, prefix }: Cidr): Cidr {
  const bytes = address.bytes.map((byte, i) => {
    const kept = Math.min(8, Math.max(0, prefix - i * 8));
    return byte & (0xff << (8 - kept)) & 0xff;
  });
  return { address: { family: address.family, bytes }, prefix };
}

export const formatCIDR = ({ address, prefix }: Cidr): string => `${formatIP(address)}/${prefix}`;

export function cidrContains(network: Cidr, address: IpAddress): boolean {
  if (network.address.family !== address.family) return false;
  return equalIP(networkOf(network).address, networkOf({ address, prefix: network.prefix }).address);
}

export const equalIP = (a: IpAddress, b: IpAddress): boolean =>
  a.family === b.family && a.bytes.every((byte, i) => byte === b.bytes[i]);

/** Mirrors validation.IsValidIP. */
export function isValidIP(field: string, value: string): FieldError[] {
  if (parseIP(value) !== undefined) return [];
  return [invalid(field, value, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')];
}

/** Mirrors validation.IsValidCIDR. */
export function isValidCIDR(field: string, value: string): FieldError[] {
  if (parseCIDR(value) !== undefined) return [];
  return [invalid(field, value, 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)')];
}

export function isValidIPv4Address(field: string, value: string): FieldError[] {
  return parseIP(value)?.family === 4 ? [] : [invalid(field, value, 'must be a valid IPv4 address')];
}

export function isValidIPv6Address(field: string, value: string): FieldError[] {
  return parseIP(value)?.family === 6 ? [] : [invalid(field, value, 'must be a valid IPv6 address')];
}
