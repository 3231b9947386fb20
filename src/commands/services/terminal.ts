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
  session: Pick<CommandSession, 'home' | 'packageRoot' | 'platform' | 'env'>,
  /** The terminal is of an exercise on a cluster, and knows which. */
  ownCluster = false,
): Promise<Interactive> {
  const { home, platform, env } = session;
  const written = await writeLaunchers(session);
  const cwd = (await exists(terminal.cwd)) ? terminal.cwd : await makeOrTemporary(terminal.cwd, home);
  // In a terminal of the course, kubectl speaks to the course's cluster, be it started or not, and never to somebody's own.
  const builtin = { ...terminal.env, KUBECONFIG: kubeconfigFile({ home }) };
  const kept = { ...(ownCluster ? terminal.env : builtin), CURSO_K8S_HOME: home.folder };
  if (!written) return { ...terminal, env: kept, cwd };
  const searchPath = withFirst(launcherFolder(home), terminal.env['PATH'] ?? env['PATH'] ?? '', platform);
  return { ...terminal, env: { ...kept, PATH: searchPath }, cwd };
}

const launcherFolder = (home: CourseHome) => path.join(home.folder, 'bin');

/** The environment in which start scenes and proofs find the same `curso` as the learner's terminal. */
export function launcherEnvironment({
  home,
  platform,
  env,
}: Pick<CommandSession, 'home' | 'platform' | 'env'>): CommandSession['env'] {
  const searchPath = withFirst(launcherFolder(home), env['PATH'] ?? '', platform);
  return { ...env, CURSO_K8S_HOME: home.folder, PATH: searchPath };
}

function withFirst(folder: string, searchPath: string, platform: NodeJS.Platform): string {
  const separator = platform === 'win32' ? ';' : ':';
  const rest = searchPath.split(separator).filter((part) => part !== '' && part !== folder);
  return [folder, ...rest].join(separator);
}

/** The two little scripts. False when the disk did not take them. */
export async function writeLaunchers({
  home,
  packageRoot,
  platform,
}: Pick<CommandSession, 'home' | 'packageRoot' | 'platform'>): Promise<boolean> {
  const program = path.join(packageRoot, 'dist', 'cli.js');
  const folder = launcherFolder(home);
  const written = await Promise.all(
    ['curso', 'curso-k8s'].map((name) => writeLauncher(folder, name, program, platform, home)),
  );
  return written.every(Boolean);
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
