import { Errno } from '../fs/errno.ts';
import { toBytes } from '../process/bytes.ts';
import type { OpenHow, Syscalls } from '../process/syscalls.ts';
import type { Redirection } from './ast.ts';
import type { Expander } from './expand.ts';

/** The redirection cannot be made; the message is for the shell to print. */
export class RedirectionFailure extends Error {}

const flags: { readonly [operator: string]: OpenHow } = {
  '<': { read: true },
  '<>': { read: true, write: true, create: true },
  '>': { write: true, create: true, truncate: true },
  '>|': { write: true, create: true, truncate: true },
  '>>': { write: true, create: true, append: true },
};

/**
 * Redirects descriptors of the shell's own process. The result undoes it; a child started in between has them too.
 * Throws `RedirectionFailure`, everything undone.
 */
export async function redirect(
  sys: Syscalls,
  redirections: readonly Redirection[],
  expander: Expander,
  noClobber: boolean,
): Promise<() => void> {
  const saved: { readonly fd: number; readonly copy: number | undefined }[] = [];
  const undo = () => {
    for (const { fd, copy } of saved.splice(0).reverse()) {
      if (copy === undefined) {
        if (sys.hasFd(fd)) sys.close(fd);
      } else {
        sys.dup(copy, fd);
        sys.close(copy);
      }
    }
  };
  const save = (fd: number) => saved.push({ fd, copy: sys.hasFd(fd) ? sys.dup(fd) : undefined });
  try {
    for (const one of redirections) {
      if (one.operator === '<<') {
        const text = await expander.single(one.target);
        save(one.fd);
        await document(sys, one.fd, text);
        continue;
      }
      const target = await expander.single(one.target);
      if (one.operator === '&>') {
        save(1);
        save(2);
        place(sys, target, '>', 1);
        sys.dup(1, 2);
      } else if (one.operator === '>&' || one.operator === '<&') {
        if (one.operator === '>&' && !/^(?:\d+|-)$/.test(target)) {
          save(1);
          save(2);
          place(sys, target, '>', 1);
          sys.dup(1, 2);
          continue;
        }
        save(one.fd);
        copy(sys, one.fd, target);
      } else {
        if (noClobber && one.operator === '>' && isFile(sys, target)) {
          throw new RedirectionFailure(`can't create ${target}: File exists`);
        }
        save(one.fd);
        place(sys, target, one.operator, one.fd);
      }
    }
  } catch (error) {
    undo();
    throw error;
  }
  return undo;
}

function place(sys: Syscalls, path: string, operator: string, fd: number): void {
  try {
    const opened = sys.open(path, flags[operator] ?? {});
    if (opened === fd) return;
    sys.dup(opened, fd);
    sys.close(opened);
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    const reads = operator === '<';
    const missing = reads ? 'no such file' : 'nonexistent directory';
    const text = error.code === 'ENOENT' || error.code === 'ENOTDIR' ? missing : error.message;
    throw new RedirectionFailure(`can't ${reads ? 'open' : 'create'} ${path}: ${text}`);
  }
}

function copy(sys: Syscalls, fd: number, target: string): void {
  if (target === '-') {
    if (sys.hasFd(fd)) sys.close(fd);
    return;
  }
  if (!/^\d+$/.test(target)) throw new RedirectionFailure('syntax error: bad fd number');
  if (!sys.hasFd(Number(target)) || Number(target) > 9) {
    throw new RedirectionFailure(`dup2(${target},${fd}): Bad file descriptor`);
  }
  if (Number(target) !== fd) sys.dup(Number(target), fd);
}

/** A pipe that a process of its own fills when the text is long. */
async function document(sys: Syscalls, fd: number, text: string): Promise<void> {
  const [reader, writer] = sys.pipe();
  const bytes = toBytes(text);
  if (bytes.byteLength < 65_536) await sys.write(writer, bytes);
  else {
    sys.fork(
      async (child) => {
        await child.write(1, bytes);
        return 0;
      },
      { fds: new Map([[1, writer]]) },
    );
  }
  sys.close(writer);
  sys.dup(reader, fd);
  sys.close(reader);
}

function isFile(sys: Syscalls, path: string): boolean {
  try {
    return sys.files.stat(path).kind === 'file';
  } catch {
    return false;
  }
}
