import { constants } from 'node:fs';
import { open, readdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import type { FilesView, Read, ReadError } from '../checks/backend.ts';

const defaultReadBytes = 64 * 1024;
const maxNames = 1_000;

/**
 * Files of one folder. A path that leaves it, by `..` or through a link, is refused with EACCES: a learner's link to
 * `/etc/shadow` must not end up on a teacher's screen when the course runs as root.
 */
export function createFilesView(folder: string): FilesView {
  return {
    read: (name, maxBytes = defaultReadBytes) =>
      inside(folder, name, async (file) => {
        // O_NONBLOCK: a FIFO with that name must not hang the course.
        const handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
        try {
          const facts = await handle.stat();
          if (facts.isDirectory()) throw Object.assign(new Error('is a directory'), { code: 'EISDIR' });
          if (!facts.isFile()) throw Object.assign(new Error('not a regular file'), { code: 'EINVAL' });
          const buffer = Buffer.alloc(Math.min(maxBytes, facts.size));
          let length = 0;
          while (length < buffer.length) {
            const { bytesRead } = await handle.read(buffer, length, buffer.length - length, length);
            if (bytesRead === 0) break;
            length += bytesRead;
          }
          return buffer.toString('utf8', 0, length);
        } finally {
          await handle.close();
        }
      }),
    list: (name) => inside(folder, name, async (file) => (await readdir(file)).sort().slice(0, maxNames)),
  };
}

async function inside<T>(folder: string, name: string, look: (file: string) => Promise<T>): Promise<Read<T>> {
  try {
    const base = await realpath(folder);
    const file = await realpath(path.resolve(base, name));
    if (file !== base && !file.startsWith(base + path.sep)) return { ok: false, error: 'EACCES' };
    return { ok: true, value: await look(file) };
  } catch (error) {
    return { ok: false, error: asReadError(error) };
  }
}

const known: readonly string[] = ['ENOENT', 'EACCES', 'EPERM', 'EINVAL', 'ESRCH', 'ENOTDIR', 'EISDIR'];

/** The system's error as a value; anything unexpected is OTHER. */
export function asReadError(error: unknown): ReadError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return known.includes(code) ? (code as ReadError) : 'OTHER';
}
