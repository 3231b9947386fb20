import { toText } from '../../process/bytes.ts';
import type { Syscalls } from '../../process/syscalls.ts';
import { fail, parseOptions, usage } from '../kit.ts';
import { unescaped } from './echo.ts';

function expandSet(text: string): string[] {
  const chars = [...unescaped(text.replace(/\\(?=[-[\]])/g, '\\'), 'format').text];
  const set: string[] = [];
  const classes: { readonly [name: string]: readonly string[] } = {
    lower: range('a', 'z'),
    upper: range('A', 'Z'),
    digit: range('0', '9'),
    alpha: [...range('A', 'Z'), ...range('a', 'z')],
    alnum: [...range('0', '9'), ...range('A', 'Z'), ...range('a', 'z')],
    space: ['\t', '\n', '\v', '\f', '\r', ' '],
    blank: ['\t', ' '],
    punct: [...'!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~'],
    cntrl: [...range('\0', '\x1f'), '\x7f'],
    xdigit: [...range('0', '9'), ...range('A', 'F'), ...range('a', 'f')],
    print: range(' ', '~'),
    graph: range('!', '~'),
  };
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at] ?? '';
    const name =
      char === '[' && chars[at + 1] === ':'
        ? /^\[:(\w+):\]/.exec(chars.slice(at, at + 12).join(''))?.[1]
        : undefined;
    if (name !== undefined && Object.hasOwn(classes, name)) {
      set.push(...(classes[name] ?? []));
      at += name.length + 3;
    } else if (chars[at + 1] === '-' && chars[at + 2] !== undefined) {
      set.push(...range(char, chars[at + 2] ?? ''));
      at += 2;
    } else set.push(char);
  }
  return set;
}

function range(from: string, to: string): string[] {
  const [low, high] = [from.codePointAt(0) ?? 0, to.codePointAt(0) ?? 0];
  return Array.from({ length: Math.max(0, Math.min(65_536, high - low + 1)) }, (_, n) =>
    String.fromCodePoint(low + n),
  );
}

export async function tr(sys: Syscalls): Promise<number> {
  const { flags, rest } = parseOptions(sys.args.slice(1), '+cCdst');
  const [first, second] = rest;
  if (first === undefined || (second === undefined && !flags.has('d') && !flags.has('s')))
    return usage(sys, '', 'tr [-cds] STRING1 [STRING2]');
  const complement = flags.has('c') || flags.has('C');
  const from = expandSet(first);
  const to = second === undefined ? [] : expandSet(second);
  const known = new Set(from);
  const map = new Map(from.map((char, index) => [char, to[Math.min(index, to.length - 1)] ?? char]));
  const squeezed = flags.has('s')
    ? new Set(second === undefined || flags.has('d') ? (second === undefined ? from : to) : to)
    : undefined;
  const inSet = (char: string) => known.has(char) !== complement;
  let last = '';
  for (;;) {
    const chunk = await sys.read(0);
    if (chunk.byteLength === 0) return 0;
    let out = '';
    for (const char of toText(chunk)) {
      let next = char;
      if (inSet(char)) {
        if (flags.has('d')) continue;
        if (to.length > 0) next = complement ? (to.at(-1) ?? char) : (map.get(char) ?? char);
      }
      const squeeze =
        squeezed !== undefined && (complement && second === undefined ? inSet(next) : squeezed.has(next));
      if (squeeze && next === last) continue;
      last = next;
      out += next;
    }
    await sys.out(out);
  }
}

export async function seq(sys: Syscalls): Promise<number> {
  const args = sys.args.slice(1);
  let separator = '\n';
  let wide = false;
  while (/^-[ws]/.test(args[0] ?? '')) {
    const flag = args.shift() ?? '';
    if (flag === '-w') wide = true;
    else separator = flag.slice(2) || (args.shift() ?? '\n');
  }
  const numbers = args.map(Number);
  if (args.length === 0 || numbers.some(Number.isNaN))
    return args.length === 0
      ? usage(sys, '', 'seq [-w] [-s SEP] [FIRST [INC]] LAST')
      : fail(sys, `invalid number '${args.find((arg) => Number.isNaN(Number(arg)))}'`);
  const [first = 1, step = 1, last = 0] =
    args.length === 1 ? [1, 1, numbers[0]] : args.length === 2 ? [numbers[0], 1, numbers[1]] : numbers;
  const digits = Math.max(...args.map((arg) => arg.split('.')[1]?.length ?? 0));
  const width = wide ? Math.max(first.toFixed(digits).length, last.toFixed(digits).length) : 0;
  if (step === 0 && first <= last) for (;;) await sys.out(`${first}\n`);
  let line = '';
  for (let n = 0; ; n++) {
    const value = first + n * step;
    if (step > 0 ? value > last + 1e-9 : value < last - 1e-9) break;
    line += `${n === 0 ? '' : separator}${value.toFixed(digits).padStart(width, '0')}`;
    if (line.length > 4096) {
      await sys.out(line);
      line = '';
    }
  }
  if (line !== '' || (step > 0 ? first <= last : first >= last)) await sys.out(`${line}\n`);
  return 0;
}
