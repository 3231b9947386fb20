import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createFilesView } from '../../src/backends/files.ts';

describe('files of the working folder', () => {
  let base = '';
  let folder = '';
  beforeEach(() => {
    base = mkdtempSync(path.join(tmpdir(), 'curso-archivos-'));
    folder = path.join(base, 'trabajo');
    mkdirSync(path.join(folder, 'sub'), { recursive: true });
    mkdirSync(path.join(base, 'trabajo-ajeno'));
    writeFileSync(path.join(base, 'secreto'), 'no');
    writeFileSync(path.join(base, 'trabajo-ajeno', 'x'), 'no');
    writeFileSync(path.join(folder, 'hola.txt'), 'pan\ncafé');
  });
  afterEach(() => rmSync(base, { recursive: true, force: true }));

  test('reads text and lists names in order', async () => {
    const view = createFilesView(folder);
    expect(await view.read('hola.txt')).toEqual({ ok: true, value: 'pan\ncafé' });
    expect(await view.read('./sub/../hola.txt')).toEqual({ ok: true, value: 'pan\ncafé' });
    expect(await view.list('.')).toEqual({ ok: true, value: ['hola.txt', 'sub'] });
  });

  test('keeps to the bytes asked for', async () => {
    expect(await createFilesView(folder).read('hola.txt', 3)).toEqual({ ok: true, value: 'pan' });
  });

  test('a path or a link that leaves the folder is refused', async () => {
    symlinkSync('../secreto', path.join(folder, 'fuera'));
    symlinkSync('..', path.join(folder, 'arriba'));
    symlinkSync('hola.txt', path.join(folder, 'dentro'));
    const view = createFilesView(folder);
    for (const name of ['../secreto', '/etc/passwd', 'fuera', 'arriba/secreto', '../trabajo-ajeno/x'])
      expect(await view.read(name), name).toEqual({ ok: false, error: 'EACCES' });
    expect(await view.list('..')).toEqual({ ok: false, error: 'EACCES' });
    expect(await view.read('dentro')).toMatchObject({ ok: true });
  });

  test('what is missing, a folder or a FIFO is told apart', async () => {
    const view = createFilesView(folder);
    expect(await view.read('nada')).toEqual({ ok: false, error: 'ENOENT' });
    expect(await view.read('sub')).toEqual({ ok: false, error: 'EISDIR' });
    expect(await view.list('hola.txt')).toEqual({ ok: false, error: 'ENOTDIR' });
    if (process.platform !== 'win32') {
      execFileSync('mkfifo', [path.join(folder, 'tubo')]);
      expect(await view.read('tubo')).toEqual({ ok: false, error: 'EINVAL' });
    }
  });

  test.skipIf(process.getuid?.() === 0)('a file that may not be read says so', async () => {
    chmodSync(path.join(folder, 'hola.txt'), 0);
    expect(await createFilesView(folder).read('hola.txt')).toEqual({ ok: false, error: 'EACCES' });
  });
});
