import type { AndOr, Assignment, Command, List, ListItem, Pipeline, Redirection, Word } from './ast.ts';
import { type Cursor, reserved, type Token, unexpected } from './lexer.ts';
import { assignmentOf, isRedirection, literalText, nonEmpty } from './parser-words.ts';
import { TokenStream } from './token-stream.ts';

/** Of the grammar of POSIX sh, with busybox ash's additions (`[[`, `&>`, `function`, `$'…'`). */
export class Parser extends TokenStream {
  /** The next complete line of commands; undefined at the end. Throws `SyntaxFailure`. */
  next(): List | undefined {
    this.skipNewlines();
    if (this.peek().kind === 'end') return undefined;
    const items: ListItem[] = [];
    for (;;) {
      items.push(this.#item());
      const token = this.peek();
      if (token.kind === 'newline' || token.kind === 'end') {
        if (token.kind === 'newline') this.take();
        this.readDocuments(token.kind === 'end');
        return { items };
      }
      if (!items.at(-1)?.background && !this.#justSeparated) throw unexpected(token);
    }
  }

  #justSeparated = false;

  /** Commands up to `)`. */
  protected substitution(cursor: Cursor): List {
    const inner = new Parser(cursor, this.aliases, this.deeper());
    const list = inner.#list([')']);
    const token = inner.take();
    if (token.kind !== 'operator' || token.text !== ')') throw unexpected(token, ')');
    inner.readDocuments(true);
    return list;
  }

  /** Commands up to one of these words or operators, which stays. */
  #list(ends: readonly string[]): List {
    const items: ListItem[] = [];
    this.depth = this.deeper();
    for (;;) {
      this.skipNewlines();
      if (this.#isEnd(ends)) break;
      items.push(this.#item());
      const token = this.peek();
      if (this.#isEnd(ends)) break;
      if (token.kind !== 'newline' && !items.at(-1)?.background && !this.#justSeparated)
        throw unexpected(token);
    }
    this.depth--;
    return { items };
  }

  #isEnd(ends: readonly string[]): boolean {
    const token = this.peek();
    if (token.kind === 'end') throw unexpected(token, ends[0]);
    if (token.kind === 'operator') return ends.includes(token.text);
    return token.kind === 'word' && !token.quoted && ends.includes(token.text);
  }

  #item(): ListItem {
    this.peek();
    const from = this.aheadFrom;
    const andOr = this.#andOr();
    const token = this.peek();
    this.#justSeparated = token.kind === 'operator' && token.text === ';';
    if (this.#justSeparated) this.take();
    const background = token.kind === 'operator' && token.text === '&';
    if (background) this.take();
    const text = background ? this.cursor.source.slice(from, this.cursor.at).replace(/\s*&\s*$/, '') : '';
    return { andOr, background, text };
  }

  #andOr(): AndOr {
    const first = this.#pipeline();
    const rest: { operator: '&&' | '||'; pipeline: Pipeline }[] = [];
    for (;;) {
      const token = this.peek();
      if (token.kind !== 'operator' || (token.text !== '&&' && token.text !== '||')) return { first, rest };
      this.take();
      this.skipNewlines();
      rest.push({ operator: token.text, pipeline: this.#pipeline() });
    }
  }

  #pipeline(): Pipeline {
    let negated = false;
    while (this.isWord('!')) {
      this.take();
      negated = !negated;
    }
    const commands = [this.#command()];
    for (;;) {
      const token = this.peek();
      if (token.kind !== 'operator' || token.text !== '|') return { negated, commands };
      this.take();
      this.skipNewlines();
      commands.push(this.#command());
    }
  }

  #command(): Command {
    const token = this.peek();
    if (token.kind === 'operator' && token.text === '(') {
      this.take();
      const body = this.#list([')']);
      this.take();
      return { kind: 'subshell', body: nonEmpty(body, this.peek()), redirections: this.#redirections() };
    }
    if (token.kind === 'word' && !token.quoted) {
      const compound = this.#compound(token.text);
      if (compound !== undefined) return { ...compound, redirections: this.#redirections() } as Command;
      if (reserved.has(token.text) && token.text !== 'in' && token.text !== '!') throw unexpected(token);
    }
    return this.#simple();
  }

  #compound(keyword: string): Command | undefined {
    switch (keyword) {
      case '{': {
        this.take();
        const body = this.#list(['}']);
        this.take();
        return { kind: 'group', body: nonEmpty(body, this.peek()), redirections: [] };
      }
      case 'if':
        return this.#if();
      case 'while':
      case 'until': {
        this.take();
        const test = this.#list(['do']);
        return { kind: 'loop', until: keyword === 'until', test, body: this.#doGroup(), redirections: [] };
      }
      case 'for':
        return this.#for();
      case 'case':
        return this.#case();
      case 'function': {
        this.take();
        const name = this.name();
        if (this.isOperator('(')) {
          this.take();
          this.expectOperator(')');
        }
        return this.#function(name);
      }
      default:
        return undefined;
    }
  }

  #if(): Command {
    const branches: { test: List; body: List }[] = [];
    let otherwise: List | undefined;
    do {
      this.take();
      const test = this.#list(['then']);
      this.take();
      branches.push({ test, body: this.#list(['elif', 'else', 'fi']) });
    } while (this.isWord('elif'));
    if (this.isWord('else')) {
      this.take();
      otherwise = this.#list(['fi']);
    }
    this.take();
    return { kind: 'if', branches, otherwise, redirections: [] };
  }

  #doGroup(): List {
    this.skipNewlines();
    const token = this.take();
    if (token.kind !== 'word' || token.text !== 'do') throw unexpected(token, 'do');
    const body = this.#list(['done']);
    this.take();
    return body;
  }

  #for(): Command {
    this.take();
    const variable = this.name();
    this.skipNewlines();
    let words: Word[] | undefined;
    if (this.isWord('in')) {
      this.take();
      words = [];
      for (let token = this.peek(); token.kind === 'word' || token.kind === 'number'; token = this.peek()) {
        this.take();
        words.push(token.kind === 'word' ? token.word : [{ kind: 'text', text: token.text, quoted: false }]);
      }
    }
    if (this.isOperator(';')) this.take();
    return { kind: 'for', variable, words, body: this.#doGroup(), redirections: [] };
  }

  #case(): Command {
    this.take();
    const subject = this.word();
    this.skipNewlines();
    const keyword = this.take();
    if (keyword.kind !== 'word' || keyword.text !== 'in') throw unexpected(keyword, 'in');
    const cases: { patterns: Word[]; body: List; fallsThrough: boolean }[] = [];
    for (;;) {
      this.skipNewlines();
      if (this.isWord('esac')) break;
      if (this.isOperator('(')) this.take();
      const patterns = [this.word(')')];
      while (this.isOperator('|')) {
        this.take();
        patterns.push(this.word());
      }
      this.expectOperator(')');
      const body = this.#list([';;', ';&', 'esac']);
      const fallsThrough = this.isOperator(';&');
      cases.push({ patterns, body, fallsThrough });
      if (this.isWord('esac')) break;
      this.take();
    }
    this.take();
    return { kind: 'case', subject, cases, redirections: [] };
  }

  #function(name: string): Command {
    this.skipNewlines();
    return { kind: 'function', name, body: this.#command(), redirections: [] };
  }

  #simple(): Command {
    const assignments: Assignment[] = [];
    const words: Word[] = [];
    const redirections: Redirection[] = [];
    const { line } = this.peek();
    for (;;) {
      const token = this.peek();
      if (token.kind === 'number' || isRedirection(token)) redirections.push(this.#redirection());
      else if (token.kind === 'word') {
        if (words.length === 0 && this.#expandAlias(token)) continue;
        this.take();
        const assignment = words.length === 0 ? assignmentOf(token.word) : undefined;
        if (assignment !== undefined) assignments.push(assignment);
        else words.push(token.word);
      } else if (
        token.kind === 'operator' &&
        token.text === '(' &&
        words.length === 1 &&
        assignments.length === 0
      ) {
        this.take();
        this.expectOperator(')');
        return this.#function(literalText(words[0] ?? []) ?? '');
      } else break;
    }
    if (words.length + assignments.length + redirections.length === 0) throw unexpected(this.peek());
    return { kind: 'simple', assignments, words, redirections, line };
  }

  /** The alias's text takes the word's place. */
  #expandAlias(token: Token): boolean {
    const text = this.aliases.get(token.text);
    if (text === undefined || this.aliasing === token.text) return false;
    this.aliasing = token.text;
    const inner = new Parser(text, this.aliases, this.deeper());
    const first = inner.peek();
    this.take();
    const tokens: Token[] = [];
    for (let next = first; next.kind !== 'end'; next = inner.peek()) {
      tokens.push(next);
      inner.take();
    }
    this.queue.unshift(...tokens);
    return true;
  }

  #redirections(): Redirection[] {
    const redirections: Redirection[] = [];
    for (let token = this.peek(); token.kind === 'number' || isRedirection(token); token = this.peek()) {
      redirections.push(this.#redirection());
    }
    return redirections;
  }

  #redirection(): Redirection {
    const first = this.take();
    const token = first.kind === 'number' ? this.take() : first;
    const operator = token.text;
    const fd = first.kind === 'number' ? Number(first.text) : operator.startsWith('<') ? 0 : 1;
    const target = this.word();
    if (operator === '<<' || operator === '<<-') {
      const literal = target.some((part) => part.kind !== 'text' || part.quoted);
      const redirection: Redirection = { fd, operator: '<<', target: [] };
      const end = target
        .map((part) =>
          part.kind === 'quoted' ? (literalText(part.parts) ?? '') : part.kind === 'text' ? part.text : '',
        )
        .join('');
      this.documents.push({ redirection, end, tabs: operator === '<<-', literal });
      return redirection;
    }
    return { fd, operator: operator as Redirection['operator'], target };
  }
}
