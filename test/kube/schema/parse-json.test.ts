import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainJson } from '../../../src/kube/schema/decode-scalar.ts';
import { parseJson, RawNumber } from '../../../src/kube/schema/parse-json.ts';

describe('what is JSON', () => {
  it('reads it as JavaScript does', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(3), (text, spaces) => {
        const spaced = JSON.stringify(JSON.parse(text), undefined, spaces);
        for (const one of [text, spaced]) expect(plainJson(parseJson(one).value)).toEqual(JSON.parse(one));
      }),
    );
  });

  it('keeps how numbers were written that are no plain integers', () => {
    const { value } = parseJson('[1, 1.50, 1e3, 9223372036854775807]');
    expect(value).toEqual([
      1,
      new RawNumber('1.50'),
      new RawNumber('1e3'),
      new RawNumber('9223372036854775807'),
    ]);
  });

  it('tells every entry of an object that has a key twice', () => {
    const { value, repeated } = parseJson('{"a":{"x":1,"y":2,"x":3},"b":{"x":1}}');
    expect(value).toEqual({ a: { x: 3, y: 2 }, b: { x: 1 } });
    expect([...repeated.values()]).toEqual([
      [
        ['x', 1],
        ['y', 2],
        ['x', 3],
      ],
    ]);
  });

  it('takes __proto__ and constructor for keys like others', () => {
    const { value } = parseJson('{"__proto__":{"polluted":1},"constructor":2}');
    expect(Object.keys(value as object)).toEqual(['__proto__', 'constructor']);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
});

describe('what is none', () => {
  it.each([
    ['', 'unexpected end of JSON input'],
    ['{', 'unexpected end of JSON input'],
    ['[1,', 'unexpected end of JSON input'],
    ['"abc', 'unexpected end of JSON input'],
    ['tru', 'unexpected end of JSON input'],
    ['-', 'unexpected end of JSON input'],
    ['{"a":}', "invalid character '}' looking for beginning of value"],
    ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
    ["{'a':1}", "invalid character '\\'' looking for beginning of object key string"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1 "b":2}', `invalid character '"' after object key:value pair`],
    ['[1 2]', "invalid character '2' after array element"],
    ['[1] x', "invalid character 'x' after top-level value"],
    ['nulo', "invalid character 'o' in literal null (expecting 'l')"],
    ['"a\nb"', "invalid character '\\n' in string literal"],
    ['"\\x"', "invalid character 'x' in string escape code"],
    ['"\\u12g4"', "invalid character 'g' in \\u hexadecimal character escape"],
    ['-x', "invalid character 'x' in numeric literal"],
    ['1.x', "invalid character 'x' after decimal point in numeric literal"],
    ['1ex', "invalid character 'x' in exponent of numeric literal"],
    ['01', "invalid character '1' after top-level value"],
    ['é', "invalid character 'Ã' looking for beginning of value"],
  ])('says of %j what Go says', (text, why) => {
    expect(() => parseJson(text)).toThrow(new Error(why));
  });

  it('refuses documents that are too deep before anything overflows', () => {
    expect(() => parseJson('['.repeat(100_000))).toThrow('exceeded max depth');
    expect(() => parseJson('{"a":'.repeat(100_000))).toThrow('exceeded max depth');
  });

  it('refuses exactly what JavaScript refuses', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[[\]{}",:0-9.eE+\-truefalsn \\]{0,12}$/), (text) => {
        let valid = true;
        try {
          JSON.parse(text);
        } catch {
          valid = false;
        }
        if (valid) expect(plainJson(parseJson(text).value)).toEqual(JSON.parse(text));
        else expect(() => parseJson(text)).toThrow();
      }),
      { numRuns: 2000 },
    );
  });
});
