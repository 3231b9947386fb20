import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cidrContains,
  formatCIDR,
  formatIP,
  isValidCIDR,
  isValidIP,
  networkOf,
  parseCIDR,
  parseIP,
} from '../../src/kube/ip.ts';

describe('addresses', () => {
  it.each<[string, string | undefined]>([
    ['10.0.0.1', '10.0.0.1'],
    ['010.000.0.01', '10.0.0.1'],
    ['256.0.0.1', undefined],
    ['1.2.3', undefined],
    ['::', '::'],
    ['::1', '::1'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['::ffff:1.2.3.4', '1.2.3.4'],
    ['1::2::3', undefined],
    ['1:2:3:4:5:6:7:8:9', undefined],
    ['1:2:3:4:5:6:7::8', undefined],
    ['fe80::1%eth0', undefined],
    ['12345::', undefined],
    ['', undefined],
  ])('%s', (text, expected) => {
    const address = parseIP(text);
    expect(address && formatIP(address)).toBe(expected);
    expect(isValidIP('x', text)).toHaveLength(expected === undefined ? 1 : 0);
  });

  it('print what reads back', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        const address = parseIP(text);
        expect(address).toBeDefined();
        if (address !== undefined) expect(parseIP(formatIP(address))).toEqual(address);
      }),
    );
  });
});

describe('networks', () => {
  it.each<[string, string | undefined]>([
    ['10.9.8.7/16', '10.9.0.0/16'],
    ['2001:db8::ff/64', '2001:db8::/64'],
    ['10.0.0.0/33', undefined],
    ['10.0.0.0', undefined],
    ['10.0.0.0/x', undefined],
    ['x/8', undefined],
  ])('%s', (text, expected) => {
    const cidr = parseCIDR(text);
    expect(cidr && formatCIDR(networkOf(cidr))).toBe(expected);
    expect(isValidCIDR('x', text)).toHaveLength(expected === undefined ? 1 : 0);
  });

  it('contain their addresses', () => {
    const network = parseCIDR('10.9.0.0/20');
    const inside = (text: string) => {
      const address = parseIP(text);
      return network !== undefined && address !== undefined && cidrContains(network, address);
    };
    expect(['10.9.15.255', '10.9.16.0', '::1'].map(inside)).toEqual([true, false, false]);
  });
});
