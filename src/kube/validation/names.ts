/**
 * Which texts may name what. Mirrors apimachinery/pkg/util/validation: each function answers the messages why a text will
 * not do, none when it will.
 */

const qualifiedName = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const label1123 = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const subdomain1123 = `${label1123}(\\.${label1123})*`;
const label1035 = '[a-z]([-a-z0-9]*[a-z0-9])?';
const wildcard = `\\*\\.${subdomain1123}`;
const whole = (pattern: string) => new RegExp(`^(?:${pattern})$`);

const qualifiedNameExpression = whole(qualifiedName);
const labelValueExpression = whole(`(${qualifiedName})?`);
const label1123Expression = whole(label1123);
const subdomain1123Expression = whole(subdomain1123);
const label1035Expression = whole(label1035);
const wildcardExpression = whole(wildcard);
const configKeyExpression = /^[-._a-zA-Z0-9]+$/;
const pathCharacters = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";
const pathExpression = whole(pathCharacters);

const nameRule =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const dnsRule = "must consist of lower case alphanumeric characters or '-'";
const alnumEnds = 'and must start and end with an alphanumeric character';
const subdomainRule = `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', ${alnumEnds}`;

/** Bytes in UTF-8, as Go counts a text. */
export function utf8Length(text: string): number {
  return Buffer.byteLength(text);
}

export const emptyMessage = 'must be non-empty';
export const tooLongMessage = (max: number): string => `must be no more than ${max} characters`;
export const rangeMessage = (low: number, high: number): string =>
  `must be between ${low} and ${high}, inclusive`;

/** `…(e.g. 'a',  or 'b', regex used for validation is '…')`, with upstream's odd blanks. */
export function patternMessage(rule: string, pattern: string, ...examples: string[]): string {
  if (examples.length === 0) return `${rule} (regex used for validation is '${pattern}')`;
  const shown = examples.map((example) => `'${example}', `).join(' or ');
  return `${rule} (e.g. ${shown}regex used for validation is '${pattern}')`;
}

export function isQualifiedName(value: string): string[] {
  const parts = value.split('/');
  const rule = patternMessage(nameRule, qualifiedName, 'MyName', 'my.name', '123-abc');
  if (parts.length > 2)
    return [
      `a qualified name ${rule} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  const messages: string[] = [];
  const name = parts[parts.length - 1] ?? '';
  if (parts.length === 2) {
    const prefix = parts[0] ?? '';
    if (prefix === '') messages.push(`prefix part ${emptyMessage}`);
    else messages.push(...isDns1123Subdomain(prefix).map((message) => `prefix part ${message}`));
  }
  if (name === '') messages.push(`name part ${emptyMessage}`);
  else if (utf8Length(name) > 63) messages.push(`name part ${tooLongMessage(63)}`);
  if (!qualifiedNameExpression.test(name)) messages.push(`name part ${rule}`);
  return messages;
}

export function isLabelValue(value: string): string[] {
  const messages: string[] = [];
  if (utf8Length(value) > 63) messages.push(tooLongMessage(63));
  if (!labelValueExpression.test(value))
    messages.push(
      patternMessage(
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
        `(${qualifiedName})?`,
        'MyValue',
        'my_value',
        '12345',
      ),
    );
  return messages;
}

export function isDns1123Label(value: string): string[] {
  const messages: string[] = [];
  if (utf8Length(value) > 63) messages.push(tooLongMessage(63));
  if (!label1123Expression.test(value)) {
    if (subdomain1123Expression.test(value)) messages.push('must not contain dots');
    else
      messages.push(
        patternMessage(
          `a lowercase RFC 1123 label ${dnsRule}, ${alnumEnds}`,
          label1123,
          'my-name',
          '123-abc',
        ),
      );
  }
  return messages;
}

export function isDns1123Subdomain(value: string): string[] {
  const messages: string[] = [];
  if (utf8Length(value) > 253) messages.push(tooLongMessage(253));
  if (!subdomain1123Expression.test(value))
    messages.push(patternMessage(subdomainRule, subdomain1123, 'example.com'));
  return messages;
}

export function isDns1035Label(value: string): string[] {
  const messages: string[] = [];
  if (utf8Length(value) > 63) messages.push(tooLongMessage(63));
  if (!label1035Expression.test(value))
    messages.push(
      patternMessage(
        `a DNS-1035 label ${dnsRule}, start with an alphabetic character, and end with an alphanumeric character`,
        label1035,
        'my-name',
        'abc-123',
      ),
    );
  return messages;
}

export function isWildcardDns1123Subdomain(value: string): string[] {
  const messages: string[] = [];
  if (utf8Length(value) > 253) messages.push(tooLongMessage(253));
  if (!wildcardExpression.test(value))
    messages.push(
      patternMessage(
        "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
        wildcard,
        '*.example.com',
      ),
    );
  return messages;
}

export function isConfigKey(value: string): string[] {
  const messages: string[] = [];
  if (utf8Length(value) > 253) messages.push(tooLongMessage(253));
  if (!configKeyExpression.test(value))
    messages.push(
      patternMessage(
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
        '[-._a-zA-Z0-9]+',
        'key.name',
        'KEY_NAME',
        'key-name',
      ),
    );
  messages.push(...climbsUp(value));
  return messages;
}

/** `.`, `..` and `..x`: no file is to be written above a volume. */
export function climbsUp(value: string): string[] {
  if (value === '.') return ["must not be '.'"];
  if (value === '..') return ["must not be '..'"];
  return value.startsWith('..') ? ["must not start with '..'"] : [];
}

export function isPortNumber(port: number): string[] {
  return port >= 1 && port <= 65535 ? [] : [rangeMessage(1, 65535)];
}

export function isPortName(port: string): string[] {
  const messages: string[] = [];
  if (utf8Length(port) > 15) messages.push(tooLongMessage(15));
  if (!/^[-a-z0-9]+$/.test(port))
    messages.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(port)) messages.push('must contain at least one letter (a-z)');
  if (port.includes('--')) messages.push('must not contain consecutive hyphens');
  if (port.startsWith('-') || port.endsWith('-')) messages.push('must not begin or end with a hyphen');
  return messages;
}

/** `acme.io/foo`. The messages carry the part they are about. */
export function isDomainPrefixedPath(path: string): { value: string; message: string }[] {
  const slash = path.indexOf('/');
  if (slash <= 0 || slash === path.length - 1)
    return [{ value: path, message: 'must be a domain-prefixed path (such as "acme.io/foo")' }];
  const host = path.slice(0, slash);
  const rest = path.slice(slash + 1);
  const problems = isDns1123Subdomain(host).map((message) => ({ value: host, message }));
  if (!pathExpression.test(rest))
    problems.push({ value: rest, message: patternMessage('Invalid path', pathCharacters) });
  return problems;
}

/** A name that goes into a URL path. Mirrors apimachinery/pkg/api/validation/path. */
export function isPathSegment(name: string, prefix = false): string[] {
  if (!prefix && (name === '.' || name === '..')) return [`may not be '${name}'`];
  return ['/', '%'].filter((c) => name.includes(c)).map((c) => `may not contain '${c}'`);
}

/** A prefix may end in a dash: something is appended to it. */
function masked(name: string, prefix: boolean): string {
  return prefix && name.length > 1 && name.endsWith('-') ? `${name.slice(0, -2)}a` : name;
}

/** The rules for `metadata.name` (`prefix`: for generateName). Mirrors apimachinery/pkg/api/validation. */
export const nameIsDnsSubdomain = (name: string, prefix: boolean): string[] =>
  isDns1123Subdomain(masked(name, prefix));
export const nameIsDnsLabel = (name: string, prefix: boolean): string[] =>
  isDns1123Label(masked(name, prefix));
export const nameIsDns1035Label = (name: string, prefix: boolean): string[] =>
  isDns1035Label(masked(name, prefix));
