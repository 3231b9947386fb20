import { expect, it } from 'vitest';
import { goIntOrString, intValueOf, percentOf, scaledIntOrPercent } from '../../src/kube/int-or-string.ts';

it('takes numbers as they are and percentages of a total, rounded as asked', () => {
  expect(scaledIntOrPercent(3, 10, true)).toBe(3);
  expect(scaledIntOrPercent('25%', 10, true)).toBe(3);
  expect(scaledIntOrPercent('25%', 10, false)).toBe(2);
  expect(scaledIntOrPercent('0%', 10, true)).toBe(0);
});

it('refuses other texts in upstream’s words', () => {
  expect(() => scaledIntOrPercent('mitad', 10, true)).toThrow(
    'invalid value for IntOrString: invalid type: string is not a percentage',
  );
  expect(() => percentOf('x%')).toThrow(
    'invalid value for IntOrString: invalid value "x%": strconv.Atoi: parsing "x": invalid syntax',
  );
});

it('prints as Go does in an error', () => {
  expect(goIntOrString('25%').text).toBe('intstr.IntOrString{Type:1, IntVal:0, StrVal:"25%"}');
  expect(goIntOrString(0).text).toBe('intstr.IntOrString{Type:0, IntVal:0, StrVal:""}');
});

it('reads a port that is a number in a text', () => {
  expect([intValueOf('80'), intValueOf(80), intValueOf('http')]).toEqual([80, 80, 0]);
});
