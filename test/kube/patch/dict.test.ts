import { describe, expect, it } from 'vitest';
import { cloneValue, equalValue, escapeHtml, goPrint, goTypeOf } from '../../../src/kube/patch/dict.ts';
import { RawNumber } from '../../../src/kube/schema/parse-json.ts';

const raw = (text: string) => new RawNumber(text);

describe('numbers as they were written', () => {
  it('are equal by value', () => {
    expect(equalValue(raw('1.0'), 1)).toBe(true);
    expect(equalValue(1000, raw('1e3'))).toBe(true);
    expect(equalValue(raw('9007199254740993'), raw('9007199254740992'))).toBe(false);
    expect(equalValue(raw('1.5'), '1.5')).toBe(false);
    expect(equalValue([{ a: raw('2.5') }], [{ a: 2.5 }])).toBe(true);
  });

  it('are no objects', () => {
    const number = raw('1.5');
    expect(cloneValue({ a: number })).toEqual({ a: number });
    expect([goTypeOf(number), goTypeOf(1), goTypeOf(1.5)]).toEqual(['float64', 'int64', 'float64']);
  });
});

it('prints parsed JSON as Go does', () => {
  expect(goPrint({ b: [1, 'x', null], a: { c: true }, d: raw('1.50') })).toBe(
    'map[a:map[c:true] b:[1 x <nil>] d:1.50]',
  );
});

it('escapes what HTML would take for its own', () => {
  expect(escapeHtml('"a<b>&\u2028"')).toBe('"a\\u003cb\\u003e\\u0026\\u2028"');
});
