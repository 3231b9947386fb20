import * as fsp from 'node:fs/promises';
import * as os from 'node:os';
import * as path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { crc32, tableCrc32 } from '../../../src/cluster/raft/crc32.ts';
import { openDiskStorage } from '../../../src/cluster/raft/disk.ts';
import type { Entry } from '../../../src/cluster/raft/entry.ts';
import type { Persist } from '../../../src/cluster/raft/state.ts';
import { StorageCorrupt, StorageRefused } from '../../../src/cluster/raft/storage.ts';
import { MemoryFiles } from './memoryFiles.ts';

const FIRST = 'd/log-0000000000000001.wal';

function entry(index: number, term = 1, text = `entry ${index} of term ${term}`): Entry {
  return { index, term, kind: 'data', proposal: index * 10, data: Buffer.from(text) };
}

function write(entries: readonly Entry[], rest: Partial<Persist> = {}): Persist {
  return { seq: 0, hardState: undefined, snapshot: undefined, entries, ...rest };
}

function open(files: MemoryFiles, segmentBytes?: number) {
  return openDiskStorage({ directory: 'd', files, ...(segmentBytes ? { segmentBytes } : {}) });
}

async function reopened(files: MemoryFiles) {
  const loaded = await open(files).load();
  return {
    ...loaded,
    entries: loaded.entries.map(({ index, term, data }) => `${index}:${term} ${Buffer.from(data)}`),
  };
}

function texts(...entries: Entry[]): string[] {
  return entries.map(({ index, term, data }) => `${index}:${term} ${Buffer.from(data)}`);
}

/** A log with three frames: terms and votes, two entries, one entry. */
async function threeFrames(): Promise<{ files: MemoryFiles; ends: number[] }> {
  const files = new MemoryFiles();
  const storage = open(files);
  await storage.load();
  const ends: number[] = [];
  for (const each of [
    write([], { hardState: { term: 1, votedFor: 'm2' } }),
    write([entry(1), entry(2)]),
    write([entry(3)]),
  ]) {
    await storage.persist(each);
    ends.push(files.bytes(FIRST).length);
  }
  return { files, ends };
}

describe('the log on disk', () => {
  it('gives back what was written, with later entries in the place of earlier ones', async () => {
    const files = new MemoryFiles();
    const storage = open(files);
    expect(await storage.load()).toEqual({
      hardState: { term: 0, votedFor: undefined },
      snapshot: undefined,
      entries: [],
    });
    await storage.persist(write([entry(1), entry(2), entry(3)], { hardState: { term: 1, votedFor: 'm1' } }));
    await storage.persist(write([entry(2, 2)], { hardState: { term: 2, votedFor: undefined } }));
    const loaded = await reopened(files);
    expect(loaded.hardState).toEqual({ term: 2, votedFor: undefined });
    expect(loaded.entries).toEqual(texts(entry(1), entry(2, 2)));
  });

  it('cuts the last write wherever it was torn, keeps the others and goes on from there', async () => {
    const { files, ends } = await threeFrames();
    const whole = files.bytes(FIRST);
    for (let size = ends[1] ?? 0; size < whole.length; size++) {
      const torn = files.copy();
      torn.content.set(FIRST, whole.subarray(0, size));
      const storage = open(torn);
      expect((await storage.load()).entries).toHaveLength(2);
      await storage.persist(write([entry(3, 2)]));
      expect((await reopened(torn)).entries).toEqual(texts(entry(1), entry(2), entry(3, 2)));
    }
  });

  it('cuts a last write of which a sector never reached the disk', async () => {
    const files = new MemoryFiles();
    const storage = open(files);
    await storage.load();
    await storage.persist(write([entry(1)]));
    const before = files.bytes(FIRST).length;
    await storage.persist(write([entry(2, 1, 'x'.repeat(3_000))]));
    for (let sector = Math.ceil(before / 512); sector * 512 < files.bytes(FIRST).length; sector++) {
      const torn = files.copy();
      torn
        .bytes(FIRST)
        .subarray(sector * 512, sector * 512 + 512)
        .fill(0);
      expect((await reopened(torn)).entries).toEqual(texts(entry(1)));
    }
  });

  it('reports every flipped bit instead of forgetting what was written, and changes nothing', async () => {
    const { files } = await threeFrames();
    const whole = files.bytes(FIRST);
    for (let byte = 0; byte < whole.length; byte++) {
      const damaged = files.copy();
      const bytes = damaged.bytes(FIRST);
      bytes.writeUInt8(bytes.readUInt8(byte) ^ (1 << (byte % 8)), byte);
      const result = await open(damaged)
        .load()
        .catch((error: unknown) => error);
      if (result instanceof StorageCorrupt) expect(result.message).toContain('log-0000000000000001.wal');
      // Unused bytes may differ; what is read may not.
      else expect(await reopened(damaged)).toEqual(await reopened(files.copy()));
      expect(damaged.bytes(FIRST)).toHaveLength(whole.length);
    }
  });

  it('reports a file that is missing in the middle', async () => {
    const files = new MemoryFiles();
    const storage = open(files, 1);
    await storage.load();
    for (let index = 1; index <= 4; index++) await storage.persist(write([entry(index)]));
    files.content.delete('d/log-0000000000000002.wal');
    await expect(reopened(files)).rejects.toThrow(/frame 3 where frame 2 should be/);
  });

  it('makes one sync of everything that arrives while another is running', async () => {
    const files = new MemoryFiles();
    const storage = open(files);
    await storage.load();
    await storage.persist(write([entry(1)]));
    files.syncs = 0;
    files.held = [];
    const writes = [storage.persist(write([entry(2)]))];
    await new Promise((resolve) => setImmediate(resolve));
    for (let index = 3; index < 50; index++) writes.push(storage.persist(write([entry(index)])));
    files.held.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
    files.held.shift()?.();
    await Promise.all(writes);
    expect(files.syncs).toBe(2);
    files.held = undefined;
    expect((await reopened(files)).entries).toHaveLength(49);
  });

  it.each([
    ['a full disk', (files: MemoryFiles) => Object.assign(files, { space: 50 }), 'ENOSPC'],
    ['a failed sync', (files: MemoryFiles) => Object.assign(files, { syncError: 'EIO' }), 'EIO'],
  ])(
    'refuses a write on %s, with all after it, and takes them when it is over',
    async (_name, fail, code) => {
      const files = new MemoryFiles();
      const storage = open(files);
      await storage.load();
      await storage.persist(write([entry(1)]));
      fail(files);
      const both = [storage.persist(write([entry(2)])), storage.persist(write([entry(3)]))];
      for (const refused of await Promise.allSettled(both)) {
        expect(refused).toMatchObject({ status: 'rejected', reason: { code } });
        expect(refused.status === 'rejected' && refused.reason).toBeInstanceOf(StorageRefused);
      }
      files.space = Number.POSITIVE_INFINITY;
      files.syncError = undefined;
      await storage.persist(write([entry(2)]));
      await storage.persist(write([entry(3)]));
      expect((await reopened(files)).entries).toEqual(texts(entry(1), entry(2), entry(3)));
    },
  );

  it('takes no later write before the one that it refused, however soon it comes', async () => {
    const files = new MemoryFiles();
    const storage = open(files);
    await storage.load();
    await storage.persist(write([entry(1)], { seq: 1 }));
    files.space = 50;
    const second = storage.persist(write([entry(2)], { seq: 2 }));
    // There is room again before anybody has heard of the refusal.
    const third = second.catch(() => {
      files.space = Number.POSITIVE_INFINITY;
      return storage.persist(write([entry(3)], { seq: 3 }));
    });
    await expect(third).rejects.toBeInstanceOf(StorageRefused);
    await storage.persist(write([entry(2)], { seq: 2 }));
    await storage.persist(write([entry(3)], { seq: 3 }));
    expect((await reopened(files)).entries).toEqual(texts(entry(1), entry(2), entry(3)));
  });

  it('stays readable when a full disk refuses to begin a new file', async () => {
    const files = new MemoryFiles();
    const storage = open(files, 1);
    await storage.load();
    await storage.persist(write([entry(1)]));
    files.space = 10;
    await expect(storage.persist(write([entry(2)]))).rejects.toMatchObject({ code: 'ENOSPC' });
    expect((await reopened(files.copy())).entries).toEqual(texts(entry(1)));
    files.space = Number.POSITIVE_INFINITY;
    await storage.persist(write([entry(2)]));
    expect((await reopened(files)).entries).toEqual(texts(entry(1), entry(2)));
  });
});

describe('snapshots on disk', () => {
  it('let older files go and keep the terms and votes', async () => {
    const files = new MemoryFiles();
    const storage = open(files, 1);
    await storage.load();
    await storage.persist(write([], { hardState: { term: 3, votedFor: 'm3' } }));
    for (let index = 1; index <= 6; index++) await storage.persist(write([entry(index, 3)]));
    await storage.saveSnapshot({ index: 2, term: 3, data: Buffer.from('two') });
    await storage.saveSnapshot({ index: 4, term: 3, data: Buffer.from('four') });
    expect([...files.content.keys()].sort()).toEqual([
      'd/log-0000000000000006.wal',
      'd/log-0000000000000007.wal',
      'd/snapshot-0000000000000004.snap',
    ]);
    const loaded = await reopened(files);
    expect(loaded.hardState).toEqual({ term: 3, votedFor: 'm3' });
    expect(loaded.snapshot).toMatchObject({ index: 4, term: 3, data: Buffer.from('four') });
    expect(loaded.entries).toEqual(texts(entry(5, 3), entry(6, 3)));
  });

  it('of a leader replace the log, also if the process dies before the log says so', async () => {
    const files = new MemoryFiles();
    const storage = open(files);
    await storage.load();
    await storage.persist(write([entry(1), entry(2), entry(3)]));
    const snapshot = { index: 2, term: 2, data: Buffer.from('leader') };
    const died = files.copy();
    await open(died).load();
    const other = open(died);
    await other.load();
    await other.saveSnapshot(snapshot);
    expect((await reopened(died)).entries).toEqual([]);
    const again = open(died);
    await again.load();
    await again.persist(write([entry(3, 2)]));
    expect((await reopened(died)).entries).toEqual(texts(entry(3, 2)));

    await storage.persist(write([entry(3, 2)], { snapshot }));
    expect((await reopened(files)).entries).toEqual(texts(entry(3, 2)));
    expect(await storage.readSnapshot()).toMatchObject(snapshot);
  });

  it('that were interrupted are nothing, and that are damaged are reported', async () => {
    const files = new MemoryFiles();
    const storage = open(files);
    await storage.load();
    await storage.persist(write([entry(1)]));
    await storage.saveSnapshot({ index: 1, term: 1, data: Buffer.from('one') });
    files.content.set('d/snapshot-0000000000000009.tmp', Buffer.from('half'));
    expect((await reopened(files)).snapshot?.index).toBe(1);
    expect(files.content.has('d/snapshot-0000000000000009.tmp')).toBe(false);
    const bytes = files.bytes('d/snapshot-0000000000000001.snap');
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 4, bytes.length - 1);
    await expect(reopened(files)).rejects.toThrow(StorageCorrupt);
  });

  it('that do not fit leave the log as it was', async () => {
    const files = new MemoryFiles();
    const storage = open(files);
    await storage.load();
    await storage.persist(write([entry(1)]));
    files.space = 8;
    await expect(storage.saveSnapshot({ index: 1, term: 1, data: Buffer.alloc(100) })).rejects.toMatchObject({
      code: 'ENOSPC',
    });
    expect([...files.content.keys()]).toEqual([FIRST]);
  });
});

describe('on a real file system', () => {
  it('keeps its files to the user, and gives back what was written', async () => {
    const parent = await fsp.mkdtemp(path.join(os.tmpdir(), 'curso-raft-'));
    onTestFinished(() => fsp.rm(parent, { recursive: true, force: true }));
    const directory = path.join(parent, 'm1');
    const storage = openDiskStorage({ directory });
    await storage.load();
    await storage.persist(write([entry(1)], { hardState: { term: 1, votedFor: 'm1' } }));
    await storage.saveSnapshot({ index: 1, term: 1, data: Buffer.from('one') });
    await storage.persist(write([entry(2)]));
    await storage.close();
    for (const name of await fsp.readdir(directory)) {
      expect((await fsp.stat(path.join(directory, name))).mode & 0o777).toBe(0o600);
    }
    expect((await fsp.stat(directory)).mode & 0o777).toBe(0o700);
    const again = openDiskStorage({ directory });
    const loaded = await again.load();
    await again.close();
    expect(loaded.entries.map((each) => each.index)).toEqual([2]);
    expect(Buffer.from(loaded.snapshot?.data ?? []).toString()).toBe('one');
  });
});

describe('CRC-32', () => {
  it('is that of IEEE 802.3, from Node and from the table', () => {
    const check = Buffer.from('123456789');
    expect(crc32(check)).toBe(0xcbf43926);
    expect(tableCrc32(check)).toBe(0xcbf43926);
    expect(tableCrc32(check.subarray(4), tableCrc32(check.subarray(0, 4)))).toBe(0xcbf43926);
  });
});
