import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileRegex, regexProblem } from '../../../src/kube/regex/regex.ts';

describe('a regular expression of Go', () => {
  it.each([
    ['(', 'error parsing regexp: missing closing ): `(`'],
    ['a)', 'error parsing regexp: unexpected ): `a)`'],
    ['*a', 'error parsing regexp: missing argument to repetition operator: `*`'],
    ['a**', 'error parsing regexp: invalid nested repetition operator: `**`'],
    ['[a', 'error parsing regexp: missing closing ]: `[a`'],
    ['[z-a]', 'error parsing regexp: invalid character class range: `z-a`'],
    ['\\y', 'error parsing regexp: invalid escape sequence: `\\y`'],
    ['(?=a)', 'error parsing regexp: invalid or unsupported Perl syntax: `(?=`'],
    ['a\\', 'error parsing regexp: trailing backslash at end of expression: ``'],
    ['a{1001}', 'error parsing regexp: invalid repeat count: `{1001}`'],
  ])('refuses %s', (pattern, problem) => {
    expect(regexProblem(pattern)).toBe(problem);
  });

  it.each([
    ['^a+$', 'aaa', true],
    ['^a+$', 'aab', false],
    ['(?i)ABC', 'xabc', true],
    ['a.c', 'a\nc', false],
    ['(?s)a.c', 'a\nc', true],
    ['(?m)^b$', 'a\nb', true],
    ['^b$', 'a\nb', false],
    ['\\bfoo\\b', 'a foo b', true],
    ['\\Qa.b\\E', 'a.b', true],
    ['\\Qa.b\\E', 'axb', false],
    ['^\\pL+$', 'ñandú', true],
    ['^[[:alpha:]]{2,3}$', 'abcd', false],
    ['[^\\d]', '1', false],
    ['x\\x41', 'xA', true],
  ] as const)('%s on %j: %s', (pattern, text, matches) => {
    expect(compileRegex(pattern).test(text)).toBe(matches);
  });

  it('finds the leftmost match, the first alternative before the longer one', () => {
    expect(compileRegex('a|ab').find('xab')).toEqual({ start: 1, end: 2 });
    expect(compileRegex('a+?b|c').find('xxaab')).toEqual({ start: 2, end: 5 });
    expect(compileRegex('b').find('aba', 2)).toBeUndefined();
  });

  it('agrees with JavaScript where both mean the same', () => {
    const atom = fc.constantFrom('a', 'b', '[ab]', '[^a]', '(?:ab|b)', '.', '(a|ba)');
    const piece = fc
      .tuple(atom, fc.constantFrom('', '*', '+', '?', '{1,2}', '*?'))
      .map((parts) => parts.join(''));
    const pattern = fc.array(piece, { minLength: 1, maxLength: 4 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(pattern, fc.stringMatching(/^[abc]{0,8}$/), fc.boolean(), (source, text, anchored) => {
        const whole = anchored ? `^${source}$` : source;
        const match = new RegExp(whole, 'u').exec(text);
        const expected =
          match === null ? undefined : { start: match.index, end: match.index + match[0].length };
        expect(compileRegex(whole).find(text)).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('does not run for ages on what JavaScript cannot finish', () => {
    expect(compileRegex('^(a+)+$').test(`${'a'.repeat(3000)}!`)).toBe(false);
    expect(regexProblem('((a{1000}){1000})')).toContain('expression too large');
  });
});
