import { describe, expect, it } from 'vitest';
import { goIntOrString, scaledValue } from '../../src/kube/int-or-string.ts';

it('prints as Go does in an error', () => {
  expect(goIntOrString('25%').text).toBe('intstr.IntOrString{Type:1, IntVal:0, StrVal:"25%"}');
  expect(goIntOrString(0).text).toBe('intstr.IntOrString{Type:0, IntVal:0, StrVal:""}');
});

describe('a share of a total', () => {
  it('is a count as it is, or a percentage rounded as asked', () => {
    expect(scaledValue(3, 10, true)).toBe(3);
    expect(scaledValue('25%', 10, true)).toBe(3);
    expect(scaledValue('25%', 10, false)).toBe(2);
    expect(scaledValue('0%', 10, true)).toBe(0);
    expect(scaledValue('much', 10, true)).toBe(0);
    expect(scaledValue(undefined, 10, true)).toBe(0);
  });
});
