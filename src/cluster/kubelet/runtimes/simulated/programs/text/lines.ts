import { Errno } from '../../fs/errno.ts';
import { toBytes, toText } from '../../process/bytes.ts';
import type { Syscalls } from '../../process/syscalls.ts';
import {
  fail,
  linesOf,
  Output,
  eachInput as openEach,
  type ProgramTable,
  parseOptions,
  readAll,
  sizeOf,
  usage,
} from '../kit.ts';

/** Programs that go through text line by line. */
export const linePrograms: ProgramTable = {
  head,
  tail,
  wc,
  nl: (sys) => numbered(sys),
  rev: (sys) => mapped(sys, (line) => [...line].reverse().join('')),
  tac: async (sys) => {
    const out = new Output(sys);
    const code = await eachInput(sys, sys.args.slice(1), async (fd) => {
      const all: string[] = [];
      for await (const line of linesOf(sys, fd)) all.push(line);
      for (const line of all.reverse()) await out.put(`${line}\n`);
    });
    await out.flush();
    return code;
  },
  cut,
  uniq,
  sort,
  tee,
  fold: (sys) => {
    const { flags, rest } = parseOptions(sys.args.slice(1), 'w:bs');
    const width = Math.max(1, Number(flags.get('w') ?? 80));
    return mapped(
      sys,
      (line) => line.match(new RegExp(`.{1,${Math.min(width, 10_000)}}`, 'g'))?.join('\n') ?? '',
      rest,
    );
  },
  paste: async (sys) => {
    const { flags, rest } = parseOptions(sys.args.slice(1), 'sd:');
    const delimiter = (flags.get('d') ?? '\t').replaceAll('\\n', '\n').replaceAll('\\t', '\t');
    const columns: string[][] = [];
    const code = await eachInput(sys, rest, async (fd) => {
      const lines: string[] = [];
      for await (const line of linesOf(sys, fd)) lines.push(line);
      columns.push(lines);
    });
    if (flags.has('s')) for (const column of columns) await sys.out(`${column.join(delimiter)}\n`);
    else {
      const rows = Math.max(0, ...columns.map((column) => column.length));
      for (let row = 0; row < rows; row++)
        await sys.out(`${columns.map((column) => column[row] ?? '').join(delimiter)}\n`);
    }
    return code;
  },
  strings: (sys) => mapped(sys, (line) => line.match(/[\x20-\x7e\t]{4,}/g)?.join('\n')),
  more: (sys) => mapped(sys, (line) => line),
  less: (sys) => mapped(sys, (line) => line),
  shuf: async (sys) => {
    const { flags, rest } = parseOptions(sys.args.slice(1), 'n:i:e');
    const [from, to] = (flags.get('i') ?? '').split('-').map(Number);
    let all: string[] = flags.has('e') ? [...rest] : [];
    if (flags.has('i'))
      all = Array.from({ length: Math.min(1e6, (to ?? 0) - (from ?? 0) + 1) }, (_, n) =>
        String((from ?? 0) + n),
      );
    else if (!flags.has('e')) for await (const line of linesOf(sys, 0)) all.push(line);
    for (let at = all.length - 1; at > 0; at--) {
      const other = sys.random.int(at + 1);
      [all[at], all[other]] = [all[other] ?? '', all[at] ?? ''];
    }
    for (const line of all.slice(0, Number(flags.get('n') ?? all.length))) await sys.out(`${line}\n`);
    return 0;
  },
  split: async (sys) => {
    const { flags, rest } = parseOptions(sys.args.slice(1), 'l:b:a:');
    const text = toText(await inputOf(sys, rest[0]));
    const count = Number(flags.get('l') ?? 1000);
    const lines = text.split('\n');
    for (let at = 0, part = 0; at < lines.length && lines.slice(at).join('') !== ''; at += count, part++) {
      const suffix = String.fromCharCode(97 + (Math.floor(part / 26) % 26), 97 + (part % 26));
      sys.files.writeBytes(
        `${rest[1] ?? 'x'}${suffix}`,
        toBytes(`${lines.slice(at, at + count).join('\n')}\n`),
      );
    }
    return 0;
  },
};

function eachInput(
  sys: Syscalls,
  paths: readonly string[],
  use: (fd: number, name: string) => Promise<void>,
): Promise<number> {
  return openEach(sys, paths, use, (path, text) => `${path}: ${text}`);
}

async function inputOf(sys: Syscalls, path: string | undefined): Promise<Uint8Array> {
  if (path === undefined || path === '-') return readAll(sys);
  const fd = sys.open(path, { read: true });
  const bytes = await readAll(sys, fd);
  sys.close(fd);
  return bytes;
}

async function mapped(
  sys: Syscalls,
  map: (line: string) => string | undefined,
  paths: readonly string[] = sys.args.slice(1).filter((arg) => !arg.startsWith('-')),
): Promise<number> {
  const out = new Output(sys);
  const code = await eachInput(sys, paths, async (fd) => {
    for await (const line of linesOf(sys, fd)) {
      const text = map(line);
      if (text !== undefined) await out.put(`${text}\n`);
    }
  });
  await out.flush();
  return code;
}

async function numbered(sys: Syscalls): Promise<number> {
  const { flags, rest } = parseOptions(sys.args.slice(1), 'b:s:w:v:i:');
  let count = Number(flags.get('v') ?? 1);
  return mapped(
    sys,
    (line) => {
      if (line === '' && flags.get('b') !== 'a') return `${' '.repeat(Number(flags.get('w') ?? 6) + 1)}`;
      return `${String(count++).padStart(Number(flags.get('w') ?? 6))}${flags.get('s') ?? '\t'}${line}`;
    },
    rest,
  );
}

/** `-5` as `-n 5`. */
function withOldCount(args: readonly string[]): string[] {
  return args.flatMap((arg) => (/^-\d+$/.test(arg) ? ['-n', arg.slice(1)] : [arg]));
}

async function head(sys: Syscalls): Promise<number> {
  const { flags, rest, wrong } = parseOptions(withOldCount(sys.args.slice(1)), 'n:c:qv');
  if (wrong !== undefined) return usage(sys, wrong, 'head [OPTIONS] [FILE]...');
  const count = sizeOf((flags.get('n') ?? '10').replace('-', ''));
  const bytes = flags.has('c') ? sizeOf((flags.get('c') ?? '').replace('-', '')) : undefined;
  if (count === undefined || (flags.has('c') && bytes === undefined))
    return fail(sys, `invalid number '${flags.get('c') ?? flags.get('n')}'`);
  const fromEnd = (flags.get('n') ?? '').startsWith('-');
  let first = true;
  return eachInput(sys, rest, async (fd, name) => {
    if (rest.length > 1 && !flags.has('q'))
      await sys.out(`${first ? '' : '\n'}==> ${name === '-' ? 'standard input' : name} <==\n`);
    first = false;
    if (bytes !== undefined) {
      for (let left = bytes; left > 0; ) {
        const chunk = await sys.read(fd, Math.min(left, 65_536));
        if (chunk.byteLength === 0) return;
        left -= chunk.byteLength;
        await sys.out(chunk);
      }
      return;
    }
    if (fromEnd) {
      const lines: string[] = [];
      for await (const line of linesOf(sys, fd)) lines.push(line);
      for (const line of lines.slice(0, Math.max(0, lines.length - count))) await sys.out(`${line}\n`);
      return;
    }
    let left = count;
    if (left === 0) return;
    for (;;) {
      const chunk = await sys.read(fd);
      if (chunk.byteLength === 0) return;
      let end = 0;
      while (left > 0 && end < chunk.byteLength) {
        const at = chunk.indexOf(10, end);
        end = at < 0 ? chunk.byteLength : at + 1;
        if (at >= 0) left--;
      }
      await sys.out(chunk.subarray(0, end));
      if (left === 0) return;
    }
  });
}

async function tail(sys: Syscalls): Promise<number> {
  const { flags, rest, wrong } = parseOptions(withOldCount(sys.args.slice(1)), 'n:c:fFqs:v');
  if (wrong !== undefined) return usage(sys, wrong, 'tail [OPTIONS] [FILE]...');
  const spec = flags.get('c') ?? flags.get('n') ?? '10';
  const count = sizeOf(spec.replace(/^[-+]/, ''));
  if (count === undefined) return fail(sys, `invalid number '${spec}'`);
  const follows: { fd: number; name: string }[] = [];
  const following = flags.has('f') || flags.has('F');
  let first = true;
  let code = 0;
  for (const name of rest.length === 0 ? ['-'] : rest) {
    let fd = 0;
    try {
      if (name !== '-') fd = sys.open(name, { read: true });
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      code = await fail(sys, `can't open '${name}': ${error.message}`);
      continue;
    }
    if (rest.length > 1 && !flags.has('q')) await sys.out(`${first ? '' : '\n'}==> ${name} <==\n`);
    first = false;
    await tailOf(sys, fd, count, spec.startsWith('+'), flags.has('c'));
    if (following) follows.push({ fd, name });
    else if (name !== '-') sys.close(fd);
  }
  if (!following || follows.length === 0) {
    if (follows.length === 0 && code !== 0 && (following || rest.length > 0))
      await sys.err('tail: no files\n');
    return code;
  }
  for (;;) {
    for (const { fd } of follows) {
      const chunk = await sys.read(fd);
      if (chunk.byteLength > 0) await sys.out(chunk);
    }
    await sys.sleep(1000);
  }
}

async function tailOf(
  sys: Syscalls,
  fd: number,
  count: number,
  fromStart: boolean,
  bytes: boolean,
): Promise<void> {
  const out = new Output(sys);
  if (bytes) {
    const all = await readAll(sys, fd);
    await sys.out(
      fromStart ? all.subarray(Math.max(0, count - 1)) : all.subarray(Math.max(0, all.byteLength - count)),
    );
    sys.allocate(-all.byteLength);
    return;
  }
  if (fromStart) {
    let index = 0;
    for await (const line of linesOf(sys, fd)) if (++index >= count) await out.put(`${line}\n`);
    await out.flush();
    return;
  }
  let kept: string[] = [];
  for await (const line of linesOf(sys, fd)) {
    kept.push(line);
    if (kept.length > count * 2 + 64) kept = kept.slice(-count);
  }
  for (const line of count === 0 ? [] : kept.slice(-count)) await out.put(`${line}\n`);
  await out.flush();
}

async function wc(sys: Syscalls): Promise<number> {
  const { flags, rest, wrong } = parseOptions(sys.args.slice(1), 'cmlwL');
  if (wrong !== undefined) return usage(sys, wrong, 'wc [-cmlwL] [FILE]...');
  const wanted = ['l', 'w', 'm', 'c', 'L'].filter((letter) =>
    flags.size === 0 ? 'lwc'.includes(letter) : flags.has(letter),
  );
  const totals = new Map<string, number>();
  const gnu = sys.host.flavour.tools === 'gnu';
  const show = async (counts: ReadonlyMap<string, number>, name: string) => {
    const cells = wanted.map((letter) => counts.get(letter) ?? 0);
    const text =
      cells.length === 1
        ? String(cells[0])
        : cells
            .map((cell) => (gnu ? String(cell).padStart(7) : String(cell).padStart(9)))
            .join(gnu ? ' ' : ' ');
    await sys.out(`${text}${name === '-' || name === '' ? '' : ` ${name}`}\n`);
  };
  const code = await eachInput(sys, rest, async (fd, name) => {
    const counts = await countsOf(sys, fd);
    for (const [letter, value] of counts)
      totals.set(
        letter,
        letter === 'L' ? Math.max(value, totals.get('L') ?? 0) : (totals.get(letter) ?? 0) + value,
      );
    await show(counts, rest.length === 0 ? '' : name);
  });
  if (rest.length > 1) await show(totals, 'total');
  return code;
}

async function countsOf(sys: Syscalls, fd: number): Promise<Map<string, number>> {
  let [lines, words, chars, bytes, longest, current, inWord] = [0, 0, 0, 0, 0, 0, false];
  for (;;) {
    const chunk = await sys.read(fd);
    if (chunk.byteLength === 0) break;
    bytes += chunk.byteLength;
    for (const byte of chunk) {
      if ((byte & 0xc0) !== 0x80) {
        chars++;
        if (byte !== 10) current++;
      }
      if (byte === 10) {
        lines++;
        longest = Math.max(longest, current);
        current = 0;
      }
      const space = byte === 32 || (byte >= 9 && byte <= 13);
      if (!space && !inWord) words++;
      inWord = !space;
    }
  }
  return new Map([
    ['l', lines],
    ['w', words],
    ['m', chars],
    ['c', bytes],
    ['L', Math.max(longest, current)],
  ]);
}

/** `1,3-5,7-` as tests on 1-based positions. */
function ranges(list: string): ((position: number) => boolean) | undefined {
  const parts = list.split(',').map((part) => /^(\d*)(-?)(\d*)$/.exec(part));
  if (parts.some((part) => part === null || part[0] === '' || part[0] === '-')) return undefined;
  const limits = parts.map((part) => {
    const from = Number(part?.[1] || 1);
    return { from, to: part?.[2] === '-' ? Number(part[3] || Number.POSITIVE_INFINITY) : from };
  });
  return (position) => limits.some(({ from, to }) => position >= from && position <= to);
}

async function cut(sys: Syscalls): Promise<number> {
  const { flags, rest, wrong } = parseOptions(sys.args.slice(1), 'b:c:f:d:snO:', {
    delimiter: 'd',
    fields: 'f',
    'output-delimiter': 'O',
  });
  if (wrong !== undefined)
    return usage(sys, wrong, 'cut {-b|c LIST | -f LIST [-d SEP] [-s]} [-O DELIM] [FILE]...');
  const list = flags.get('b') ?? flags.get('c') ?? flags.get('f');
  if (list === undefined) return fail(sys, 'expected a list of bytes, characters, or fields');
  const chosen = ranges(list);
  if (chosen === undefined) return fail(sys, `invalid range ${list}`);
  const delimiter = flags.get('d') ?? '\t';
  return mapped(
    sys,
    (line) => {
      if (!flags.has('f')) return [...line].filter((_, index) => chosen(index + 1)).join('');
      if (!line.includes(delimiter)) return flags.has('s') ? undefined : line;
      return line
        .split(delimiter)
        .filter((_, index) => chosen(index + 1))
        .join(flags.get('O') ?? delimiter);
    },
    rest,
  );
}

async function uniq(sys: Syscalls): Promise<number> {
  const { flags, rest } = parseOptions(sys.args.slice(1), 'cduif:s:w:');
  const skip = Number(flags.get('f') ?? 0);
  const key = (line: string) => {
    const text = (
      skip > 0 ? line.replace(new RegExp(`^(?:\\s*\\S+){0,${Math.min(skip, 100)}}`), '') : line
    ).slice(Number(flags.get('s') ?? 0));
    return flags.has('i') ? text.toLowerCase() : text;
  };
  const out = new Output(sys);
  const show = async (line: string, count: number) => {
    if ((flags.has('d') && count < 2) || (flags.has('u') && count > 1)) return;
    await out.put(`${flags.has('c') ? `${String(count).padStart(7)} ` : ''}${line}\n`);
  };
  const code = await eachInput(sys, rest.slice(0, 1), async (fd) => {
    let [before, count]: [string | undefined, number] = [undefined, 0];
    for await (const line of linesOf(sys, fd)) {
      if (before !== undefined && key(before) === key(line)) {
        count++;
        continue;
      }
      if (before !== undefined) await show(before, count);
      [before, count] = [line, 1];
    }
    if (before !== undefined) await show(before, count);
  });
  await out.flush();
  return code;
}

interface SortKey {
  readonly from: number;
  readonly fromChar: number;
  readonly to: number | undefined;
  readonly flags: string;
}

async function sort(sys: Syscalls): Promise<number> {
  const keys: SortKey[] = [];
  const args = sys.args.slice(1);
  for (const [index, arg] of args.entries()) {
    const text = arg === '-k' ? args[index + 1] : /^-k(.+)/.exec(arg)?.[1];
    const match =
      text === undefined ? null : /^(\d+)(?:\.(\d+))?([a-zA-Z]*)(?:,(\d+)(?:\.\d+)?([a-zA-Z]*))?$/.exec(text);
    if (match !== null)
      keys.push({
        from: Number(match[1]),
        fromChar: Number(match[2] ?? 1),
        to: match[4] === undefined ? undefined : Number(match[4]),
        flags: (match[3] ?? '') + (match[5] ?? ''),
      });
  }
  const { flags, rest, wrong } = parseOptions(args, 'nrgMuscfbhidzVt:k:o:T:S:', {
    reverse: 'r',
    unique: 'u',
    'numeric-sort': 'n',
  });
  if (wrong !== undefined)
    return usage(
      sys,
      wrong,
      'sort [-nrughMcszbdfiokt] [-o FILE] [-k START[.OFS][OPTS][,END[.OFS][OPTS]] [-t CHAR] [FILE]...',
    );
  const all: string[] = [];
  const code = await eachInput(sys, rest, async (fd) => {
    for await (const line of linesOf(sys, fd)) {
      all.push(line);
      sys.allocate(line.length);
    }
  });
  const options = [...flags.keys()].join('');
  const separator = flags.get('t');
  const compare = (a: string, b: string) => {
    for (const key of keys.length === 0 ? [undefined] : keys) {
      const kinds = key === undefined || key.flags === '' ? options : key.flags;
      const result = compareBy(partOf(a, key, separator), partOf(b, key, separator), kinds);
      if (result !== 0) return kinds.includes('r') ? -result : result;
    }
    if (flags.has('s') || flags.has('u')) return 0;
    const last = a < b ? -1 : a > b ? 1 : 0;
    return flags.has('r') ? -last : last;
  };
  const sorted = all.sort(compare);
  const shown = flags.has('u')
    ? sorted.filter((line, index) => index === 0 || compare(sorted[index - 1] ?? '', line) !== 0)
    : sorted;
  if (flags.has('o'))
    sys.files.writeBytes(flags.get('o') ?? '', toBytes(shown.map((line) => `${line}\n`).join('')));
  else {
    const out = new Output(sys);
    for (const line of shown) await out.put(`${line}\n`);
    await out.flush();
  }
  return code;
}

function partOf(line: string, key: SortKey | undefined, separator: string | undefined): string {
  if (key === undefined) return line;
  const fields = separator === undefined ? (line.match(/\s*\S+/g) ?? []) : line.split(separator);
  const to = key.to ?? fields.length;
  return fields
    .slice(key.from - 1, to)
    .join(separator ?? '')
    .slice(key.fromChar - 1);
}

const suffixes = ' KMGTPE';

function compareBy(a: string, b: string, kinds: string): number {
  const numeric = (text: string) =>
    Number(/^\s*[-+]?\d*\.?\d+/.exec(text)?.[0] ?? 0) *
    (kinds.includes('h')
      ? 1024 ** Math.max(0, suffixes.indexOf(/\d\s*([KMGTPE])/i.exec(text)?.[1]?.toUpperCase() ?? ' '))
      : 1);
  if (/[ngh]/.test(kinds)) return Math.sign(numeric(a) - numeric(b));
  if (kinds.includes('V')) return a.localeCompare(b, 'en', { numeric: true });
  const [left, right] = [a, b].map((text) => {
    const trimmed = kinds.includes('b') ? text.trimStart() : text;
    return kinds.includes('f') ? trimmed.toUpperCase() : trimmed;
  });
  return (left ?? '') < (right ?? '') ? -1 : (left ?? '') > (right ?? '') ? 1 : 0;
}

async function tee(sys: Syscalls): Promise<number> {
  const { flags, rest } = parseOptions(sys.args.slice(1), 'ai');
  let code = 0;
  const fds: number[] = [1];
  for (const path of rest) {
    try {
      fds.push(
        sys.open(path, {
          write: true,
          create: true,
          ...(flags.has('a') ? { append: true } : { truncate: true }),
        }),
      );
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      code = await fail(sys, `${path}: ${error.message}`);
    }
  }
  for (;;) {
    const chunk = await sys.read(0);
    if (chunk.byteLength === 0) return code;
    for (const fd of fds) await sys.write(fd, chunk.slice());
  }
}
