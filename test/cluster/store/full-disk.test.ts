import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FileLayer, nodeFiles } from '../../../src/cluster/raft/file-layer.ts';
import type { ReplicatedStore } from '../../../src/cluster/store/replicated-store.ts';
import { StoreError } from '../../../src/cluster/store/store.ts';
import { damageOf, describedValue, openDiskMasters } from './disk-masters.ts';

/** A disk with room for so many bytes, of which part of a write that does not fit is taken, as real ones do. */
class SmallDisk {
  room: number;

  constructor(room: number) {
    this.room = room;
  }

  readonly files: FileLayer = {
    ...nodeFiles,
    open: (file) => {
      const opened = nodeFiles.open(file);
      return {
        write: (bytes, offset) => {
          const fitting = Math.min(bytes.byteLength, Math.max(0, this.room));
          this.room -= fitting;
          opened.write(bytes.subarray(0, fitting), offset);
          if (fitting < bytes.byteLength)
            throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
        },
        truncate: (bytes) => opened.truncate(bytes),
        sync: () => opened.sync(),
        close: () => opened.close(),
      };
    },
  };
}

const roomAtFirst = 3 * 1024 * 1024;
let folder = '';
let mounted = false;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'curso-full-'));
});

afterEach(() => {
  if (mounted) execFileSync('umount', ['-l', folder]);
  mounted = false;
  rmSync(folder, { recursive: true, force: true });
});

function mountSmall(): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${roomAtFirst}`, 'curso', folder], { stdio: 'ignore' });
    mounted = true;
  } catch {
    mounted = false;
  }
  return mounted;
}

/** The leader names its own disk's trouble, or that the others' disks are in trouble. */
const reason = /no space left on the disk|the disks of a majority of the members refuse writes/;

async function fillAndFree(open: () => Promise<readonly ReplicatedStore[]>, free: () => void): Promise<void> {
  const stores = await open();
  const acknowledged = new Map<string, number>();
  const write = async (n: number) => {
    const key = `/objects/${n}`;
    const result = await stores[n % 3]?.commit([{ key, value: describedValue(key, 5_000) }]);
    if (result?.done === true) acknowledged.set(key, result.revision);
  };
  let refusal: unknown;
  for (let n = 0; n < 2_000 && refusal === undefined; n += 1)
    await write(n).catch((error: unknown) => {
      refusal = error;
    });
  // Refused, with the reason.
  expect(refusal).toBeInstanceOf(StoreError);
  expect(['disk', 'unknown-outcome']).toContain((refusal as StoreError).code);
  expect((refusal as StoreError).message).toMatch(reason);
  expect(acknowledged.size).toBeGreaterThan(20);
  await expect(stores[1]?.commit([{ key: '/x', value: describedValue('/x', 5_000) }])).rejects.toMatchObject({
    message: expect.stringMatching(reason),
  });
  // Reads go on, linearizable ones too.
  for (const store of stores) {
    await store.sync();
    for (const [key, revision] of acknowledged) expect(store.get(key)?.modRevision).toBe(revision);
  }
  // And so do writes, without anybody's help, once there is room.
  free();
  let back = false;
  for (let attempt = 0; attempt < 50 && !back; attempt += 1)
    back = await write(10_000 + attempt).then(
      () => true,
      () => false,
    );
  expect(back).toBe(true);
  await Promise.all(stores.map((store) => store.close()));

  const again = await open();
  for (const store of again) {
    for (const [key, revision] of acknowledged) expect(store.get(key)?.modRevision).toBe(revision);
    expect(store.list('').items.flatMap(({ key, value }) => damageOf(key, value) ?? [])).toEqual([]);
  }
  await Promise.all(again.map((store) => store.close()));
}

describe('full disk', () => {
  it('refuses writes, reads on, and goes on when there is room again', async () => {
    const disk = new SmallDisk(roomAtFirst);
    await fillAndFree(
      () => openDiskMasters(folder, { files: () => disk.files }),
      () => {
        disk.room = 1e9;
      },
    );
  });

  it('refuses nothing when only the disk of the leader is full', async () => {
    const disks = new Map<string, SmallDisk>();
    const stores = await openDiskMasters(folder, {
      files: (name) => {
        const disk = new SmallDisk(roomAtFirst);
        disks.set(name, disk);
        return disk.files;
      },
    });
    const leader = stores.find((store) => store.raft.status().role === 'leader');
    const disk = disks.get(leader?.raft.status().id ?? '');
    if (disk !== undefined) disk.room = 0;
    // The others are a majority without it; if it has to, another takes over while they wait.
    const writes = Array.from({ length: 30 }, (_, n) =>
      stores[n % 3]?.commit([{ key: `/objects/${n}`, value: describedValue('a', 10) }]),
    );
    for (const result of await Promise.all(writes)) expect(result).toMatchObject({ done: true });
    await Promise.all(stores.map((store) => store.close()));
  });

  it('does so on a real file system that is full', async (context) => {
    if (!mountSmall()) context.skip();
    await fillAndFree(
      () => openDiskMasters(folder),
      () => execFileSync('mount', ['-o', 'remount,size=64m', folder]),
    );
  });
});
