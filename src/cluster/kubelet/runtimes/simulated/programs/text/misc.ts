import { Errno } from '../../fs/errno.ts';
import { baseName, folderOf, join } from '../../fs/paths.ts';
import { toText } from '../../process/bytes.ts';
import type { Syscalls } from '../../process/syscalls.ts';
import { modeText } from '../files/ls.ts';
import { fail, type ProgramTable, parseOptions, readAll, usage } from '../kit.ts';
import { formatDate, human } from '../system/machine.ts';
import { unescaped } from './echo.ts';
import { toRegExp } from './regex.ts';

/** Small programs about text and names. */
export const miscPrograms: ProgramTable = {
  tr,
  seq,
  expr,
  basename: async (sys) => {
    const [, path = '', suffix = ''] = sys.args;
    const name = baseName(path);
    await sys.out(
      `${suffix !== '' && name !== suffix && name.endsWith(suffix) ? name.slice(0, -suffix.length) : name}\n`,
    );
    return 0;
  },
  dirname: async (sys) => {
    await sys.out(`${folderOf(sys.args[1] ?? '')}\n`);
    return 0;
  },
  readlink: async (sys) => {
    const { flags, rest } = parseOptions(sys.args.slice(1), 'fnsve');
    try {
      await sys.out(
        `${flags.has('f') ? canonical(sys, rest[0] ?? '') : sys.files.readlink(rest[0] ?? '')}${flags.has('n') ? '' : '\n'}`,
      );
      return 0;
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      return 1;
    }
  },
  realpath: async (sys) => {
    let code = 0;
    for (const path of sys.args.slice(1)) {
      try {
        await sys.out(`${canonical(sys, path)}\n`);
      } catch (error) {
        if (!(error instanceof Errno)) throw error;
        code = await fail(sys, `${path}: ${error.message}`);
      }
    }
    return code;
  },
  which: async (sys) => {
    let code = 0;
    for (const name of sys.args.slice(1).filter((arg) => !arg.startsWith('-'))) {
      const path = (sys.env.get('PATH') ?? '')
        .split(':')
        .map((folder) => `${folder}/${name}`)
        .find((one) => sys.files.access(one, 1) && !sys.files.isDir(one));
      if (path === undefined) code = 1;
      else await sys.out(`${path}\n`);
    }
    return code;
  },
  stat,
  du,
  cmp: async (sys) => {
    const { flags, rest } = parseOptions(sys.args.slice(1), 'sl');
    const [a, b] = await Promise.all([content(sys, rest[0]), content(sys, rest[1])]);
    const length = Math.min(a.byteLength, b.byteLength);
    const at = a.subarray(0, length).findIndex((byte, index) => byte !== b[index]);
    if (at < 0 && a.byteLength === b.byteLength) return 0;
    if (!flags.has('s')) {
      const line = toText(a.subarray(0, Math.max(0, at))).split('\n').length;
      await (at < 0
        ? sys.err(`cmp: EOF on ${a.byteLength < b.byteLength ? rest[0] : rest[1]}\n`)
        : sys.out(`${rest[0]} ${rest[1]} differ: char ${at + 1}, line ${line}\n`));
    }
    return 1;
  },
  diff,
  getopt: (sys) => fail(sys, 'not supported'),
};

async function content(sys: Syscalls, path = '-'): Promise<Uint8Array> {
  return path === '-' ? readAll(sys) : sys.files.readBytes(path);
}

function canonical(sys: Syscalls, path: string): string {
  const found = sys.files.find(path);
  if (found.node === undefined && path.endsWith('/')) throw new Errno('ENOENT');
  return found.path;
}

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

async function tr(sys: Syscalls): Promise<number> {
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

async function seq(sys: Syscalls): Promise<number> {
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

async function expr(sys: Syscalls): Promise<number> {
  const args = sys.args.slice(1);
  let at = 0;
  const failure = (text: string) => new SyntaxError(text);
  const levels = [['|'], ['&'], ['=', '==', '!=', '<', '<=', '>', '>='], ['+', '-'], ['*', '/', '%'], [':']];
  const isTrue = (text: string) => text !== '' && text !== '0';
  const primary = (): string => {
    const token = args[at++];
    if (token === undefined) throw failure('syntax error');
    if (token === '(') {
      const value = level(0);
      if (args[at++] !== ')') throw failure('syntax error');
      return value;
    }
    if (token === 'length' && at < args.length) return String([...primary()].length);
    if (token === 'substr') {
      const [text, from, count] = [primary(), Number(primary()), Number(primary())];
      return [...text].slice(from - 1, from - 1 + count).join('');
    }
    if (token === 'index') {
      const [text, chars] = [primary(), primary()];
      return String([...text].findIndex((char) => chars.includes(char)) + 1);
    }
    if (token === 'match') return matched(primary(), primary());
    return token;
  };
  const matched = (text: string, pattern: string): string => {
    const match = toRegExp(`^${pattern.replace(/^\^/, '')}`, true)?.exec(text.slice(0, 10_000));
    return match === null || match === undefined
      ? pattern.includes('\\(')
        ? ''
        : '0'
      : match.length > 1
        ? (match[1] ?? '')
        : String(match[0].length);
  };
  const level = (depth: number): string => {
    if (depth === levels.length) return primary();
    let left = level(depth + 1);
    while (levels[depth]?.includes(args[at] ?? '') === true) {
      const operator = args[at++] ?? '';
      left = apply(operator, left, level(depth + 1));
    }
    return left;
  };
  const apply = (operator: string, left: string, right: string): string => {
    if (operator === ':') return matched(left, right);
    if (operator === '|') return isTrue(left) ? left : isTrue(right) ? right : '0';
    if (operator === '&') return isTrue(left) && isTrue(right) ? left : '0';
    const numeric = /^-?\d+$/.test(left) && /^-?\d+$/.test(right);
    if ('+-*/%'.includes(operator)) {
      if (!numeric) throw failure('non-numeric argument');
      const [a, b] = [BigInt(left), BigInt(right)];
      if ('/%'.includes(operator) && b === 0n) throw failure('division by zero');
      return String(
        operator === '+'
          ? a + b
          : operator === '-'
            ? a - b
            : operator === '*'
              ? a * b
              : operator === '/'
                ? a / b
                : a % b,
      );
    }
    const order = numeric ? Number(BigInt(left) - BigInt(right)) : left < right ? -1 : left > right ? 1 : 0;
    const holds = {
      '=': order === 0,
      '==': order === 0,
      '!=': order !== 0,
      '<': order < 0,
      '<=': order <= 0,
      '>': order > 0,
      '>=': order >= 0,
    }[operator];
    return holds === true ? '1' : '0';
  };
  try {
    const result = level(0);
    if (at < args.length) throw failure('syntax error');
    await sys.out(`${result}\n`);
    return isTrue(result) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return fail(sys, error.message, 2);
  }
}

async function stat(sys: Syscalls): Promise<number> {
  const { flags, rest } = parseOptions(sys.args.slice(1), 'Lfc:t', { format: 'c', dereference: 'L' });
  let code = 0;
  for (const path of rest) {
    try {
      const one = sys.files.stat(path, flags.has('L'));
      const kind = {
        file: one.size === 0 ? 'regular empty file' : 'regular file',
        dir: 'directory',
        link: 'symbolic link',
        device: 'character special file',
        fifo: 'fifo',
      }[one.kind];
      const time = formatDate(one.mtimeMs, '%Y-%m-%d %H:%M:%S.%N +0000');
      const mode = one.mode.toString(8);
      const values: { readonly [letter: string]: string } = {
        n: path,
        N: `'${path}'`,
        s: String(one.size),
        a: mode,
        A: modeText(one),
        u: String(one.uid),
        g: String(one.gid),
        U: String(one.uid),
        G: String(one.gid),
        F: kind,
        Y: String(Math.floor(one.mtimeMs / 1000)),
        y: time,
        X: String(Math.floor(one.mtimeMs / 1000)),
        Z: String(Math.floor(one.mtimeMs / 1000)),
        h: String(one.nlink),
        b: String(Math.ceil(one.size / 512)),
        B: '512',
        i: '1024',
        f: (one.mode | (one.kind === 'dir' ? 0o40000 : 0o100000)).toString(16),
      };
      const format = flags.get('c');
      if (format !== undefined)
        await sys.out(
          `${format.replace(/%([a-zA-Z])/g, (whole, letter: string) => values[letter] ?? whole)}\n`,
        );
      else
        await sys.out(
          `  File: ${path}\n  Size: ${String(one.size).padEnd(15)} Blocks: ${String(Math.ceil(one.size / 4096) * 8).padEnd(10)} IO Block: 4096   ${kind}\nDevice: 2bh/43d\tInode: 1024        Links: ${one.nlink}\nAccess: (${mode.padStart(4, '0')}/${modeText(one)})  Uid: (${String(one.uid).padStart(5)}/ UNKNOWN)   Gid: (${String(one.gid).padStart(5)}/ UNKNOWN)\nAccess: ${time}\nModify: ${time}\nChange: ${time}\n`,
        );
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      code = await fail(
        sys,
        sys.host.flavour.tools === 'gnu'
          ? `cannot statx '${path}': ${error.message}`
          : `can't stat '${path}': ${error.message}`,
      );
    }
  }
  return code;
}

async function du(sys: Syscalls): Promise<number> {
  const { flags, rest } = parseOptions(sys.args.slice(1), 'aHLdclsxhmkbd:');
  const show = (kilobytes: number, path: string) =>
    sys.out(
      `${flags.has('h') ? human(kilobytes * 1024) : flags.has('m') ? Math.ceil(kilobytes / 1024) : kilobytes}\t${path}\n`,
    );
  const walk = async (path: string, depth: number): Promise<number> => {
    const one = sys.files.stat(path, false);
    await sys.spend(3);
    if (one.kind !== 'dir') {
      const size = one.kind === 'file' ? Math.ceil(one.size / 4096) * 4 : 0;
      if (flags.has('a') || depth === 0) await show(size, path);
      return size;
    }
    let total = 4;
    for (const name of sys.files.readdir(path)) total += await walk(join(path, name), depth + 1);
    if (depth === 0 || (!flags.has('s') && depth <= Number(flags.get('d') || Number.POSITIVE_INFINITY)))
      await show(total, path);
    return total;
  };
  let code = 0;
  for (const path of rest.length === 0 ? ['.'] : rest) {
    try {
      await walk(path, 0);
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      code = await fail(sys, `${path}: ${error.message}`);
    }
  }
  return code;
}

async function diff(sys: Syscalls): Promise<number> {
  const { flags, rest } = parseOptions(sys.args.slice(1), 'abBdiNqruTtwsU:');
  const [left = '', right = ''] = rest;
  let a: string[];
  let b: string[];
  try {
    [a, b] = [toText(await content(sys, left)).split('\n'), toText(await content(sys, right)).split('\n')];
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    return fail(sys, `can't stat '${sys.files.exists(left) ? right : left}': ${error.message}`, 2);
  }
  if (a.join('\n') === b.join('\n')) return 0;
  if (flags.has('q')) {
    await sys.out(`Files ${left} and ${right} differ\n`);
    return 1;
  }
  // The common start and end stay; everything between is one change.
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const [gone, come] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  const from = Math.max(0, start - 3);
  const after = a
    .slice(a.length - end, Math.min(a.length, a.length - end + 3))
    .filter((line, index, all) => line !== '' || index < all.length - 1);
  const context = a.slice(from, start);
  const counts = (count: number) => `${from + 1},${count}`;
  await sys.out(
    `--- ${left}\n+++ ${right}\n@@ -${counts(context.length + gone.length + after.length)} +${counts(context.length + come.length + after.length)} @@\n`,
  );
  const lines = [
    ...context.map((line) => ` ${line}`),
    ...gone.map((line) => `-${line}`),
    ...come.map((line) => `+${line}`),
    ...after.map((line) => ` ${line}`),
  ];
  await sys.out(`${lines.join('\n')}\n`);
  return 1;
}
