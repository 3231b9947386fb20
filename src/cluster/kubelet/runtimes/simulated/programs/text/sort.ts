import { toBytes } from '../../process/bytes.ts';
import type { Syscalls } from '../../process/syscalls.ts';
import { linesOf, Output, parseOptions, usage } from '../kit.ts';
import { eachInput } from './inputs.ts';

interface SortKey {
  readonly from: number;
  readonly fromChar: number;
  readonly to: number | undefined;
  readonly flags: string;
}

/** What a line takes beside its text, about. */
const lineBytes = 40;

export async function sort(sys: Syscalls): Promise<number> {
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
      sys.hold(line.length + lineBytes);
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
  const sorted = await sortedBy(sys, all, compare);
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

/** Little by little: others have their turn in between. */
async function sortedBy(
  sys: Syscalls,
  lines: string[],
  compare: (a: string, b: string) => number,
): Promise<readonly string[]> {
  let runs: string[][] = [];
  for (let at = 0; at < lines.length; at += runLength) {
    runs.push(lines.slice(at, at + runLength).sort(compare));
    const wait = sys.spend(runLength >> 4);
    if (wait !== undefined) await wait;
  }
  while (runs.length > 1) {
    const next: string[][] = [];
    for (let at = 0; at < runs.length; at += 2)
      next.push(await merged(sys, runs[at] ?? [], runs[at + 1] ?? [], compare));
    runs = next;
  }
  return runs[0] ?? [];
}

/** Lines that are sorted at once. */
const runLength = 4096;

async function merged(
  sys: Syscalls,
  a: string[],
  b: string[],
  compare: (a: string, b: string) => number,
): Promise<string[]> {
  if (b.length === 0) return a;
  const all: string[] = [];
  let [fromA, fromB] = [0, 0];
  while (fromA < a.length || fromB < b.length) {
    const [left, right] = [a[fromA], b[fromB]];
    if (right === undefined || (left !== undefined && compare(left, right) <= 0)) {
      all.push(left ?? '');
      fromA++;
    } else {
      all.push(right);
      fromB++;
    }
    const wait = all.length % runLength === 0 ? sys.spend(runLength >> 5) : undefined;
    if (wait !== undefined) await wait;
  }
  return all;
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
