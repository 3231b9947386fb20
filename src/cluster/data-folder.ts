import { chownSync } from 'node:fs';
import { utimes } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '../base/clock.ts';
import { explainSystemError, makeFolder, readJson, writeJson } from '../base/files.ts';
import { LockBusy, withLock } from '../base/lock.ts';
import type { Owner } from '../base/platform.ts';
import { ClusterRefused } from './options.ts';
import { finishRestore } from './pending-restore.ts';
import { type FileLayer, nodeFiles } from './raft/file-layer.ts';

/** The folder of one cluster's data, while this process alone may use it. */
export interface DataFolder {
  readonly pki: string;
  /** Of one master (from 1): nobody else writes there. */
  master(number: number): string;
  release(): Promise<void>;
}

export interface DataFolderOptions {
  readonly folder: string;
  readonly masters: number;
  readonly owner: Owner | undefined;
  readonly clock: Clock;
  /** How long to wait for a process that is about to end. */
  readonly waitMs?: number;
}

const lockName = 'datos.lock';
const membersName = 'masters.json';
/** A holder of whom nobody here can tell whether it lives shows it by touching the lock this often. */
const touchMs = 3_000;

/** Takes the folder, making what is missing. Rejects with `ClusterRefused` when another process has it or it does not fit. */
export async function openDataFolder(options: DataFolderOptions): Promise<DataFolder> {
  const { folder, owner } = options;
  const release = await hold(options);
  try {
    await checkMembers(options);
    await finishRestore(folder, owner);
    for (let number = 1; number <= options.masters; number += 1)
      await makeFolder(path.join(folder, `master-${number}`), owner);
  } catch (error) {
    await release();
    throw error instanceof ClusterRefused ? error : unusable(folder, explainSystemError(error));
  }
  return {
    pki: path.join(folder, 'pki'),
    master: (number) => path.join(folder, `master-${number}`),
    release,
  };
}

/** Files that belong to whoever the course is of, also when root starts the cluster for them. */
export function ownedFiles(owner: Owner | undefined): FileLayer {
  if (owner === undefined) return nodeFiles;
  return {
    ...nodeFiles,
    open(file) {
      const opened = nodeFiles.open(file);
      chownSync(file, owner.uid, owner.gid);
      return opened;
    },
  };
}

/** Resolves, once the lock is ours, with what lets go of it. */
async function hold({
  folder,
  owner,
  clock,
  waitMs = 2_000,
}: DataFolderOptions): Promise<() => Promise<void>> {
  const lock = path.join(folder, lockName);
  return new Promise((resolve, reject) => {
    const held = withLock(lock, { clock, owner, waitMs }, () => {
      const stopTouching = clock.every(touchMs, () => {
        const seconds = clock.now() / 1000;
        utimes(lock, seconds, seconds).catch(() => undefined);
      });
      return new Promise<void>((letGo) => {
        resolve(async () => {
          stopTouching();
          letGo();
          await held.catch(() => undefined);
        });
      });
    });
    held.catch((error: unknown) =>
      reject(
        error instanceof LockBusy
          ? new ClusterRefused(
              `Otro proceso está usando los datos del clúster (${folder}).`,
              'Míralo con `curso cluster estado`; se detiene con `curso cluster detener`.',
            )
          : unusable(folder, explainSystemError(error)),
      ),
    );
  });
}

/** How many members there are is fixed when the data are made: a majority of another number would not be one. */
async function checkMembers({ folder, masters, owner }: DataFolderOptions): Promise<void> {
  const file = path.join(folder, membersName);
  const found = await readJson(file, 1_000);
  if (found.state === 'missing') {
    const written = await writeJson(file, { masters }, owner);
    if (!written.kept) throw unusable(folder, written.why);
    return;
  }
  if (found.state === 'unreadable') throw unusable(folder, found.why);
  const known = found.state === 'read' ? membersOf(found.value) : undefined;
  if (known === undefined)
    throw new ClusterRefused(
      `${file} está dañado: no se sabe de cuántos masters son los datos.`,
      'Escribe en él `{"masters": 3}` (los que hubiera), o empieza de nuevo con `curso cluster borrar`.',
    );
  if (known !== masters)
    throw new ClusterRefused(
      `Los datos que hay son de un clúster de ${known} ${known === 1 ? 'master' : 'masters'}, y eso no cambia.`,
      `Arráncalo con \`--masters ${known}\`, o empieza otro con \`curso cluster borrar\`.`,
    );
}

function membersOf(value: unknown): number | undefined {
  if (typeof value !== 'object' || value === null || !('masters' in value)) return undefined;
  return typeof value.masters === 'number' && [1, 3, 5].includes(value.masters) ? value.masters : undefined;
}

function unusable(folder: string, why: string): ClusterRefused {
  return new ClusterRefused(
    `No se puede usar la carpeta del clúster (${folder}): ${why}`,
    'Libera espacio o revisa los permisos.',
  );
}
