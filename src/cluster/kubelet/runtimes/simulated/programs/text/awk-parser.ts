import type { Node, Program, Rule, Statement } from './awk-nodes.ts';
import { AwkFailure, keywords, type Token, tokensOf } from './awk-tokens.ts';
import { toRegExp } from './regex.ts';

/** Throws `AwkFailure`. */
export function parseAwk(text: string): Program {
  return new Parser(tokensOf(text)).program();
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;
  /** Inside `print`, where `>` is a redirection, or a `for` header, where `in` is not an operator. */
  #noGreater = false;
  #noIn = false;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  program(): Program {
    const rules: Rule[] = [];
    const functions = new Map<string, { parameters: string[]; body: Statement }>();
    for (this.#skip(); this.#peek().kind !== 'end'; this.#skip()) {
      const { text } = this.#peek();
      if (text === 'function' || text === 'func') {
        this.#at++;
        const name = this.#take().text;
        const parameters: string[] = [];
        this.#expect('(');
        while (!this.#is(')')) {
          parameters.push(this.#take().text);
          this.#accept(',');
        }
        this.#expect(')');
        this.#newlines();
        functions.set(name, { parameters, body: this.#block() });
      } else if (text === 'BEGIN' || text === 'END') {
        this.#at++;
        rules.push({ when: text, from: undefined, to: undefined, body: this.#block() });
      } else {
        const from = this.#is('{') ? undefined : this.#expression();
        const to = this.#accept(',') ? this.#expression() : undefined;
        rules.push({ when: 'line', from, to, body: this.#is('{') ? this.#block() : undefined });
      }
    }
    return { rules, functions };
  }

  #block(): Statement {
    this.#expect('{');
    const body: Statement[] = [];
    for (this.#skip(); !this.#is('}'); this.#skip()) {
      if (this.#peek().kind === 'end') throw new AwkFailure('cmd. line:1: Unexpected end of string');
      body.push(this.#statement());
    }
    this.#expect('}');
    return { kind: 'block', body };
  }

  #statement(): Statement {
    if (++this.#depth > 200) throw new AwkFailure('cmd. line:1: too many nested statements');
    const statement = this.#oneStatement();
    this.#depth--;
    return statement;
  }

  #oneStatement(): Statement {
    const { text, kind } = this.#peek();
    if (text === '{' && kind === 'operator') return this.#block();
    if (kind !== 'name' && kind !== 'call') return this.#ended(this.#simple());
    switch (text) {
      case 'if': {
        this.#at++;
        const test = this.#parenthesised();
        const yes = this.#body();
        const back = this.#at;
        this.#skip();
        if (this.#peek().text === 'else' && this.#peek().kind === 'name') {
          this.#at++;
          return { kind: 'if', test, yes, no: this.#body() };
        }
        this.#at = back;
        return { kind: 'if', test, yes, no: undefined };
      }
      case 'while': {
        this.#at++;
        const test = this.#parenthesised();
        return { kind: 'while', test, body: this.#body(), after: false };
      }
      case 'do': {
        this.#at++;
        const body = this.#body();
        this.#skip();
        this.#at++;
        return this.#ended({ kind: 'while', test: this.#parenthesised(), body, after: true });
      }
      case 'for':
        return this.#for();
      default:
        return this.#ended(this.#simple());
    }
  }

  #body(): Statement {
    this.#newlines();
    if (this.#accept(';')) return { kind: 'block', body: [] };
    return this.#statement();
  }

  #for(): Statement {
    this.#at++;
    this.#expect('(');
    const [name, word, array, close] = this.#tokens.slice(this.#at, this.#at + 4);
    if (name?.kind === 'name' && word?.text === 'in' && array?.kind === 'name' && close?.text === ')') {
      this.#at += 4;
      return { kind: 'each', variable: name.text, array: array.text, body: this.#body() };
    }
    const start = this.#is(';') ? undefined : this.#simple();
    this.#expect(';');
    const test = this.#is(';') ? undefined : this.#expression();
    this.#expect(';');
    const step = this.#is(')') ? undefined : this.#simple();
    this.#expect(')');
    return { kind: 'for', start, test, step, body: this.#body() };
  }

  #simple(): Statement {
    const { text, kind } = this.#peek();
    if (kind === 'name' || kind === 'call') {
      switch (text) {
        case 'print':
        case 'printf':
          return this.#print(text);
        case 'next':
        case 'break':
        case 'continue':
          this.#at++;
          return { kind: text };
        case 'exit':
        case 'return':
          this.#at++;
          return { kind: text, value: this.#ends() ? undefined : this.#expression() };
        case 'delete': {
          this.#at++;
          const name = this.#take().text;
          return { kind: 'delete', name, keys: this.#accept('[') ? this.#list(']') : [] };
        }
      }
    }
    return { kind: 'expression', value: this.#expression() };
  }

  #print(kind: 'print' | 'printf'): Statement {
    this.#at++;
    this.#noGreater = true;
    let args: Node[] = [];
    if (!this.#ends() && !this.#is('>') && !this.#is('>>') && !this.#is('|')) {
      const back = this.#at;
      // `print (a, b)` is a list; `print (a) b` is not.
      if (this.#accept('(')) {
        this.#noGreater = false;
        args = this.#list(')');
        this.#noGreater = true;
        if (!this.#ends() && !this.#is('>') && !this.#is('>>') && !this.#is('|')) {
          this.#at = back;
          args = this.#several();
        }
      } else args = this.#several();
    }
    this.#noGreater = false;
    const redirect = ['>', '>>', '|'].find((operator) => this.#accept(operator)) ?? '';
    return { kind, args, redirect, target: redirect === '' ? undefined : this.#concatenation() };
  }

  #several(): Node[] {
    const all = [this.#expression()];
    while (this.#accept(',')) {
      this.#newlines();
      all.push(this.#expression());
    }
    return all;
  }

  #list(end: string): Node[] {
    const all: Node[] = [];
    while (!this.#is(end)) {
      all.push(this.#expression());
      if (!this.#accept(',')) break;
      this.#newlines();
    }
    this.#expect(end);
    return all;
  }

  #expression(): Node {
    if (++this.#depth > 400) throw new AwkFailure('cmd. line:1: expression too deep');
    const left = this.#ternary();
    const operator = ['=', '+=', '-=', '*=', '/=', '%=', '^=', '**='].find((one) => this.#is(one));
    let node = left;
    if (operator !== undefined) {
      if (!['name', 'field', 'element'].includes(left.kind))
        throw new AwkFailure('cmd. line:1: Unexpected token');
      this.#at++;
      node = {
        kind: 'assign',
        operator: operator.slice(0, -1).replace('**', '^'),
        target: left,
        value: this.#expression(),
      };
    }
    this.#depth--;
    return node;
  }

  #ternary(): Node {
    const test = this.#binary(0);
    if (!this.#accept('?')) return test;
    const yes = this.#expression();
    this.#expect(':');
    return { kind: 'ternary', test, yes, no: this.#expression() };
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
    if (here === undefined) return this.#concatenation();
    let left = this.#binary(level + 1);
    for (;;) {
      const { text, kind } = this.#peek();
      if (
        !here.includes(text) ||
        kind === 'string' ||
        (text === '>' && this.#noGreater) ||
        (text === 'in' && this.#noIn)
      )
        return left;
      this.#at++;
      this.#newlines();
      if (text === 'in') left = { kind: 'in', keys: [left], name: this.#take().text };
      else left = { kind: 'binary', operator: text, left, right: this.#binary(level + 1) };
    }
  }

  #concatenation(): Node {
    let left = this.#additive();
    while (this.#startsValue()) left = { kind: 'binary', operator: ' ', left, right: this.#additive() };
    return left;
  }

  #startsValue(): boolean {
    const { kind, text } = this.#peek();
    if (kind === 'number' || kind === 'string' || kind === 'regex') return true;
    if (kind === 'name' || kind === 'call') return !keywords.has(text);
    return kind === 'operator' && ['$', '!', '(', '-', '+', '++', '--'].includes(text) && text !== '!';
  }

  #additive(): Node {
    let left = this.#multiplicative();
    while (this.#is('+') || this.#is('-')) {
      const operator = this.#take().text;
      left = { kind: 'binary', operator, left, right: this.#multiplicative() };
    }
    return left;
  }

  #multiplicative(): Node {
    let left = this.#unary();
    while (this.#is('*') || this.#is('/') || this.#is('%')) {
      const operator = this.#take().text;
      left = { kind: 'binary', operator, left, right: this.#unary() };
    }
    return left;
  }

  #unary(): Node {
    const operator = ['!', '-', '+'].find((one) => this.#is(one));
    if (operator === undefined) return this.#power();
    this.#at++;
    return { kind: 'unary', operator, value: this.#unary() };
  }

  #power(): Node {
    const base = this.#postfix();
    if (!this.#is('^') && !this.#is('**')) return base;
    this.#at++;
    return { kind: 'binary', operator: '^', left: base, right: this.#unary() };
  }

  #postfix(): Node {
    for (const operator of ['++', '--'])
      if (this.#accept(operator)) return { kind: 'pre', operator, value: this.#primary() };
    const value = this.#primary();
    for (const operator of ['++', '--']) {
      if (['name', 'field', 'element'].includes(value.kind) && this.#accept(operator))
        return { kind: 'post', operator, value };
    }
    return value;
  }

  #primary(): Node {
    const token = this.#take();
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
        index: this.#is('++') || this.#is('--') || this.#is('-') ? this.#unary() : this.#primary(),
      };
    if (token.text === '(') {
      const saved = this.#noGreater;
      this.#noGreater = false;
      const all = this.#list(')');
      this.#noGreater = saved;
      const [first] = all;
      if (first === undefined) throw new AwkFailure('cmd. line:1: Unexpected token');
      if (all.length > 1) {
        this.#at++;
        return { kind: 'in', keys: all, name: this.#take().text };
      }
      return { kind: 'unary', operator: '(', value: first };
    }
    throw new AwkFailure('cmd. line:1: Unexpected token');
  }

  #named({ text, kind }: Token): Node {
    if (text === 'getline') {
      const target = this.#peek().kind === 'name' || this.#is('$') ? this.#primary() : undefined;
      return { kind: 'getline', target, file: this.#accept('<') ? this.#primary() : undefined };
    }
    if (keywords.has(text)) throw new AwkFailure('cmd. line:1: Unexpected token');
    if (kind === 'call') {
      this.#expect('(');
      const saved = this.#noGreater;
      this.#noGreater = false;
      const args = this.#list(')');
      this.#noGreater = saved;
      return { kind: 'call', name: text, args };
    }
    if (this.#accept('[')) return { kind: 'element', name: text, keys: this.#list(']') };
    return text === 'length' ? { kind: 'call', name: 'length', args: [] } : { kind: 'name', name: text };
  }

  #parenthesised(): Node {
    this.#expect('(');
    const value = this.#expression();
    this.#expect(')');
    return value;
  }

  #ended(statement: Statement): Statement {
    if (!this.#accept(';') && !this.#ends()) throw new AwkFailure('cmd. line:1: Unexpected token');
    return statement;
  }

  #ends(): boolean {
    const { kind, text } = this.#peek();
    return kind === 'newline' || kind === 'end' || (kind === 'operator' && (text === ';' || text === '}'));
  }

  #skip(): void {
    while (this.#peek().kind === 'newline' || this.#is(';')) this.#at++;
  }

  #newlines(): void {
    while (this.#peek().kind === 'newline') this.#at++;
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end', text: '' };
  }

  #take(): Token {
    const token = this.#peek();
    this.#at++;
    return token;
  }

  #is(text: string): boolean {
    const token = this.#peek();
    return token.kind === 'operator' && token.text === text;
  }

  #accept(text: string): boolean {
    if (!this.#is(text)) return false;
    this.#at++;
    return true;
  }

  #expect(text: string): void {
    if (!this.#accept(text)) throw new AwkFailure('cmd. line:1: Unexpected token');
  }
}

export function regexOf(text: string): RegExp {
  const expression = toRegExp(text, false);
  if (expression === undefined) throw new AwkFailure(`cmd. line:1: bad regex '${text}'`);
  return expression;
}
