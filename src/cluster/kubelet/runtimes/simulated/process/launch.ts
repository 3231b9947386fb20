import { Errno } from '../fs/errno.ts';
import type { Files } from '../fs/files.ts';
import { allowed, type FileInode } from '../fs/inode.ts';
import { baseName } from '../fs/paths.ts';
import { toText } from './bytes.ts';

export interface Launch {
  /** Name of the simulated program. */
  readonly program: string;
  readonly args: readonly string[];
  /** What `ps` calls it. */
  readonly comm: string;
}

/** What `execve(2)` makes of a path: a program, or a script with its interpreter. Throws `Errno`. */
export function launchOf(files: Files, path: string, args: readonly string[], depth = 0): Launch {
  const { node } = files.find(path);
  if (node === undefined) throw new Errno('ENOENT');
  if (node.kind !== 'file' || !allowed(node, files.caller, 1)) throw new Errno('EACCES');
  if (node.program !== undefined) return { program: node.program, args, comm: baseName(path).slice(0, 15) };
  const interpreter = shebang(node);
  if (interpreter === undefined) throw new Errno('ENOEXEC');
  if (depth > 4) throw new Errno('ELOOP');
  const launch = launchOf(files, interpreter[0] ?? '', [...interpreter, path, ...args.slice(1)], depth + 1);
  return { ...launch, comm: baseName(path).slice(0, 15) };
}

/** Where PATH finds a name; undefined: nowhere. `denied`: a file that may not be run was on the way. */
export function searchPath(
  files: Files,
  name: string,
  path: string,
): { readonly found: string | undefined; readonly denied: boolean } {
  let denied = false;
  for (const folder of path.split(':')) {
    const candidate = `${folder === '' ? '.' : folder}/${name}`;
    try {
      const { node } = files.find(candidate);
      if (node?.kind !== 'file') continue;
      if (allowed(node, files.caller, 1)) return { found: candidate, denied };
      denied = true;
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
    }
  }
  return { found: undefined, denied };
}

function shebang(node: FileInode): [string, ...string[]] | undefined {
  const start = toText(node.content.read(0, 256));
  if (!start.startsWith('#!')) return undefined;
  const line = start.slice(2, start.indexOf('\n') < 0 ? undefined : start.indexOf('\n')).trim();
  const [, interpreter, argument] = /^(\S+)\s*(.*)$/.exec(line) ?? [];
  if (interpreter === undefined) return undefined;
  return argument === undefined || argument === '' ? [interpreter] : [interpreter, argument];
}
