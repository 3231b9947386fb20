import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeFieldValue, parseFieldSelector } from '../../../src/kube/selectors/fields.ts';

const pod = { 'metadata.name': 'a', 'status.phase': 'Running', 'spec.nodeName': '' };

describe('field selectors', () => {
  it.each<[string, boolean]>([
    ['', true],
    [',', true],
    ['metadata.name=a', true],
    ['metadata.name==a', true],
    ['metadata.name!=a', false],
    ['spec.nodeName=', true],
    ['spec.nodeName!=n1,status.phase=Running', true],
    ['metadata.name=a,metadata.name=b', false],
    ['metadata.name=b\\,c', false],
  ])('%j: %s', (text, matches) => {
    expect(parseFieldSelector(text).matches(pod)).toBe(matches);
  });

  it.each<[string, string]>([
    ['metadata.name', "invalid selector: 'metadata.name'; can't understand 'metadata.name'"],
    ['metadata.name in (a,b)', "invalid selector: 'metadata.name in (a,b)'; can't understand 'b)'"],
    ['metadata.name=a\\x', 'invalid field selector: invalid escape sequence: \\x'],
    ['metadata.name=a\\', 'invalid field selector: invalid escape sequence: \\'],
    ['metadata.name=a=b', 'invalid field selector: unescaped character in value: 61'],
  ])('%j is refused', (text, message) => {
    expect(() => parseFieldSelector(text)).toThrow(message);
  });

  it('keeps fields as they are written, and says which value must be', () => {
    const selector = parseFieldSelector('metadata.name =a,x!=b');
    expect(selector.requirements).toEqual([
      { field: 'metadata.name ', operator: '=', value: 'a' },
      { field: 'x', operator: '!=', value: 'b' },
    ]);
    expect(selector.exact('metadata.name ')).toBe('a');
    expect(selector.exact('x')).toBeUndefined();
  });

  it('reads back every value that it escapes', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const selector = parseFieldSelector(`f=${escapeFieldValue(value)}`);
        expect(selector.matches({ f: value })).toBe(true);
        expect(parseFieldSelector(selector.toString()).requirements).toEqual(selector.requirements);
      }),
    );
  });
});
