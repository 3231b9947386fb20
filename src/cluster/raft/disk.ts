import * as path from 'node:path';
import type { HardState, Snapshot } from './entry.ts';
import { type FileLayer, type LogFile, nodeFiles } from './file-layer.ts';
import { encodeFrame, type LogRecord } from './frames.ts';
import { recover, type Segment, segmentName } from './recovery.ts';
import { readSnapshotFile, snapshotNames, writeSnapshot } from './snapshot-files.ts';
import type { Persist } from './state.ts';
import { type Loaded, type RaftStorage, StorageRefused } from './storage.ts';

export interface DiskOptions {
  /** Only for this member, and for one process at a time: whoever opens it must hold a lock. */
  readonly directory: string;
  readonly files?: FileLayer;
  /** A new file is begun after so many. */
  readonly segmentBytes?: number;
}

interface Waiting {
  readonly write: Persist;
  readonly resolve: () => void;
  readonly reject: (why: Error) => void;
}

/**
 * The durable log of a member: a directory with files of frames (`frames.ts`) and snapshots. What arrives while a sync is
 * running shares the next one (group commit).
 */
export function openDiskStorage(options: DiskOptions): RaftStorage {
  return new DiskStorage(options);
}

class DiskStorage implements RaftStorage {
  readonly #directory: string;
  readonly #files: FileLayer;
  readonly #segmentBytes: number;
  readonly #scratch = Buffer.allocUnsafeSlow(256 * 1024);
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;
  #closed = false;
  /** The file being written, up to where it is durable, and whether more than that may be in it. */
  #file: LogFile | undefined;
  #end = 0;
  #dirty = false;
  #sequence = 1;
  #segments: Segment[] = [];
  #hardState: HardState = { term: 0, votedFor: undefined };
  #reset: LogRecord | undefined;
  #snapshotIndex = 0;
  /** The first write that was refused, until it is handed over again: those after it rest on it, and may come before anybody knows. */
  #owed: { readonly seq: number; readonly why: StorageRefused } | undefined;
  #snapshots: Promise<void> = Promise.resolve();

  constructor(options: DiskOptions) {
    this.#directory = options.directory;
    this.#files = options.files ?? nodeFiles;
    this.#segmentBytes = options.segmentBytes ?? 8 * 1024 * 1024;
  }

  async load(): Promise<Loaded> {
    const found = await recover(this.#files, this.#directory);
    const { hardState, snapshot, entries } = found;
    this.#hardState = hardState;
    this.#segments = found.segments;
    this.#sequence = found.nextSequence;
    this.#end = found.end;
    this.#snapshotIndex = snapshot?.index ?? 0;
    if (snapshot && found.resetNeeded) this.#reset = { kind: 'reset', point: snapshot };
    const last = this.#segments.at(-1);
    if (last) {
      this.#file = this.#files.open(path.join(this.#directory, last.name));
      // A killed process leaves whole frames that were never synced. From here on they count as durable.
      await this.#file.sync();
      await this.#files.syncDirectory(this.#directory);
    }
    return { hardState, snapshot, entries };
  }

  persist(write: Persist): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ write, resolve, reject });
      // Not at once: what else this turn has to write goes along.
      this.#writing ??= Promise.resolve().then(() => this.#writeAll());
    });
  }

  saveSnapshot(snapshot: Snapshot): Promise<void> {
    const saved = this.#snapshots.then(() => this.#saveSnapshot(snapshot));
    this.#snapshots = saved.catch(() => {});
    return saved;
  }

  async readSnapshot(): Promise<Snapshot | undefined> {
    await this.#snapshots;
    const newest = snapshotNames(await this.#files.list(this.#directory)).at(-1);
    return newest === undefined ? undefined : readSnapshotFile(this.#files, this.#directory, newest);
  }

  async close(): Promise<void> {
    this.#closed = true;
    // A sync under way holds the file.
    await this.#writing;
    await this.#snapshots;
    this.#closeFile();
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#closed) {
      const group = this.#waiting;
      this.#waiting = [];
      const first = group[0]?.write.seq ?? 0;
      try {
        if (this.#owed !== undefined && first > this.#owed.seq) throw this.#owed.why;
        await this.#writeGroup(group.map((waiting) => waiting.write));
        this.#owed = undefined;
        for (const { resolve } of group) resolve();
      } catch (error) {
        const why = refusal(error);
        this.#owed = { seq: Math.min(first, this.#owed?.seq ?? first), why };
        // Those that came meanwhile rest on these.
        const later = this.#waiting;
        this.#waiting = [];
        for (const { reject } of [...group, ...later]) reject(why);
      }
    }
    this.#writing = undefined;
    for (const { reject } of this.#waiting) reject(new StorageRefused('EBADF', 'the log is closed'));
    this.#waiting = [];
  }

  async #writeGroup(writes: readonly Persist[]): Promise<void> {
    const records: LogRecord[] = this.#reset ? [this.#reset] : [];
    let hardState: HardState | undefined;
    let maxIndex = 0;
    for (const write of writes) {
      if (write.hardState) hardState = write.hardState;
      if (write.snapshot) {
        if (!this.#file) await this.#beginLog();
        // Whole before the log says that it starts after it.
        await this.saveSnapshot(write.snapshot);
        records.push({ kind: 'reset', point: { index: write.snapshot.index, term: write.snapshot.term } });
      }
      for (const entry of write.entries) {
        records.push({ kind: 'entry', entry });
        maxIndex = Math.max(maxIndex, entry.index);
      }
    }
    if (hardState) records.push({ kind: 'hard-state', hardState });
    const state = hardState ?? this.#hardState;
    if (!this.#file || this.#end >= this.#segmentBytes) await this.#writeFirst(records, state, maxIndex);
    else await this.#append(this.#file, records, maxIndex);
    this.#hardState = state;
    this.#reset = undefined;
    this.#sequence++;
  }

  /** Before the first snapshot: one without a log is taken for a log that was lost, with the votes in it. */
  async #beginLog(): Promise<void> {
    await this.#writeFirst([], this.#hardState, 0);
    this.#sequence++;
  }

  async #append(file: LogFile, records: readonly LogRecord[], maxIndex: number): Promise<void> {
    const frame = encodeFrame(this.#sequence, records, this.#scratch);
    // After a failed write or sync nobody knows what is there, nor what the system believes to have written.
    if (this.#dirty) file.truncate(this.#end);
    this.#dirty = true;
    file.write(frame, this.#end);
    await file.sync();
    this.#dirty = false;
    this.#end += frame.byteLength;
    const segment = this.#segments.at(-1);
    if (segment) segment.maxIndex = Math.max(segment.maxIndex, maxIndex);
  }

  /** Begins a file: it restates the hard state, so that older ones can go. */
  async #writeFirst(records: readonly LogRecord[], hardState: HardState, maxIndex: number): Promise<void> {
    const name = segmentName(this.#sequence);
    const whole = path.join(this.#directory, name);
    const frame = encodeFrame(this.#sequence, [...records, { kind: 'hard-state', hardState }], this.#scratch);
    let file: LogFile | undefined;
    try {
      file = this.#files.open(whole);
      file.truncate(0);
      file.write(frame, 0);
      await file.sync();
      await this.#files.syncDirectory(this.#directory);
    } catch (error) {
      file?.close();
      await this.#files.remove(whole).catch(() => {});
      throw error;
    }
    this.#closeFile();
    this.#file = file;
    this.#end = frame.byteLength;
    this.#dirty = false;
    this.#segments.push({ name, maxIndex });
    await this.#removeOldSegments();
  }

  async #saveSnapshot(snapshot: Snapshot): Promise<void> {
    if (this.#closed || snapshot.index <= this.#snapshotIndex) return;
    if (!this.#file) throw new StorageRefused('ENOENT', 'the log has not begun');
    const before = this.#snapshotIndex;
    try {
      await writeSnapshot(this.#files, this.#directory, snapshot);
    } catch (error) {
      throw refusal(error);
    }
    this.#snapshotIndex = snapshot.index;
    // What can no longer be of use goes; if it cannot be removed, the next start does it.
    const old = snapshotNames(await this.#files.list(this.#directory)).slice(0, -1);
    if (before > 0) for (const name of old) await this.#remove(name);
    await this.#removeOldSegments();
  }

  /** Oldest first, so that what is left is without a gap whenever the process dies. Never the one being written. */
  async #removeOldSegments(): Promise<void> {
    while (this.#segments.length > 1 && (this.#segments[0]?.maxIndex ?? 0) <= this.#snapshotIndex) {
      const segment = this.#segments[0];
      // One that stays is tried again before any newer one.
      if (!segment || !(await this.#remove(segment.name))) return;
      // A snapshot and a new file may both be at it.
      if (this.#segments[0] === segment) this.#segments.shift();
    }
  }

  async #remove(name: string): Promise<boolean> {
    return this.#files.remove(path.join(this.#directory, name)).then(
      () => true,
      () => false,
    );
  }

  #closeFile(): void {
    this.#file?.close();
    this.#file = undefined;
  }
}

function refusal(error: unknown): StorageRefused {
  const code = (error as NodeJS.ErrnoException).code ?? 'EIO';
  const words =
    code === 'ENOSPC' ? 'no space left on the disk' : error instanceof Error ? error.message : String(error);
  return new StorageRefused(code, `the log cannot be written (${code}): ${words}`);
}
