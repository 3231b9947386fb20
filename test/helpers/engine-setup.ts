import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeStandIns } from './standins.mjs';

/** Whole run of vitest: the stand-in images that its tests had to make go away at the end, and no others. */
export default async function setup(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'curso-pruebas-'));
  const record = join(folder, 'imagenes');
  process.env['CURSO_PRUEBA_IMAGENES'] = record;
  return async () => {
    const names = await readFile(record, 'utf8').catch(() => '');
    await removeStandIns(names.split('\n').filter((name) => name !== ''));
    await rm(folder, { recursive: true, force: true });
  };
}
