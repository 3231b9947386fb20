import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  canonicalMicroTime,
  canonicalTime,
  formatMicroTime,
  formatTime,
  textOfTimestamp,
  timeToMs,
} from '../../src/kube/time.ts';

const layout = '"2006-01-02T15:04:05Z07:00"';

describe('times with seconds', () => {
  it.each([
    ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05Z'],
    ['2026-01-02T03:04:05.9Z', '2026-01-02T03:04:05Z'],
    ['2026-01-02T03:04:05+02:00', '2026-01-02T01:04:05Z'],
    ['2024-02-29T23:59:59-01:30', '2024-03-01T01:29:59Z'],
    ['2026-01-31T00:00:00Z', '2026-01-31T00:00:00Z'],
  ])('prints %s as %s', (text, printed) => {
    expect(canonicalTime(text)).toBe(printed);
  });

  it('takes Go’s zero for none', () => {
    expect(canonicalTime('0001-01-01T00:00:00Z')).toBeNull();
  });

  it.each([
    ['ayer', `parsing time "ayer" as ${layout}: cannot parse "ayer" as "2006"`],
    ['', `parsing time "" as ${layout}: cannot parse "" as "2006"`],
    ['2026-01-02', `parsing time "2026-01-02" as ${layout}: cannot parse "" as "T"`],
    ['2026-01-02T03:04:05', `parsing time "2026-01-02T03:04:05" as ${layout}: cannot parse "" as "Z07:00"`],
    [
      '2026-1-02T03:04:05Z',
      `parsing time "2026-1-02T03:04:05Z" as ${layout}: cannot parse "1-02T03:04:05Z" as "01"`,
    ],
    ['2026-13-02T03:04:05Z', 'parsing time "2026-13-02T03:04:05Z": month out of range'],
    ['2026-02-30T03:04:05Z', 'parsing time "2026-02-30T03:04:05Z": day out of range'],
    ['2026-02-00T03:04:05Z', 'parsing time "2026-02-00T03:04:05Z": day out of range'],
    ['2026-01-02T24:04:05Z', 'parsing time "2026-01-02T24:04:05Z": hour out of range'],
    ['2026-01-02T03:60:05Z', 'parsing time "2026-01-02T03:60:05Z": minute out of range'],
    ['2026-01-02T03:04:61Z', 'parsing time "2026-01-02T03:04:61Z": second out of range'],
    ['2026-01-02T03:04:05Zx', 'parsing time "2026-01-02T03:04:05Zx": extra text: "x"'],
    [
      '2026-01-02T03:04:05+25:00',
      'parsing time "2026-01-02T03:04:05+25:00": time zone offset hour out of range',
    ],
  ])('says of %j what Go says', (text, why) => {
    expect(() => canonicalTime(text)).toThrow(new Error(why));
  });
});

describe('times with microseconds', () => {
  it('wants six decimals and keeps them', () => {
    expect(canonicalMicroTime('2026-01-02T03:04:05.000123+01:00')).toBe('2026-01-02T02:04:05.000123Z');
    expect(() => canonicalMicroTime('2026-01-02T03:04:05Z')).toThrow('cannot parse "Z" as ".000000"');
    expect(() => canonicalMicroTime('2026-01-02T03:04:05.1234567Z')).toThrow('cannot parse "7Z" as "Z07:00"');
  });
});

it('prints what it can read again, at any moment', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4_000_000_000_000 }), (ms) => {
      expect(canonicalTime(formatTime(ms))).toBe(formatTime(ms));
      expect(timeToMs(formatTime(ms))).toBe(Math.floor(ms / 1000) * 1000);
      expect(canonicalMicroTime(formatMicroTime(ms))).toBe(formatMicroTime(ms));
      const seconds = Math.floor(ms / 1000);
      expect(textOfTimestamp(seconds, (ms % 1000) * 1_000_000, true)).toBe(formatMicroTime(ms));
    }),
  );
});

it('cannot print years of five digits', () => {
  expect(() => textOfTimestamp(300_000_000_000, 0, false)).toThrow('year outside of range [0,9999]');
});
