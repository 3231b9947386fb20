import { readdir, rename, unlink } from 'node:fs/promises';
import path from 'node:path';
import { exists, makeFolder, readJson, removeTree } from '../base/files.ts';
import type { Owner } from '../base/platform.ts';

/**
 * A photo is laid out whole beside the data first; only then a note says that it is to take their place, which happens when the
 * cluster starts. Whoever cuts it short before the note has changed nothing, and after it the next start goes on.
 */
export const stagedName = 'restaurando';
export const noteName = 'restauracion.json';
const raftFile = /\.(wal|snap|tmp)$/;

/** What a photo that waits replaces, under the lock of the data. Rejects with the system's error; it may be called again. */
export async function finishRestore(folder: string, owner: Owner | undefined): Promise<void> {
  const note = path.join(folder, noteName);
  const found = await readJson(note, 10 * 1024 * 1024);
  if (found.state !== 'read') return;
  const { masters, files } = found.value as { readonly masters: number; readonly files: readonly string[] };
  const staged = path.join(folder, stagedName);
  for (const file of files) {
    if (!(await exists(path.join(staged, file)))) continue;
    await makeFolder(path.dirname(path.join(folder, file)), owner);
    await rename(path.join(staged, file), path.join(folder, file));
  }
  const kept = new Set(files);
  const drop = async (inFolder: string, isOld: (name: string) => boolean) => {
    for (const name of await readdir(path.join(folder, inFolder)).catch(() => []))
      if (isOld(name) && !kept.has(path.join(inFolder, name)))
        await unlink(path.join(folder, inFolder, name));
  };
  for (let number = 1; number <= masters; number++)
    await drop(`master-${number}`, (name) => raftFile.test(name));
  for (const node of await readdir(path.join(folder, 'nodos')).catch(() => []))
    await drop(path.join('nodos', node), (name) => name === 'disco.bin');
  await removeTree(staged);
  await unlink(note);
}
