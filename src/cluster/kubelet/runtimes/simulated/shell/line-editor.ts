import { incompleteTail, toText } from '../process/bytes.ts';
import type { Syscalls } from '../process/syscalls.ts';

/** Reads a line at a terminal: echo, cursor keys, history, Ctrl-A/E/U/K/W/L/C/D, names of files by Tab. */
export class LineEditor {
  readonly #sys: Syscalls;
  readonly #history: string[];
  #prompt = '';
  #line: string[] = [];
  #cursor = 0;
  #recalled = 0;
  #reading = false;
  #rest = new Uint8Array(0);

  constructor(sys: Syscalls, history: string[]) {
    this.#sys = sys;
    this.#history = history;
  }

  /** The line with its newline; undefined at the end of input. */
  async read(prompt: string): Promise<string | 'interrupt' | undefined> {
    const terminal = this.#sys.tty(0);
    this.#prompt = prompt;
    this.#line = [];
    this.#cursor = 0;
    this.#recalled = this.#history.length;
    await this.#show(prompt);
    if (terminal === undefined) return this.#plain();
    terminal.cooked = false;
    this.#reading = true;
    try {
      if (this.#sys.host.flavour.asksCursor && this.#rest.length === 0 && !terminal.pending)
        await this.#show('\x1b[6n');
      return await this.#edit();
    } finally {
      this.#reading = false;
      if (!this.#sys.ended) terminal.cooked = true;
    }
  }

  /** The window has another size. */
  redraw(): void {
    if (!this.#reading) return;
    const text = `\r${this.#prompt}${this.#line.join('')}\x1b[J`;
    void Promise.resolve(this.#sys.err(text)).catch(() => undefined);
  }

  /** Without a terminal: `sh -i` with a pipe. */
  async #plain(): Promise<string | undefined> {
    let line = '';
    for (;;) {
      const byte = await this.#sys.read(0, 1);
      if (byte.byteLength === 0) return line === '' ? undefined : line;
      line += toText(byte);
      if (byte[0] === 10) return line;
    }
  }

  async #edit(): Promise<string | 'interrupt' | undefined> {
    for (;;) {
      const key = await this.#key();
      if (key === '') return undefined;
      switch (key) {
        case '\r':
        case '\n': {
          await this.#show('\n');
          const line = this.#line.join('');
          if (line.trim() !== '' && this.#history.at(-1) !== line) this.#history.push(line);
          if (this.#history.length > 500) this.#history.shift();
          return `${line}\n`;
        }
        case '\x03':
          await this.#show('^C\n');
          return 'interrupt';
        case '\x04':
          if (this.#line.length > 0) break;
          await this.#show('\n');
          return undefined;
        default:
          await this.#act(key);
      }
    }
  }

  async #act(key: string): Promise<void> {
    const line = this.#line;
    switch (key) {
      case '\x7f':
      case '\b':
        if (this.#cursor > 0) await this.#replace(this.#cursor - 1, this.#cursor, []);
        return;
      case '\x1b[3~':
        return this.#replace(this.#cursor, this.#cursor + 1, []);
      case '\x1b[D':
      case '\x02':
        return this.#move(this.#cursor - 1);
      case '\x1b[C':
      case '\x06':
        return this.#move(this.#cursor + 1);
      case '\x1b[H':
      case '\x1b[1~':
      case '\x01':
        return this.#move(0);
      case '\x1b[F':
      case '\x1b[4~':
      case '\x05':
        return this.#move(line.length);
      case '\x15':
        return this.#replace(0, this.#cursor, []);
      case '\x0b':
        return this.#replace(this.#cursor, line.length, []);
      case '\x17': {
        const from = line.slice(0, this.#cursor).join('').trimEnd().lastIndexOf(' ') + 1;
        return this.#replace(from, this.#cursor, []);
      }
      case '\x0c':
        await this.#show(`\x1b[H\x1b[J${this.#prompt}${line.join('')}`);
        return;
      case '\x1b[A':
      case '\x10':
        return this.#recall(-1);
      case '\x1b[B':
      case '\x0e':
        return this.#recall(1);
      case '\t':
        return this.#complete();
      default:
        // An answer to a question about the cursor, or a key without a meaning here.
        if (!key.startsWith('\x1b') && key >= ' ') await this.#replace(this.#cursor, this.#cursor, [...key]);
    }
  }

  /** One key: a character or an escape sequence; '' at the end. */
  async #key(): Promise<string> {
    let key = await this.#char();
    if (key !== '\x1b') return key;
    key += await this.#char();
    if (key !== '\x1b[' && key !== '\x1bO') return key;
    do key += await this.#char();
    while (!/[A-Za-z~]$/.test(key) && key.length < 16);
    return key.replace('\x1bO', '\x1b[');
  }

  async #char(): Promise<string> {
    let bytes = this.#rest;
    while (bytes.length === 0 || incompleteTail(bytes) === bytes.length) {
      const more = await this.#sys.read(0, 4096);
      if (more.byteLength === 0) return '';
      bytes = Uint8Array.from([...bytes, ...more]);
    }
    const first = bytes[0] ?? 0;
    const length = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 1;
    this.#rest = bytes.slice(length);
    return toText(bytes.slice(0, length));
  }

  async #replace(from: number, to: number, chars: readonly string[]): Promise<void> {
    const appended = from === this.#line.length && chars.length > 0;
    const back = this.#cursor - from;
    this.#line.splice(from, to - from, ...chars);
    this.#cursor = from + chars.length;
    if (appended) {
      await this.#show(chars.join(''));
      return;
    }
    const after = this.#line.slice(from).join('');
    const steps = this.#line.length - this.#cursor;
    await this.#show(`${'\b'.repeat(Math.max(0, back))}${after}\x1b[J${'\b'.repeat(steps)}`);
  }

  async #move(to: number): Promise<void> {
    const target = Math.max(0, Math.min(this.#line.length, to));
    const text =
      target < this.#cursor
        ? '\b'.repeat(this.#cursor - target)
        : this.#line.slice(this.#cursor, target).join('');
    this.#cursor = target;
    if (text !== '') await this.#show(text);
  }

  async #recall(step: number): Promise<void> {
    const index = this.#recalled + step;
    if (index < 0 || index > this.#history.length) return;
    this.#recalled = index;
    await this.#move(0);
    await this.#replace(0, this.#line.length, [...(this.#history[index] ?? '')]);
  }

  async #complete(): Promise<void> {
    const word = /\S*$/.exec(this.#line.slice(0, this.#cursor).join(''))?.[0] ?? '';
    const slash = word.lastIndexOf('/') + 1;
    const folder = word.slice(0, slash) || '.';
    let names: string[];
    try {
      names = this.#sys.files.readdir(folder).filter((name) => name.startsWith(word.slice(slash)));
    } catch {
      return;
    }
    const [first] = names;
    if (first === undefined) return;
    let common = first;
    for (const name of names) while (!name.startsWith(common)) common = common.slice(0, -1);
    const isFolder = this.#sys.files.isDir(`${folder}/${first}`);
    const end = names.length === 1 ? (isFolder ? '/' : ' ') : '';
    await this.#replace(this.#cursor, this.#cursor, [...common.slice(word.length - slash), ...end]);
  }

  #show(text: string): void | Promise<void> {
    return this.#sys.err(text);
  }
}
