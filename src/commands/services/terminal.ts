import { chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { exists, makeFolder, writeText } from '../../base/files.ts';
import type { CourseHome } from '../../base/platform.ts';
import type { Interactive } from '../../course/world.ts';
import type { CommandSession } from '../command.ts';
import { kubeconfigFile } from './cluster-process.ts';

/**
 * A terminal with `curso` and `curso-k8s` on its PATH even when nothing is installed (`npx`, a checkout): two little
 * scripts in the course's own folder. A folder that could not be made is replaced by the temporary one, since a shell
 * must start somewhere.
 */
export async function withLaunchers(
  terminal: Interactive,
  { home, packageRoot, platform, env }: Pick<CommandSession, 'home' | 'packageRoot' | 'platform' | 'env'>,
): Promise<Interactive> {
  const folder = path.join(home.folder, 'bin');
  const program = path.join(packageRoot, 'dist', 'cli.js');
  const written = await Promise.all(
    ['curso', 'curso-k8s'].map((name) => writeLauncher(folder, name, program, platform, home)),
  );
  const cwd = (await exists(terminal.cwd)) ? terminal.cwd : await makeOrTemporary(terminal.cwd, home);
  // In a terminal of the course, kubectl speaks to the course's cluster, be it started or not, and never to somebody's own.
  const kept = { ...terminal.env, CURSO_K8S_HOME: home.folder, KUBECONFIG: kubeconfigFile({ home }) };
  if (!written.every(Boolean)) return { ...terminal, env: kept, cwd };
  const searchPath = [folder, terminal.env['PATH'] ?? env['PATH'] ?? '']
    .filter(Boolean)
    .join(platform === 'win32' ? ';' : ':');
  return { ...terminal, env: { ...kept, PATH: searchPath }, cwd };
}

async function makeOrTemporary(folder: string, home: CourseHome): Promise<string> {
  return makeFolder(folder, home.owner).then(
    () => folder,
    () => tmpdir(),
  );
}

async function writeLauncher(
  folder: string,
  name: string,
  program: string,
  platform: NodeJS.Platform,
  home: CourseHome,
): Promise<boolean> {
  const windows = platform === 'win32';
  const file = path.join(folder, windows ? `${name}.cmd` : name);
  const quote = (text: string) => (windows ? `"${text}"` : `'${text.replaceAll("'", "'\\''")}'`);
  const text = windows
    ? `@${quote(process.execPath)} ${quote(program)} %*\r\n`
    : `#!/bin/sh\nexec ${quote(process.execPath)} ${quote(program)} "$@"\n`;
  const written = await writeText(file, text, home.owner);
  if (!written.kept) return false;
  await chmod(file, 0o755).catch(() => undefined);
  return true;
}
