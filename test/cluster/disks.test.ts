import { appendFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import { diskFile, openDisk } from '../../src/cluster/disk-files.ts';
import { type Disks, openDisks } from '../../src/cluster/disks.ts';
import type { VolumeState } from '../../src/cluster/kubelet/runtimes/simulated/container/volume.ts';
import { MachineVolumes } from '../../src/cluster/kubelet/runtimes/simulated/disk/machine-volumes.ts';
import { FileSystem } from '../../src/cluster/kubelet/runtimes/simulated/fs/file-system.ts';
import { Files } from '../../src/cluster/kubelet/runtimes/simulated/fs/files.ts';
import { newDir } from '../../src/cluster/kubelet/runtimes/simulated/fs/inode.ts';
import { FakeClock } from '../helpers/fakeClock.ts';

async function home(): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'curso-disco-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

interface World {
  readonly real: FakeClock;
  readonly disks: Disks;
  readonly troubles: string[];
  /** The volume `id` of nodo-1, as a root process sees it. */
  mounted(id: string): Files;
  volumes: MachineVolumes;
}

async function world(folder: string): Promise<World> {
  const real = new FakeClock();
  const troubles: string[] = [];
  const disks = await openDisks({
    ...{ folder, owner: undefined, clock: real },
    trouble: (what, error) => troubles.push(`${what}: ${error instanceof Error ? error.message : error}`),
  });
  const volumes = new MachineVolumes({ now: () => 1_000_000 }, disks.machine('nodo-1'));
  return { real, disks, troubles, volumes, mounted: (id) => see(make(volumes, id)) };
}

const make = (volumes: MachineVolumes, id: string) =>
  volumes.create({ kind: 'emptyDir', memory: false, sizeLimitBytes: 0, survives: true, id });

function see(volume: VolumeState): Files {
  const root = {
    ...{ path: '/', source: 'disk', type: 'ext4', options: 'rw', readOnly: false },
    ...{ quota: volume, holder: volume },
  };
  const system = new FileSystem(root, { clock: { now: () => 1_000_000 }, mountInto: () => undefined });
  return new Files(system, '/', { uid: 0, gid: 0, groups: [], capabilities: -1n, pid: 1 });
}

/** Everything that `ls -lR` and `cat` tell. */
function told(files: Files, folder = '/'): string[] {
  return files.readdir(folder).flatMap((name) => {
    const at = folder === '/' ? `/${name}` : `${folder}/${name}`;
    const { kind, mode, uid, gid, size, mtimeMs, nlink } = files.stat(at, false);
    const line = `${at} ${kind} ${mode.toString(8)} ${uid}:${gid} ${kind === 'dir' ? '' : size} ${mtimeMs} ${nlink}`;
    if (kind === 'dir') return [line, ...told(files, at)];
    if (kind === 'link') return [`${line} -> ${files.readlink(at)}`];
    return kind === 'file'
      ? [`${line} ${Buffer.from(files.readBytes(at)).toString('base64').slice(0, 400)}`]
      : [line];
  });
}

it('finds again what was written, with modes, owners, times and links', async () => {
  const folder = await home();
  const first = await world(folder);
  const files = first.mounted('pod/1/datos');
  files.mkdir('/sub', 0o700);
  files.writeBytes('/sub/a', Buffer.from('hola'));
  files.chmod('/sub/a', 0o4640);
  files.chown('/sub/a', 1000, 2000);
  files.link('/sub/a', '/sub/c');
  files.symlink('a', '/sub/b');
  files.mkfifo('/f');
  files.utimes('/sub/a', 5_000);
  files.writeBytes('/__proto__', Buffer.from('un nombre como otro'));
  const { node, found } = files.openFile('/grande', { write: true, create: true });
  if (node.kind === 'file') files.writeAt(node, found, 3 * 65_536 + 7, Buffer.from('fin'));
  const before = told(files);
  expect(before.find((line) => line.startsWith('/sub/c'))).toContain('4640 1000:2000 4 5000 2');
  await first.disks.close();
  const second = await world(folder);
  expect(told(second.mounted('pod/1/datos'))).toEqual(before);
  expect(second.troubles).toEqual([]);
});

it('is written a second after a change, whatever the clock of the cluster does, and not without one', async () => {
  const folder = await home();
  const one = await world(folder);
  const files = one.mounted('pod/1/datos');
  await one.real.advance(60_000);
  expect(await readdir(folder)).toEqual([]);
  files.writeBytes('/a', Buffer.from('1'));
  await one.real.advance(1_000);
  await one.disks.machine('nodo-1').own.flush();
  // Killed: nobody closes anything.
  expect(told((await world(folder)).mounted('pod/1/datos'))).toEqual(told(files));
  const size = async () => (await readFile(diskFile(folder, 'nodo-1'))).byteLength;
  const before = await size();
  expect(files.readText('/a')).toBe('1');
  await one.real.advance(60_000);
  expect(await size()).toBe(before);
});

it('is the same after any changes, whenever they were written and wherever the file was cut', async () => {
  const name = fc.constantFrom('/a', '/b', '/d/a', '/d/b', '/d', '/e');
  const change = fc.oneof(
    fc.tuple(fc.constant('write' as const), name, fc.integer({ min: 0, max: 200_000 })),
    fc.tuple(fc.constant('resize' as const), name, fc.integer({ min: 0, max: 200_000 })),
    fc.tuple(fc.constant('remove' as const), name, fc.constant(0)),
    fc.tuple(fc.constant('mkdir' as const), name, fc.constant(0)),
    fc.tuple(fc.constant('chmod' as const), name, fc.integer({ min: 0, max: 0o7777 })),
    fc.tuple(fc.constant('rename' as const), name, fc.integer({ min: 0, max: 5 })),
    fc.tuple(fc.constant('flush' as const), name, fc.constant(0)),
  );
  const names = ['/a', '/b', '/d/a', '/d/b', '/d', '/e'];
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 40 }), fc.nat(), async (changes, cut) => {
      const folder = await home();
      const one = await world(folder);
      const files = one.mounted('pod/1/datos');
      const states: (readonly string[])[] = [[]];
      for (const [what, at, n] of changes) {
        try {
          if (what === 'remove') files.unlink(at);
          else if (what === 'mkdir') files.mkdir(at);
          else if (what === 'chmod') files.chmod(at, n);
          else if (what === 'rename') files.rename(at, names[n] ?? '/a');
          else if (what === 'flush') {
            await one.disks.machine('nodo-1').own.flush();
            states.push(told(files));
          } else {
            const { node, found } = files.openFile(at, { write: true, create: true });
            if (node.kind !== 'file') continue;
            if (what === 'resize') files.resize(node, found, n);
            else files.writeAt(node, found, n, Buffer.from(`en ${n}`));
          }
        } catch {
          // As a program that is told why not.
        }
      }
      await one.disks.close();
      const now = told(files);
      expect(told((await world(folder)).mounted('pod/1/datos'))).toEqual(now);
      const file = diskFile(folder, 'nodo-1');
      const bytes = await readFile(file).catch(() => Buffer.alloc(0));
      if (bytes.byteLength === 0) return;
      await truncate(file, cut % bytes.byteLength);
      const after = await world(folder);
      expect([...states, now]).toContainEqual(told(after.mounted('pod/1/datos')));
      expect(after.troubles).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

it('goes on after a last write that is not whole, and puts aside what is damaged', async () => {
  const folder = await home();
  const one = await world(folder);
  one.mounted('pod/1/datos').writeBytes('/a', Buffer.from('uno'));
  await one.disks.close();
  const file = diskFile(folder, 'nodo-1');
  await appendFile(file, Buffer.from([9, 0, 0, 0, 1, 2]));
  const two = await world(folder);
  expect(two.mounted('pod/1/datos').readText('/a')).toBe('uno');
  two.mounted('pod/1/otros').writeBytes('/b', Buffer.from('dos'));
  await two.disks.close();
  const three = await world(folder);
  expect(three.mounted('pod/1/otros').readText('/b')).toBe('dos');
  expect(three.mounted('pod/1/datos').readText('/a')).toBe('uno');
  expect(three.troubles).toEqual([]);
  await three.disks.close();

  await writeFile(file, 'otra cosa, que nadie de aquí escribió');
  const four = await world(folder);
  expect(four.mounted('pod/1/datos').readdir('/')).toEqual([]);
  expect(four.troubles).toEqual([expect.stringContaining(`put aside as ${file}.dañado`)]);
});

it('keeps nothing of what was removed, and what nobody asked for this time', async () => {
  const folder = await home();
  const one = await world(folder);
  one.mounted('pod/1/datos').writeBytes('/a', Buffer.from('1'));
  one.mounted('pod/2/datos').writeBytes('/a', Buffer.from('2'));
  const doomed = make(one.volumes, 'pod/3/datos');
  see(doomed).writeBytes('/a', Buffer.from('3'));
  await one.disks.machine('nodo-1').own.flush();
  doomed.remove();
  await one.disks.close();
  const two = await world(folder);
  two.volumes.forget((id) => id !== 'pod/2/datos');
  two.mounted('pod/4/datos').writeBytes('/a', Buffer.from('4'));
  await two.disks.close();
  const three = await world(folder);
  const text = (id: string) => {
    const files = three.mounted(id);
    return files.readdir('/').map((name) => files.readText(`/${name}`));
  };
  expect(['1', '2', '3', '4'].map((n) => text(`pod/${n}/datos`))).toEqual([['1'], [], [], ['4']]);
});

it('says that there is no room while its file cannot be written, and writes all of it afterwards', async () => {
  const folder = await home();
  const one = await world(folder);
  const files = one.mounted('pod/1/datos');
  // A folder where the file should be.
  await writeFile(path.join(folder, 'nodos'), 'no es una carpeta');
  files.writeBytes('/a', Buffer.from('1'));
  await one.disks.machine('nodo-1').own.flush();
  expect(one.troubles).toHaveLength(1);
  await rm(path.join(folder, 'nodos'));
  files.writeBytes('/b', Buffer.from('2'));
  await one.real.advance(5_000);
  await one.disks.close();
  const two = await world(folder);
  expect(told(two.mounted('pod/1/datos'))).toEqual(told(files));
});

it('counts what it finds', async () => {
  const folder = await home();
  const one = await world(folder);
  one.mounted('pod/1/datos').writeBytes('/a', Buffer.alloc(100_000, 7));
  await one.disks.close();
  const two = await world(folder);
  const volume = make(two.volumes, 'pod/1/datos');
  expect([volume.used, volume.kept >= 100_000]).toEqual([100_000, true]);
  volume.drop('/a');
  expect(volume.usedBytes()).toBe(0);
});

it('takes the machine’s own files from the machine', async () => {
  const folder = await home();
  const bin = newDir({ shared: true });
  const base = () => {
    const root = newDir();
    root.entries.set('bin', bin);
    return root;
  };
  const options = { kind: 'hostPath', memory: false, sizeLimitBytes: 0, survives: true, id: 'host' };
  const one = await world(folder);
  const files = see(one.volumes.create(options, base()));
  files.mkdir('/srv');
  files.writeBytes('/srv/a', Buffer.from('1'));
  await one.disks.close();
  const two = await world(folder);
  const again = two.volumes.create(options, base());
  expect(see(again).readText('/srv/a')).toBe('1');
  expect(again.at('bin')).toBe(bin);
  await two.disks.close();
  // A process without that machine leaves it as it is.
  const three = await world(folder);
  three.mounted('pod/1/datos').writeBytes('/a', Buffer.from('2'));
  await three.disks.close();
  const four = await world(folder);
  expect(four.volumes.create(options, base()).at('bin')).toBe(bin);
});

it('refuses batches that nobody of here wrote', async () => {
  const { decodeBatch } = await import('../../src/cluster/kubelet/runtimes/simulated/disk/batch.ts');
  const file = { id: 1, kind: 'file', mode: 0o644, uid: 0, gid: 0, mtimeMs: 0, size: 3 };
  const refuse = (head: object, rest = '') =>
    expect(() => decodeBatch(Buffer.from(`${JSON.stringify(head)}\n${rest}`))).toThrow();
  refuse({});
  refuse({ roots: [], nodes: [null], pages: [] });
  refuse({ roots: [], nodes: [{ ...file, size: 1e15 }], pages: [] });
  refuse({ roots: [], nodes: [{ ...file, mode: 'rwx' }], pages: [] });
  refuse({ roots: [], nodes: [{ ...file, kind: 'dir', entries: [['..', 1]] }], pages: [] });
  refuse({ roots: [], nodes: [file], pages: [[1, 0, 70_000]] });
  refuse({ roots: [], nodes: [file], pages: [[1, 0, 3]] }, 'ab');
  const folder = await home();
  expect(await openDisk(diskFile(folder, 'x'), undefined)).toMatchObject({ batches: [] });
});
