import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { printYaml } from '../../src/kube/print-yaml.ts';

describe('printYaml', () => {
  it.each([
    [{ b: 1, a: { d: [], c: {} } }, 'a:\n  c: {}\n  d: []\nb: 1\n'],
    [
      { items: [{ name: 'x', kind: 'y' }, ['a', 'b'], 'z'] },
      'items:\n- kind: "y"\n  name: x\n- - a\n  - b\n- z\n',
    ],
    [{ v: '12', w: 'yes', x: '', y: null, z: true }, 'v: "12"\nw: "yes"\nx: ""\n"y": null\nz: true\n'],
    [{ a: 'uno: dos', b: "l'agua #1", c: ' x' }, "a: 'uno: dos'\nb: 'l''agua #1'\nc: ' x'\n"],
    [
      { a: 'uno\ndos\n', b: 'uno\ndos', c: 'uno\n\n' },
      'a: |\n  uno\n  dos\nb: |-\n  uno\n  dos\nc: |+\n  uno\n\n',
    ],
    [[], '[]\n'],
    ['x', 'x\n'],
  ])('prints %j', (value, text) => {
    expect(printYaml(value)).toBe(text);
  });

  it('folds at the first space after column 80, and indents what follows', () => {
    const message =
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.name of type string';
    expect(printYaml({ message })).toBe(
      `message: 'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot\n` +
        `  unmarshal bool into Go struct field ObjectMeta.metadata.name of type string'\n`,
    );
  });

  it('is read back as it was', () => {
    // The reader of this test takes a lone point for a number; go-yaml, whom we print like, does not.
    const point = /^[-+]?\.[\d_eE+-]*$/;
    const text = fc.oneof(
      fc.string().filter((words) => !point.test(words)),
      fc.constantFrom(
        '1e3',
        '0x1F',
        'null',
        '~',
        '- a',
        'a:',
        '#',
        '2024-01-02',
        'on',
        '1:30',
        '\t',
        'a\n b\n',
      ),
      fc
        .array(fc.constantFrom('palabra', 'otra:', 'y', '12'), { maxLength: 30 })
        .map((words) => words.join(' ')),
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        text,
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(fc.stringMatching(/^[a-z][a-zA-Z0-9./-]{0,12}$/), tie('value'), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), value, { maxKeys: 4 }), (object) => {
        expect(parse(printYaml(object), { version: '1.1' })).toEqual({ ...object });
      }),
    );
  });
});
