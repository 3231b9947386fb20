import { describe, expect, it } from 'vitest';
import { isLinearizable, type Operation } from './linearizability.ts';

function write(value: number, calledAt: number, returnedAt = Number.POSITIVE_INFINITY): Operation {
  return { kind: 'write', value, calledAt, returnedAt };
}

function read(result: number, calledAt: number, returnedAt: number): Operation {
  return { kind: 'read', result, calledAt, returnedAt };
}

function swap(
  expected: number,
  value: number,
  result: number,
  calledAt: number,
  returnedAt: number,
): Operation {
  return { kind: 'swap', expected, value, result, calledAt, returnedAt };
}

describe('the judge of histories', () => {
  it.each<[string, boolean, Operation[]]>([
    ['nothing', true, []],
    ['one thing after the other', true, [write(1, 0, 1), read(1, 2, 3), swap(1, 2, 1, 4, 5), read(2, 6, 7)]],
    ['a stale read', false, [write(1, 0, 1), write(2, 2, 3), read(1, 4, 5)]],
    ['either value during a write', true, [write(1, 0, 1), write(2, 2, 9), read(1, 3, 4), read(2, 5, 6)]],
    [
      'back to the old value during a write',
      false,
      [write(1, 0, 1), write(2, 2, 9), read(2, 3, 4), read(1, 5, 6)],
    ],
    ['a lost write', false, [write(1, 0, 1), read(0, 2, 3)]],
    ['a value from nowhere', false, [read(7, 0, 1)]],
    ['an unanswered write that happened', true, [write(1, 0), read(0, 1, 2), read(1, 3, 4)]],
    ['an unanswered write that came and went', false, [write(1, 0), read(1, 1, 2), read(0, 3, 4)]],
    ['a write that happened twice', false, [write(1, 0, 1), write(2, 2, 3), read(2, 4, 5), read(1, 6, 7)]],
    ['a swap that found something else', true, [write(1, 0, 1), swap(5, 6, 1, 2, 3), read(1, 4, 5)]],
    ['two swaps of the same value', false, [swap(0, 1, 0, 0, 5), swap(0, 2, 0, 0, 5)]],
    [
      'an unanswered swap seen through another',
      true,
      [
        { kind: 'swap', expected: 0, value: 1, calledAt: 0, returnedAt: Number.POSITIVE_INFINITY },
        swap(1, 2, 1, 1, 2),
        read(2, 3, 4),
      ],
    ],
  ])('%s: %s', (_name, expected, history) => {
    expect(isLinearizable(history)).toBe(expected);
  });
});
