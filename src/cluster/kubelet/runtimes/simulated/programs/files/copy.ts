import { Errno } from '../../fs/errno.ts';
import { baseName, join } from '../../fs/paths.ts';
import type { Syscalls } from '../../process/syscalls.ts';
import { fail, parseOptions, usage } from '../kit.ts';

export async function each(
  sys: Syscalls,
  paths: readonly string[],
  act: (path: string) => void,
  message: (path: string, text: string) => string,
): Promise<number> {
  let code = 0;
  for (const path of paths) {
    await sys.spend(3);
    try {
      act(path);
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      code = await fail(sys, message(path, error.message));
    }
  }
  return code;
}

export function linkExists(sys: Syscalls, path: string): boolean {
  try {
    sys.files.stat(path, false);
    return true;
  } catch {
    return false;
  }
}

/** All below, folders after what is in them. */
function below(sys: Syscalls, path: string): string[] {
  const stat = sys.files.stat(path, false);
  if (stat.kind !== 'dir') return [path];
  return [...sys.files.readdir(path).flatMap((name) => below(sys, join(path, name))), path];
}

export function expand(sys: Syscalls, paths: readonly string[], recursive: boolean): readonly string[] {
  return paths.flatMap((path) => {
    try {
      return recursive ? below(sys, path).reverse() : [path];
    } catch {
      return [path];
    }
  });
}

export async function rm(sys: Syscalls): Promise<number> {
  const { flags, rest, wrong } = parseOptions(sys.args.slice(1), 'irRfv', { recursive: 'r', force: 'f' });
  if (wrong !== undefined) return usage(sys, wrong, 'rm [-irf] FILE...');
  const recursive = flags.has('r') || flags.has('R');
  let code = 0;
  const gnu = sys.host.flavour.tools === 'gnu';
  for (const path of rest) {
    if (['.', '..'].includes(baseName(path))) {
      code = await fail(sys, `'.' and '..' can't be removed`);
      continue;
    }
    let list: readonly string[];
    try {
      if (!recursive && sys.files.stat(path, false).kind === 'dir') {
        code = await fail(sys, gnu ? `cannot remove '${path}': Is a directory` : `'${path}' is a directory`);
        continue;
      }
      list = recursive ? below(sys, path) : [path];
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      if (!flags.has('f'))
        code = await fail(
          sys,
          gnu ? `cannot remove '${path}': ${error.message}` : `can't remove '${path}': ${error.message}`,
        );
      continue;
    }
    const failed = await each(
      sys,
      list,
      (one) => (sys.files.stat(one, false).kind === 'dir' ? sys.files.rmdir(one) : sys.files.unlink(one)),
      (one, text) => (gnu ? `cannot remove '${one}': ${text}` : `can't remove '${one}': ${text}`),
    );
    if (failed !== 0) code = failed;
  }
  return rest.length === 0 && !flags.has('f') ? usage(sys, '', 'rm [-irf] FILE...') : code;
}

export async function mv(sys: Syscalls): Promise<number> {
  const { rest } = parseOptions(sys.args.slice(1), 'finvT');
  const target = rest.at(-1) ?? '';
  const into = sys.files.isDir(target);
  if (rest.length < 2) return usage(sys, '', 'mv [-finT] SOURCE... DIRECTORY');
  if (rest.length > 2 && !into) return fail(sys, `target '${target}' is not a directory`);
  return each(
    sys,
    rest.slice(0, -1),
    (path) => {
      const to = into ? join(target, baseName(path)) : target;
      try {
        sys.files.rename(path, to);
      } catch (error) {
        if (!(error instanceof Errno) || error.code !== 'EXDEV') throw error;
        copyTree(sys, path, to, true);
        for (const one of below(sys, path)) {
          if (sys.files.stat(one, false).kind === 'dir') sys.files.rmdir(one);
          else sys.files.unlink(one);
        }
      }
    },
    (path, text) =>
      text === 'No such file or directory'
        ? `can't rename '${path}': ${text}`
        : `can't rename '${path}': ${text}`,
  );
}

export async function cp(sys: Syscalls): Promise<number> {
  const { flags, rest } = parseOptions(sys.args.slice(1), 'arRdpPLHfinlsuvDTm:', {
    recursive: 'r',
    archive: 'a',
  });
  const recursive = flags.has('a') || flags.has('r') || flags.has('R');
  const target = rest.at(-1) ?? '';
  if (rest.length < 2) return usage(sys, '', 'cp [-arPLHpfinlsTu] SOURCE DEST');
  const into = sys.files.isDir(target) && !flags.has('T');
  if (rest.length > 2 && !into) return fail(sys, `target '${target}' is not a directory`);
  let code = 0;
  for (const path of rest.slice(0, -1)) {
    if (!recursive && sys.files.isDir(path)) {
      code = await fail(
        sys,
        sys.host.flavour.tools === 'gnu'
          ? `-r not specified; omitting directory '${path}'`
          : `omitting directory '${path}'`,
      );
      continue;
    }
    const failed = await each(
      sys,
      [path],
      () =>
        copyTree(sys, path, into ? join(target, baseName(path)) : target, flags.has('a') || flags.has('p')),
      (_, text) =>
        `can't ${sys.files.exists(path) ? `create '${into ? join(target, baseName(path)) : target}'` : `stat '${path}'`}: ${text}`,
    );
    if (failed !== 0) code = failed;
  }
  return code;
}

function copyTree(sys: Syscalls, from: string, to: string, preserve: boolean): void {
  const { files } = sys;
  const stat = files.stat(from, !preserve);
  if (stat.kind === 'dir') {
    if (!files.isDir(to)) files.mkdir(to, stat.mode);
    for (const name of files.readdir(from)) copyTree(sys, join(from, name), join(to, name), preserve);
  } else if (stat.kind === 'link') {
    if (linkExists(sys, to)) files.unlink(to);
    files.symlink(files.readlink(from), to);
  } else {
    const { node } = files.find(from);
    files.writeBytes(to, files.readBytes(from), stat.mode & 0o777);
    const made = files.find(to, { change: true });
    // A copied binary still runs.
    if (node?.kind === 'file' && node.program !== undefined)
      made.parent.entries.set(made.name, { ...node, shared: false, nlink: 1 });
  }
  if (preserve && stat.kind !== 'link') files.utimes(to, stat.mtimeMs);
}
