import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { plainJson } from '../../../src/kube/schema/decode-scalar.ts';
import { yamlToParsed } from '../../../src/kube/schema/yaml.ts';

const read = (text: string) => plainJson(yamlToParsed(text).value);

describe('what YAML says', () => {
  it.each<[string, unknown]>([
    ['', null],
    ['texto', 'texto'],
    ['- a\n- b', ['a', 'b']],
    ['a:\n- b: 1\n  c: 2\n-\n  d\n', { a: [{ b: 1, c: 2 }, 'd'] }],
    ['- - a\n  - b\n- c', [['a', 'b'], 'c']],
    ['? a\n: b', { a: 'b' }],
    ['[a: b, {c, d: e}]', [{ a: 'b' }, { c: null, d: 'e' }]],
    [
      'a: |\n  uno\n  dos\n\nb: >-\n  tres\n  cuatro\n\n  cinco',
      { a: 'uno\ndos\n', b: 'tres cuatro\ncinco' },
    ],
    ['a: |+\n  x\n\nb: |2\n   z\n', { a: 'x\n\n', b: ' z\n' }],
    ["a: \"x\\ty\\x41\\u00e9\"\nb: 'it''s'", { a: 'x\tyAé', b: "it's" }],
    ['a: b # c\nd: e#f\ng:h', undefined],
    ['base: &b {x: 1}\nz:\n  <<: *b\n  w: 2', { base: { x: 1 }, z: { w: 2, x: 1 } }],
    ['a: !!str 5\nb: !!int "5"\nc: !!binary eA==\nd: !mio x', { a: '5', b: 5, c: 'x', d: 'x' }],
    ['%YAML 1.1\n---\na: 1\n...\n', { a: 1 }],
    ['1: a\ntrue: b\n1.5: c', { '1': 'a', '1.5': 'c', true: 'b' }],
    ['\ufeffa: 1', { a: 1 }],
    ['a: 1\r\nb: 2\r\n', { a: 1, b: 2 }],
  ])('reads %j', (text, value) => {
    if (value === undefined) expect(() => read(text)).toThrow('could not find expected');
    else expect(read(text)).toEqual(value);
  });

  it.each<[string, unknown]>([
    ['0644', 420],
    ['0o17', 15],
    ['08', 8],
    ['0x1F', 31],
    ['1_000', 1000],
    ['+5', 5],
    ['1e3', 1000],
    ['.5', 0.5],
    ['1.', 1],
    ['on', true],
    ['N', false],
    ['Null', null],
    ['2024-01-01', '2024-01-01'],
    ['12:30', '12:30'],
    ['1.2.3', '1.2.3'],
    ['yes!', 'yes!'],
  ])('types %s as go-yaml does', (text, value) => {
    expect(read(`a: ${text}`)).toEqual({ a: value });
  });

  it('reads back what another library writes', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const text = stringify(value, { version: '1.1' });
        const json = JSON.parse(JSON.stringify(value));
        // Numbers beyond what Go's formatting and JavaScript's share are not the point here.
        fc.pre(
          !/\d{16}|e[-+]?\d/.test(JSON.stringify(json)) && !/\\u|"-0"|-0\b|<</.test(JSON.stringify(json)),
        );
        expect(read(text)).toEqual(json);
      }),
      { numRuns: 300 },
    );
  });

  it('reads JSON, which YAML is', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.string()), (value) => {
        expect(read(` ${JSON.stringify(value)}`)).toEqual(value);
        expect(read(JSON.stringify(value))).toEqual(value);
      }),
    );
  });
});

describe('what it complains about', () => {
  it.each([
    ['a: b: c', 'yaml: mapping values are not allowed in this context'],
    ['x: 1\na: b: c', 'yaml: line 2: mapping values are not allowed in this context'],
    ['\tkind: x', 'yaml: found character that cannot start any token'],
    ['a: @x', 'yaml: found character that cannot start any token'],
    ['a:\n  b: 1\n c: 2', 'yaml: line 2: did not find expected key'],
    ['a: *nada', "yaml: unknown anchor 'nada' referenced"],
    ['a: [1, 2', "yaml: line 1: did not find expected ',' or ']'"],
    ['a: {b: 1', "yaml: line 1: did not find expected ',' or '}'"],
    ['{"a":', 'yaml: line 1: did not find expected node content'],
    ['a: "b', 'yaml: found unexpected end of stream'],
    ['a: "\\z"', 'yaml: found unknown escape character'],
    ['a: -\nb: - c', 'yaml: block sequence entries are not allowed in this context'],
    ['a: &x\n  b: *x', "yaml: anchor 'x' value contains itself"],
    ['? [a]\n: b', 'yaml: invalid map key: []interface {}{}'],
    ['a: !!int x', 'yaml: cannot decode !!str `x` as a !!int'],
    ['<<: 5', 'yaml: map merge requires map or sequence of maps as the value'],
    ['a: .inf', 'json: unsupported value: +Inf'],
    ['a: \u0007', 'yaml: control characters are not allowed'],
  ])('of %j', (text, why) => {
    expect(() => yamlToParsed(text)).toThrow(new Error(why));
  });

  it('tells keys that are there twice', () => {
    expect(yamlToParsed('a: 1\nb:\n  a: 1\n  a: 2\na: 3').complaints).toEqual([
      'line 4: key "a" already set in map',
      'line 5: key "a" already set in map',
    ]);
    expect(yamlToParsed('{"a":1,"a":2}')).toMatchObject({
      value: { a: 2 },
      complaints: ['line 1: key "a" already set in map'],
    });
  });

  it('refuses what is small as text and enormous as an object, or too deep', () => {
    const levels = [...'bcdefghi'].map((name, i) => `${name}: &${name} [${`*${'abcdefgh'[i]},`.repeat(10)}]`);
    const bomb = ['a: &a [x,x,x,x,x,x,x,x,x,x]', ...levels].join('\n');
    expect(() => yamlToParsed(bomb)).toThrow('yaml: document contains excessive aliasing');
    expect(() => yamlToParsed('['.repeat(100_000))).toThrow('exceeded max depth');
    expect(() => yamlToParsed('- '.repeat(100_000))).toThrow('exceeded max depth');
  });

  it('never does anything else than read or complain', () => {
    const soup = fc.stringMatching(/^[a&*!|>'"%@`{}[\],:?#\-\n\t \\~<.0]{0,30}$/);
    fc.assert(
      fc.property(soup, (text) => {
        try {
          yamlToParsed(text);
        } catch (error) {
          expect((error as Error).constructor.name).toBe('DecodeError');
        }
      }),
      { numRuns: 3000 },
    );
  });
});
