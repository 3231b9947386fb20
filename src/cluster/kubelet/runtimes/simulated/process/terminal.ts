import { concat } from './bytes.ts';
import { noBytes, OpenFile, PipeBuffer, type Waiter } from './open-file.ts';
import { signal } from './signals.ts';
import type { Terminal } from './syscalls.ts';

export interface TerminalHost {
  /** What the learner sees. */
  show(bytes: Uint8Array): void | Promise<void>;
  /** A key sent a signal to the foreground group. */
  signal(group: number, number: number): void;
}

const [interrupt, endOfFile, backspace, newline, kill, quit, suspend, word] = [3, 4, 8, 10, 21, 28, 26, 23];

/** A pseudo-terminal: echo, line editing, Ctrl-C, and `\n` shown as `\r\n`. */
export class Tty extends OpenFile implements Terminal {
  readonly label: string;
  readonly name: string;
  width = 0;
  height = 0;
  cooked = true;
  echo = true;
  foreground = 0;
  readonly #host: TerminalHost;
  readonly #input = new PipeBuffer();
  #line: number[] = [];
  #ended = false;

  constructor(name: string, host: TerminalHost) {
    super();
    this.name = name;
    this.label = name;
    this.#host = host;
    this.#input.readers = 1;
    this.#input.writers = 1;
  }

  override get terminal(): Terminal {
    return this;
  }

  get pending(): boolean {
    return this.#input.size > 0;
  }

  read(max: number, who: Waiter): Uint8Array | Promise<Uint8Array> {
    return this.#input.read(max, who);
  }

  write(bytes: Uint8Array): void | Promise<void> {
    return this.#host.show(withReturns(bytes));
  }

  resize(width: number, height: number): void {
    if (width === this.width && height === this.height) return;
    this.width = width;
    this.height = height;
    this.#host.signal(this.foreground, signal.WINCH);
  }

  /** What the learner typed. */
  async type(bytes: Uint8Array, who: Waiter): Promise<void> {
    if (!this.cooked) {
      await this.#input.write(bytes, who);
      return;
    }
    for (const byte of bytes) await this.#key(byte, who);
  }

  /** The client's input is over: a terminal that hangs up. */
  hangUp(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#input.writers = 0;
    this.#input.changed();
  }

  async #key(byte: number, who: Waiter): Promise<void> {
    if (this.#interrupts(byte)) return;
    if (byte === backspace || byte === 127) {
      if (this.#line.length === 0) return;
      while (((this.#line.pop() ?? 0) & 0xc0) === 0x80);
      await this.#show([backspace, 32, backspace]);
      return;
    }
    if (byte === kill || byte === word) {
      const rubout = this.#line.flatMap(() => [backspace, 32, backspace]);
      this.#line = [];
      await this.#show(rubout);
      return;
    }
    if (byte === endOfFile) {
      if (this.#line.length > 0) await this.#flush(who);
      else this.#input.endOnce();
      return;
    }
    const char = byte === 13 ? newline : byte;
    this.#line.push(char);
    await this.#show(char < 32 && char !== newline && char !== 9 ? [94, char + 64] : [char]);
    if (char === newline) await this.#flush(who);
    else if (this.#line.length > 4095) await this.#flush(who);
  }

  async #flush(who: Waiter): Promise<void> {
    const bytes = Uint8Array.from(this.#line);
    this.#line = [];
    await this.#input.write(bytes, who);
  }

  #interrupts(byte: number): boolean {
    if (this.foreground <= 0) return false;
    const number = { [interrupt]: signal.INT, [quit]: signal.QUIT, [suspend]: signal.TSTP }[byte];
    if (number === undefined) return false;
    this.#line = [];
    void this.#show([94, byte + 64]);
    this.#host.signal(this.foreground, number);
    return true;
  }

  #show(bytes: readonly number[]): void | Promise<void> {
    if (this.echo && bytes.length > 0) return this.#host.show(withReturns(Uint8Array.from(bytes)));
  }
}

function withReturns(bytes: Uint8Array): Uint8Array {
  if (!bytes.includes(newline)) return bytes;
  const parts: Uint8Array[] = [];
  let from = 0;
  for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, from)) {
    parts.push(bytes.subarray(from, at), Uint8Array.of(13, newline));
    from = at + 1;
  }
  parts.push(from < bytes.length ? bytes.subarray(from) : noBytes);
  return concat(parts);
}
