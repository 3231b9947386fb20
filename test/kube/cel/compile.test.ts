import { describe, expect, it } from 'vitest';
import {
  CelBudgetError,
  CelCompileError,
  CelFields,
  CelRuntimeError,
  compileCel,
} from '../../../src/kube/cel/compile.ts';

const schema = {
  type: 'object',
  properties: {
    x: { type: 'integer' },
    s: { type: 'string' },
    'a-b': { type: 'string' },
    l: { type: 'array', items: { type: 'object', properties: { n: { type: 'integer' } } } },
    m: { type: 'object', additionalProperties: { type: 'string' } },
    d: { type: 'string', format: 'date-time' },
    q: { 'x-kubernetes-int-or-string': true },
  },
};
const self = {
  x: 3,
  s: 'abc',
  'a-b': 'z',
  l: [{ n: 1 }, { n: 2 }],
  m: { k: 'v' },
  d: '2024-01-01T00:00:00Z',
  q: '5%',
};
const run = (expression: string, bindings: { [name: string]: unknown } = { self, oldSelf: { ...self } }) =>
  compileCel(expression, { self: { schema }, oldSelf: { schema } }).evaluate(bindings);
const problem = (expression: string): string => {
  try {
    compileCel(expression, { self: { schema } });
  } catch (error) {
    if (error instanceof CelCompileError) return error.message;
    throw error;
  }
  return '';
};

describe('an expression over typed values', () => {
  it.each([
    ['self.x > 1', true],
    ['self == oldSelf', true],
    ['self.l.all(i, i.n > 0)', true],
    ['self.l.exists(i, i.n > 5)', false],
    ['self.a__dash__b == "z"', true],
    ['"k" in self.m && self.m.k == "v"', true],
    ['has(self.q) && self.q == "5%"', true],
    ['self.d < timestamp("2025-01-01T00:00:00Z")', true],
    ['self.s.matches("^a.c$")', true],
    ['self.s.find("b+")', 'b'],
    ['self.l.map(i, i.n).sum()', 3],
    ['self.l.map(i, i.n).isSorted()', true],
    ['[3, 1, 2].max()', 3],
    ['sets.contains([1, 2], [1])', true],
    ['quantity("1Gi").isGreaterThan(quantity("1Mi"))', true],
    ['quantity("1").add(quantity("500m")).compareTo(quantity("1500m"))', 0],
    ['isQuantity("mucho")', false],
    ['ip("10.0.0.1").family()', 4],
    ['isIP("010.0.0.1")', false],
    ['cidr("10.0.0.0/8").containsIP("10.1.1.1")', true],
    ['url("https://pan.example.com:80/c?d=1").getPort()', '80'],
    ['isURL("pan")', false],
    ['"%d de %s".format([1, "pan"])', '1 de pan'],
    ['"pan".charAt(1) + "pan".replace("p", "b")', 'aban'],
    ['self.?s.orValue("") == "abc"', true],
  ])('%s', (expression, value) => {
    expect(run(expression)).toEqual(value);
  });

  it.each([
    ['self.y > 1', "ERROR: <input>:1:5: undefined field 'y'\n | self.y > 1\n | ....^"],
    ['self.', "ERROR: <input>:1:6: Syntax error: no viable alternative at input '.'\n | self.\n | .....^"],
    [
      'self.x > "a"',
      "ERROR: <input>:1:8: found no matching overload for '_>_' applied to '(int, string)'\n | self.x > \"a\"\n | .......^",
    ],
    ['nada', "ERROR: <input>:1:1: undeclared reference to 'nada' (in container '')\n | nada\n | ^"],
    ['f(1)', "ERROR: <input>:1:2: undeclared reference to 'f' (in container '')\n | f(1)\n | .^"],
  ])('%s does not compile', (expression, text) => {
    expect(problem(expression)).toBe(text);
  });

  it.each([
    ['self.m.zz == "a"', 'no such key: zz'],
    ['self.l[5].n == 1', 'index out of bounds: 5'],
    ['1 / (self.x - 3)', 'division by zero'],
    ['"a".matches("(")', 'error parsing regexp: missing closing ): `(`'],
  ])('%s fails when it runs', (expression, text) => {
    expect(() => run(expression)).toThrow(new CelRuntimeError(text));
  });

  it('knows its result type and what it reads', () => {
    const program = compileCel('self.x + 1', { self: { schema }, oldSelf: { schema } });
    expect(program.resultType).toBe('int');
    expect([...program.reads]).toEqual(['self']);
  });

  it('gives an optional for what may not be there', () => {
    const variables = { self: { schema }, oldSelf: { optional: { schema } } };
    const program = compileCel('!oldSelf.hasValue() || oldSelf.value().x <= self.x', variables);
    expect(program.evaluate({ self })).toBe(true);
    expect(program.evaluate({ self, oldSelf: { x: 9 } })).toBe(false);
  });
});

describe('untyped values', () => {
  it('take their types from the JSON, with keys that are only data', () => {
    const object = JSON.parse(
      '{"spec": {"replicas": 2, "ratio": 0.5}, "__proto__": {"x": 1}, "constructor": "c"}',
    );
    const dyn = (expression: string) => compileCel(expression, { object: 'dyn' }).evaluate({ object });
    expect(dyn('object.spec.replicas <= 3')).toBe(true);
    expect(dyn('object.spec.ratio < 1.0')).toBe(true);
    expect(dyn('has(object.toString)')).toBe(false);
    expect(dyn('object.constructor == "c" && object["__proto__"].x == 1')).toBe(true);
  });

  it('can be computed when asked for, once', () => {
    const asked: string[] = [];
    const variables = new CelFields((name) => {
      asked.push(name);
      return name === 'a' ? { b: 1 } : undefined;
    });
    const program = compileCel('variables.a.b == 1 && variables.a.b < 2', { variables: 'dyn' });
    expect(program.evaluate({ variables })).toBe(true);
    expect(asked).toEqual(['a']);
  });

  it('stop after too many turns of their loops', () => {
    const program = compileCel('object.all(a, object.all(b, object.all(c, true)))', { object: 'dyn' });
    const object = Array.from({ length: 100 }, (_, i) => i);
    expect(() => program.evaluate({ object }, 10_000)).toThrow(CelBudgetError);
    expect(program.evaluate({ object: [1] }, 10_000)).toBe(true);
  });
});
