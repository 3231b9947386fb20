import type { ProcessInfo, ProcessList } from './syscalls.ts';

interface Listed {
  readonly pid: number;
  info(): ProcessInfo;
}

/** Processes by number. The first is its PID 1: signals without a handler do not reach it, orphans become its own. */
export class ProcessTable<One extends Listed> {
  readonly #byPid = new Map<number, One>();
  #last = 0;

  get init(): One | undefined {
    return this.#byPid.get(1);
  }

  /** Numbers that short-lived helpers of the runtime have used. */
  skip(count: number): void {
    this.#last += count;
  }

  nextPid(): number {
    do this.#last = this.#last >= 4_194_303 ? 2 : this.#last + 1;
    while (this.#byPid.has(this.#last));
    return this.#last;
  }

  add(process: One): void {
    this.#byPid.set(process.pid, process);
  }

  remove(process: One): void {
    this.#byPid.delete(process.pid);
  }

  get(pid: number): One | undefined {
    return this.#byPid.get(pid);
  }

  all(): One[] {
    return [...this.#byPid.values()].sort((a, b) => a.pid - b.pid);
  }

  /** As programs see them. */
  get list(): ProcessList {
    return {
      all: () => this.all().map((one) => one.info()),
      get: (pid) => this.#byPid.get(pid)?.info(),
    };
  }
}
