import type { Node } from './awk-nodes.ts';
import { AwkFailure, keywords, type Token } from './awk-tokens.ts';
import { toRegExp } from './regex.ts';

/** Expressions, by precedence. */
export class AwkExpressions {
  protected readonly tokens: readonly Token[];
  protected at = 0;
  protected depth = 0;

  /** Inside `print`, where `>` is a redirection, or a `for` header, where `in` is not an operator. */
  protected noGreater = false;
  #noIn = false;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  protected list(end: string): Node[] {
    const all: Node[] = [];
    while (!this.is(end)) {
      all.push(this.expression());
      if (!this.accept(',')) break;
      this.newlines();
    }
    this.expect(end);
    return all;
  }

  protected expression(): Node {
    if (++this.depth > 400) throw new AwkFailure('cmd. line:1: expression too deep');
    const left = this.#ternary();
    const operator = ['=', '+=', '-=', '*=', '/=', '%=', '^=', '**='].find((one) => this.is(one));
    let node = left;
    if (operator !== undefined) {
      if (!['name', 'field', 'element'].includes(left.kind))
        throw new AwkFailure('cmd. line:1: Unexpected token');
      this.at++;
      node = {
        kind: 'assign',
        operator: operator.slice(0, -1).replace('**', '^'),
        target: left,
        value: this.expression(),
      };
    }
    this.depth--;
    return node;
  }

  #ternary(): Node {
    const test = this.#binary(0);
    if (!this.accept('?')) return test;
    const yes = this.expression();
    this.expect(':');
    return { kind: 'ternary', test, yes, no: this.expression() };
  }

  #binary(level: number): Node {
    const levels: readonly (readonly string[])[] = [
      ['||'],
      ['&&'],
      ['in'],
      ['~', '!~'],
      ['<', '<=', '==', '!=', '>', '>='],
    ];
    const here = levels[level];
    if (here === undefined) return this.concatenation();
    let left = this.#binary(level + 1);
    for (;;) {
      const { text, kind } = this.peek();
      if (
        !here.includes(text) ||
        kind === 'string' ||
        (text === '>' && this.noGreater) ||
        (text === 'in' && this.#noIn)
      )
        return left;
      this.at++;
      this.newlines();
      if (text === 'in') left = { kind: 'in', keys: [left], name: this.take().text };
      else left = { kind: 'binary', operator: text, left, right: this.#binary(level + 1) };
    }
  }

  protected concatenation(): Node {
    let left = this.#additive();
    while (this.#startsValue()) left = { kind: 'binary', operator: ' ', left, right: this.#additive() };
    return left;
  }

  #startsValue(): boolean {
    const { kind, text } = this.peek();
    if (kind === 'number' || kind === 'string' || kind === 'regex') return true;
    if (kind === 'name' || kind === 'call') return !keywords.has(text);
    return kind === 'operator' && ['$', '!', '(', '-', '+', '++', '--'].includes(text) && text !== '!';
  }

  #additive(): Node {
    let left = this.#multiplicative();
    while (this.is('+') || this.is('-')) {
      const operator = this.take().text;
      left = { kind: 'binary', operator, left, right: this.#multiplicative() };
    }
    return left;
  }

  #multiplicative(): Node {
    let left = this.#unary();
    while (this.is('*') || this.is('/') || this.is('%')) {
      const operator = this.take().text;
      left = { kind: 'binary', operator, left, right: this.#unary() };
    }
    return left;
  }

  #unary(): Node {
    const operator = ['!', '-', '+'].find((one) => this.is(one));
    if (operator === undefined) return this.#power();
    this.at++;
    return { kind: 'unary', operator, value: this.#unary() };
  }

  #power(): Node {
    const base = this.#postfix();
    if (!this.is('^') && !this.is('**')) return base;
    this.at++;
    return { kind: 'binary', operator: '^', left: base, right: this.#unary() };
  }

  #postfix(): Node {
    for (const operator of ['++', '--'])
      if (this.accept(operator)) return { kind: 'pre', operator, value: this.#primary() };
    const value = this.#primary();
    for (const operator of ['++', '--']) {
      if (['name', 'field', 'element'].includes(value.kind) && this.accept(operator))
        return { kind: 'post', operator, value };
    }
    return value;
  }

  #primary(): Node {
    const token = this.take();
    switch (token.kind) {
      case 'number':
        return { kind: 'number', value: Number(token.text) };
      case 'string':
        return { kind: 'string', value: token.text };
      case 'regex':
        return { kind: 'regex', value: regexOf(token.text) };
      case 'call':
      case 'name':
        return this.#named(token);
    }
    if (token.text === '$')
      return {
        kind: 'field',
        index: this.is('++') || this.is('--') || this.is('-') ? this.#unary() : this.#primary(),
      };
    if (token.text === '(') {
      const saved = this.noGreater;
      this.noGreater = false;
      const all = this.list(')');
      this.noGreater = saved;
      const [first] = all;
      if (first === undefined) throw new AwkFailure('cmd. line:1: Unexpected token');
      if (all.length > 1) {
        this.at++;
        return { kind: 'in', keys: all, name: this.take().text };
      }
      return { kind: 'unary', operator: '(', value: first };
    }
    throw new AwkFailure('cmd. line:1: Unexpected token');
  }

  #named({ text, kind }: Token): Node {
    if (text === 'getline') {
      const target = this.peek().kind === 'name' || this.is('$') ? this.#primary() : undefined;
      return { kind: 'getline', target, file: this.accept('<') ? this.#primary() : undefined };
    }
    if (keywords.has(text)) throw new AwkFailure('cmd. line:1: Unexpected token');
    if (kind === 'call') {
      this.expect('(');
      const saved = this.noGreater;
      this.noGreater = false;
      const args = this.list(')');
      this.noGreater = saved;
      return { kind: 'call', name: text, args };
    }
    if (this.accept('[')) return { kind: 'element', name: text, keys: this.list(']') };
    return text === 'length' ? { kind: 'call', name: 'length', args: [] } : { kind: 'name', name: text };
  }

  protected parenthesised(): Node {
    this.expect('(');
    const value = this.expression();
    this.expect(')');
    return value;
  }

  protected skip(): void {
    while (this.peek().kind === 'newline' || this.is(';')) this.at++;
  }

  protected newlines(): void {
    while (this.peek().kind === 'newline') this.at++;
  }

  protected peek(): Token {
    return this.tokens[this.at] ?? { kind: 'end', text: '' };
  }

  protected take(): Token {
    const token = this.peek();
    this.at++;
    return token;
  }

  protected is(text: string): boolean {
    const token = this.peek();
    return token.kind === 'operator' && token.text === text;
  }

  protected accept(text: string): boolean {
    if (!this.is(text)) return false;
    this.at++;
    return true;
  }

  protected expect(text: string): void {
    if (!this.accept(text)) throw new AwkFailure('cmd. line:1: Unexpected token');
  }
}

export function regexOf(text: string): RegExp {
  const expression = toRegExp(text, false);
  if (expression === undefined) throw new AwkFailure(`cmd. line:1: bad regex '${text}'`);
  return expression;
}
