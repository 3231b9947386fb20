import { expect, it } from 'vitest';
import { goIntOrString } from '../../src/kube/int-or-string.ts';

it('prints as Go does in an error', () => {
  expect(goIntOrString('25%').text).toBe('intstr.IntOrString{Type:1, IntVal:0, StrVal:"25%"}');
  expect(goIntOrString(0).text).toBe('intstr.IntOrString{Type:0, IntVal:0, StrVal:""}');
});
