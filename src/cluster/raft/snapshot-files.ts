import * as path from 'node:path';
import { crc32 } from './crc32.ts';
import type { Snapshot } from './entry.ts';
import type { FileLayer } from './file-layer.ts';
import { StorageCorrupt } from './storage.ts';

/** magic u32, CRC-32 u32 of all that follows, index f64, term f64, bytes f64; then the data. */
const HEADER_BYTES = 32;
const MAGIC = 0x31535243;
const NAME = /^snapshot-(\d{16})\.snap$/;
const TEMPORARY = /^snapshot-\d{16}\.tmp$/;

function nameOf(index: number): string {
  return `snapshot-${String(index).padStart(16, '0')}`;
}

/** The names of whole snapshots, newest last. */
export function snapshotNames(names: readonly string[]): string[] {
  return names.filter((name) => NAME.test(name)).sort();
}

/** Left by a write that was interrupted. */
export function abandonedNames(names: readonly string[]): string[] {
  return names.filter((name) => TEMPORARY.test(name));
}

/** Written aside, synced and renamed: a name that is there is a snapshot that is whole. Rejects with the file system's error. */
export async function writeSnapshot(files: FileLayer, directory: string, snapshot: Snapshot): Promise<void> {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(MAGIC, 0);
  header.writeDoubleLE(snapshot.index, 8);
  header.writeDoubleLE(snapshot.term, 16);
  header.writeDoubleLE(snapshot.data.byteLength, 24);
  header.writeUInt32LE(crc32(snapshot.data, crc32(header.subarray(8))), 4);
  const temporary = path.join(directory, `${nameOf(snapshot.index)}.tmp`);
  try {
    const file = files.open(temporary);
    try {
      file.truncate(0);
      file.write(header, 0);
      file.write(snapshot.data, HEADER_BYTES);
      await file.sync();
    } finally {
      file.close();
    }
    await files.rename(temporary, path.join(directory, `${nameOf(snapshot.index)}.snap`));
  } catch (error) {
    await files.remove(temporary).catch(() => {});
    throw error;
  }
  await files.syncDirectory(directory);
}

/** Throws `StorageCorrupt` if it is not what was written. */
export async function readSnapshotFile(files: FileLayer, directory: string, name: string): Promise<Snapshot> {
  const file = await files.read(path.join(directory, name));
  const whole =
    file.length >= HEADER_BYTES &&
    file.readUInt32LE(0) === MAGIC &&
    file.readDoubleLE(24) === file.length - HEADER_BYTES &&
    crc32(file.subarray(8)) === file.readUInt32LE(4);
  if (!whole) throw new StorageCorrupt(name, 0, 'the snapshot is damaged');
  return { index: file.readDoubleLE(8), term: file.readDoubleLE(16), data: file.subarray(HEADER_BYTES) };
}
