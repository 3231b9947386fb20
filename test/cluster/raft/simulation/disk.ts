import type { Random } from '../../../../src/base/random.ts';
import type { HardState, Snapshot } from '../../../../src/cluster/raft/entry.ts';
import { encodeFrame, type LogRecord, scanFrames } from '../../../../src/cluster/raft/frames.ts';
import { Replay } from '../../../../src/cluster/raft/replay.ts';
import type { InitialState, Persist } from '../../../../src/cluster/raft/state.ts';

const scratch = Buffer.alloc(0);

/** A disk with the real frames on it, which keeps what was synced and loses, tears or keeps the rest in a crash. */
export class SimulatedDisk {
  #file = Buffer.alloc(0);
  #sequence = 1;
  #reset: Snapshot | undefined;
  snapshot: Snapshot | undefined;
  /** The write under way. */
  #frame: Buffer | undefined;
  /** Terms of the entries that are durable, by index: what an invariant may count on. */
  readonly durable = new Map<number, number>();
  #lastDurable = 0;

  begin(writes: readonly Persist[]): void {
    const records: LogRecord[] = this.#reset ? [{ kind: 'reset', point: this.#reset }] : [];
    for (const write of writes) {
      if (write.hardState) records.push({ kind: 'hard-state', hardState: write.hardState });
      if (write.snapshot) {
        this.saveSnapshot(write.snapshot);
        records.push({ kind: 'reset', point: write.snapshot });
      }
      for (const entry of write.entries) records.push({ kind: 'entry', entry });
    }
    this.#frame = Buffer.from(encodeFrame(this.#sequence, records, scratch));
  }

  end(writes: readonly Persist[]): void {
    if (!this.#frame) return;
    this.#file = Buffer.concat([this.#file, this.#frame]);
    this.#frame = undefined;
    this.#sequence++;
    this.#reset = undefined;
    for (const write of writes) {
      if (write.snapshot) this.durable.clear();
      for (const entry of write.entries) this.#note(entry.index, entry.term);
    }
  }

  saveSnapshot(snapshot: Snapshot): void {
    if (snapshot.index > (this.snapshot?.index ?? 0)) this.snapshot = snapshot;
  }

  has(index: number, term: number): boolean {
    return index <= (this.snapshot?.index ?? 0) || this.durable.get(index) === term;
  }

  /** The process dies, perhaps with the power: of the write under way anything may have reached the disk. */
  crash(random: Random): void {
    const frame = this.#frame;
    this.#frame = undefined;
    if (!frame) return;
    const left = Buffer.from(frame);
    switch (random.int(4)) {
      case 0:
        return;
      case 1:
        this.#file = Buffer.concat([this.#file, left.subarray(0, random.int(left.length))]);
        return;
      case 2: {
        // Space was given to the file, but a sector of it was not written.
        const sector =
          Math.floor((this.#file.length + random.int(left.length)) / 512) * 512 - this.#file.length;
        left.fill(0, Math.max(0, sector), Math.min(left.length, sector + 512));
        this.#file = Buffer.concat([this.#file, left]);
        return;
      }
      default:
        this.#file = Buffer.concat([this.#file, left]);
    }
  }

  /** What a start finds. */
  load(): InitialState {
    const scan = scanFrames(this.#file, 1);
    if (scan.problem && scan.problem !== 'torn') throw new Error(`the disk reports ${scan.problem.damage}`);
    this.#file = this.#file.subarray(0, scan.end);
    this.#sequence = scan.nextSequence;
    const replay = new Replay();
    replay.all('log', scan.records);
    const { entries, resetNeeded } = replay.after(this.snapshot);
    this.#reset = resetNeeded ? this.snapshot : undefined;
    this.durable.clear();
    this.#lastDurable = 0;
    for (const entry of entries) this.#note(entry.index, entry.term);
    const hardState: HardState = replay.hardState ?? { term: 0, votedFor: undefined };
    const { index, term } = this.snapshot ?? { index: 0, term: 0 };
    return { hardState, snapshot: { index, term }, entries };
  }

  #note(index: number, term: number): void {
    for (let later = index + 1; later <= this.#lastDurable; later++) this.durable.delete(later);
    this.durable.set(index, term);
    this.#lastDurable = index;
  }
}
