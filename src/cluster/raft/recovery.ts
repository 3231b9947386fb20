import * as path from 'node:path';
import type { Entry, HardState, Snapshot } from './entry.ts';
import type { FileLayer } from './file-layer.ts';
import { scanFrames } from './frames.ts';
import { Replay } from './replay.ts';
import { abandonedNames, readSnapshotFile, snapshotNames } from './snapshot-files.ts';
import { StorageCorrupt } from './storage.ts';

export interface Segment {
  readonly name: string;
  /** The greatest index of an entry in it: behind a snapshot that far it is no longer needed. */
  maxIndex: number;
}

export interface Recovered {
  readonly hardState: HardState;
  readonly snapshot: Snapshot | undefined;
  readonly entries: readonly Entry[];
  readonly segments: Segment[];
  /** Of the frame to be written next, and where in the last segment. */
  readonly nextSequence: number;
  readonly end: number;
  /** The log ends before the snapshot, or disagrees with it: it must start again after it. */
  readonly resetNeeded: boolean;
}

const SEGMENT = /^log-(\d{16})\.wal$/;

export function segmentName(sequence: number): string {
  return `log-${String(sequence).padStart(16, '0')}.wal`;
}

/**
 * Reads everything in the directory, cuts a torn end, and removes what an interrupted write or removal left. Throws
 * `StorageCorrupt` if anything else does not check: then nothing was changed.
 */
export async function recover(files: FileLayer, directory: string): Promise<Recovered> {
  await files.makeDirectory(directory);
  const names = await files.list(directory);
  const snapshots = snapshotNames(names);
  const newest = snapshots.at(-1);
  const snapshot = newest === undefined ? undefined : await readSnapshotFile(files, directory, newest);
  const replay = new Replay();
  const segments: Segment[] = [];
  let nextSequence: number | undefined;
  let end = 0;
  let cut: (() => Promise<void>) | undefined;
  const logs = names.filter((name) => SEGMENT.test(name)).sort();
  for (const [position, name] of logs.entries()) {
    const first = Number(SEGMENT.exec(name)?.[1]);
    if (nextSequence !== undefined && first !== nextSequence) {
      throw new StorageCorrupt(
        name,
        0,
        `the log goes on with frame ${first} where frame ${nextSequence} should be`,
      );
    }
    const file = path.join(directory, name);
    const scan = scanFrames(await files.read(file), first);
    const isLast = position === logs.length - 1;
    if (scan.problem && (scan.problem !== 'torn' || !isLast)) {
      const words =
        scan.problem === 'torn' ? 'the file is cut short and the log goes on' : scan.problem.damage;
      throw new StorageCorrupt(name, scan.end, words);
    }
    // A file without a frame was being made when the process died: whoever continues makes it again.
    if (isLast && scan.end === 0) {
      cut = () => files.remove(file);
      continue;
    }
    if (scan.problem) cut = () => cutAt(files, file, scan.end);
    segments.push({ name, maxIndex: replay.all(name, scan.records) });
    nextSequence = scan.nextSequence;
    end = scan.end;
  }
  const { hardState } = replay;
  if (!hardState && snapshot) throw new StorageCorrupt(directory, 0, 'there is a snapshot but no log');
  const { entries, resetNeeded } = replay.after(snapshot);
  await cut?.();
  for (const name of [...abandonedNames(names), ...snapshots.slice(0, -1)])
    await files.remove(path.join(directory, name));
  return {
    hardState: hardState ?? { term: 0, votedFor: undefined },
    snapshot,
    entries,
    segments,
    nextSequence: nextSequence ?? 1,
    end,
    resetNeeded,
  };
}

async function cutAt(files: FileLayer, name: string, end: number): Promise<void> {
  const file = files.open(name);
  try {
    file.truncate(end);
    await file.sync();
  } finally {
    file.close();
  }
}
