import { EventEmitter } from 'node:events';
import { afterIo } from '../base/clock.ts';

/** A paste longer than this is cut: no answer is that long. */
const maxPaste = 64 * 1024;
const pasteStart = '\u001b[200~';
const pasteEnd = '\u001b[201~';

/**
 * The terminal's keys, one at a time, for whoever reads like Ink does (`readable` and `read()`). Reading begins before
 * Ink is loaded, so nothing typed meanwhile is lost or echoed. Each key is handed over in a turn of its own: a burst
 * is understood key by key. Mouse reports of any encoding are swallowed.
 */
export class KeySource extends EventEmitter {
  readonly #stdin: NodeJS.ReadStream;
  #queue: string[] = [];
  #rest = '';
  #listening = false;
  #scheduled = false;
  /** Whether somebody who understands every key is reading. */
  attended = false;
  /** Called at once with a Ctrl-C that nobody understands yet, and when the terminal goes away. */
  onInterrupt: () => void = () => {};
  onGone: () => void = () => {};

  constructor(stdin: NodeJS.ReadStream) {
    super();
    this.#stdin = stdin;
  }

  readonly isTTY = true;

  /** Begins to take the terminal's bytes. */
  listen(): void {
    if (this.#listening) return;
    this.#listening = true;
    this.#stdin.setEncoding('utf8');
    this.#stdin.on('data', this.#take);
    this.#stdin.on('end', this.#gone);
    this.#stdin.on('error', this.#gone);
    this.#stdin.resume();
  }

  /** Leaves the terminal's bytes to somebody else. */
  release(): void {
    if (!this.#listening) return;
    this.#listening = false;
    this.#stdin.off('data', this.#take);
    this.#stdin.off('end', this.#gone);
    this.#stdin.off('error', this.#gone);
    this.#stdin.pause();
    this.#rest = '';
  }

  // ── What Ink asks of its input ──

  setEncoding(): this {
    return this;
  }

  setRawMode(raw: boolean): this {
    if (raw) this.listen();
    else this.release();
    if (this.#stdin.isTTY) this.#stdin.setRawMode(raw);
    return this;
  }

  ref(): this {
    this.#stdin.ref();
    return this;
  }

  unref(): this {
    this.#stdin.unref();
    return this;
  }

  /** The next key, once per turn. */
  read(): string | null {
    if (this.#scheduled) return null;
    const next = this.#queue.shift();
    if (next === undefined) return null;
    if (this.#queue.length > 0) this.#schedule();
    return next;
  }

  /** Puts back a key that was read and is for somebody else. */
  unread(key: string): void {
    this.#queue.unshift(key);
  }

  override addListener(event: string, listener: (...values: unknown[]) => void): this {
    super.addListener(event, listener);
    if (event === 'readable' && this.#queue.length > 0) this.#schedule();
    return this;
  }

  readonly #gone = () => this.onGone();

  readonly #take = (chunk: string | Buffer) => {
    const { keys, rest } = splitKeys(this.#rest + String(chunk));
    this.#rest = rest.slice(0, maxPaste + pasteStart.length);
    if (!this.attended && keys.includes('\u0003')) {
      this.onInterrupt();
      return;
    }
    this.#queue.push(...keys);
    // A lone Escape may be the beginning of a sequence: whoever reads decides, with its own patience.
    if (
      this.#rest.startsWith('\u001b') &&
      !this.#rest.startsWith(pasteStart) &&
      !this.#rest.startsWith('\u001b[M')
    ) {
      this.#queue.push(this.#rest);
      this.#rest = '';
    }
    if (this.#queue.length > 0 && !this.#scheduled) this.emit('readable');
  };

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    afterIo(() => {
      this.#scheduled = false;
      this.emit('readable');
    });
  }
}

/** Pure: complete keys and pastes of a chunk, and the unfinished sequence at its end. */
export function splitKeys(text: string): { readonly keys: readonly string[]; readonly rest: string } {
  const keys: string[] = [];
  let at = 0;
  while (at < text.length) {
    const left = text.slice(at);
    if (!left.startsWith('\u001b')) {
      const character = String.fromCodePoint(left.codePointAt(0) ?? 0);
      keys.push(character);
      at += character.length;
      continue;
    }
    const length = sequenceLength(left);
    if (length === 0) return { keys, rest: left };
    const sequence = left.slice(0, length);
    if (!isMouse(sequence)) keys.push(sequence);
    at += length;
  }
  return { keys, rest: '' };
}

/** Length of the escape sequence at the beginning of `text`; 0 when it is not complete. */
function sequenceLength(text: string): number {
  if (text.startsWith(pasteStart)) {
    const end = text.indexOf(pasteEnd);
    if (end >= 0) return end + pasteEnd.length;
    return 0;
  }
  // X10 mouse: three bytes of coordinates follow, which look like letters.
  if (text.startsWith('\u001b[M')) return text.length >= 6 ? 6 : 0;
  const csi = /^\u001b\u001b?\[(?:\[[A-E0-9~]|[0-?]*[ -/]*[@-~])/.exec(text);
  if (csi) return csi[0].length;
  const ss3 = /^\u001b\u001b?O[0-9;]*[@-~]/.exec(text);
  if (ss3) return ss3[0].length;
  // Escape and a character: Alt. Escape alone, or an unfinished sequence: wait.
  if (text.length === 1 || /^\u001b\u001b?(?:\[[0-?]*[ -/]*|O[0-9;]*)?$/.test(text)) return 0;
  return 1 + String.fromCodePoint(text.codePointAt(1) ?? 0).length;
}

function isMouse(sequence: string): boolean {
  return (
    sequence.startsWith('\u001b[M') ||
    /^\u001b\[<[\d;]*[Mm]$/.test(sequence) ||
    /^\u001b\[\d+;\d+;\d+M$/.test(sequence)
  );
}
