import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  listNames,
  makeFolder,
  readJson,
  readText,
  removeOldTemporaries,
  removeTree,
  writeJson,
  writeText,
} from '../../src/base/files.ts';
import { courseHome, sudoOwner } from '../../src/base/platform.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'curso-archivos-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const isRoot = process.getuid?.() === 0;

describe('writing a file at once', () => {
  it('makes the folder, keeps it private and leaves no temporary', async () => {
    const file = path.join(folder, 'a', 'b', 'datos.json');
    expect(await writeJson(file, { uno: 1 })).toEqual({ kept: true });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ uno: 1 });
    expect(await listNames(path.dirname(file))).toEqual(['datos.json']);
    if (process.platform !== 'win32') {
      expect(statSync(file).mode & 0o777).toBe(0o600);
      expect(statSync(path.dirname(file)).mode & 0o777).toBe(0o700);
    }
  });

  it('is never seen half-written by a reader', async () => {
    const file = path.join(folder, 'datos.json');
    const long = 'x'.repeat(300_000);
    await writeJson(file, { long });
    let reading = true;
    const readers = (async () => {
      while (reading) {
        const found = await readJson(file, 1_000_000);
        expect(found.state).toBe('read');
      }
    })();
    for (let turn = 0; turn < 20; turn += 1) await writeJson(file, { long, turn });
    reading = false;
    await readers;
  });

  it.skipIf(!isRoot)('writes for the account behind sudo', async () => {
    const owner = { uid: 12345, gid: 12345, home: '/nada' };
    const file = path.join(folder, 'nueva', 'datos.json');
    await writeText(file, 'hola', owner);
    expect([statSync(file).uid, statSync(path.dirname(file)).uid]).toEqual([12345, 12345]);
    expect(statSync(folder).uid).toBe(0);
  });

  it('says in Spanish what the disk did not allow', async () => {
    writeFileSync(path.join(folder, 'archivo'), '');
    const inFile = await writeText(path.join(folder, 'archivo', 'x.json'), 'x');
    expect(inFile).toEqual({ kept: false, why: 'hay un archivo donde debería haber una carpeta' });
    mkdirSync(path.join(folder, 'carpeta'));
    expect((await writeText(path.join(folder, 'carpeta'), 'x')).kept).toBe(false);
    expect(await listNames(folder)).toEqual(['archivo', 'carpeta']);
  });

  it.skipIf(process.platform !== 'linux')('does not hang where no folder can be made', async () => {
    expect((await writeText('/proc/curso/a/b.json', 'x')).kept).toBe(false);
  });

  it('makes a folder that others are making at the same time', async () => {
    const deep = path.join(folder, 'a', 'b', 'c', 'd');
    await Promise.all(Array.from({ length: 5 }, () => makeFolder(deep)));
    expect(statSync(deep).isDirectory()).toBe(true);
  });

  it.skipIf(isRoot)('does not throw without permission', async () => {
    chmodSync(folder, 0o500);
    expect(await writeText(path.join(folder, 'x'), 'x')).toEqual({ kept: false, why: 'no tienes permiso' });
    chmodSync(folder, 0o700);
  });
});

describe('reading what may be anything', () => {
  it('tells missing, damaged and good apart', async () => {
    const file = path.join(folder, 'datos.json');
    expect(await readJson(file, 100)).toEqual({ state: 'missing' });
    writeFileSync(file, '{ roto');
    expect(await readJson(file, 100)).toEqual({ state: 'damaged', why: 'no es JSON válido' });
    writeFileSync(file, '\ufeff{"uno":1}');
    expect(await readJson(file, 100)).toEqual({ state: 'read', value: { uno: 1 } });
    writeFileSync(file, 'x'.repeat(200));
    expect((await readText(file, 100)).state).toBe('damaged');
    expect((await readText(folder, 100)).state).not.toBe('read');
  });

  it.skipIf(process.platform === 'win32')('is not held by a FIFO nor by an endless device', async () => {
    const fifo = path.join(folder, 'tubo');
    execFileSync('mkfifo', [fifo]);
    expect((await readText(fifo, 100)).state).toBe('damaged');
    symlinkSync('/dev/zero', path.join(folder, 'sin-fin'));
    expect((await readText(path.join(folder, 'sin-fin'), 100)).state).toBe('damaged');
  });
});

describe('what dead writers leave', () => {
  it('removes old temporaries only', async () => {
    for (const name of ['.a.json.11.1.tmp', '.a.json.12.1.tmp', '.mio', 'a.json'])
      writeFileSync(path.join(folder, name), '');
    utimesSync(path.join(folder, '.a.json.11.1.tmp'), 0, 0);
    utimesSync(path.join(folder, '.mio'), 0, 0);
    await removeOldTemporaries(folder, Date.now());
    expect(await listNames(folder)).toEqual(['.a.json.12.1.tmp', '.mio', 'a.json']);
  });

  it('does not follow links out of a tree it removes', async () => {
    const outside = path.join(folder, 'ajeno');
    mkdirSync(outside);
    writeFileSync(path.join(outside, 'tesoro'), 'oro');
    mkdirSync(path.join(folder, 'mio'));
    symlinkSync(outside, path.join(folder, 'mio', 'enlace'));
    expect(await removeTree(path.join(folder, 'mio'))).toEqual({ kept: true });
    expect(readFileSync(path.join(outside, 'tesoro'), 'utf8')).toBe('oro');
  });
});

describe('the home of the course', () => {
  const home = (
    env: { [name: string]: string },
    platform: NodeJS.Platform,
    owner?: Parameters<typeof courseHome>[2],
  ) => courseHome(env, platform, owner, owner?.home ?? '/home/ana').folder;

  it('is the platform’s folder for data, or where the learner says', () => {
    expect(home({}, 'linux')).toBe('/home/ana/.local/share/curso-k8s');
    expect(home({ XDG_DATA_HOME: '/datos' }, 'linux')).toBe('/datos/curso-k8s');
    expect(home({ XDG_DATA_HOME: 'relativa' }, 'linux')).toBe('/home/ana/.local/share/curso-k8s');
    expect(home({}, 'darwin')).toBe('/home/ana/Library/Application Support/curso-k8s');
    expect(home({ CURSO_K8S_HOME: '/otra' }, 'darwin')).toBe('/otra');
  });

  it('is that of whoever typed sudo', () => {
    const passwd = 'root:x:0:0::/root:/bin/sh\nana:x:1000:1001:Ana:/home/ana:/bin/bash\n';
    const owner = sudoOwner({ SUDO_UID: '1000' }, 0, () => passwd);
    expect(owner).toEqual({ uid: 1000, gid: 1001, home: '/home/ana' });
    expect(home({ XDG_DATA_HOME: '/root/.datos' }, 'linux', owner)).toBe('/home/ana/.local/share/curso-k8s');
    expect(sudoOwner({ SUDO_UID: '1000' }, 1000, () => passwd)).toBeUndefined();
    expect(sudoOwner({ SUDO_UID: '0' }, 0, () => passwd)).toBeUndefined();
    expect(sudoOwner({}, 0, () => passwd)).toBeUndefined();
    expect(sudoOwner({ SUDO_UID: 'x' }, 0, () => passwd)).toBeUndefined();
  });
});
