import { SelectorError } from './requirement.ts';

/** Mirrors apimachinery/pkg/fields: `metadata.name=a,status.phase!=Running`. */
export interface FieldRequirement {
  readonly field: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

export interface FieldSelector {
  /** All must hold; in upstream's order (terms sorted by text). */
  readonly requirements: readonly FieldRequirement[];
  readonly empty: boolean;
  /** An absent field is ''. Fields that a kind does not offer must be refused before. */
  matches(fields: { readonly [path: string]: string }): boolean;
  /** The value that a field must have, if the selector says so. */
  exact(field: string): string | undefined;
  toString(): string;
}

class Selector implements FieldSelector {
  readonly requirements: readonly FieldRequirement[];
  constructor(requirements: readonly FieldRequirement[]) {
    this.requirements = requirements;
  }
  get empty(): boolean {
    return this.requirements.length === 0;
  }
  matches(fields: { readonly [path: string]: string }): boolean {
    for (const { field, operator, value } of this.requirements) {
      const actual = Object.hasOwn(fields, field) ? (fields[field] ?? '') : '';
      if ((actual === value) !== (operator === '=')) return false;
    }
    return true;
  }
  exact(field: string): string | undefined {
    return this.requirements.find((r) => r.operator === '=' && r.field === field)?.value;
  }
  toString(): string {
    return this.requirements
      .map(({ field, operator, value }) => `${field}${operator}${escapeFieldValue(value)}`)
      .join(',');
  }
}

/** `\`, `,` and `=` of a value get a backslash. */
export function escapeFieldValue(value: string): string {
  return value.replace(/[\\,=]/g, '\\$&');
}

function unescapeValue(text: string): string {
  let value = '';
  for (let i = 0; i < text.length; i++) {
    const c = text.charAt(i);
    if (c === '\\') {
      const next = String.fromCodePoint(...(i + 1 < text.length ? [text.codePointAt(i + 1) ?? 0] : []));
      if (next === '' || !'\\,='.includes(next))
        throw new SelectorError(`invalid field selector: invalid escape sequence: \\${next}`);
      value += next;
      i++;
    } else if (c === ',' || c === '=')
      // Upstream prints the rune as a number.
      throw new SelectorError(`invalid field selector: unescaped character in value: ${c.charCodeAt(0)}`);
    else value += c;
  }
  return value;
}

/** Commas split terms, unless a backslash precedes them. */
function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text.charAt(i) === '\\') i++;
    else if (text.charAt(i) === ',') {
      terms.push(text.slice(start, i));
      start = i + 1;
    }
  }
  terms.push(text.slice(start));
  return terms;
}

/** Throws SelectorError with upstream's text; whether the fields exist is the kind's to say. */
export function parseFieldSelector(text: string): FieldSelector {
  const requirements: FieldRequirement[] = [];
  for (const term of splitTerms(text).sort()) {
    if (term === '') continue;
    const match = /!=|==|=/.exec(term);
    if (match === null) throw new SelectorError(`invalid selector: '${text}'; can't understand '${term}'`);
    requirements.push({
      field: term.slice(0, match.index),
      operator: match[0] === '!=' ? '!=' : '=',
      value: unescapeValue(term.slice(match.index + match[0].length)),
    });
  }
  return new Selector(requirements);
}
