import type { Clock } from '../../../../../base/clock.ts';
import type { ContainerLog, LogLine } from '../../../runtime.ts';
import { mostReal, type RealMemory } from '../process/budget.ts';
import { concat, toText } from '../process/bytes.ts';

const longestLine = 16_384;
const kept = 10 * 1024 * 1024;
/** What is left of one that goes on when all logs together are too many. */
const leastKept = 512 * 1024;
/** Time, stream and flag that the log file has before each line. */
const lineOverhead = 45;
/** What a line really takes beside its text. */
const objectOverhead = 96;

const noLines: LogLine[] = [];

/** What a container printed, cut into lines as containerd does; the oldest goes when 10 MiB are full. */
export class LogBuffer implements ContainerLog {
  readonly #clock: Clock;
  readonly #real: RealMemory;
  #lines: LogLine[] = noLines;
  #bytes = 0;
  /** What the lines really take of this machine, about. */
  #held = 0;
  #order = 0;
  #lastMs = 0;
  /** Made when there are some: most containers say little, and nobody follows them. */
  #partial: Map<LogLine['stream'], Uint8Array[]> | undefined;
  #listeners: Set<(line: LogLine) => void> | undefined;
  #over = false;
  #end: { readonly promise: Promise<void>; readonly resolve: () => void } | undefined;

  constructor(clock: Clock, real: RealMemory) {
    this.#clock = clock;
    this.#real = real;
  }

  /** It is removed. */
  drop(): void {
    this.#lines = noLines;
    this.#real.logs -= this.#held;
    this.#held = 0;
  }

  get ended(): Promise<void> {
    if (this.#over) return Promise.resolve();
    if (this.#end === undefined) {
      let resolve = (): void => undefined;
      const promise = new Promise<void>((done) => {
        resolve = done;
      });
      this.#end = { promise, resolve };
    }
    return this.#end.promise;
  }

  get sizeBytes(): number {
    return this.#bytes;
  }

  lines(): readonly LogLine[] {
    return this.#lines;
  }

  onLine(listener: (line: LogLine) => void): () => void {
    this.#listeners ??= new Set();
    this.#listeners.add(listener);
    return () => this.#listeners?.delete(listener);
  }

  /** How many lines it became. */
  write(stream: LogLine['stream'], bytes: Uint8Array): number {
    let made = 0;
    let from = 0;
    const partial = this.#partial?.get(stream) ?? [];
    let pending = partial.reduce((sum, part) => sum + part.byteLength, 0);
    while (from < bytes.byteLength) {
      const newline = bytes.indexOf(10, from);
      const end = newline < 0 ? bytes.byteLength : newline + 1;
      const room = longestLine - pending;
      const to = end - from - (newline < 0 ? 0 : 1) > room ? from + room : end;
      partial.push(bytes.subarray(from, to));
      pending += to - from;
      if (to === end && newline >= 0) {
        this.#add(stream, partial);
        pending = 0;
        made++;
      } else if (pending >= longestLine) {
        this.#add(stream, partial);
        pending = 0;
        made++;
      }
      from = to;
    }
    if (partial.length > 0) {
      this.#partial ??= new Map();
      this.#partial.set(
        stream,
        partial.map((part) => part.slice()),
      );
    } else this.#partial?.delete(stream);
    return made;
  }

  /** The process has ended: what had no newline becomes a line. */
  end(): void {
    for (const [stream, partial] of this.#partial ?? []) this.#add(stream, partial);
    this.#partial = undefined;
    this.#over = true;
    this.#end?.resolve();
    this.#end = undefined;
  }

  #add(stream: LogLine['stream'], parts: Uint8Array[]): void {
    const text = toText(concat(parts.splice(0)));
    const nowMs = this.#clock.now();
    this.#order = nowMs === this.#lastMs ? this.#order + 1 : 0;
    this.#lastMs = nowMs;
    const line: LogLine = { atMs: nowMs + Math.min(this.#order, 999_999) / 1_000_000, stream, text };
    if (this.#lines === noLines) this.#lines = [line];
    else this.#lines.push(line);
    this.#bytes += text.length + lineOverhead;
    this.#held += text.length + objectOverhead;
    this.#real.logs += text.length + objectOverhead;
    const most = this.#real.logs > mostReal.logs ? leastKept : kept;
    if (this.#bytes > most) this.#drop(most * 0.9);
    for (const listener of [...(this.#listeners ?? [])]) listener(line);
  }

  /** A tenth at a time, as a file that is rotated. */
  #drop(to: number): void {
    let count = 0;
    let held = 0;
    while (this.#bytes > to) {
      const length = this.#lines[count++]?.text.length ?? 0;
      this.#bytes -= length + lineOverhead;
      held += length + objectOverhead;
    }
    this.#lines = this.#lines.slice(count);
    this.#held -= held;
    this.#real.logs -= held;
  }
}
