import { describe, expect, it } from 'vitest';
import { scheduleProblem } from '../../../src/kube/validation/cron.ts';
import { countIndexes } from '../../../src/kube/validation/job-indexes.ts';

const problemOf = (schedule: string) =>
  scheduleProblem(
    schedule,
    (text) => (text === '5m' ? undefined : `time: invalid duration "${text}"`),
    (zone) => (zone === 'Europe/Madrid' ? undefined : `unknown time zone ${zone}`),
  );

describe('the schedule of a CronJob', () => {
  it.each([
    '* * * * *',
    '*/15 0-23/2 1,15 jan-MAR mon-fri',
    '0 5 ? * 0',
    '  0 5 * * 6  ',
    '5/10 * * * *',
    '@hourly',
    '@every 5m',
    'TZ=Europe/Madrid 0 5 * * *',
    'CRON_TZ=Europe/Madrid @daily',
  ])('may be %s', (schedule) => {
    expect(problemOf(schedule)).toBeUndefined();
  });

  it.each([
    ['', 'expected exactly 5 fields, found 0: []'],
    ['* * * *', 'expected exactly 5 fields, found 4: [* * * *]'],
    ['60 * * * *', 'end of range (60) above maximum (59): 60'],
    ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
    ['* * * * 7', 'end of range (7) above maximum (6): 7'],
    ['30-10 * * * *', 'beginning of range (30) beyond end of range (10): 30-10'],
    ['*/0 * * * *', 'step of range should be a positive number: */0'],
    ['1-2-3 * * * *', 'too many hyphens: 1-2-3'],
    ['1/2/3 * * * *', 'too many slashes: 1/2/3'],
    ['pan * * * *', 'failed to parse int from pan: strconv.Atoi: parsing "pan": invalid syntax'],
    ['@nunca', 'unrecognized descriptor: @nunca'],
    ['@every pan', 'failed to parse duration @every pan: time: invalid duration "pan"'],
    ['TZ=Luna/Mar * * * * *', 'provided bad location Luna/Mar: unknown time zone Luna/Mar'],
  ])('may not be "%s"', (schedule, problem) => {
    expect(problemOf(schedule)).toBe(problem);
  });
});

describe('a list of indexes', () => {
  it.each([
    ['', 0],
    ['3', 1],
    ['0,2-4,9', 5],
  ])('"%s" has %d', (text, count) => {
    expect(countIndexes(text, 10)).toBe(count);
  });

  it.each([
    ['4,2', 'non-increasing order, previous: 4, current: 2'],
    ['5-5', 'non-increasing order, previous: 5, current: 5'],
    ['10', 'too large index: "10"'],
    ['a', 'cannot convert string to integer for index: "a"'],
    [
      '1-2-3',
      'the fragment "1-2-3" violates the requirement that an index interval can have at most two parts separated by \'-\'',
    ],
  ])('cannot be "%s"', (text, problem) => {
    expect(() => countIndexes(text, 10)).toThrow(problem);
  });
});
