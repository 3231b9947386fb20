import { constants } from 'node:fs';
import {
  chmod,
  chown,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
} from 'node:fs/promises';
import path from 'node:path';
import type { Json } from './json.ts';
import type { Owner } from './platform.ts';

/** Reading and writing whole small files. Expected trouble is a value: a full or read-only disk never throws. */

export type ReadResult<T> =
  | { readonly state: 'read'; readonly value: T }
  | { readonly state: 'missing' }
  /** It is there and it is not what it should be. */
  | { readonly state: 'damaged'; readonly why: string }
  /** The system did not let us look. */
  | { readonly state: 'unreadable'; readonly why: string };

export type WriteResult = { readonly kept: true } | { readonly kept: false; readonly why: string };

/** A regular file's text, of at most `maxBytes`. Something longer, or not a file (FIFO, device), is `damaged`. */
export async function readText(file: string, maxBytes: number): Promise<ReadResult<string>> {
  try {
    // O_NONBLOCK: a FIFO put in the place of the file must not hang the course.
    const handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const facts = await handle.stat();
      if (!facts.isFile()) return { state: 'damaged', why: 'no es un archivo' };
      if (facts.size > maxBytes) return { state: 'damaged', why: `ocupa más de ${maxBytes} bytes` };
      const buffer = Buffer.alloc(maxBytes + 1);
      let length = 0;
      while (length < buffer.length) {
        const { bytesRead } = await handle.read(
          buffer,
          length,
          Math.min(65536, buffer.length - length),
          length,
        );
        if (bytesRead === 0) break;
        length += bytesRead;
      }
      if (length > maxBytes) return { state: 'damaged', why: `ocupa más de ${maxBytes} bytes` };
      return { state: 'read', value: buffer.toString('utf8', 0, length) };
    } finally {
      await handle.close();
    }
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return { state: 'missing' };
    return { state: 'unreadable', why: explainSystemError(error) };
  }
}

/** JSON of at most `maxBytes`; a byte-order mark is forgiven. */
export async function readJson(file: string, maxBytes: number): Promise<ReadResult<Json>> {
  const text = await readText(file, maxBytes);
  if (text.state !== 'read') return text;
  try {
    return { state: 'read', value: JSON.parse(text.value.replace(/^\ufeff/, '')) as Json };
  } catch {
    return { state: 'damaged', why: 'no es JSON válido' };
  }
}

/**
 * Replaces a file at once: after a crash at any moment there is either the old text or the new one. The temporary
 * file is made next to it (same file system), synced, and renamed over. Mode 0600. `unique` distinguishes writers.
 */
export async function writeText(
  file: string,
  text: string | Uint8Array,
  owner?: Owner,
): Promise<WriteResult> {
  const temporary = path.join(
    path.dirname(file),
    `.${path.basename(file)}.${process.pid}.${nextNumber()}.tmp`,
  );
  try {
    await makeFolder(path.dirname(file), owner);
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      if (owner !== undefined) await handle.chown(owner.uid, owner.gid);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await renameOver(temporary, file);
    await syncFolder(path.dirname(file));
    return { kept: true };
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    return { kept: false, why: explainSystemError(error) };
  }
}

export async function writeJson(file: string, value: unknown, owner?: Owner): Promise<WriteResult> {
  return writeText(file, `${JSON.stringify(value, null, 1)}\n`, owner);
}

/**
 * Makes a folder and its missing parents, mode 0700, owned by `owner`. Rejects with the system's error. By hand, because
 * Node's own `recursive` never ends where a parent exists and still says ENOENT, as in `/proc`.
 */
export async function makeFolder(folder: string, owner?: Owner): Promise<void> {
  try {
    await makeOneFolder(folder, owner);
  } catch (error) {
    const parent = path.dirname(folder);
    if (errorCode(error) !== 'ENOENT' || parent === folder) throw error;
    if (!(await exists(parent))) await makeFolder(parent, owner);
    await makeOneFolder(folder, owner);
  }
}

async function makeOneFolder(folder: string, owner: Owner | undefined): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    const there = errorCode(error) === 'EEXIST' ? await stat(folder).catch(() => undefined) : undefined;
    if (there?.isDirectory()) return;
    throw error;
  }
  if (owner !== undefined) await chown(folder, owner.uid, owner.gid);
}

/** Names in a folder, sorted; a missing or unreadable folder is empty. */
export async function listNames(folder: string): Promise<readonly string[]> {
  return (await readdir(folder).catch(() => [])).sort();
}

export type Removed =
  | { readonly kept: true }
  /** `mounted`: mount points inside the tree, which is why nothing was touched. */
  | { readonly kept: false; readonly why: string; readonly mounted: readonly string[] };

/**
 * Removes a file or tree without following links; `kept: true` when nothing is left of it. Missing is fine. A tree with
 * something mounted inside is left whole: behind a mount there may be the whole machine's files.
 */
export async function removeTree(target: string): Promise<Removed> {
  try {
    const mounted = await mountsInside(target);
    if (mounted.length > 0) return { kept: false, why: `hay algo montado en ${mounted[0]}`, mounted };
    const remove = () => rm(target, { recursive: true, force: true, maxRetries: 2 });
    await remove().catch(async (error: unknown) => {
      if (errorCode(error) !== 'EACCES') throw error;
      await openFolders(target);
      await remove();
    });
    return { kept: true };
  } catch (error) {
    return { kept: false, why: explainSystemError(error), mounted: [] };
  }
}

/** overlayfs leaves a `work` folder without any permission, which only root can remove as it is. */
async function openFolders(folder: string): Promise<void> {
  await chmod(folder, 0o700).catch(() => undefined); // `rm` may still be at work, and take it away first.
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    if (entry.isDirectory()) await openFolders(path.join(folder, entry.name));
  }
}

/** Mount points at or below a folder, innermost first; only Linux tells. `proc_pid_mountinfo(5)`. */
async function mountsInside(folder: string): Promise<readonly string[]> {
  if (process.platform !== 'linux') return [];
  const real = await realpath(folder).catch(() => undefined);
  if (real === undefined) return [];
  const table = await readFile('/proc/self/mountinfo', 'latin1');
  return table
    .split('\n')
    .map((line) => (line.split(' ')[4] ?? '').replace(/\\([0-7]{3})/g, octalByte))
    .map((point) => Buffer.from(point, 'latin1').toString('utf8'))
    .filter((point) => point === real || point.startsWith(`${real}/`))
    .reverse();
}

function octalByte(_: string, digits: string): string {
  return String.fromCharCode(Number.parseInt(digits, 8));
}

/** Temporary files of writers that died before renaming, older than `olderThanMs`. */
export async function removeOldTemporaries(
  folder: string,
  nowMs: number,
  olderThanMs = 60_000,
): Promise<void> {
  for (const name of await listNames(folder)) {
    if (!/^\..+\.\d+\.\d+\.tmp$/.test(name)) continue;
    const file = path.join(folder, name);
    const facts = await lstat(file).catch(() => undefined);
    if (facts?.isFile() && nowMs - facts.mtimeMs > olderThanMs)
      await rm(file, { force: true }).catch(() => undefined);
  }
}

export async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

/** `ENOENT`, `EACCES`… or '' for what is not a system error. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** One Spanish clause that says what the system did not allow. */
export function explainSystemError(error: unknown): string {
  switch (errorCode(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return 'no queda espacio en el disco';
    case 'EROFS':
      return 'el disco está montado en modo de solo lectura';
    case 'EACCES':
    case 'EPERM':
      return 'no tienes permiso';
    case 'ENOENT':
      return 'la carpeta no existe o no se puede crear';
    case 'ENOTDIR':
    case 'EEXIST':
      return 'hay un archivo donde debería haber una carpeta';
    case 'EISDIR':
      return 'hay una carpeta donde debería haber un archivo';
    case 'EMFILE':
    case 'ENFILE':
      return 'hay demasiados archivos abiertos';
    case 'ENAMETOOLONG':
      return 'el nombre es demasiado largo';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}

let lastNumber = 0;
function nextNumber(): number {
  lastNumber += 1;
  return lastNumber;
}

/** On Windows an antivirus or a reader may hold the target for a moment; a few immediate retries get past it. */
async function renameOver(from: string, to: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await rename(from, to);
      return;
    } catch (error) {
      if (
        process.platform !== 'win32' ||
        attempt >= 10 ||
        !['EPERM', 'EACCES', 'EBUSY'].includes(errorCode(error))
      )
        throw error;
    }
  }
}

/** The rename itself must survive a power cut. Windows cannot open folders, and some file systems refuse: not fatal. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  try {
    const handle = await open(folder, 'r');
    await handle.sync().finally(() => handle.close());
  } catch {
    // The data is already safe; only the name might take longer to reach the disk.
  }
}
