import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatGoDuration, humanDuration, parseGoDuration } from '../../src/kube/duration.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

describe('Go’s durations', () => {
  it.each([
    ['0', 0],
    ['1h', hour],
    ['1h15m30.5s', hour + 15 * minute + 30.5 * second],
    ['-2m', -2 * minute],
    ['.5s', 500],
    ['250ms', 250],
  ])('reads %s', (text, ms) => {
    expect(parseGoDuration(text)).toBe(ms);
  });

  it.each([
    ['', 'time: invalid duration ""'],
    ['h', 'time: invalid duration "h"'],
    ['5', 'time: missing unit in duration "5"'],
    ['5 s', 'time: unknown unit " s" in duration "5 s"'],
    ['1d', 'time: unknown unit "d" in duration "1d"'],
    ['9999999999h', 'time: invalid duration "9999999999h"'],
  ])('says of %j what Go says', (text, why) => {
    expect(() => parseGoDuration(text)).toThrow(new Error(why));
  });

  it('prints what it reads', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e9 }), (ms) => {
        expect(parseGoDuration(formatGoDuration(ms))).toBeCloseTo(ms, 3);
      }),
    );
    expect(formatGoDuration(90 * second)).toBe('1m30s');
    expect(formatGoDuration(hour)).toBe('1h0m0s');
    expect(formatGoDuration(1500)).toBe('1.5s');
    expect(formatGoDuration(0)).toBe('0s');
  });
});

describe('ages', () => {
  it.each([
    [-2 * second, '<invalid>'],
    [-500, '0s'],
    [119 * second, '119s'],
    [2 * minute, '2m'],
    [9 * minute + 5 * second, '9m5s'],
    [179 * minute, '179m'],
    [3 * hour, '3h'],
    [7 * hour + 20 * minute, '7h20m'],
    [47 * hour, '47h'],
    [2 * day, '2d'],
    [7 * day + 3 * hour, '7d3h'],
    [300 * day, '300d'],
    [3 * 365 * day + 5 * day, '3y5d'],
    [9 * 365 * day, '9y'],
  ])('tells %i ms as %s', (ms, text) => {
    expect(humanDuration(ms)).toBe(text);
  });
});
