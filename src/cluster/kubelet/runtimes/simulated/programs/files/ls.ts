import { Errno } from '../../fs/errno.ts';
import type { Stat } from '../../fs/file-view.ts';
import { join } from '../../fs/paths.ts';
import type { Syscalls } from '../../process/syscalls.ts';
import { fail, groupNameOf, Output, type ProgramTable, parseOptions, usage, userNameOf } from '../kit.ts';
import { human } from '../system/machine.ts';

export const lsPrograms: ProgramTable = { ls };

interface Entry {
  readonly name: string;
  readonly path: string;
  readonly stat: Stat;
}

async function ls(sys: Syscalls): Promise<number> {
  const args = sys.args.slice(1).map((arg) => (arg === '--color=auto' || arg === '--color' ? '--' : arg));
  const { flags, rest, wrong } = parseOptions(
    args.filter((arg, index) => arg !== '--' || index === args.length - 1),
    '1AaCxdLHRFplinshrSXvctukwT:g',
    { all: 'a', 'almost-all': 'A', recursive: 'R', 'full-time': 'l' },
  );
  if (wrong !== undefined) return usage(sys, wrong, 'ls [-1AaCxdLHRFplinshrSXvctu] [-w WIDTH] [FILE]...');
  const out = new Output(sys);
  let code = 0;
  const files: Entry[] = [];
  const folders: Entry[] = [];
  const follow = flags.has('L') || flags.has('H');
  for (const path of rest.length === 0 ? ['.'] : rest) {
    try {
      // A link to a folder on the command line is followed, unless `-l` or `-d`.
      let stat = sys.files.stat(path, follow || (!flags.has('l') && !flags.has('d')) || path.endsWith('/'));
      if (stat.kind === 'link' && path.endsWith('/')) stat = sys.files.stat(path);
      (stat.kind === 'dir' && !flags.has('d') ? folders : files).push({ name: path, path, stat });
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      try {
        files.push({ name: path, path, stat: sys.files.stat(path, false) });
      } catch {
        await out.flush();
        const gnu = sys.host.flavour.tools === 'gnu';
        code = await fail(
          sys,
          gnu ? `cannot access '${path}': ${error.message}` : `${path}: ${error.message}`,
          gnu ? 2 : 1,
        );
      }
    }
  }
  const lister = new Lister(sys, flags, out);
  if (files.length > 0) await lister.show(sorted(files, flags));
  const labelled = folders.length + files.length > 1 || flags.has('R') || rest.length > 1;
  let first = files.length === 0;
  const queue = sorted(folders, flags);
  for (let folder = queue.shift(); folder !== undefined; folder = queue.shift()) {
    if (labelled) await out.put(`${first ? '' : '\n'}${folder.path}:\n`);
    first = false;
    try {
      const entries = sorted(entriesOf(sys, folder.path, flags), flags);
      if (flags.has('l') || flags.has('s')) {
        const blocks = entries.reduce((sum, entry) => sum + blocksOf(entry.stat), 0);
        await out.put(`total ${flags.has('h') ? human(blocks * 1024) : blocks}\n`);
      }
      await lister.show(entries);
      if (flags.has('R'))
        queue.unshift(
          ...entries.filter(({ name, stat }) => stat.kind === 'dir' && name !== '.' && name !== '..'),
        );
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      await out.flush();
      code = await fail(
        sys,
        sys.host.flavour.tools === 'gnu'
          ? `cannot open directory '${folder.path}': ${error.message}`
          : `can't open '${folder.path}': ${error.message}`,
      );
    }
  }
  await out.flush();
  return code;
}

/** 1K blocks, in whole 4K pages. */
function blocksOf(stat: Stat): number {
  if (stat.kind === 'dir') return stat.size === 0 ? 0 : 4;
  return stat.kind === 'file' ? Math.ceil(stat.size / 4096) * 4 : 0;
}

function entriesOf(sys: Syscalls, folder: string, flags: ReadonlyMap<string, string>): Entry[] {
  const names = sys.files.readdir(folder);
  const shown = flags.has('a')
    ? ['.', '..', ...names]
    : flags.has('A')
      ? names
      : names.filter((name) => !name.startsWith('.'));
  return shown.flatMap((name) => {
    const path = join(folder, name);
    try {
      return [{ name, path, stat: sys.files.stat(path, flags.has('L')) }];
    } catch {
      return [];
    }
  });
}

function sorted(entries: readonly Entry[], flags: ReadonlyMap<string, string>): Entry[] {
  const compare = (a: Entry, b: Entry) => {
    if (flags.has('S') && a.stat.size !== b.stat.size) return b.stat.size - a.stat.size;
    if (flags.has('t') && a.stat.mtimeMs !== b.stat.mtimeMs) return b.stat.mtimeMs - a.stat.mtimeMs;
    return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
  };
  const result = [...entries].sort(compare);
  return flags.has('r') ? result.reverse() : result;
}

class Lister {
  readonly #sys: Syscalls;
  readonly #flags: ReadonlyMap<string, string>;
  readonly #out: Output;

  constructor(sys: Syscalls, flags: ReadonlyMap<string, string>, out: Output) {
    this.#sys = sys;
    this.#flags = flags;
    this.#out = out;
  }

  async show(entries: readonly Entry[]): Promise<void> {
    const flags = this.#flags;
    const terminal = this.#sys.tty(1);
    if (!flags.has('l') && (flags.has('C') || (terminal !== undefined && !flags.has('1')))) {
      await this.#columns(entries, terminal?.width || 80);
      return;
    }
    for (const entry of entries) await this.#out.put(`${this.#line(entry)}\n`);
  }

  #line({ name, path, stat }: Entry): string {
    const flags = this.#flags;
    const shown = `${flags.has('i') ? '   1024 ' : ''}${flags.has('s') ? `${String(blocksOf(stat)).padStart(6)} ` : ''}`;
    if (!flags.has('l')) return `${shown}${name}${this.#mark(stat)}`;
    const user = flags.has('n') ? String(stat.uid) : (userNameOf(this.#sys, stat.uid) ?? String(stat.uid));
    const group = flags.has('n') ? String(stat.gid) : (groupNameOf(this.#sys, stat.gid) ?? String(stat.gid));
    const size = stat.kind === 'device' ? '1,   3' : flags.has('h') ? human(stat.size) : String(stat.size);
    const target = stat.kind === 'link' ? ` -> ${this.#sys.files.readlink(path)}` : '';
    const head = `${modeText(stat)} ${String(stat.nlink).padStart(4)} ${user.padEnd(8)} ${group.padEnd(8)} ${size.padStart(9)}`;
    return `${shown}${head} ${timeText(stat.mtimeMs, this.#sys.now())} ${name}${this.#mark(stat)}${target}`;
  }

  #mark(stat: Stat): string {
    if (stat.kind === 'dir' && (this.#flags.has('F') || this.#flags.has('p'))) return '/';
    if (!this.#flags.has('F')) return '';
    return stat.kind === 'link' ? '@' : (stat.mode & 0o111) !== 0 && stat.kind === 'file' ? '*' : '';
  }

  async #columns(entries: readonly Entry[], width: number): Promise<void> {
    if (entries.length === 0) return;
    const names = entries.map(({ name, stat }) => name + this.#mark(stat));
    const column = Math.max(...names.map((name) => name.length)) + 2;
    const count = Math.max(1, Math.floor(width / column));
    const rows = Math.ceil(names.length / count);
    for (let row = 0; row < rows; row++) {
      const cells = Array.from({ length: count }, (_, index) => names[index * rows + row]).filter(
        (cell) => cell !== undefined,
      );
      await this.#out.put(
        `${cells.map((cell, index) => (index < cells.length - 1 ? cell.padEnd(column) : cell)).join('')}\n`,
      );
    }
  }
}

/** `drwxr-xr-x` */
export function modeText({ kind, mode }: Stat): string {
  const type = { file: '-', dir: 'd', link: 'l', device: 'c', fifo: 'p' }[kind];
  const bits = [0o400, 0o200, 0o100, 0o040, 0o020, 0o010, 0o004, 0o002, 0o001].map((bit, index) =>
    (mode & bit) !== 0 ? ('rwx'[index % 3] ?? '') : '-',
  );
  const special = (index: number, bit: number, letter: string) => {
    if ((mode & bit) !== 0) bits[index] = bits[index] === 'x' ? letter : letter.toUpperCase();
  };
  special(2, 0o4000, 's');
  special(5, 0o2000, 's');
  special(8, 0o1000, 't');
  return type + bits.join('');
}

/** `Jan 15 10:00`, or with the year when it is not near. */
function timeText(ms: number, nowMs: number): string {
  const [, day = '', month = '', year = '', time = ''] =
    /^\w+, (\d+) (\w+) (\d+) (\d+:\d+)/.exec(new Date(ms).toUTCString()) ?? [];
  const near = nowMs - ms < (365 * 86_400_000) / 2 && ms - nowMs < 86_400_000;
  return `${month} ${String(Number(day)).padStart(2)} ${near ? time : ` ${year}`}`;
}
