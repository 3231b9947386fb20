import { createHash } from 'node:crypto';
import { readdir, readFile, unlink } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { Clock } from '../base/clock.ts';
import { errorCode, explainSystemError, makeFolder, writeText } from '../base/files.ts';
import type { Owner } from '../base/platform.ts';
import { formatTime } from '../kube/time.ts';
import { ownedFiles } from './data-folder.ts';
import type { Master } from './members.ts';
import { ClusterRefused } from './options.ts';
import { openDiskStorage } from './raft/disk.ts';
import { decodeSnapshot } from './store/snapshot-codec.ts';

/** A whole cluster's objects in one file, as `etcdutl snapshot` keeps them: JSON, so that nothing has to be binary-safe. */
interface PhotoFile {
  readonly format: 'curso-k8s/foto';
  readonly version: 1;
  readonly takenAt: string;
  readonly index: number;
  readonly term: number;
  /** Of the bytes before they were packed. */
  readonly sha256: string;
  /** gzip, base64. */
  readonly data: string;
}

const pack = promisify(gzip);
const unpack = promisify(gunzip);
const maxFileBytes = 256 * 1024 * 1024;
const maxDataBytes = 512 * 1024 * 1024;
const digest = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');

/** Writes what the cluster holds now into `file`. Rejects with `ClusterRefused`, in Spanish. */
export async function takePhoto(
  masters: readonly Master[],
  file: string,
  owner: Owner | undefined,
  clock: Clock,
): Promise<void> {
  const leader = masters.find((master) => master.healthy() && master.status().role === 'leader');
  const { store, node } = leader ?? {};
  if (store === undefined || node === undefined)
    throw new ClusterRefused(
      'Sin líder no se sabe qué es lo último que se guardó.',
      'Recupera antes la mayoría.',
    );
  const { index, data } = store.photo();
  const photo: PhotoFile = {
    format: 'curso-k8s/foto',
    version: 1,
    takenAt: formatTime(clock.now()),
    index,
    term: node.status().term,
    sha256: digest(data),
    data: (await pack(data)).toString('base64'),
  };
  const written = await writeText(file, `${JSON.stringify(photo)}\n`, owner);
  if (!written.kept)
    throw new ClusterRefused(
      `No se puede escribir ${file}: ${written.why}.`,
      'Elige otro sitio, o libera espacio.',
    );
}

/** A photo that was read and is whole. */
export interface Photo {
  readonly takenAt: string;
  readonly index: number;
  readonly term: number;
  readonly data: Uint8Array;
}

/** Rejects with `ClusterRefused` when it is no photo, is damaged or of another version. */
export async function readPhoto(file: string): Promise<Photo> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new ClusterRefused(
      errorCode(error) === 'ENOENT'
        ? `No existe el archivo ${file}.`
        : `No se puede leer ${file}: ${explainSystemError(error)}.`,
      'Revisa la ruta; las fotos las hace `curso cluster guardar <archivo>`.',
    );
  });
  const notOne = (why: string) =>
    new ClusterRefused(
      `${file} no es una foto de un clúster: ${why}.`,
      'Las hace `curso cluster guardar <archivo>`.',
    );
  if (text.length > maxFileBytes) throw notOne('es demasiado grande');
  let found: Partial<PhotoFile>;
  try {
    found = JSON.parse(text) as Partial<PhotoFile>;
  } catch {
    throw notOne('no es JSON');
  }
  const { format, version, index, term, sha256, data, takenAt } = found ?? {};
  if (format !== 'curso-k8s/foto') throw notOne('le falta la marca');
  if (version !== 1) throw notOne(`es de la versión ${version}, y aquí se entiende la 1`);
  if (!isIndex(index) || !isIndex(term) || typeof data !== 'string') throw notOne('le faltan datos');
  try {
    const bytes = await unpack(Buffer.from(data, 'base64'), { maxOutputLength: maxDataBytes });
    if (digest(bytes) !== sha256) throw notOne('está dañada');
    decodeSnapshot(bytes);
    return { takenAt: String(takenAt), index, term, data: bytes };
  } catch (error) {
    throw error instanceof ClusterRefused ? error : notOne('está dañada');
  }
}

const isIndex = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) > 0;

/** Puts a photo in the place of what the masters of a stopped cluster hold. Rejects with `ClusterRefused`. */
export async function placePhoto(
  photo: Photo,
  folder: string,
  masters: number,
  owner: Owner | undefined,
): Promise<void> {
  try {
    for (let number = 1; number <= masters; number++) {
      const directory = path.join(folder, `master-${number}`);
      await makeFolder(directory, owner);
      for (const name of await readdir(directory))
        if (/\.(wal|snap|tmp)$/.test(name)) await unlink(path.join(directory, name));
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
  } catch (error) {
    throw new ClusterRefused(
      `La foto no se pudo poner: ${explainSystemError(error)}.`,
      'Revisa los permisos y el espacio, y repítelo.',
    );
  }
}
