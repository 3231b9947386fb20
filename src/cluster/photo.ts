import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { Clock } from '../base/clock.ts';
import { errorCode, explainSystemError, writeText } from '../base/files.ts';
import type { Owner } from '../base/platform.ts';
import { formatTime } from '../kube/time.ts';
import type { Disks } from './disks.ts';
import { checkBatch } from './kubelet/runtimes/simulated/index.ts';
import type { Master } from './members.ts';
import { ClusterRefused } from './options.ts';
import { decodeSnapshot } from './store/snapshot-codec.ts';

/** A whole cluster's objects in one file, as `etcdutl snapshot` keeps them: JSON, so that nothing has to be binary-safe. */
interface PhotoFile {
  readonly format: 'curso-k8s/foto';
  /** 1 has no `clockMs` and no `disks`. */
  readonly version: 2;
  readonly takenAt: string;
  readonly index: number;
  readonly term: number;
  /** Of the bytes before they were packed. */
  readonly sha256: string;
  /** gzip, base64. */
  readonly data: string;
  /** The cluster's clock, ms since the epoch. */
  readonly clockMs: number;
  /** Files of the nodes that outlive a restart. */
  readonly disks: readonly PackedDisk[];
}

interface PackedDisk {
  readonly name: string;
  readonly sha256: string;
  readonly data: string;
}

const pack = promisify(gzip);
const unpack = promisify(gunzip);
const maxFileBytes = 256 * 1024 * 1024;
const maxDataBytes = 512 * 1024 * 1024;
const packedText = async (bytes: Uint8Array) => (await pack(bytes)).toString('base64');
const digest = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');

/** Writes what the cluster holds now into `file`. Rejects with `ClusterRefused`, in Spanish. */
export async function takePhoto(
  masters: readonly Master[],
  file: string,
  owner: Owner | undefined,
  clock: Clock,
  disks: Pick<Disks, 'whole'>,
): Promise<void> {
  const leader = masters.find((master) => master.healthy() && master.status().role === 'leader');
  const { store, node } = leader ?? {};
  if (store === undefined || node === undefined)
    throw new ClusterRefused(
      'Sin líder no se sabe qué es lo último que se guardó.',
      'Recupera antes la mayoría.',
    );
  // All of it as of the same moment: nothing is waited for in between.
  const { index, data } = store.photo();
  // At a speed like 0.3 it has fractions.
  const clockMs = Math.ceil(clock.now());
  const found = [...disks.whole()];
  const packed = await Promise.all(
    found.map(async ([name, bytes]) => ({ name, sha256: digest(bytes), data: await packedText(bytes) })),
  );
  const photo: PhotoFile = {
    format: 'curso-k8s/foto',
    version: 2,
    takenAt: formatTime(clockMs),
    clockMs,
    disks: packed,
    index,
    term: node.status().term,
    sha256: digest(data),
    data: await packedText(data),
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
  readonly clockMs: number;
  /** One batch each, by node. */
  readonly disks: ReadonlyMap<string, Uint8Array>;
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
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    throw notOne('no es JSON');
  }
  const { format, version, index, term, sha256, data, takenAt, clockMs, disks } = (found ?? {}) as {
    readonly [key in keyof PhotoFile]?: unknown;
  };
  if (format !== 'curso-k8s/foto') throw notOne('le falta la marca');
  if (version !== 1 && version !== 2)
    throw notOne(`es de la versión ${version}, y aquí se entienden la 1 y la 2`);
  const takenMs = version === 1 ? Date.parse(String(takenAt)) : clockMs;
  const packed = version === 1 ? [] : disks;
  if (!isIndex(index) || !isIndex(term) || !isIndex(takenMs) || !isDisks(packed))
    throw notOne('le faltan datos');
  try {
    const bytes = await unpacked(data, sha256);
    decodeSnapshot(bytes);
    const files = new Map<string, Uint8Array>();
    for (const disk of packed) {
      const batch = await unpacked(disk.data, disk.sha256);
      checkBatch(batch);
      files.set(disk.name, batch);
    }
    return { takenAt: String(takenAt), index, term, data: bytes, clockMs: takenMs, disks: files };
  } catch {
    throw notOne('está dañada');
  }
}

/** Rejects when it is not what the digest is of. */
async function unpacked(data: unknown, sha256: unknown): Promise<Uint8Array> {
  if (typeof data !== 'string') throw new Error('no data');
  const bytes = await unpack(Buffer.from(data, 'base64'), { maxOutputLength: maxDataBytes });
  if (digest(bytes) !== sha256) throw new Error('another digest');
  return bytes;
}

/** Names become folders. */
const isDisks = (value: unknown): value is readonly PackedDisk[] =>
  Array.isArray(value) &&
  value.every(
    (one: unknown) =>
      typeof one === 'object' &&
      one !== null &&
      /^[a-z0-9][a-z0-9._-]{0,252}$/.test(String((one as Partial<PackedDisk>).name)),
  );

const isIndex = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) > 0;
