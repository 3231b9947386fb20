import { Errno } from '../../fs/errno.ts';
import { join } from '../../fs/paths.ts';
import type { Syscalls } from '../../process/syscalls.ts';
import { fail, linesOf, Output, type ProgramTable, parseOptions, usage } from '../kit.ts';
import { toRegExp } from './regex.ts';

export const grepPrograms: ProgramTable = {
  grep: (sys) => grep(sys, 'basic'),
  egrep: (sys) => grep(sys, 'extended'),
  fgrep: (sys) => grep(sys, 'fixed'),
};

const spec = 'HhnlLoqvsrRiwFEz:xcm:A:B:C:e:f:aIP';
const longNames = {
  'ignore-case': 'i',
  'invert-match': 'v',
  quiet: 'q',
  silent: 'q',
  count: 'c',
  'line-number': 'n',
  'only-matching': 'o',
  'files-with-matches': 'l',
  recursive: 'r',
  'extended-regexp': 'E',
  'fixed-strings': 'F',
  'word-regexp': 'w',
  color: 'a',
  regexp: 'e',
};
/** Longer lines are only looked at so far: an expression must not take forever. */
const longestLine = 100_000;

async function grep(sys: Syscalls, dialect: 'basic' | 'extended' | 'fixed'): Promise<number> {
  const args = sys.args.slice(1).filter((arg) => !arg.startsWith('--color'));
  const several = args.flatMap((arg, index) => (arg === '-e' ? [args[index + 1] ?? ''] : []));
  const { flags, rest, wrong } = parseOptions(args, spec, longNames);
  if (wrong !== undefined)
    return usage(
      sys,
      wrong,
      'grep [-HhnlLoqvsrRiwFE] [-m N] [-A|B|C N] { PATTERN | -e PATTERN... | -f FILE... } [FILE]...',
    );
  const patterns =
    several.length > 0
      ? several
      : flags.has('e')
        ? [flags.get('e') ?? '']
        : flags.has('f')
          ? []
          : rest.slice(0, 1);
  if (flags.has('f'))
    patterns.push(
      ...sys.files
        .readText(flags.get('f') ?? '')
        .split('\n')
        .filter((one) => one !== ''),
    );
  const paths = flags.has('e') || flags.has('f') ? rest : rest.slice(1);
  if (patterns.length === 0)
    return usage(
      sys,
      '',
      'grep [-HhnlLoqvsrRiwFE] [-m N] [-A|B|C N] { PATTERN | -e PATTERN... | -f FILE... } [FILE]...',
    );
  const fixed = dialect === 'fixed' || flags.has('F');
  const basic = dialect === 'basic' && !flags.has('E') && !flags.has('P');
  const expressions: RegExp[] = [];
  for (const pattern of patterns.flatMap((one) => one.split('\n'))) {
    const source = fixed ? pattern.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&') : pattern;
    const whole = toRegExp(source, basic && !fixed, flags.has('i') || flags.has('y') ? 'gi' : 'g');
    if (whole === undefined) return fail(sys, `bad regex '${pattern}': Invalid regexp`, 2);
    expressions.push(flags.has('w') || flags.has('x') ? wrapped(whole, flags.has('x')) : whole);
  }
  return new Grep(sys, flags, expressions).run(paths);
}

function wrapped(expression: RegExp, line: boolean): RegExp {
  const source = line ? `^(?:${expression.source})$` : `(?<![\\w])(?:${expression.source})(?![\\w])`;
  return new RegExp(source, expression.flags);
}

class Grep {
  readonly #sys: Syscalls;
  readonly #flags: ReadonlyMap<string, string>;
  readonly #expressions: readonly RegExp[];
  readonly #out: Output;
  #found = false;
  #code = 0;
  #labelled = false;

  constructor(sys: Syscalls, flags: ReadonlyMap<string, string>, expressions: readonly RegExp[]) {
    this.#sys = sys;
    this.#flags = flags;
    this.#expressions = expressions;
    this.#out = new Output(sys);
  }

  async run(paths: readonly string[]): Promise<number> {
    const recursive = this.#flags.has('r') || this.#flags.has('R');
    const all = recursive ? (paths.length === 0 ? ['.'] : paths).flatMap((path) => this.#below(path)) : paths;
    this.#labelled = (all.length > 1 || recursive || this.#flags.has('H')) && !this.#flags.has('h');
    for (const path of all.length === 0 && !recursive ? ['-'] : all) {
      await this.#file(path);
      if (this.#found && this.#flags.has('q')) return 0;
    }
    await this.#out.flush();
    return this.#code !== 0 ? this.#code : this.#found ? 0 : 1;
  }

  #below(path: string): string[] {
    const { files } = this.#sys;
    if (!files.isDir(path)) return [path];
    return files.readdir(path).flatMap((name) => this.#below(join(path, name)));
  }

  async #file(path: string): Promise<void> {
    const sys = this.#sys;
    let fd = 0;
    try {
      if (path !== '-') {
        if (sys.files.isDir(path)) throw new Errno('EISDIR');
        fd = sys.open(path, { read: true });
      }
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      if (!this.#flags.has('s')) {
        await this.#out.flush();
        await fail(sys, `${path}: ${error.message}`);
      }
      if (error.code !== 'EISDIR') this.#code = 2;
      return;
    }
    try {
      await this.#lines(fd, path === '-' ? '(standard input)' : path);
    } finally {
      if (path !== '-' && sys.hasFd(fd)) sys.close(fd);
    }
  }

  async #lines(fd: number, name: string): Promise<void> {
    const flags = this.#flags;
    const most = Number(flags.get('m') ?? Number.POSITIVE_INFINITY);
    const around = Number(flags.get('C') ?? 0);
    const [before, after] = [Number(flags.get('B') ?? around), Number(flags.get('A') ?? around)];
    const held: { line: string; number: number }[] = [];
    let [count, number, trailing, lastShown] = [0, 0, 0, 0];
    const show = async (line: string, at: number, mark: string) => {
      const label = this.#labelled ? `${name}${mark}` : '';
      await this.#out.put(`${label}${flags.has('n') ? `${at}${mark}` : ''}${line}\n`);
      lastShown = at;
    };
    for await (const line of linesOf(this.#sys, fd)) {
      number++;
      const hit = this.#hits(line) !== flags.has('v');
      if (hit) {
        count++;
        this.#found = true;
        if (flags.has('q')) return;
        if (flags.has('l') || flags.has('L')) break;
        if (!flags.has('c')) {
          if ((before > 0 || after > 0) && lastShown > 0 && number - held.length > lastShown + 1)
            await this.#out.put('--\n');
          for (const one of held.splice(0)) await show(one.line, one.number, '-');
          if (flags.has('o') && !flags.has('v'))
            for (const part of this.#parts(line)) await show(part, number, ':');
          else await show(line, number, ':');
        }
        trailing = after;
        if (count >= most) break;
      } else if (trailing > 0 && !flags.has('c')) {
        trailing--;
        await show(line, number, '-');
      } else if (before > 0) {
        held.push({ line, number });
        if (held.length > before) held.shift();
      }
    }
    if (flags.has('l') && count > 0) await this.#out.put(`${name}\n`);
    if (flags.has('L') && count === 0) await this.#out.put(`${name}\n`);
    if (flags.has('c')) await this.#out.put(`${this.#labelled ? `${name}:` : ''}${count}\n`);
    // Lines at a terminal or in a pipe are seen as they come.
    if (fd === 0) await this.#out.flush();
  }

  #hits(line: string): boolean {
    return this.#expressions.some((expression) => {
      expression.lastIndex = 0;
      return expression.test(line.slice(0, longestLine));
    });
  }

  #parts(line: string): string[] {
    const found = this.#expressions.flatMap((expression) => [
      ...line.slice(0, longestLine).matchAll(expression),
    ]);
    return found
      .sort((a, b) => a.index - b.index)
      .map((match) => match[0])
      .filter((text) => text !== '');
  }
}
