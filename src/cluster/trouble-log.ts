import { appendFile, chown, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '../base/clock.ts';
import { errorCode, readText } from '../base/files.ts';
import type { Owner } from '../base/platform.ts';
import { cleanLine } from '../base/text.ts';

/** Where a cluster tells what goes wrong in it; whoever runs it in the background sends its output there too. */
export const troubleFile = (folder: string): string => path.join(folder, 'registro.log');

export interface TroubleLogOptions {
  readonly folder: string;
  readonly owner: Owner | undefined;
  /** Real time: it goes on while the cluster's stands still. */
  readonly clock: Clock;
}

/** What goes wrong inside a cluster and is tried again, or is a bug: one line each, in a file that stays small. */
export interface TroubleLog {
  /** `what`: who had it. Never throws. */
  trouble(what: string, error: unknown): void;
  /** How many of the last hour were no passing trouble: a disk that fails, a bug. */
  serious(): number;
  /** Writes what is left. */
  close(): Promise<void>;
}

const maxFileBytes = 256 * 1024;
const keptBytes = maxFileBytes / 2;
const maxLineLength = 600;
const writeDelayMs = 1_000;
/** The same trouble is counted, not written, for so long. */
const repeatMs = 60_000;
const maxLinesPerMinute = 30;
const maxKnown = 200;
const recentMs = 3_600_000;

interface Known {
  readonly line: string;
  readonly firstMs: number;
  more: number;
}

export function openTroubleLog(options: TroubleLogOptions): TroubleLog {
  return new Log(options);
}

class Log implements TroubleLog {
  readonly #options: TroubleLogOptions;
  readonly #file: string;
  readonly #known = new Map<string, Known>();
  readonly #serious: number[] = [];
  #lines: string[] = [];
  #minute = { startMs: 0, lines: 0, dropped: 0 };
  #cancel: (() => void) | undefined;
  #turn: Promise<void> = Promise.resolve();

  constructor(options: TroubleLogOptions) {
    this.#options = options;
    this.#file = troubleFile(options.folder);
  }

  trouble(what: string, error: unknown): void {
    if (isExpected(error)) return;
    const nowMs = this.#options.clock.now();
    const serious = isSerious(error);
    if (serious) this.#serious.push(nowMs);
    if (this.#serious.length > maxKnown) this.#serious.shift();
    this.#tellRepeats(nowMs);
    const text = cleanLine(`${what}: ${textOf(error, serious)}`);
    const line = text.length > maxLineLength ? `${text.slice(0, maxLineLength)}…` : text;
    // Names, addresses and numbers differ from one to the next of the same kind.
    const key = line.replace(/[0-9a-f]*\d[0-9a-f-]*/g, '#');
    const known = this.#known.get(key);
    if (known !== undefined) {
      known.more += 1;
      return;
    }
    if (this.#known.size >= maxKnown) this.#known.clear();
    this.#known.set(key, { line, firstMs: nowMs, more: 0 });
    this.#write(nowMs, `${serious ? 'GRAVE' : 'aviso'} ${line}`);
  }

  serious(): number {
    const sinceMs = this.#options.clock.now() - recentMs;
    return this.#serious.filter((atMs) => atMs >= sinceMs).length;
  }

  async close(): Promise<void> {
    this.#cancel?.();
    this.#tellRepeats(Number.POSITIVE_INFINITY);
    await this.#flush();
  }

  /** Of those whose minute is over. */
  #tellRepeats(nowMs: number): void {
    for (const [key, { line, firstMs, more }] of this.#known) {
      if (nowMs - firstMs < repeatMs) continue;
      this.#known.delete(key);
      if (more > 0)
        this.#write(
          Math.min(nowMs, this.#options.clock.now()),
          `aviso (${more === 1 ? 'otra vez' : `otras ${more} veces`}) ${line}`,
        );
    }
  }

  #write(nowMs: number, line: string): void {
    if (nowMs - this.#minute.startMs >= 60_000) {
      const { dropped } = this.#minute;
      this.#minute = { startMs: nowMs, lines: 0, dropped: 0 };
      if (dropped > 0) this.#push(nowMs, `aviso se callaron ${dropped} líneas: eran demasiadas`);
    }
    this.#minute.lines += 1;
    if (this.#minute.lines > maxLinesPerMinute) this.#minute.dropped += 1;
    else this.#push(nowMs, line);
  }

  #push(nowMs: number, line: string): void {
    this.#lines.push(`${new Date(nowMs).toISOString()} ${line}\n`);
    this.#cancel ??= this.#options.clock.after(writeDelayMs, () => void this.#flush());
  }

  #flush(): Promise<void> {
    this.#cancel = undefined;
    const lines = this.#lines.splice(0);
    if (lines.length > 0) this.#turn = this.#turn.then(() => this.#append(lines.join('')));
    return this.#turn;
  }

  /** A disk that does not take it has been told elsewhere. */
  async #append(text: string): Promise<void> {
    const { owner } = this.#options;
    try {
      const size = await stat(this.#file).then(
        (found) => found.size,
        () => undefined,
      );
      if (size !== undefined && size > maxFileBytes) await this.#shorten(size);
      await appendFile(this.#file, text, { mode: 0o600 });
      if (size === undefined && owner !== undefined) await chown(this.#file, owner.uid, owner.gid);
    } catch {
      // Whoever watches over a full disk must not fail by it.
    }
  }

  async #shorten(size: number): Promise<void> {
    const found = await readText(this.#file, size + keptBytes);
    if (found.state !== 'read') return;
    const tail = found.value.slice(-keptBytes);
    // In its place: the process's own output goes to the same file.
    await writeFile(this.#file, tail.slice(tail.indexOf('\n') + 1));
  }
}

/** A master or a node was stopped or cut off, an election is on, a namespace goes: whoever did that knows, and nothing is amiss. */
function isExpected(error: unknown): boolean {
  const message = error instanceof Error ? error.message : '';
  return /API server (is down|was cut off)|^etcdserver: |: no route to host$| because it is being terminated$/.test(
    message,
  );
}

const diskCodes = new Set(['ENOSPC', 'EIO', 'EROFS', 'EDQUOT', 'EMFILE', 'ENFILE']);

/** A bug, or something that does not mend itself. */
function isSerious(error: unknown): boolean {
  return (
    error instanceof TypeError ||
    error instanceof ReferenceError ||
    error instanceof RangeError ||
    diskCodes.has(errorCode(error))
  );
}

/** A bug's place is worth more than its message. */
function textOf(error: unknown, serious: boolean): string {
  if (!(error instanceof Error)) return String(error);
  const place = serious ? /\n\s+at (.*)/.exec(error.stack ?? '')?.[1] : undefined;
  return place === undefined ? error.message : `${error.message} (${place})`;
}
