/** A directive of nginx's configuration, with its block. */
export interface Directive {
  readonly name: string;
  readonly args: readonly string[];
  readonly block: readonly Directive[] | undefined;
  readonly line: number;
}

export class ConfFailure extends Error {}

/** Throws `ConfFailure` in nginx's words, with the file and the line. */
export function parseConf(text: string, file: string): readonly Directive[] {
  const tokens = tokensOf(text);
  let at = 0;
  const block = (depth: number): Directive[] => {
    const all: Directive[] = [];
    for (;;) {
      const first = tokens[at];
      if (first === undefined) {
        if (depth > 0)
          throw new ConfFailure(
            `unexpected end of file, expecting "}" in ${file}:${tokens.at(-1)?.line ?? 1}`,
          );
        return all;
      }
      if (first.text === '}' && !first.quoted) {
        at++;
        if (depth === 0) throw new ConfFailure(`unexpected "}" in ${file}:${first.line}`);
        return all;
      }
      const args: string[] = [];
      at++;
      for (;;) {
        const token = tokens[at++];
        if (token === undefined) {
          throw new ConfFailure(`unexpected end of file, expecting ";" or "}" in ${file}:${first.line}`);
        }
        if (!token.quoted && token.text === ';') {
          all.push({ name: first.text, args, block: undefined, line: first.line });
          break;
        }
        if (!token.quoted && token.text === '{') {
          if (depth > 20) throw new ConfFailure(`too many nested blocks in ${file}:${first.line}`);
          all.push({ name: first.text, args, block: block(depth + 1), line: first.line });
          break;
        }
        if (!token.quoted && token.text === '}') {
          throw new ConfFailure(`unexpected "}" in ${file}:${token.line}`);
        }
        args.push(token.text);
      }
    }
  };
  return block(0);
}

function tokensOf(
  text: string,
): { readonly text: string; readonly line: number; readonly quoted: boolean }[] {
  const tokens: { text: string; line: number; quoted: boolean }[] = [];
  const pattern =
    /\s+|#[^\n]*|"((?:[^"\\]|\\[\s\S])*)"|'((?:[^'\\]|\\[\s\S])*)'|[;{}]|(?:[^\s;{}"'\\$]|\$\{\w+\}|\$|\\[\s\S])+/g;
  let line = 1;
  for (const match of text.matchAll(pattern)) {
    const [whole, double, single] = match;
    const quoted = double ?? single;
    if (quoted !== undefined) tokens.push({ text: quoted.replace(/\\(["'\\])/g, '$1'), line, quoted: true });
    else if (!/^[\s#]/.test(whole)) tokens.push({ text: whole, line, quoted: false });
    line += whole.split('\n').length - 1;
  }
  return tokens;
}

export function find(block: readonly Directive[] | undefined, name: string): Directive | undefined {
  return block?.find((one) => one.name === name);
}

export function all(block: readonly Directive[] | undefined, name: string): readonly Directive[] {
  return block?.filter((one) => one.name === name) ?? [];
}
