import { Errno, reason } from '../fs/errno.ts';
import { concat, toText } from '../process/bytes.ts';
import type { Program, Syscalls } from '../process/syscalls.ts';

/** Programs by name, for a registry. */
export type ProgramTable = { readonly [name: string]: Program };

export function nameOf(sys: Syscalls): string {
  const path = sys.args[0] ?? '';
  return path.slice(path.lastIndexOf('/') + 1);
}

/** `name: text` on standard error; the exit code is for `return`. */
export async function fail(sys: Syscalls, text: string, code = 1): Promise<number> {
  await sys.err(`${nameOf(sys)}: ${text}\n`);
  return code;
}

export interface Parsed {
  /** Letter (or long name) → its last value; '' for switches. */
  readonly flags: ReadonlyMap<string, string>;
  readonly rest: readonly string[];
  /** An option that does not exist. */
  readonly wrong: string | undefined;
  has(flag: string): boolean;
}

/**
 * getopt(3): `spec` lists letters, with `:` after those that take a value, then long names (`--name`, `--name=`) as pairs to
 * letters. Options may come after operands unless `spec` starts with `+`.
 */
export function parseOptions(
  args: readonly string[],
  spec: string,
  long: { readonly [name: string]: string } = {},
): Parsed {
  const flags = new Map<string, string>();
  const rest: string[] = [];
  let wrong: string | undefined;
  const strict = spec.startsWith('+');
  const takesValue = (letter: string) => spec[spec.indexOf(letter) + 1] === ':';
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? '';
    if (arg === '--') {
      rest.push(...args.slice(at + 1));
      break;
    }
    if (arg.startsWith('--')) {
      const [name = '', value] = splitOnce(arg.slice(2), '=');
      const letter = Object.hasOwn(long, name) ? long[name] : undefined;
      if (letter === undefined) wrong ??= arg;
      else flags.set(letter, value ?? (takesValue(letter) ? (args[++at] ?? '') : ''));
      continue;
    }
    if (!arg.startsWith('-') || arg === '-') {
      if (strict) {
        rest.push(...args.slice(at));
        break;
      }
      rest.push(arg);
      continue;
    }
    for (let index = 1; index < arg.length; index++) {
      const letter = arg[index] ?? '';
      if (!spec.includes(letter) || letter === ':' || letter === '+') {
        wrong ??= letter;
        continue;
      }
      if (!takesValue(letter)) {
        flags.set(letter, '');
        continue;
      }
      flags.set(letter, arg.slice(index + 1) || (args[++at] ?? ''));
      break;
    }
  }
  return { flags, rest, wrong, has: (flag) => flags.has(flag) };
}

/** What busybox says of an option that it does not have. */
export async function usage(sys: Syscalls, wrong: string, line: string): Promise<number> {
  const text = wrong.startsWith('--') ? `unrecognized option '${wrong}'` : `invalid option -- '${wrong}'`;
  await sys.err(
    `${wrong === '' ? '' : `${nameOf(sys)}: ${text}\n`}BusyBox v1.37.0 (2025-09-26 21:31:42 UTC) multi-call binary.\n\nUsage: ${line}\n`,
  );
  return 1;
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}

/** Bytes that one reading may really keep. */
const mostInOne = 1 << 25;

/** Everything up to the end; it stays counted until the process ends. */
export async function readAll(sys: Syscalls, fd = 0): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const chunk = await sys.read(fd);
    if (chunk.byteLength === 0) break;
    size += chunk.byteLength;
    // Zeros from a device and the like are many: more than a container may hold is only counted.
    if (size < mostInOne) sys.hold(chunk.byteLength);
    else sys.allocate(chunk.byteLength);
    if (size < mostInOne) parts.push(chunk);
  }
  return concat(parts);
}

/** Lines without their newline; the last one may lack it. Memory that endless lines take is counted. */
export async function* linesOf(sys: Syscalls, fd: number): AsyncGenerator<string> {
  let rest: Uint8Array[] = [];
  let held = 0;
  let counted = 0;
  const letGo = () => {
    if (held > 0) sys.hold(-held);
    if (counted > 0) sys.allocate(-counted);
    held = 0;
    counted = 0;
  };
  for (;;) {
    const chunk = await sys.read(fd);
    if (chunk.byteLength === 0) break;
    let from = 0;
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
      rest.push(chunk.subarray(from, at));
      const wait = sys.spend(1);
      if (wait !== undefined) await wait;
      yield toText(concat(rest));
      rest = [];
      letGo();
      from = at + 1;
    }
    if (from < chunk.byteLength) {
      const size = chunk.byteLength - from;
      // A line without end is only counted, until somebody is killed for it.
      if (held < mostInOne) {
        held += size;
        sys.hold(size);
        rest.push(chunk.subarray(from));
      } else {
        counted += size;
        sys.allocate(size);
      }
    }
  }
  letGo();
  if (rest.length > 0) yield toText(concat(rest));
}

/**
 * Calls `use` for each operand as an open descriptor (`-` and none: standard input). What cannot be opened is told; the result is
 * the exit code.
 */
export async function eachInput(
  sys: Syscalls,
  paths: readonly string[],
  use: (fd: number, name: string) => Promise<void>,
  message: (path: string, text: string) => string = (path, text) => `can't open '${path}': ${text}`,
): Promise<number> {
  let code = 0;
  for (const path of paths.length === 0 ? ['-'] : paths) {
    if (path === '-') {
      await use(0, '-');
      continue;
    }
    let fd: number;
    try {
      fd = sys.open(path, { read: true });
    } catch (error) {
      code = await fail(sys, message(path, reason(error)));
      continue;
    }
    try {
      await use(fd, path);
    } catch (error) {
      if (sys.ended) throw error;
      code = await fail(
        sys,
        sys.host.flavour.tools === 'gnu'
          ? `${path}: ${reason(error)}`
          : `${writing(error)} error: ${reason(error)}`,
      );
    }
    if (sys.hasFd(fd)) sys.close(fd);
  }
  return code;
}

function writing(error: unknown): 'read' | 'write' {
  return error instanceof Errno && ['ENOSPC', 'ENOMEM', 'EPIPE'].includes(error.code) ? 'write' : 'read';
}

/** What a program keeps, told to the kernel when it has changed by much. */
export class Held {
  readonly #sys: Syscalls;
  #bytes = 0;
  #told = 0;

  constructor(sys: Syscalls) {
    this.#sys = sys;
  }

  /** So much more, or less. Ends the process when there is no memory for it. */
  change(bytes: number): void {
    this.is(this.#bytes + bytes);
  }

  is(bytes: number): void {
    this.#bytes = bytes;
    const untold = bytes - this.#told;
    if (Math.abs(untold) < 65_536) return;
    this.#told = bytes;
    this.#sys.hold(untold);
  }
}

/** Collects output so that many small pieces become few writes. */
export class Output {
  readonly #sys: Syscalls;
  readonly #fd: number;
  #text = '';

  constructor(sys: Syscalls, fd = 1) {
    this.#sys = sys;
    this.#fd = fd;
  }

  put(text: string): void | Promise<void> {
    this.#text += text;
    if (this.#text.length > 4096) return this.flush();
  }

  async flush(): Promise<void> {
    if (this.#text === '') return;
    const text = this.#text;
    this.#text = '';
    await this.#sys.write(this.#fd, text);
  }
}

export function userNameOf(sys: Syscalls, uid: number): string | undefined {
  return rowOf(sys, '/etc/passwd', uid);
}

export function groupNameOf(sys: Syscalls, gid: number): string | undefined {
  return rowOf(sys, '/etc/group', gid);
}

/** Number of a user or group by name. */
export function idOf(sys: Syscalls, file: string, name: string): number | undefined {
  if (/^\d+$/.test(name)) return Number(name);
  const row = rowsOf(sys, file).find((one) => one[0] === name);
  return row === undefined ? undefined : Number(row[2]);
}

function rowOf(sys: Syscalls, file: string, id: number): string | undefined {
  return rowsOf(sys, file).find((row) => row[2] === String(id))?.[0];
}

export function rowsOf(sys: Syscalls, file: string): string[][] {
  try {
    return sys.files
      .readText(file)
      .split('\n')
      .map((line) => line.split(':'));
  } catch {
    return [];
  }
}

/** `10`, `1.5`, `2m`, `1h`, `1d` in ms; undefined: no duration. */
export function duration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d*)?|\.\d+)([smhd]?)$/.exec(text);
  if (match === null) return text === 'infinity' || text === 'inf' ? 2 ** 40 : undefined;
  const unit = { s: 1, m: 60, h: 3600, d: 86_400 }[match[2] ?? ''] ?? 1;
  return Number(match[1]) * unit * 1000;
}

/** `10`, `4k`, `1M`, `2G`: busybox's sizes; undefined: none. */
export function sizeOf(text: string): number | undefined {
  const match = /^(\d+)(c|w|b|[kKMGT](?:i?B|D)?)?$/.exec(text);
  if (match === null) return undefined;
  const unit = match[2] ?? '';
  const letters: { readonly [letter: string]: number } = {
    c: 1,
    w: 2,
    b: 512,
    k: 2 ** 10,
    K: 2 ** 10,
    M: 2 ** 20,
    G: 2 ** 30,
    T: 2 ** 40,
  };
  const decimal = unit.endsWith('D') || /^[kKMGT]B$/.test(unit);
  const power = ' kMGT'.indexOf(unit.slice(0, 1).replace('K', 'k'));
  return Number(match[1]) * (decimal && power > 0 ? 1000 ** power : (letters[unit.slice(0, 1)] ?? 1));
}
