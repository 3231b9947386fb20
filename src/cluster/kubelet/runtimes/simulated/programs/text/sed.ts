import { toBytes } from '../../process/bytes.ts';
import type { Syscalls } from '../../process/syscalls.ts';
import { eachInput, fail, Held, linesOf, Output, type ProgramTable, parseOptions, usage } from '../kit.ts';
import { type Address, type Command, SedFailure, SedParser } from './sed-parser.ts';

export const sedPrograms: ProgramTable = { sed };

async function sed(sys: Syscalls): Promise<number> {
  const args = sys.args.slice(1);
  const scripts = args.flatMap((arg, index) =>
    arg === '-e' ? [args[index + 1] ?? ''] : /^-e./.test(arg) ? [arg.slice(2)] : [],
  );
  const { flags, rest, wrong } = parseOptions(args, 'i::nrEe:f:s', {
    quiet: 'n',
    'in-place': 'i',
    'regexp-extended': 'E',
  });
  if (wrong !== undefined)
    return usage(sys, wrong, 'sed [-i[SFX]] [-nrE] [-f FILE]... [-e CMD]... [FILE]...');
  const inPlace = args.some((arg) => /^-[nrEs]*i/.test(arg) || arg.startsWith('--in-place'));
  const fromFiles = flags.has('f') ? [sys.files.readText(flags.get('f') ?? '').replace(/\n$/, '')] : [];
  const given = [...scripts, ...fromFiles];
  // `-i` takes what follows it in the same word; parseOptions may have eaten the next one.
  const plain = args.filter(
    (arg, index) =>
      !/^-[a-zA-Z]/.test(arg) &&
      !(args[index - 1] === '-e' || args[index - 1] === '-f') &&
      !arg.startsWith('--'),
  );
  const script = given.length > 0 ? given.join('\n') : plain[0];
  const paths = inPlace
    ? given.length > 0
      ? plain
      : plain.slice(1)
    : given.length > 0
      ? rest
      : rest.slice(1);
  if (script === undefined) return usage(sys, '', 'sed [-i[SFX]] [-nrE] [-f FILE]... [-e CMD]... [FILE]...');
  let commands: readonly Command[];
  try {
    commands = new SedParser(
      script,
      !(flags.has('r') || flags.has('E') || args.some((arg) => /^-\w*[rE]/.test(arg))),
    ).commands();
  } catch (error) {
    if (!(error instanceof SedFailure)) throw error;
    return fail(sys, error.message);
  }
  const quiet = flags.has('n') || args.some((arg) => /^-[rEi]*n/.test(arg));
  if (!inPlace) {
    const out = new Output(sys);
    const run = new SedRun(sys, commands, quiet, (text) => out.put(text));
    const code = await eachInput(
      sys,
      paths,
      (fd) => run.file(fd),
      (path, text) => `${path}: ${text}`,
    );
    await run.finish();
    await out.flush();
    return run.exitCode ?? code;
  }
  return eachInput(
    sys,
    paths,
    async (fd, path) => {
      let text = '';
      const run = new SedRun(sys, commands, quiet, (more) => {
        text += more;
      });
      await run.file(fd);
      await run.finish();
      sys.files.writeBytes(path, toBytes(text));
    },
    (path, text) => `${path}: ${text}`,
  );
}

class SedRun {
  readonly #sys: Syscalls;
  readonly #commands: readonly Command[];
  readonly #quiet: boolean;
  readonly #put: (text: string) => void | Promise<void>;
  #number = 0;
  #held = '';
  readonly #memory: Held;
  #waiting: string[] = [];
  exitCode: number | undefined;
  #stopped = false;

  constructor(
    sys: Syscalls,
    commands: readonly Command[],
    quiet: boolean,
    put: (text: string) => void | Promise<void>,
  ) {
    this.#sys = sys;
    this.#memory = new Held(sys);
    this.#commands = commands;
    this.#quiet = quiet;
    this.#put = put;
  }

  /** One line is always held back: `$` is the last of all. */
  async file(fd: number): Promise<void> {
    for await (const line of linesOf(this.#sys, fd)) {
      if (this.#stopped) return;
      this.#waiting.push(line);
      while (this.#waiting.length > 2 && !this.#stopped) await this.#cycle();
    }
  }

  async finish(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#stopped) await this.#cycle();
  }

  async #cycle(): Promise<void> {
    let space = this.#waiting.shift() ?? '';
    this.#number++;
    let appended = '';
    let printed = !this.#quiet;
    let jumps = 0;
    const next = () => {
      const line = this.#waiting.shift();
      if (line !== undefined) this.#number++;
      return line;
    };
    const labels = this.#commands.filter(({ name }) => name === ':');
    const run = async (commands: readonly Command[]): Promise<'end' | undefined> => {
      let substituted = false;
      for (let at = 0; at < commands.length; at++) {
        const command = commands[at];
        if (command === undefined || !this.#applies(command, space)) continue;
        const wait = this.#sys.spend(1);
        if (wait !== undefined) await wait;
        this.#memory.is(space.length + this.#held.length);
        switch (command.name) {
          case '{':
            if ((await run(command.block ?? [])) === 'end') return 'end';
            break;
          case 's': {
            const result = substitute(space, command);
            if (result === undefined) break;
            substituted = true;
            space = result;
            if (command.flags?.includes('p') === true) await this.#put(`${space}\n`);
            break;
          }
          case 'y':
            space = [...space]
              .map((char) => [...(command.replacement ?? '')][[...command.text].indexOf(char)] ?? char)
              .join('');
            break;
          case 'p':
            await this.#put(`${space}\n`);
            break;
          case 'P':
            await this.#put(`${space.split('\n')[0]}\n`);
            break;
          case 'd':
            printed = false;
            return 'end';
          case 'D': {
            const rest = space.indexOf('\n');
            if (rest >= 0) {
              this.#waiting.unshift(space.slice(rest + 1));
              this.#number--;
            }
            printed = false;
            return 'end';
          }
          case 'n': {
            if (!this.#quiet) await this.#put(`${space}\n`);
            const line = next();
            if (line === undefined) {
              printed = false;
              return 'end';
            }
            space = line;
            break;
          }
          case 'N': {
            const line = next();
            if (line === undefined) return 'end';
            space += `\n${line}`;
            break;
          }
          case 'g':
            space = this.#held;
            break;
          case 'G':
            space += `\n${this.#held}`;
            break;
          case 'h':
            this.#held = space;
            break;
          case 'H':
            this.#held += `\n${space}`;
            break;
          case 'x':
            [space, this.#held] = [this.#held, space];
            break;
          case '=':
            await this.#put(`${this.#number}\n`);
            break;
          case 'a':
            appended += `${command.text}\n`;
            break;
          case 'i':
            await this.#put(`${command.text}\n`);
            break;
          case 'c':
            printed = false;
            if (command.to === undefined || !command.active) await this.#put(`${command.text}\n`);
            return 'end';
          case 'r':
            appended += this.#sys.files.exists(command.text) ? this.#sys.files.readText(command.text) : '';
            break;
          case 'q':
          case 'Q':
            this.#stopped = true;
            this.exitCode = Number(command.text || 0);
            if (command.name === 'Q') printed = false;
            return 'end';
          case 'b':
          case 't':
          case 'T': {
            if (command.name !== 'b' && substituted !== (command.name === 't')) break;
            substituted = false;
            if (command.text === '') return 'end';
            const label = labels.find(({ text }) => text === command.text);
            const target = label === undefined ? -1 : commands.indexOf(label);
            if (target < 0 || ++jumps > 100_000) return 'end';
            at = target;
            break;
          }
        }
      }
      return undefined;
    };
    await run(this.#commands);
    if (printed) await this.#put(`${space}\n`);
    if (appended !== '') await this.#put(appended);
  }

  #applies(command: Command, space: string): boolean {
    const { from, to } = command;
    let applies: boolean;
    if (from === undefined) applies = true;
    else if (to === undefined) applies = this.#at(from, space);
    else if (command.active) {
      applies = true;
      if (to.kind === 'line' ? this.#number >= to.line : this.#at(to, space)) command.active = false;
    } else {
      applies = this.#at(from, space);
      if (applies && !(to.kind === 'line' && to.line <= this.#number)) command.active = true;
    }
    return applies !== command.negated;
  }

  #at(address: Address, space: string): boolean {
    if (address.kind === 'line') return this.#number === address.line;
    if (address.kind === 'last') return this.#waiting.length === 0;
    address.expression.lastIndex = 0;
    return address.expression.test(space.slice(0, 100_000));
  }
}

/** Where replacing ends in a line that is longer. */
const mostReplaced = 1_000_000;

function substitute(text: string, command: Command): string | undefined {
  const { expression, replacement = '', flags = '' } = command;
  if (expression === undefined) return undefined;
  const wanted = Number(/\d+/.exec(flags)?.[0] ?? 1);
  let count = 0;
  let hit = false;
  expression.lastIndex = 0;
  const result = text.slice(0, mostReplaced).replace(expression, (...match) => {
    count++;
    if (count < wanted || (count > wanted && !flags.includes('g'))) return match[0];
    hit = true;
    return filled(replacement, match);
  });
  return hit ? result + text.slice(mostReplaced) : undefined;
}

function filled(replacement: string, match: readonly unknown[]): string {
  return replacement.replace(/\\([\s\S])|&/g, (whole, char: string | undefined) => {
    if (whole === '&') return String(match[0]);
    if (/\d/.test(char ?? ''))
      return typeof match[Number(char)] === 'string' ? String(match[Number(char)]) : '';
    return char === 'n' ? '\n' : char === 't' ? '\t' : (char ?? '');
  });
}
