import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSchedule } from '../../../src/cluster/controllers/cronjob/schedule.ts';
import { formatInZone, zoneOffset } from '../../../src/cluster/controllers/cronjob/zone.ts';

const at = (text: string) => Date.parse(text);
const next = (spec: string, from: string, zone = '') => {
  const ms = parseSchedule(spec, zone).next(at(from));
  return ms === undefined ? undefined : new Date(ms).toISOString();
};

describe('a schedule', () => {
  it.each([
    ['* * * * *', '2026-01-02T03:04:05Z', '2026-01-02T03:05:00.000Z'],
    ['* * * * *', '2026-01-02T03:05:00Z', '2026-01-02T03:06:00.000Z'],
    ['*/15 * * * *', '2026-01-02T03:46:00Z', '2026-01-02T04:00:00.000Z'],
    ['5/20 * * * *', '2026-01-02T03:26:00Z', '2026-01-02T03:45:00.000Z'],
    ['0 9-17/4 * * MON-fri', '2026-01-02T18:00:00Z', '2026-01-05T09:00:00.000Z'],
    ['0 0 29 2 *', '2026-03-01T00:00:00Z', '2028-02-29T00:00:00.000Z'],
    ['0 0 31 * *', '2026-01-31T00:00:00Z', '2026-03-31T00:00:00.000Z'],
    // Either day will do when both are told, both when one is a star.
    ['0 0 13 * FRI', '2026-01-02T00:00:00Z', '2026-01-09T00:00:00.000Z'],
    ['0 0 */2 * MON', '2026-01-02T00:00:00Z', '2026-01-03T00:00:00.000Z'],
    ['0 0 * * MON', '2026-01-02T00:00:00Z', '2026-01-05T00:00:00.000Z'],
    ['@hourly', '2026-01-02T03:04:05Z', '2026-01-02T04:00:00.000Z'],
    ['@weekly', '2026-01-02T03:04:05Z', '2026-01-04T00:00:00.000Z'],
    ['@yearly', '2026-01-02T03:04:05Z', '2027-01-01T00:00:00.000Z'],
    ['@every 90s', '2026-01-02T03:04:05Z', '2026-01-02T03:05:35.000Z'],
    ['@every 10ms', '2026-01-02T03:04:05.5Z', '2026-01-02T03:04:06.000Z'],
    ['TZ=Europe/Madrid 0 8 * * *', '2026-07-01T00:00:00Z', '2026-07-01T06:00:00.000Z'],
  ])('%s after %s is %s', (spec, from, expected) => {
    expect(next(spec, from)).toBe(expected);
  });

  it('that never comes says so', () => {
    expect(next('59 23 31 2 *', '2026-01-02T00:00:00Z')).toBeUndefined();
  });

  it('skips an hour that a zone leaves out, and counts one twice that it has twice', () => {
    const madrid = 'Europe/Madrid';
    // 2026-03-29: from 02:00 to 03:00. 2026-10-25: from 03:00 to 02:00.
    expect(next('30 2 * * *', '2026-03-28T12:00:00Z', madrid)).toBe('2026-03-30T00:30:00.000Z');
    const first = next('30 2 * * *', '2026-10-24T12:00:00Z', madrid) ?? '';
    expect(first).toBe('2026-10-25T00:30:00.000Z');
    expect(next('30 2 * * *', first, madrid)).toBe('2026-10-25T01:30:00.000Z');
  });

  it('that cannot be read, and a zone that nobody knows, are refused', () => {
    for (const spec of ['', '* * * *', '60 * * * *', '*/0 * * * *', 'cada noche', '@nunca', '5-1-2 * * * x'])
      expect(() => parseSchedule(spec)).toThrow();
    expect(() => parseSchedule('* * * * *', 'Europa/Nada')).toThrow(RangeError);
  });
});

describe('against every minute, one by one', () => {
  const zones = [
    '',
    'Europe/Madrid',
    'America/New_York',
    'America/Santiago',
    'Australia/Lord_Howe',
    'Asia/Kolkata',
    'Pacific/Apia',
    'Africa/Casablanca',
    'America/Sao_Paulo',
  ];
  const list = (min: number, max: number) =>
    fc.oneof(
      { weight: 2, arbitrary: fc.constant('*') },
      fc.integer({ min, max }).map(String),
      fc.integer({ min: 2, max: 12 }).map((step) => `*/${step}`),
      fc
        .tuple(fc.integer({ min, max }), fc.integer({ min, max }))
        .map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
      fc.uniqueArray(fc.integer({ min, max }), { minLength: 1, maxLength: 3 }).map((all) => all.join(',')),
    );
  /** The values of a field, read in the plainest way. */
  const values = (field: string, min: number, max: number): number[] =>
    field.split(',').flatMap((part) => {
      const [range = '', step = '1'] = part.split('/');
      const [low = '', high = low] = range.split('-');
      const [from, to] = low === '*' ? [min, max] : [Number(low), Number(high)];
      const all: number[] = [];
      for (let value = from; value <= to; value += Number(step)) all.push(value);
      return all;
    });
  // Days around changes of clocks, and any others.
  const moments = [
    '2026-03-28T20:00:00Z',
    '2026-10-24T20:00:00Z',
    '2026-03-08T04:00:00Z',
    '2026-11-01T03:00:00Z',
    '2026-04-04T12:00:00Z',
    '2026-10-03T12:00:00Z',
    '2026-09-05T22:00:00Z',
    '2011-12-29T06:00:00Z',
    '2018-11-03T20:00:00Z',
    '2026-12-31T22:00:00Z',
  ].map(at);

  it('the next time is the first that matches', () => {
    const schedule = fc.tuple(list(0, 59), list(0, 23), list(1, 31), list(1, 12), list(0, 6));
    const start = fc
      .tuple(fc.constantFrom(...moments), fc.integer({ min: 0, max: 20 * 3600 }))
      .map(([ms, seconds]) => ms + seconds * 1000);
    fc.assert(
      fc.property(schedule, start, fc.constantFrom(...zones), (fields, fromMs, zone) => {
        const [minutes, hours, days, months, weekdays] = fields.map((field, i) => {
          const [min, max] = [
            [0, 59],
            [0, 23],
            [1, 31],
            [1, 12],
            [0, 6],
          ][i] as [number, number];
          return new Set(values(field, min, max));
        });
        const offset = zoneOffset(zone);
        const anyDay = fields[2] === '*' || fields[4] === '*';
        const matches = (ms: number) => {
          const local = new Date(ms + offset(ms));
          const day = days?.has(local.getUTCDate()) ?? false;
          const weekday = weekdays?.has(local.getUTCDay()) ?? false;
          return (
            minutes?.has(local.getUTCMinutes()) &&
            hours?.has(local.getUTCHours()) &&
            months?.has(local.getUTCMonth() + 1) &&
            (anyDay ? day && weekday : day || weekday)
          );
        };
        const got = parseSchedule(fields.join(' '), zone).next(fromMs);
        const limit = Math.min(got ?? Number.POSITIVE_INFINITY, fromMs + 4 * 86_400_000);
        let expected: number | undefined;
        for (let ms = (Math.floor(fromMs / 60_000) + 1) * 60_000; ms <= limit; ms += 60_000)
          if (matches(ms)) {
            expected = ms;
            break;
          }
        if (expected !== undefined) expect(got).toBe(expected);
        else if (got !== undefined) expect(got).toBeGreaterThan(limit - 1);
      }),
      { numRuns: 1500 },
    );
  });

  it('the offset is what the zone shows', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...zones.slice(1)),
        fc.constantFrom(...moments),
        fc.nat(86_400),
        (zone, ms, more) => {
          const time = ms + more * 1000;
          const shown = new Intl.DateTimeFormat('sv-SE', {
            timeZone: zone,
            dateStyle: 'short',
            timeStyle: 'medium',
          }).format(time);
          expect(formatInZone(time, zoneOffset(zone)).slice(0, 19).replace('T', ' ')).toBe(shown);
          expect(at(formatInZone(time, zoneOffset(zone)))).toBe(time);
        },
      ),
    );
  });
});
