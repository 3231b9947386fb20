/** Steps before others have their turn, and the cpu time they stand for; the longer a process works, the fewer. */
export const slices = [
  { afterMs: 0, steps: 2000, cpuMs: 10 },
  { afterMs: 1000, steps: 400, cpuMs: 20 },
  { afterMs: 10_000, steps: 200, cpuMs: 100 },
  { afterMs: 120_000, steps: 100, cpuMs: 500 },
] as const;

/** Something that a process waits for. */
export interface Wait {
  cancel: (() => void) | undefined;
  readonly sinceMs: number;
  readonly fail: (error: unknown) => void;
  before: Wait | undefined;
  after: Wait | undefined;
}

/** All that a process waits for: mostly one thing, hence no Set. */
export class Waits {
  #last: Wait | undefined;

  add(sinceMs: number, fail: (error: unknown) => void): Wait {
    const wait: Wait = { cancel: undefined, sinceMs, fail, before: this.#last, after: undefined };
    if (this.#last !== undefined) this.#last.after = wait;
    this.#last = wait;
    return wait;
  }

  delete(wait: Wait): void {
    if (wait.before !== undefined) wait.before.after = wait.after;
    if (wait.after !== undefined) wait.after.before = wait.before;
    else if (this.#last === wait) this.#last = wait.before;
    wait.before = undefined;
    wait.after = undefined;
  }

  /** The process is gone: its waits end with it, oldest first. */
  breakOff(end: unknown): void {
    const all: Wait[] = [];
    for (let wait = this.#last; wait !== undefined; wait = wait.before) all.push(wait);
    this.#last = undefined;
    for (const wait of all.reverse()) {
      wait.before = undefined;
      wait.after = undefined;
      wait.cancel?.();
      wait.fail(end);
    }
  }
}
