import { chown, type FileHandle, open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { errorCode, listNames, makeFolder, syncFolder, writeText } from '../base/files.ts';
import type { Owner } from '../base/platform.ts';
import type { DiskStorage } from './kubelet/runtimes/simulated/index.ts';
import { crc32 } from './raft/crc32.ts';

/**
 * The disks of simulated machines, a file each: `nodos/<node>/disco.bin`. Behind a mark come the batches, each with its length and
 * its checksum. A last one that is not whole was never there.
 */

const mark = Buffer.from('curso-k8s disco 1\n');
const headBytes = 8;
export const diskFile = (folder: string, node: string): string =>
  path.join(folder, 'nodos', node, 'disco.bin');

export interface OpenedDisk {
  readonly storage: DiskStorage;
  readonly batches: readonly Uint8Array[];
  /** What is damaged was put aside, under this name. */
  readonly damaged?: string;
}

/** Nodes that left something on their disk. */
export async function nodesWithDisk(folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const node of await listNames(path.join(folder, 'nodos'))) {
    const files = await listNames(path.join(folder, 'nodos', node));
    if (files.includes('disco.bin')) found.push(node);
  }
  return found;
}

/** Of a node that has left nothing yet. */
export const newDisk = (file: string, owner: Owner | undefined): DiskStorage => new DiskFile(file, owner, 0);

/** Reads what is there. Rejects with the system's error. */
export async function openDisk(file: string, owner: Owner | undefined): Promise<OpenedDisk> {
  const bytes = await readFile(file).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (bytes === undefined) return { storage: newDisk(file, owner), batches: [] };
  const { batches, endBytes, isDamaged } = framesOf(bytes);
  if (!isDamaged) return { storage: new DiskFile(file, owner, endBytes), batches };
  const aside = `${file}.dañado`;
  await rename(file, aside);
  return { storage: newDisk(file, owner), batches, damaged: aside };
}

/** A file with one batch, for a machine that does not run. Rejects with what is wrong, in Spanish. */
export async function writeDisk(file: string, batch: Uint8Array, owner: Owner | undefined): Promise<void> {
  const written = await writeText(file, Buffer.concat([mark, frameOf(batch)]), owner);
  if (!written.kept) throw new Error(written.why);
}

class DiskFile implements DiskStorage {
  readonly #file: string;
  readonly #owner: Owner | undefined;
  #endBytes: number;
  #handle: FileHandle | undefined;

  constructor(file: string, owner: Owner | undefined, endBytes: number) {
    this.#file = file;
    this.#owner = owner;
    this.#endBytes = endBytes;
  }

  async append(batch: Uint8Array): Promise<void> {
    this.#handle ??= await this.#open();
    const frame = frameOf(batch);
    // At its place: what was only half written before is written over.
    await this.#handle.write(frame, 0, frame.byteLength, this.#endBytes);
    await this.#handle.datasync();
    this.#endBytes += frame.byteLength;
  }

  async replace(batch: Uint8Array): Promise<void> {
    await this.close();
    await makeFolder(path.dirname(this.#file), this.#owner);
    const temporary = `${this.#file}.tmp`;
    const handle = await open(temporary, 'w', 0o600);
    try {
      if (this.#owner !== undefined) await handle.chown(this.#owner.uid, this.#owner.gid);
      const all = Buffer.concat([mark, frameOf(batch)]);
      await handle.writeFile(all);
      await handle.sync();
      await rename(temporary, this.#file);
      await syncFolder(path.dirname(this.#file));
      this.#endBytes = all.byteLength;
      this.#handle = handle;
    } catch (error) {
      await handle.close();
      await rm(temporary, { force: true }).catch(() => undefined);
      throw error;
    }
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  async #open(): Promise<FileHandle> {
    await makeFolder(path.dirname(this.#file), this.#owner);
    const isNew = this.#endBytes === 0;
    const handle = await open(this.#file, isNew ? 'w' : 'r+', 0o600);
    if (!isNew) return handle;
    if (this.#owner !== undefined) await chown(this.#file, this.#owner.uid, this.#owner.gid);
    await handle.write(mark, 0, mark.byteLength, 0);
    this.#endBytes = mark.byteLength;
    return handle;
  }
}

function frameOf(batch: Uint8Array): Buffer {
  const head = Buffer.alloc(headBytes);
  head.writeUInt32LE(batch.byteLength, 0);
  head.writeUInt32LE(crc32(batch), 4);
  return Buffer.concat([head, batch]);
}

function framesOf(bytes: Buffer): {
  readonly batches: readonly Uint8Array[];
  /** Where the last whole one ends. */
  readonly endBytes: number;
  readonly isDamaged: boolean;
} {
  const batches: Uint8Array[] = [];
  if (!bytes.subarray(0, mark.byteLength).equals(mark)) {
    // The mark itself may be half written: nothing came after it then.
    const isHalf = mark.subarray(0, bytes.byteLength).equals(bytes);
    return { batches, endBytes: 0, isDamaged: !isHalf };
  }
  let at = mark.byteLength;
  while (at + headBytes <= bytes.byteLength) {
    const length = bytes.readUInt32LE(at);
    const from = at + headBytes;
    if (from + length > bytes.byteLength) break;
    const batch = bytes.subarray(from, from + length);
    if (crc32(batch) !== bytes.readUInt32LE(at + 4))
      // Of the last one the end may be missing; before it, somebody changed the file.
      return { batches, endBytes: at, isDamaged: from + length < bytes.byteLength };
    batches.push(batch);
    at = from + length;
  }
  return { batches, endBytes: at, isDamaged: false };
}
