import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  labelSelectorFrom,
  labelSelectorFromSet,
  parseLabelSelector,
} from '../../../src/kube/selectors/labels.ts';
import {
  labelSelectorHasInvalidValue,
  validateLabelSelector,
} from '../../../src/kube/selectors/validation.ts';

const loaf = { type: 'bread', day: '7', 'bakery.example.com/row': '3', empty: '' };

describe('matching', () => {
  it.each<[string, boolean]>([
    ['', true],
    ['  ', true],
    ['type=bread', true],
    [' type == bread ', true],
    ['type!=bread', false],
    ['other!=x', true],
    ['type in (bread, roll)', true],
    ['type in(roll)', false],
    ['type in ()', false],
    ['empty in (a,)', true],
    ['empty in (,a)', true],
    ['empty in (a,,b)', true],
    ['type notin (roll)', true],
    ['other notin (roll)', true],
    ['type notin (bread)', false],
    ['type', true],
    ['!type', false],
    ['! other', true],
    ['day>6', true],
    ['day<7', false],
    ['type>1', false],
    ['other>1', false],
    ['empty=', true],
    ['type=', false],
    ['bakery.example.com/row=3,day', true],
    ['type=bread,day=8', false],
    ['in in (in)', false],
    ['toString', false],
  ])('%j: %s', (text, matches) => {
    expect(parseLabelSelector(text).matches(loaf)).toBe(matches);
  });

  it('of nothing: missing labels are no labels', () => {
    expect(parseLabelSelector('a').matches(undefined)).toBe(false);
    expect(parseLabelSelector('!a').matches(undefined)).toBe(true);
    expect(parseLabelSelector('').empty).toBe(true);
  });
});

describe('refusals', () => {
  const values =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.'";
  it.each<[string, string]>([
    ['type=bread,', "found '', expected: identifier after ','"],
    [',type=bread', "found ',', expected: !, identifier, or 'end of string'"],
    ['type in bread', "unable to parse requirement: found 'bread' expected: '('"],
    ['type in (bread', "unable to parse requirement: found '', expected: ',' or ')'"],
    ['type in (=)', "unable to parse requirement: found '=', expected: ',', ')' or identifier"],
    ['type=a value', "found 'value', expected: ',' or 'end of string'"],
    ['type===bread', "unable to parse requirement: found '=', expected: identifier"],
    ['type!bread', "unable to parse requirement: found '!', expected: in, notin, =, ==, !=, gt, lt"],
    ['!', "unable to parse requirement: found '', expected: identifier"],
    [
      'day>x',
      "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer",
    ],
    ['type=-x', `unable to parse requirement: values[0][type]: Invalid value: "-x": ${values}`],
    ['a/b/c', 'unable to parse requirement: <nil>: Invalid value: "a/b/c": a qualified name must consist of'],
    [`${'x'.repeat(64)}`, 'name part must be no more than 63 characters'],
    ['type=("x")', "unable to parse requirement: found '(', expected: identifier"],
  ])('%j', (text, message) => {
    expect(() => parseLabelSelector(text)).toThrow(message);
  });
});

describe('selectors inside objects', () => {
  it('select nothing when missing and everything when empty', () => {
    expect(labelSelectorFrom(undefined).matches(loaf)).toBe(false);
    expect(labelSelectorFrom(undefined).empty).toBe(false);
    expect(labelSelectorFrom({}).matches(undefined)).toBe(true);
  });

  it('are texts in order of their keys', () => {
    const selector = labelSelectorFrom({
      matchLabels: { z: '1' },
      matchExpressions: [
        { key: 'a', operator: 'In', values: ['y', 'x'] },
        { key: 'b', operator: 'DoesNotExist' },
        { key: 'c', operator: 'Exists' },
        { key: 'd', operator: 'NotIn', values: ['x'] },
      ],
    });
    expect(selector.toString()).toBe('a in (x,y),!b,c,d notin (x),z=1');
    expect(labelSelectorFromSet({ b: '2', a: '1' }).toString()).toBe('a=1,b=2');
  });

  it('refuse unknown operators', () => {
    expect(() =>
      labelSelectorFrom({ matchExpressions: [{ key: 'a', operator: 'Gt', values: ['1'] }] }),
    ).toThrow('"Gt" is not a valid label selector operator');
  });

  it('are validated with the field that is wrong', () => {
    const errors = validateLabelSelector(
      {
        matchLabels: { 'a b': 'c' },
        matchExpressions: [
          { key: 'a', operator: 'In' },
          { key: 'a', operator: 'Exists', values: ['x'] },
          { key: '', operator: 'Burn', values: ['-'] },
        ],
      },
      'spec.selector',
    );
    expect(errors.map(({ field, type }) => `${field} ${type}`)).toEqual([
      'spec.selector.matchLabels FieldValueInvalid',
      'spec.selector.matchExpressions[0].values FieldValueRequired',
      'spec.selector.matchExpressions[1].values FieldValueForbidden',
      'spec.selector.matchExpressions[2].operator FieldValueInvalid',
      'spec.selector.matchExpressions[2].key FieldValueInvalid',
      'spec.selector.matchExpressions[2].key FieldValueInvalid',
      'spec.selector.matchExpressions[2].values[0] FieldValueInvalid',
    ]);
    const bad = { matchExpressions: [{ key: 'a', operator: 'In', values: ['-'] }] };
    expect(labelSelectorHasInvalidValue(bad)).toBe(true);
    expect(validateLabelSelector(bad, 'x', { allowInvalidValues: true })).toEqual([]);
    expect(validateLabelSelector(undefined, 'x')).toEqual([]);
  });
});

it('any text is a selector or a refusal, and what a selector prints selects the same', () => {
  const pieces = fc.constantFrom(
    'a',
    'b',
    'in',
    'notin',
    '(',
    ')',
    ',',
    '=',
    '==',
    '!=',
    '!',
    '>',
    '<',
    '1',
    ' ',
    '"',
    'x/y',
  );
  const labels = fc.dictionary(fc.constantFrom('a', 'b', 'in', 'x/y'), fc.constantFrom('a', '1', ''));
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 10 }), labels, (list, set) => {
      let selector: ReturnType<typeof parseLabelSelector>;
      try {
        selector = parseLabelSelector(list.join(''));
      } catch (error) {
        expect((error as Error).message).not.toBe('');
        return;
      }
      expect(parseLabelSelector(selector.toString()).matches(set)).toBe(selector.matches(set));
    }),
    { numRuns: 500 },
  );
});
