import { readdir, unlink } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '../base/clock.ts';
import { explainSystemError, makeFolder, removeTree, writeJson } from '../base/files.ts';
import type { Owner } from '../base/platform.ts';
import { readLead, writeLead } from './clock-lead.ts';
import { ownedFiles } from './data-folder.ts';
import { diskFile, writeDisk } from './disk-files.ts';
import { ClusterRefused } from './options.ts';
import { noteName, stagedName } from './pending-restore.ts';
import type { Photo } from './photo.ts';
import { openDiskStorage } from './raft/disk.ts';

/** Puts a photo in the place of what a stopped cluster holds, from its next start on. Rejects with `ClusterRefused`. */
export async function placePhoto(
  photo: Photo,
  folder: string,
  masters: number,
  owner: Owner | undefined,
  clock: Clock,
): Promise<void> {
  const staged = path.join(folder, stagedName);
  try {
    await unlink(path.join(folder, noteName)).catch(() => undefined);
    await removeTree(staged);
    await makeFolder(staged, owner);
    const files: string[] = [];
    for (let number = 1; number <= masters; number++) {
      const name = `master-${number}`;
      await writeMaster(photo, path.join(staged, name), owner);
      for (const file of await readdir(path.join(staged, name))) files.push(path.join(name, file));
    }
    for (const [node, batch] of photo.disks) {
      await writeDisk(diskFile(staged, node), batch, owner);
      files.push(path.relative(staged, diskFile(staged, node)));
    }
    // Neither the photo's moment nor what the clock shows now may come again.
    const leadMs = Math.max(await readLead(folder), photo.clockMs - clock.now(), 0);
    const why = await writeLead(staged, leadMs, owner);
    if (why !== '') throw new Error(why);
    files.push('reloj.json');
    const noted = await writeJson(path.join(folder, noteName), { masters, files }, owner);
    if (!noted.kept) throw new Error(noted.why);
  } catch (error) {
    await removeTree(staged);
    throw new ClusterRefused(
      `La foto no se pudo poner, y no se cambió nada: ${explainSystemError(error)}.`,
      'Revisa los permisos y el espacio, y repítelo.',
    );
  }
}

async function writeMaster(photo: Photo, directory: string, owner: Owner | undefined): Promise<void> {
  await makeFolder(directory, owner);
  const storage = openDiskStorage({ directory, files: ownedFiles(owner) });
  await storage.load();
  // All of them as of the same entry: whoever leads next begins after it.
  await storage.persist({
    seq: 1,
    hardState: { term: photo.term, votedFor: undefined },
    snapshot: { index: photo.index, term: photo.term, data: photo.data },
    entries: [],
  });
  await storage.close();
}
