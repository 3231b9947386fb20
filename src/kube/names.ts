/**
 * What a name may look like, as lists of upstream's messages: empty when the value will do.
 * Mirrors apimachinery/pkg/util/validation, api/validation/generic.go and api/validation/path/name.go; lengths are bytes of UTF-8.
 */
export type Messages = readonly string[];
/** `prefix`: the text is a generateName, to which a suffix will be appended. */
export type NameCheck = (name: string, prefix: boolean) => Messages;

const FINE: Messages = [];

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const UNDERSCORE_LABEL = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const UNDERSCORE_SUBDOMAIN = `${UNDERSCORE_LABEL}(\\.${UNDERSCORE_LABEL})*`;
const LABEL_1035 = '[a-z]([-a-z0-9]*[a-z0-9])?';
const WILDCARD = `\\*\\.${SUBDOMAIN}`;
const QUALIFIED = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const LABEL_VALUE = `(${QUALIFIED})?`;
const C_IDENTIFIER = '[A-Za-z_][A-Za-z0-9_]*';
const ENV_NAME = '[-._a-zA-Z][-._a-zA-Z0-9]*';
const CONFIG_KEY = '[-._a-zA-Z0-9]+';
const PERCENT = '[0-9]+%';
const HEADER = '[-A-Za-z0-9]+';

const whole = (source: string) => new RegExp(`^${source}$`);
const labelPattern = whole(LABEL);
const subdomainPattern = whole(SUBDOMAIN);
const underscorePattern = whole(UNDERSCORE_SUBDOMAIN);
const label1035Pattern = whole(LABEL_1035);
const wildcardPattern = whole(WILDCARD);
// Upstream's expressions backtrack over `(…*)?x`; these accept the same texts without that.
const qualifiedPattern = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const identifierPattern = whole(C_IDENTIFIER);
const envPattern = whole(ENV_NAME);
const configKeyPattern = whole(CONFIG_KEY);
const percentPattern = whole(PERCENT);
const headerPattern = whole(HEADER);

/** Bytes of the text in UTF-8; a lone surrogate counts as the three bytes of U+FFFD. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x80) continue;
    if (code < 0x800) bytes += 1;
    else if (code >= 0xd800 && code < 0xdc00 && isLowSurrogate(text.charCodeAt(i + 1))) {
      bytes += 2;
      i++;
    } else bytes += 2;
  }
  return bytes;
}

const isLowSurrogate = (code: number) => code >= 0xdc00 && code < 0xe000;
const longer = (text: string, max: number) =>
  text.length > max || (text.length * 3 > max && utf8Length(text) > max);

const maxLengthMessage = (max: number): string => `must be no more than ${max} characters`;
export const rangeMessage = (low: number | bigint, high: number | bigint): string =>
  `must be between ${low} and ${high}, inclusive`;

function regexMessage(message: string, format: string, ...examples: readonly string[]): string {
  const used = `regex used for validation is '${format}')`;
  if (examples.length === 0) return `${message} (${used}`;
  return `${message} (e.g. ${examples.map((e) => `'${e}', `).join(' or ')}${used}`;
}

function limited(value: string, max: number, fits: boolean, message: () => string): Messages {
  const long = longer(value, max);
  if (!long && fits) return FINE;
  return [...(long ? [maxLengthMessage(max)] : []), ...(fits ? [] : [message()])];
}

export function isDNS1123Label(value: string): Messages {
  return limited(value, 63, labelPattern.test(value), () =>
    subdomainPattern.test(value)
      ? 'must not contain dots'
      : regexMessage(
          "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
          LABEL,
          'my-name',
          '123-abc',
        ),
  );
}

export function isDNS1123Subdomain(value: string): Messages {
  return limited(value, 253, subdomainPattern.test(value), () =>
    regexMessage(
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
      SUBDOMAIN,
      'example.com',
    ),
  );
}

export function isDNS1123SubdomainWithUnderscore(value: string): Messages {
  return limited(value, 253, underscorePattern.test(value), () =>
    regexMessage(
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character",
      SUBDOMAIN,
      'example.com',
    ),
  );
}

export function isDNS1035Label(value: string): Messages {
  return limited(value, 63, label1035Pattern.test(value), () =>
    regexMessage(
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
      LABEL_1035,
      'my-name',
      'abc-123',
    ),
  );
}

export function isWildcardDNS1123Subdomain(value: string): Messages {
  return limited(value, 253, wildcardPattern.test(value), () =>
    regexMessage(
      "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
      WILDCARD,
      '*.example.com',
    ),
  );
}

const qualifiedText = () =>
  regexMessage(
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
    QUALIFIED,
    'MyName',
    'my.name',
    '123-abc',
  );

/** `name` or `dns.subdomain/name`: label and annotation keys, finalizers, resource names. */
export function isQualifiedName(value: string): Messages {
  const slash = value.indexOf('/');
  if (slash !== -1 && value.includes('/', slash + 1))
    return [
      `a qualified name ${qualifiedText()} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  const name = value.slice(slash + 1);
  const errors: string[] = [];
  if (slash === 0) errors.push('prefix part must be non-empty');
  else if (slash > 0)
    for (const message of isDNS1123Subdomain(value.slice(0, slash))) errors.push(`prefix part ${message}`);
  if (name === '') errors.push('name part must be non-empty');
  else if (longer(name, 63)) errors.push(`name part ${maxLengthMessage(63)}`);
  if (!qualifiedPattern.test(name)) errors.push(`name part ${qualifiedText()}`);
  return errors.length === 0 ? FINE : errors;
}

export function isValidLabelValue(value: string): Messages {
  return limited(value, 63, value === '' || qualifiedPattern.test(value), () =>
    regexMessage(
      "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
      LABEL_VALUE,
      'MyValue',
      'my_value',
      '12345',
    ),
  );
}

export function isCIdentifier(value: string): Messages {
  if (identifierPattern.test(value)) return FINE;
  return [
    regexMessage(
      "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'",
      C_IDENTIFIER,
      'my_name',
      'MY_NAME',
      'MyName',
    ),
  ];
}

function isInRange(value: number | bigint, low: number, high: number): Messages {
  return value >= low && value <= high ? FINE : [rangeMessage(low, high)];
}
export const isValidPortNum = (port: number): Messages => isInRange(port, 1, 65535);
export const isValidUserID = (id: number | bigint): Messages => isInRange(id, 0, 2147483647);
export const isValidGroupID = (id: number | bigint): Messages => isInRange(id, 0, 2147483647);

export function isValidPortName(port: string): Messages {
  const errors: string[] = [];
  if (longer(port, 15)) errors.push(maxLengthMessage(15));
  if (!/^[-a-z0-9]+$/.test(port))
    errors.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  if (!/[a-z]/.test(port)) errors.push('must contain at least one letter (a-z)');
  if (port.includes('--')) errors.push('must not contain consecutive hyphens');
  if (port.startsWith('-') || port.endsWith('-')) errors.push('must not begin or end with a hyphen');
  return errors;
}

function changesDirectory(value: string): Messages {
  if (value === '.') return ["must not be '.'"];
  if (value === '..') return ["must not be '..'"];
  return value.startsWith('..') ? ["must not start with '..'"] : FINE;
}

export function isConfigMapKey(value: string): Messages {
  return [
    ...limited(value, 253, configKeyPattern.test(value), () =>
      regexMessage(
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
        CONFIG_KEY,
        'key.name',
        'KEY_NAME',
        'key-name',
      ),
    ),
    ...changesDirectory(value),
  ];
}

export function isEnvVarName(value: string): Messages {
  const errors = envPattern.test(value)
    ? []
    : [
        regexMessage(
          "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit",
          ENV_NAME,
          'my.env-name',
          'MY_ENV.NAME',
          'MyEnvName1',
        ),
      ];
  return [...errors, ...changesDirectory(value)];
}

export function isRelaxedEnvVarName(value: string): Messages {
  if (value === '') return ['environment variable name must be non-empty'];
  if (/^[ -<>-~]+$/.test(value)) return FINE;
  return ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
}

export function isValidPercent(value: string): Messages {
  if (percentPattern.test(value)) return FINE;
  return [
    regexMessage(
      "a valid percent string must be a numeric string followed by an ending '%'",
      PERCENT,
      '1%',
      '93%',
    ),
  ];
}

export function isHTTPHeaderName(value: string): Messages {
  if (headerPattern.test(value)) return FINE;
  return [
    regexMessage(
      "a valid HTTP header must consist of alphanumeric characters or '-'",
      HEADER,
      'X-Header-Name',
    ),
  ];
}

// As upstream masks it: the letter before the dash goes too.
const withoutTrailingDash = (name: string) =>
  name.length > 1 && name.endsWith('-') ? `${name.slice(0, -2)}a` : name;

export const nameIsDNSSubdomain: NameCheck = (name, prefix) =>
  isDNS1123Subdomain(prefix ? withoutTrailingDash(name) : name);
export const nameIsDNSLabel: NameCheck = (name, prefix) =>
  isDNS1123Label(prefix ? withoutTrailingDash(name) : name);
export const nameIsDNS1035Label: NameCheck = (name, prefix) =>
  isDNS1035Label(prefix ? withoutTrailingDash(name) : name);

/** Names that need only be a segment of a URL path: roles and bindings of RBAC. */
export const nameIsPathSegment: NameCheck = (name, prefix) => {
  if (!prefix && (name === '.' || name === '..')) return [`may not be '${name}'`];
  return ['/', '%'].filter((c) => name.includes(c)).map((c) => `may not contain '${c}'`);
};
