import { describe, expect, it } from 'vitest';
import { ageSince } from '../../../src/kube/printers/age.ts';

const born = '2026-01-02T03:04:05Z';
const at = (seconds: number) => Date.parse(born) + seconds * 1000;

describe('the age of a row', () => {
  it.each([
    [0, '0s'],
    [-1, '0s'],
    [-5, '<invalid>'],
    [119, '119s'],
    [120, '2m'],
    [301, '5m1s'],
    [3600 * 5 + 60, '5h1m'],
    [86_400 * 3 + 3600 * 4, '3d4h'],
    [86_400 * 400, '400d'],
    [86_400 * 365 * 3 + 86_400, '3y1d'],
  ])('%d seconds after is %s', (seconds, text) => {
    expect(ageSince(born, at(seconds))).toBe(text);
  });

  it('is unknown without a time', () => {
    expect(ageSince(undefined, at(0))).toBe('<unknown>');
    expect(ageSince(null, at(0))).toBe('<unknown>');
  });
});
