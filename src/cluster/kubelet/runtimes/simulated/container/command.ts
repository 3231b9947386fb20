import { type ContainerConfig, RuntimeError } from '../../../runtime.ts';
import { Errno } from '../fs/errno.ts';
import type { Files } from '../fs/files.ts';
import type { ImageRecord } from '../images/record.ts';
import { searchPath } from '../process/launch.ts';

const usualPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The Pod's command and arguments against the image's, as the API documents it. */
export function commandOf(config: ContainerConfig, record: ImageRecord): readonly string[] {
  const { entrada = [], orden = [] } = record;
  if (config.command !== undefined && config.command.length > 0)
    return [...config.command, ...(config.args ?? [])];
  if (config.args !== undefined && config.args.length > 0) return [...entrada, ...config.args];
  return [...entrada, ...orden];
}

/** Variables of a container: runtime's, image's, the Pod's; the last wins, the first place stays. */
export function environmentOf(
  config: ContainerConfig,
  record: ImageRecord,
  hostname: string,
  home: string,
): Map<string, string> {
  const env = new Map([['PATH', usualPath]]);
  if (config.tty) env.set('TERM', 'xterm');
  env.set('HOSTNAME', hostname);
  for (const [name, value] of Object.entries(record.entorno ?? {})) env.set(name, value);
  for (const { name, value } of config.env) env.set(name, value);
  if (!env.has('HOME')) env.set('HOME', home);
  return env;
}

/** Where runc finds the command. Throws `RuntimeError` with its words. */
export function executable(
  files: Files,
  command: readonly string[],
  env: ReadonlyMap<string, string>,
): string {
  const [name = ''] = command;
  const failure = (why: string) =>
    new RuntimeError(`unable to start container process: exec: "${name}": ${why}: unknown`);
  if (!name.includes('/')) {
    const { found, denied } = searchPath(files, name, env.get('PATH') ?? usualPath);
    if (found !== undefined) return found;
    throw failure(denied ? 'permission denied' : 'executable file not found in $PATH');
  }
  try {
    const stat = files.stat(name);
    if (stat.kind !== 'file' || !files.access(name, 1)) throw failure('permission denied');
    return name;
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    throw failure(
      error.code === 'ENOENT'
        ? `stat ${name}: no such file or directory`
        : `stat ${name}: ${error.message.toLowerCase()}`,
    );
  }
}

/** The kernel refused what runc had found: another architecture, a script without interpreter. */
export function execFailure(name: string, error: Errno): RuntimeError {
  const text = error.code === 'ENOEXEC' ? 'exec format error' : error.message.toLowerCase();
  return new RuntimeError(`unable to start container process: exec ${name}: ${text}: unknown`);
}
