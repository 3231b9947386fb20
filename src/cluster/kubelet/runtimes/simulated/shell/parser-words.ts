import type { Assignment, List, Word } from './ast.ts';
import { type Token, unexpected } from './lexer.ts';

export function isRedirection(token: Token): boolean {
  return token.kind === 'operator' && /^(?:<|>|&>)/.test(token.text);
}

export function nonEmpty(list: List, token: Token): List {
  if (list.items.length === 0) throw unexpected(token);
  return list;
}

export function assignmentOf(word: Word): Assignment | undefined {
  const [first, ...rest] = word;
  if (first?.kind !== 'text' || first.quoted) return undefined;
  const match = /^([A-Za-z_]\w*)(\+?)=/.exec(first.text);
  if (match === null) return undefined;
  const text = first.text.slice(match[0].length);
  const value: Word = text === '' ? rest : [{ kind: 'text', text, quoted: false }, ...rest];
  return { name: match[1] ?? '', append: match[2] === '+', value };
}

/** The text of a word without any expansion in it. */
export function literalText(word: Word): string | undefined {
  return word.every((part) => part.kind === 'text')
    ? word.map((part) => (part.kind === 'text' ? part.text : '')).join('')
    : undefined;
}
