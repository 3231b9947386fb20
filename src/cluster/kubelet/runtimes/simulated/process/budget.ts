import { Turns } from './turns.ts';

/** What may be killed when memory is short. */
export interface Victim {
  readonly memoryBytes: number;
  /** What it really takes of this machine. */
  readonly heldBytes: number;
  oomKill(): void;
}

/** The processes of one container. */
export interface Group {
  readonly members: ReadonlySet<Victim>;
  oomKill(victim: Victim): void;
}

const mebibyte = 1024 ** 2;

/** Bytes of this machine's memory that simulated containers may really hold, whatever their nodes have. */
export const mostReal = {
  /** The processes of one container: its shell's variables, what `sort` has read… */
  container: 64 * mebibyte,
  /** All processes. */
  processes: 256 * mebibyte,
  /** Files of one container, or of one volume. */
  tree: 64 * mebibyte,
  /** All files. */
  files: 384 * mebibyte,
  /** All logs. */
  logs: 128 * mebibyte,
} as const;

/** What one tree of files really takes. */
export class KeptTree {
  readonly #real: RealMemory;
  #kept = 0;

  constructor(real: RealMemory) {
    this.#real = real;
  }

  get kept(): number {
    return this.#kept;
  }

  keep(bytes: number): void {
    const change = Math.max(bytes, -this.#kept);
    this.#kept += change;
    this.#real.files += change;
  }

  get isFull(): boolean {
    return this.#kept > mostReal.tree || this.#real.files > mostReal.files;
  }
}

/** What the containers of all nodes of a cluster really hold. */
export class RealMemory {
  processes = 0;
  files = 0;
  logs = 0;
  readonly groups = new Set<Group>();
  readonly turns = new Turns();
}

/** The memory of one node, and what its containers say that they use of it. */
export class NodeMemory {
  readonly bytes: number;
  readonly real: RealMemory;
  readonly groups = new Set<Group>();
  used = 0;

  constructor(bytes: number, real: RealMemory) {
    this.bytes = bytes;
    this.real = real;
  }

  add(group: Group): void {
    this.groups.add(group);
    this.real.groups.add(group);
  }

  remove(group: Group): void {
    this.groups.delete(group);
    this.real.groups.delete(group);
  }
}

/** A program made a text, or an array, longer than any can be. */
export function isTooLong(error: unknown): boolean {
  return (
    error instanceof RangeError &&
    /^(Invalid (string|array|typed array) length|Array buffer allocation failed)/.test(error.message)
  );
}
