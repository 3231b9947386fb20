import { Errno } from '../../fs/errno.ts';
import { toBytes, toText } from '../../process/bytes.ts';
import type { Syscalls } from '../../process/syscalls.ts';
import { fail, linesOf, Output, type ProgramTable, parseOptions, readAll, usage } from '../kit.ts';
import { head, tail } from './ends.ts';
import { eachInput } from './inputs.ts';
import { sort } from './sort.ts';

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
