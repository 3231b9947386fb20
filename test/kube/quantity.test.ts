import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  isZeroQuantity,
  milliQuantityOf,
  parseQuantity,
  quantityMilliValue,
  quantityOf,
  quantitySign,
  quantityValue,
  subtractQuantities,
} from '../../src/kube/quantity.ts';

const formatWrong =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

describe('the canonical text', () => {
  it.each([
    ['0', '0'],
    ['1', '1'],
    ['1.5', '1500m'],
    ['0.5', '500m'],
    ['1.5Gi', '1536Mi'],
    ['1024Ki', '1Mi'],
    ['512Mi', '512Mi'],
    ['1000m', '1'],
    ['1000000', '1M'],
    ['0.1n', '1n'],
    ['1e2', '100'],
    ['12e6', '12e6'],
    ['1E3', '1E3'],
    ['0.5Ki', '512'],
    ['-1.5', '-1500m'],
    ['-0', '0'],
    ['.5', '500m'],
    ['16Ei', '9223372036854775807'],
  ])('prints %s as %s', (text, printed) => {
    expect(canonicalQuantity(text)).toBe(printed);
  });

  it.each([
    ['+5', '+5'],
    ['05', '05'],
    ['1.500', '1.500'],
    ['100Ki', '100Ki'],
  ])('leaves %s alone, as upstream does with what looks canonical to it', (text, printed) => {
    expect(canonicalQuantity(text)).toBe(printed);
  });

  it('is its own canonical text, of the same value', () => {
    const suffixes = fc.constantFrom('', 'm', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'n', 'u', 'e3');
    const numbers = fc.tuple(fc.integer({ min: -99999, max: 99999 }), fc.nat({ max: 999 }), suffixes);
    fc.assert(
      fc.property(numbers, ([whole, fraction, suffix]) => {
        const text = `${whole}.${fraction}${suffix}`;
        const quantity = parseQuantity(text);
        const printed = formatQuantity({ ...quantity, text: '' });
        expect(compareQuantities(parseQuantity(printed), quantity)).toBe(0);
        expect(canonicalQuantity(printed)).toBe(printed);
      }),
    );
  });
});

describe('what is no quantity', () => {
  it.each(['', 'abc', '1x', '1.2.3', ' 1', '{', '1'.repeat(300)])('refuses %j for its form', (text) => {
    expect(() => parseQuantity(text)).toThrow(formatWrong);
  });

  it('refuses suffixes that nobody knows, and exponents that nobody means', () => {
    expect(() => parseQuantity('1mm')).toThrow("unable to parse quantity's suffix");
    expect(() => parseQuantity('1e99999')).toThrow("unable to parse quantity's suffix");
    expect(() => parseQuantity('.')).toThrow('unable to parse numeric part of quantity');
  });
});

describe('arithmetic', () => {
  it('adds and subtracts exactly, in the family of the first that is not nought', () => {
    const text = (a: string, b: string) => formatQuantity(addQuantities(parseQuantity(a), parseQuantity(b)));
    expect(text('100m', '0.9')).toBe('1');
    expect(text('1Gi', '1Mi')).toBe('1025Mi');
    expect(text('0', '64Mi')).toBe('64Mi');
    expect(formatQuantity(subtractQuantities(parseQuantity('1'), parseQuantity('250m')))).toBe('750m');
  });

  it('rounds values away from zero', () => {
    expect(quantityValue(parseQuantity('1500m'))).toBe(2n);
    expect(quantityValue(parseQuantity('-1500m'))).toBe(-2n);
    expect(quantityMilliValue(parseQuantity('1u'))).toBe(1n);
    expect(quantityValue(parseQuantity('2Ki'))).toBe(2048n);
  });

  it('compares across families and knows the sign', () => {
    expect(compareQuantities(parseQuantity('1Gi'), parseQuantity('1G'))).toBeGreaterThan(0);
    expect(compareQuantities(parseQuantity('1000m'), quantityOf(1))).toBe(0);
    expect(compareQuantities(milliQuantityOf(999), quantityOf(1n))).toBeLessThan(0);
    expect([
      quantitySign(parseQuantity('-1')),
      quantitySign(quantityOf(0)),
      quantitySign(quantityOf(3)),
    ]).toEqual([-1, 0, 1]);
    expect(isZeroQuantity(parseQuantity('0.000'))).toBe(true);
  });
});
