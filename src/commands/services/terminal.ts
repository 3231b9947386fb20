import { chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { exists, makeFolder, writeText } from '../../base/files.ts';
import type { CourseHome } from '../../base/platform.ts';
import type { Interactive } from '../../course/world.ts';
import type { CommandSession } from '../command.ts';

/**
 * What to run in the learner's terminal, with `curso` and `curso-k8s` on its PATH even when nothing is installed
 * (`npx`, a checkout): two little scripts in the course's own folder. A folder that could not be made is replaced by
 * the temporary one, since a shell must start somewhere.
 */
export async function openTerminalFor(
  terminal: Interactive,
  home: CourseHome,
  { packageRoot, platform }: Pick<CommandSession, 'packageRoot' | 'platform'>,
): Promise<Interactive> {
  const folder = path.join(home.folder, 'bin');
  const program = path.join(packageRoot, 'dist', 'cli.js');
  const written = await Promise.all(
    ['curso', 'curso-k8s'].map((name) => writeLauncher(folder, name, program, platform, home)),
  );
  const separator = platform === 'win32' ? ';' : ':';
  const current = terminal.env['PATH'] ?? '';
  const cwd = (await exists(terminal.cwd)) ? terminal.cwd : await makeOrTemporary(terminal.cwd, home);
  const env = written.every(Boolean)
    ? { ...terminal.env, PATH: `${folder}${separator}${current}` }
    : terminal.env;
  return { ...terminal, env: { ...env, CURSO_K8S_HOME: home.folder }, cwd };
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
