import { byteChar, recode } from '../../process/bytes.ts';

/** What `echo` prints: busybox's, with `-n` and `-e`. */
export function echoText(args: readonly string[]): string {
  let [newline, escapes, first] = [true, false, 0];
  while (/^-[neE]+$/.test(args[first] ?? '')) {
    for (const letter of (args[first] ?? '').slice(1)) {
      if (letter === 'n') newline = false;
      else escapes = letter === 'e';
    }
    first++;
  }
  const text = args.slice(first).join(' ');
  if (!escapes) return text + (newline ? '\n' : '');
  const { text: done, stopped } = unescaped(text, 'echo');
  return done + (newline && !stopped ? '\n' : '');
}

const simple: { readonly [letter: string]: string } = {
  a: '\x07',
  b: '\b',
  e: '\x1b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
};

/** `\n`, `\t`, `\0nnn` (in formats `\nnn`), `\xHH`; `\c` ends everything. */
export function unescaped(
  text: string,
  style: 'echo' | 'format',
): { readonly text: string; readonly stopped: boolean } {
  let done = '';
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? '';
    if (char !== '\\' || at + 1 >= text.length) {
      done += char;
      continue;
    }
    const next = text[at + 1] ?? '';
    if (next === 'c') return { text: recode(done), stopped: true };
    const rest = text.slice(at + 1, at + 6);
    const octal =
      (style === 'echo' ? /^0([0-7]{0,3})/ : /^([0-7]{1,3})/).exec(rest) ??
      (style === 'echo' ? /^([1-7][0-7]{0,2})/.exec(rest) : null);
    const hex = /^x([0-9a-fA-F]{1,2})/.exec(rest);
    if (octal !== null) {
      done += byteChar(Number.parseInt(octal[1] || '0', 8) & 255);
      at += octal[0].length;
    } else if (hex !== null) {
      done += byteChar(Number.parseInt(hex[1] ?? '0', 16));
      at += hex[0].length;
    } else {
      const known = Object.hasOwn(simple, next) ? simple[next] : undefined;
      done += known ?? `\\${next}`;
      at++;
    }
  }
  return { text: recode(done), stopped: false };
}
