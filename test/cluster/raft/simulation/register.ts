import type { Entry } from '../../../../src/cluster/raft/entry.ts';

export type Command =
  | { readonly kind: 'write'; readonly key: number; readonly value: number }
  | { readonly kind: 'swap'; readonly key: number; readonly expected: number; readonly value: number };

const KEYS = 2;

/** A few registers as a state machine; all start at 0. */
export class Registers {
  values: number[] = Array.from({ length: KEYS }, () => 0);

  /** Returns what the register held before. */
  apply(entry: Entry): number {
    const command = JSON.parse(Buffer.from(entry.data).toString()) as Command;
    const before = this.values[command.key] ?? 0;
    if (command.kind === 'write' || before === command.expected) this.values[command.key] = command.value;
    return before;
  }

  snapshot(): Uint8Array {
    return Buffer.from(JSON.stringify(this.values));
  }

  restore(snapshot: Uint8Array): void {
    this.values = JSON.parse(Buffer.from(snapshot).toString()) as number[];
  }
}

export function encodeCommand(command: Command): Uint8Array {
  return Buffer.from(JSON.stringify(command));
}
