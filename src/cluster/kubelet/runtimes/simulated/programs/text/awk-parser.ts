import { AwkExpressions } from './awk-expressions.ts';
import type { Node, Program, Rule, Statement } from './awk-nodes.ts';
import { AwkFailure, tokensOf } from './awk-tokens.ts';

/** Throws `AwkFailure`. */
export function parseAwk(text: string): Program {
  return new Parser(tokensOf(text)).program();
}

class Parser extends AwkExpressions {
  program(): Program {
    const rules: Rule[] = [];
    const functions = new Map<string, { parameters: string[]; body: Statement }>();
    for (this.skip(); this.peek().kind !== 'end'; this.skip()) {
      const { text } = this.peek();
      if (text === 'function' || text === 'func') {
        this.at++;
        const name = this.take().text;
        const parameters: string[] = [];
        this.expect('(');
        while (!this.is(')')) {
          parameters.push(this.take().text);
          this.accept(',');
        }
        this.expect(')');
        this.newlines();
        functions.set(name, { parameters, body: this.#block() });
      } else if (text === 'BEGIN' || text === 'END') {
        this.at++;
        rules.push({ when: text, from: undefined, to: undefined, body: this.#block() });
      } else {
        const from = this.is('{') ? undefined : this.expression();
        const to = this.accept(',') ? this.expression() : undefined;
        rules.push({ when: 'line', from, to, body: this.is('{') ? this.#block() : undefined });
      }
    }
    return { rules, functions };
  }

  #block(): Statement {
    this.expect('{');
    const body: Statement[] = [];
    for (this.skip(); !this.is('}'); this.skip()) {
      if (this.peek().kind === 'end') throw new AwkFailure('cmd. line:1: Unexpected end of string');
      body.push(this.#statement());
    }
    this.expect('}');
    return { kind: 'block', body };
  }

  #statement(): Statement {
    if (++this.depth > 200) throw new AwkFailure('cmd. line:1: too many nested statements');
    const statement = this.#oneStatement();
    this.depth--;
    return statement;
  }

  #oneStatement(): Statement {
    const { text, kind } = this.peek();
    if (text === '{' && kind === 'operator') return this.#block();
    if (kind !== 'name' && kind !== 'call') return this.#ended(this.#simple());
    switch (text) {
      case 'if': {
        this.at++;
        const test = this.parenthesised();
        const yes = this.#body();
        const back = this.at;
        this.skip();
        if (this.peek().text === 'else' && this.peek().kind === 'name') {
          this.at++;
          return { kind: 'if', test, yes, no: this.#body() };
        }
        this.at = back;
        return { kind: 'if', test, yes, no: undefined };
      }
      case 'while': {
        this.at++;
        const test = this.parenthesised();
        return { kind: 'while', test, body: this.#body(), after: false };
      }
      case 'do': {
        this.at++;
        const body = this.#body();
        this.skip();
        this.at++;
        return this.#ended({ kind: 'while', test: this.parenthesised(), body, after: true });
      }
      case 'for':
        return this.#for();
      default:
        return this.#ended(this.#simple());
    }
  }

  #body(): Statement {
    this.newlines();
    if (this.accept(';')) return { kind: 'block', body: [] };
    return this.#statement();
  }

  #for(): Statement {
    this.at++;
    this.expect('(');
    const [name, word, array, close] = this.tokens.slice(this.at, this.at + 4);
    if (name?.kind === 'name' && word?.text === 'in' && array?.kind === 'name' && close?.text === ')') {
      this.at += 4;
      return { kind: 'each', variable: name.text, array: array.text, body: this.#body() };
    }
    const start = this.is(';') ? undefined : this.#simple();
    this.expect(';');
    const test = this.is(';') ? undefined : this.expression();
    this.expect(';');
    const step = this.is(')') ? undefined : this.#simple();
    this.expect(')');
    return { kind: 'for', start, test, step, body: this.#body() };
  }

  #simple(): Statement {
    const { text, kind } = this.peek();
    if (kind === 'name' || kind === 'call') {
      switch (text) {
        case 'print':
        case 'printf':
          return this.#print(text);
        case 'next':
        case 'break':
        case 'continue':
          this.at++;
          return { kind: text };
        case 'exit':
        case 'return':
          this.at++;
          return { kind: text, value: this.#ends() ? undefined : this.expression() };
        case 'delete': {
          this.at++;
          const name = this.take().text;
          return { kind: 'delete', name, keys: this.accept('[') ? this.list(']') : [] };
        }
      }
    }
    return { kind: 'expression', value: this.expression() };
  }

  #print(kind: 'print' | 'printf'): Statement {
    this.at++;
    this.noGreater = true;
    let args: Node[] = [];
    if (!this.#ends() && !this.is('>') && !this.is('>>') && !this.is('|')) {
      const back = this.at;
      // `print (a, b)` is a list; `print (a) b` is not.
      if (this.accept('(')) {
        this.noGreater = false;
        args = this.list(')');
        this.noGreater = true;
        if (!this.#ends() && !this.is('>') && !this.is('>>') && !this.is('|')) {
          this.at = back;
          args = this.#several();
        }
      } else args = this.#several();
    }
    this.noGreater = false;
    const redirect = ['>', '>>', '|'].find((operator) => this.accept(operator)) ?? '';
    return { kind, args, redirect, target: redirect === '' ? undefined : this.concatenation() };
  }

  #several(): Node[] {
    const all = [this.expression()];
    while (this.accept(',')) {
      this.newlines();
      all.push(this.expression());
    }
    return all;
  }

  #ended(statement: Statement): Statement {
    if (!this.accept(';') && !this.#ends()) throw new AwkFailure('cmd. line:1: Unexpected token');
    return statement;
  }

  #ends(): boolean {
    const { kind, text } = this.peek();
    return kind === 'newline' || kind === 'end' || (kind === 'operator' && (text === ';' || text === '}'));
  }
}
