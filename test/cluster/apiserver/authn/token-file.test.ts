import { expect, test } from 'vitest';
import { parseTokenFile } from '../../../../src/cluster/apiserver/authn/token-file.ts';

test('lines of token, user, uid and groups become identities', () => {
  const file = parseTokenFile('\ufeff# comentario\r\n\nabc,ana,u-1,"hornos,panaderos"\r\ndef, bea ,\n');
  expect(file.state).toBe('read');
  if (file.state !== 'read') return;
  expect(file.tokens.get('abc')).toEqual({
    name: 'ana',
    uid: 'u-1',
    groups: ['hornos', 'panaderos'],
    via: 'Token',
  });
  expect(file.tokens.get('def')).toEqual({ name: 'bea', groups: [], via: 'Token' });
});

test.each([
  ['abc,ana', /línea 1 .*al menos tres columnas.*hay 2/],
  ['a,b,c\n\n,ana,1', /línea 3 .*token está vacío/],
  ['abc,,1', /línea 1 .*falta el nombre/],
  ['abc,ana,1\nabc,bea,2', /línea 2 .*ya está/],
  ['abc,ana,1,"hornos', /línea 1 .*no se cierran/],
  ['abc,ana,1,"hornos" panaderos', /línea 1 .*detrás de las comillas/],
  ['a"bc,ana,1', /línea 1 .*en medio de un valor/],
  ['ab c,ana,1', /línea 1 .*espacios/],
])('a malformed file is told with its line: %j', (text, why) => {
  const file = parseTokenFile(text);
  expect(file).toEqual({ state: 'damaged', why: expect.stringMatching(why) });
});

test('a quoted value may hold quotes, commas and line ends', () => {
  const file = parseTokenFile('abc,"el ""jefe"", ana",1\n');
  expect(file.state === 'read' && file.tokens.get('abc')?.name).toBe('el "jefe", ana');
});

test('names of the prototype are plain tokens', () => {
  const file = parseTokenFile('__proto__,ana,1\nconstructor,bea,2');
  expect(file.state === 'read' && [...file.tokens.keys()]).toEqual(['__proto__', 'constructor']);
});
