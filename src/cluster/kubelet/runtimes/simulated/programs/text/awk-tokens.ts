export class AwkFailure extends Error {}

export interface Token {
  readonly kind: 'number' | 'string' | 'regex' | 'name' | 'call' | 'operator' | 'newline' | 'end';
  readonly text: string;
}

const operators =
  /^(?:\*\*=|\*\*|\+\+|--|\+=|-=|\*=|\/=|%=|\^=|==|<=|>=|!=|&&|\|\||>>|!~|[-+*/%^!<>|?:=~$,;(){}[\]])/;

/** The number, text, expression, name or operator that starts here. */
function valueAt(rest: string, afterValue: boolean): (Token & { readonly length: number }) | undefined {
  const number = /^(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)/.exec(rest);
  if (number !== null) return { kind: 'number', text: number[0], length: number[0].length };
  const string = /^"((?:[^"\\\n]|\\[\s\S])*)"/.exec(rest);
  if (string !== null) return { kind: 'string', text: unquoted(string[1] ?? ''), length: string[0].length };
  const regex = afterValue ? null : /^\/((?:[^/\\\n[]|\\.|\[(?:[^\]\\]|\\.)*\])*)\//.exec(rest);
  if (regex !== null) return { kind: 'regex', text: regex[1] ?? '', length: regex[0].length };
  const name = /^[A-Za-z_]\w*/.exec(rest);
  if (name !== null)
    return { kind: rest[name[0].length] === '(' ? 'call' : 'name', text: name[0], length: name[0].length };
  const operator = operators.exec(rest);
  return operator === null ? undefined : { kind: 'operator', text: operator[0], length: operator[0].length };
}

export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const rest = text.slice(at);
    const blank = /^(?:[ \t\r]|\\\r?\n|#[^\n]*)+/.exec(rest)?.[0];
    if (blank !== undefined) {
      at += blank.length;
      continue;
    }
    const last = tokens.at(-1);
    const afterValue =
      last !== undefined &&
      (['number', 'string', 'name', 'regex'].includes(last.kind) ||
        [')', ']', '$', '++', '--'].includes(last.text));
    if (rest.startsWith('\n')) {
      tokens.push({ kind: 'newline', text: '\n' });
      at++;
      continue;
    }
    const token = valueAt(rest, afterValue);
    if (token === undefined) throw new AwkFailure('cmd. line:1: Unexpected token');
    tokens.push({ kind: token.kind, text: token.text });
    at += token.length;
  }
  tokens.push({ kind: 'end', text: '' });
  return tokens;
}

function unquoted(text: string): string {
  const simple: { readonly [letter: string]: string } = {
    n: '\n',
    t: '\t',
    r: '\r',
    '"': '"',
    '/': '/',
    '\\': '\\',
    a: '\x07',
    b: '\b',
    f: '\f',
    v: '\v',
  };
  return text.replace(/\\([0-7]{1,3}|[\s\S])/g, (whole, char: string) =>
    /^[0-7]/.test(char) ? String.fromCharCode(Number.parseInt(char, 8)) : (simple[char] ?? whole),
  );
}

export const keywords = new Set([
  'in',
  'if',
  'else',
  'while',
  'for',
  'do',
  'print',
  'printf',
  'next',
  'exit',
  'break',
  'continue',
  'return',
  'delete',
  'getline',
  'function',
  'func',
  'BEGIN',
  'END',
]);
