import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isConfigMapKey,
  isDNS1035Label,
  isDNS1123Label,
  isDNS1123Subdomain,
  isEnvVarName,
  isQualifiedName,
  isValidLabelValue,
  isValidPortName,
  isWildcardDNS1123Subdomain,
  nameIsDNS1035Label,
  nameIsDNSSubdomain,
  nameIsPathSegment,
  utf8Length,
} from '../../src/kube/names.ts';

const long = (length: number) => 'x'.repeat(length);

describe('names that will do', () => {
  it.each<[string, readonly string[]]>([
    ['label', isDNS1123Label('a-1')],
    ['label of 63', isDNS1123Label(long(63))],
    ['subdomain', isDNS1123Subdomain('a.b-c.9')],
    ['1035', isDNS1035Label('a9')],
    ['wildcard', isWildcardDNS1123Subdomain('*.a.b')],
    ['qualified', isQualifiedName('example.com/My_name.1')],
    ['value', isValidLabelValue('')],
    ['port', isValidPortName('web-1')],
    ['key', isConfigMapKey('a_B.c-d')],
    ['variable', isEnvVarName('my.VAR_1')],
    ['prefix', nameIsDNSSubdomain('a-', true)],
    ['1035 prefix', nameIsDNS1035Label('ab-', true)],
    ['any prefix', nameIsPathSegment('..', true)],
    ['role', nameIsPathSegment('system:a b', false)],
  ])('%s', (_, messages) => {
    expect(messages).toEqual([]);
  });
});

describe('names that will not', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['dots in a label', isDNS1123Label('a.b'), ['must not contain dots']],
    ['a long label', isDNS1123Label(long(64)), ['must be no more than 63 characters']],
    [
      'capitals',
      isDNS1123Label('A'),
      [
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
      ],
    ],
    [
      'an empty prefix and name',
      isQualifiedName('/'),
      [
        'prefix part must be non-empty',
        'name part must be non-empty',
        expect.stringContaining('name part must consist of') as unknown as string,
      ],
    ],
    [
      'ports',
      isValidPortName('-A--9-'),
      [
        'must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
        'must contain at least one letter (a-z)',
        'must not contain consecutive hyphens',
        'must not begin or end with a hyphen',
      ],
    ],
    ['a long port', isValidPortName(long(16)), ['must be no more than 15 characters']],
    ['a key that goes up', isConfigMapKey('..a'), ["must not start with '..'"]],
    ['dots as a name', nameIsPathSegment('..', false), ["may not be '..'"]],
    ['slashes and percents', nameIsPathSegment('a/%', true), ["may not contain '/'", "may not contain '%'"]],
    [
      'a variable with a digit first',
      isEnvVarName('1a'),
      [
        expect.stringContaining(
          "must not start with a digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1'",
        ) as unknown as string,
      ],
    ],
  ])('%s', (_, messages, expected) => {
    expect(messages).toEqual(expected);
  });
});

it('counts bytes of UTF-8 as the encoder does', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(utf8Length(text)).toBe(new TextEncoder().encode(text).length);
    }),
  );
});
