import {
  aggregate,
  binaryOperators,
  checkLabelKey,
  newRequirement,
  type Operator,
  type Requirement,
  SelectorError,
} from './requirement.ts';

/** The text form of a label selector, as upstream's lexer and parser read it (apimachinery/pkg/labels/selector.go). */
type Token = 'end' | 'identifier' | ')' | ',' | '!' | '==' | '=' | '>' | 'in' | '<' | '!=' | 'notin' | '(';

interface Item {
  readonly token: Token;
  readonly literal: string;
}

const special = '=!(),><';
const symbols: ReadonlySet<string> = new Set([')', ',', '!', '==', '=', '>', '<', '!=', '(']);
const isBlank = (c: string) => c === ' ' || c === '\t' || c === '\r' || c === '\n';

function scan(text: string): Item[] {
  const items: Item[] = [];
  // Upstream takes a zero byte for the end.
  const zero = text.indexOf('\0');
  const end = zero === -1 ? text.length : zero;
  let at = 0;
  while (at < end) {
    const c = text.charAt(at);
    if (isBlank(c)) {
      at++;
      continue;
    }
    let until = at + 1;
    if (special.includes(c)) {
      if (until < end && symbols.has(text.slice(at, until + 1))) until++;
      items.push({ token: text.slice(at, until) as Token, literal: text.slice(at, until) });
    } else {
      while (until < end && !special.includes(text.charAt(until)) && !isBlank(text.charAt(until))) until++;
      const literal = text.slice(at, until);
      items.push({ token: literal === 'in' || literal === 'notin' ? literal : 'identifier', literal });
    }
    at = until;
  }
  items.push({ token: 'end', literal: '' });
  return items;
}

class Parser {
  readonly #items: readonly Item[];
  #at = 0;
  constructor(text: string) {
    this.#items = scan(text);
  }

  /** Without moving on. Where a value may stand, `in` and `notin` are values. */
  #look(): Item {
    const item = this.#items[this.#at] ?? { token: 'end', literal: '' };
    return item.token === 'in' || item.token === 'notin'
      ? { token: 'identifier', literal: item.literal }
      : item;
  }

  #take(): Item {
    const item = this.#look();
    this.#at++;
    return item;
  }

  parse(): Requirement[] {
    const requirements: Requirement[] = [];
    for (;;) {
      const { token, literal } = this.#look();
      if (token === 'end') return requirements;
      if (token !== 'identifier' && token !== '!')
        throw new SelectorError(`found '${literal}', expected: !, identifier, or 'end of string'`);
      requirements.push(this.#wrapped());
      const next = this.#take();
      if (next.token === 'end') return requirements;
      if (next.token !== ',')
        throw new SelectorError(`found '${next.literal}', expected: ',' or 'end of string'`);
      const after = this.#look();
      if (after.token !== 'identifier' && after.token !== '!')
        throw new SelectorError(`found '${after.literal}', expected: identifier after ','`);
    }
  }

  #wrapped(): Requirement {
    try {
      return this.#requirement();
    } catch (error) {
      if (error instanceof SelectorError)
        throw new SelectorError(`unable to parse requirement: ${error.message}`);
      throw error;
    }
  }

  #requirement(): Requirement {
    let first = this.#take();
    const negated = first.token === '!';
    if (negated) first = this.#take();
    if (first.token !== 'identifier')
      throw new SelectorError(`found '${first.literal}', expected: identifier`);
    const errors = checkLabelKey(first.literal);
    if (errors.length > 0) throw new SelectorError(aggregate(errors));
    // As upstream: a negated key is complete, whatever follows it.
    if (negated) return newRequirement(first.literal, '!', []);
    const { token } = this.#look();
    if (token === 'end' || token === ',') return newRequirement(first.literal, 'exists', []);
    const operator = this.#operator();
    const values = operator === 'in' || operator === 'notin' ? this.#values() : this.#exactValue();
    return newRequirement(first.literal, operator, [...values].sort());
  }

  #operator(): Operator {
    const item = this.#items[this.#at++] ?? { token: 'end', literal: '' };
    switch (item.token) {
      case 'in':
      case 'notin':
      case '=':
      case '==':
      case '!=':
        return item.token;
      case '>':
        return 'gt';
      case '<':
        return 'lt';
      default:
        throw new SelectorError(`found '${item.literal}', expected: ${binaryOperators.join(', ')}`);
    }
  }

  #exactValue(): Set<string> {
    const { token } = this.#look();
    if (token === 'end' || token === ',') return new Set(['']);
    const value = this.#take();
    if (value.token !== 'identifier')
      throw new SelectorError(`found '${value.literal}', expected: identifier`);
    return new Set([value.literal]);
  }

  #values(): Set<string> {
    const open = this.#take();
    if (open.token !== '(') throw new SelectorError(`found '${open.literal}' expected: '('`);
    const first = this.#look();
    if (first.token === ')') {
      this.#take();
      return new Set(['']);
    }
    if (first.token !== 'identifier' && first.token !== ',')
      throw new SelectorError(`found '${first.literal}', expected: ',', ')' or identifier`);
    const values = this.#list();
    if (this.#take().token !== ')') throw new SelectorError(`found '${first.literal}', expected: ')'`);
    return values;
  }

  /** Values may be empty: `(,a)`, `(a,)`, `(a,,b)`. */
  #list(): Set<string> {
    const values = new Set<string>();
    for (;;) {
      const item = this.#take();
      const next = this.#look();
      if (item.token === 'identifier') {
        values.add(item.literal);
        if (next.token === ')') return values;
        if (next.token !== ',') throw new SelectorError(`found '${next.literal}', expected: ',' or ')'`);
      } else if (item.token === ',') {
        if (values.size === 0) values.add('');
        if (next.token === ')') return values.add('');
        if (next.token === ',') {
          this.#take();
          values.add('');
        }
      } else throw new SelectorError(`found '${item.literal}', expected: ',', or identifier`);
    }
  }
}

export function parseRequirements(text: string): Requirement[] {
  return new Parser(text).parse();
}
