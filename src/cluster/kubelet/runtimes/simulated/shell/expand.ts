import type { Files } from '../fs/files.ts';
import { toBytes, toText } from '../process/bytes.ts';
import { ArithmeticFailure, arithmetic } from './arithmetic.ts';
import type { List, Part, Word } from './ast.ts';
import { FieldBuilder, textOf } from './fields.ts';
import { glob } from './glob.ts';
import { hasWildcard, Pattern, type Piece } from './pattern.ts';
import type { ShellState } from './state.ts';

/** The expansion ends the shell, with this message. */
export class ExpansionFailure extends Error {}

type ParameterPart = Extract<Part, { readonly kind: 'parameter' }>;

/** Most bytes that a word, and all the words of a command, may become: about what a container may hold. */
const longest = 1 << 25;

/** Turns the words of a command into its arguments, in the order POSIX gives. */
export class Expander {
  readonly #state: ShellState;
  readonly #files: () => Files;
  readonly #substitute: (body: List) => Promise<Uint8Array>;
  readonly #flags: () => string;
  /** The kernel has no memory for it: does not come back. */
  readonly #exhausted: () => void;

  constructor(
    state: ShellState,
    files: () => Files,
    substitute: (body: List) => Promise<Uint8Array>,
    flags: () => string,
    exhausted: () => void,
  ) {
    this.#state = state;
    this.#files = files;
    this.#substitute = substitute;
    this.#flags = flags;
    this.#exhausted = exhausted;
  }

  /** All arguments that the words become: split, and with file names. */
  async fields(words: readonly Word[]): Promise<string[]> {
    const all: string[] = [];
    let size = 0;
    for (const word of words) {
      const [only] = word;
      if (word.length === 1 && only?.kind === 'text' && (only.quoted || !/[*?[]/.test(only.text))) {
        all.push(only.text);
        continue;
      }
      for (const field of await this.#split(word)) {
        if (this.#state.option('f') || !hasWildcard(field)) all.push(textOf(field));
        else for (const found of glob(this.#files(), field)) all.push(found);
        size += 32 + (all.at(-1)?.length ?? 0);
      }
      if (size > longest * 2) this.#exhausted();
    }
    return all;
  }

  /** One text: assignments, redirections, here-documents, `case`. */
  async single(word: Word): Promise<string> {
    return textOf(await this.pieces(word));
  }

  async pieces(word: Word): Promise<Piece[]> {
    const builder = new FieldBuilder('');
    await this.#expand(word, builder, false, true);
    return builder.all();
  }

  async arithmetic(word: Word): Promise<bigint> {
    return this.evaluate(await this.single(word));
  }

  evaluate(text: string): bigint {
    const state = this.#state;
    try {
      return arithmetic(text, {
        get: (name) => this.value(name),
        set: (name, value) => {
          if (!state.set(name, value)) throw new ExpansionFailure(`${name}: is read only`);
        },
      });
    } catch (error) {
      if (error instanceof ArithmeticFailure) throw new ExpansionFailure(error.message);
      throw error;
    }
  }

  /** Of any parameter but `@` and `*`. Undefined: not set. */
  value(name: string): string | undefined {
    const state = this.#state;
    if (/^[1-9]\d*$/.test(name)) return state.positional[Number(name) - 1];
    switch (name) {
      case '0':
        return state.name;
      case '#':
        return String(state.positional.length);
      case '?':
        return String(state.status);
      case '$':
        return String(state.pid);
      case '!':
        return state.lastBackground === undefined ? '' : String(state.lastBackground);
      case '-':
        return this.#flags();
      case '@':
      case '*':
        return state.positional.length === 0
          ? undefined
          : state.positional.join(name === '*' ? this.#separator() : ' ');
      default:
        return state.get(name);
    }
  }

  async #split(word: Word): Promise<Piece[][]> {
    const builder = new FieldBuilder(this.#state.get('IFS') ?? ' \t\n');
    await this.#expand(word, builder, false, false);
    return builder.fields();
  }

  /** `cut`: the text of the word itself is split too, as in `${x:-a b}`. */
  async #expand(word: Word, out: FieldBuilder, quoted: boolean, whole: boolean, cut = false): Promise<void> {
    for (const part of word) {
      switch (part.kind) {
        case 'text':
          if (cut) out.value(part.text, quoted || part.quoted);
          else out.text(part.text, quoted || part.quoted);
          break;
        case 'quoted':
          // `"$@"` without parameters is nothing at all; "" is an empty field.
          if (!(part.parts.length === 1 && isAll(part.parts[0]) && this.#state.positional.length === 0))
            out.text('', true);
          await this.#expand(part.parts, out, true, whole);
          break;
        case 'tilde':
          out.text(this.#home(part.user), true);
          break;
        case 'arithmetic':
          out.value(String(await this.arithmetic(part.expression)), quoted);
          break;
        case 'command':
          out.value(
            toText(await this.#substitute(part.body))
              .replace(/\n+$/, '')
              .replaceAll('\0', ''),
            quoted,
          );
          break;
        case 'parameter':
          await this.#parameter(part, out, quoted, whole);
      }
    }
    if (out.size > longest) this.#exhausted();
  }

  async #parameter(part: ParameterPart, out: FieldBuilder, quoted: boolean, whole: boolean): Promise<void> {
    const { name, operator } = part;
    if ((name === '@' || name === '*') && operator === '') {
      this.#all(name, out, quoted, whole);
      return;
    }
    const value = this.value(name);
    const missing = value === undefined || (operator.startsWith(':') && operator !== ':' && value === '');
    switch (operator.replace(/^:(?=.)/, '')) {
      case '-':
        return missing
          ? this.#expand(part.argument, out, quoted, whole, true)
          : this.#put(name, value, out, quoted, whole);
      case '+':
        return missing ? undefined : this.#expand(part.argument, out, quoted, whole, true);
      case '=': {
        if (!missing) return out.value(value, quoted);
        if (!/^[A-Za-z_]/.test(name)) throw new ExpansionFailure(`${name}: bad variable name`);
        const text = await this.single(part.argument);
        if (!this.#state.set(name, text)) throw new ExpansionFailure(`${name}: is read only`);
        return out.value(text, quoted);
      }
      case '?':
        if (!missing) return this.#put(name, value, out, quoted, whole);
        throw new ExpansionFailure(
          `${name}: ${(await this.single(part.argument)) || (operator === ':?' ? 'parameter not set or null' : 'parameter not set')}`,
        );
    }
    if (value === undefined && this.#state.option('u') && name !== '@' && name !== '*' && name !== '!') {
      throw new ExpansionFailure(`${name}: parameter not set`);
    }
    if (operator === '') return out.value(value ?? '', quoted);
    out.value(await this.#changed(part, value ?? ''), quoted);
  }

  #put(name: string, value: string, out: FieldBuilder, quoted: boolean, whole: boolean): void {
    if (name === '@' || name === '*') this.#all(name, out, quoted, whole);
    else out.value(value, quoted);
  }

  async #changed(part: ParameterPart, value: string): Promise<string> {
    const { operator, argument, second } = part;
    switch (operator) {
      case '#len':
        return String(toBytes(value).byteLength);
      case '#':
      case '##': {
        const length = new Pattern(await this.pieces(argument)).affix(value, 'prefix', operator === '##');
        return length === undefined ? value : value.slice(length);
      }
      case '%':
      case '%%': {
        const length = new Pattern(await this.pieces(argument)).affix(value, 'suffix', operator === '%%');
        return length === undefined ? value : value.slice(0, value.length - length);
      }
      case '/':
      case '//':
        return replaced(
          value,
          new Pattern(await this.pieces(argument)),
          await this.single(second ?? []),
          operator === '//',
        );
      case ':': {
        const chars = [...value];
        const offset = Number(await this.arithmetic(argument));
        const start = offset < 0 ? chars.length + offset : offset;
        if (start < 0) return '';
        if (second === undefined) return chars.slice(start).join('');
        const length = Number(await this.arithmetic(second));
        return chars.slice(start, length < 0 ? chars.length + length : start + length).join('');
      }
      case '^':
        return value.slice(0, 1).toUpperCase() + value.slice(1);
      case '^^':
        return value.toUpperCase();
      case ',':
        return value.slice(0, 1).toLowerCase() + value.slice(1);
      default:
        return value.toLowerCase();
    }
  }

  #all(name: '@' | '*', out: FieldBuilder, quoted: boolean, whole: boolean): void {
    const { positional } = this.#state;
    if (whole || (name === '*' && quoted)) {
      const separator = name === '*' ? this.#separator() : ' ';
      out.value(positional.join(separator), quoted);
      return;
    }
    for (const [index, value] of positional.entries()) {
      if (index > 0) out.end();
      if (quoted) out.text(value, true);
      else out.value(value, false);
    }
  }

  #separator(): string {
    const separators = this.#state.get('IFS');
    return separators === undefined ? ' ' : separators.slice(0, 1);
  }

  #home(user: string): string {
    if (user === '') return this.#state.get('HOME') ?? '~';
    try {
      const line = this.#files()
        .readText('/etc/passwd')
        .split('\n')
        .find((one) => one.startsWith(`${user}:`));
      return line?.split(':')[5] ?? `~${user}`;
    } catch {
      return `~${user}`;
    }
  }
}

function isAll(part: Part | undefined): boolean {
  return part?.kind === 'parameter' && part.name === '@' && part.operator === '';
}

function replaced(value: string, pattern: Pattern, replacement: string, all: boolean): string {
  let text = '';
  let from = 0;
  for (;;) {
    const found = pattern.search(value, from);
    if (found === undefined) return text + value.slice(from);
    text += value.slice(from, found.start) + replacement;
    from = found.end;
    if (!all) return text + value.slice(from);
  }
}
