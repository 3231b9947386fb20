import path from 'node:path';
import { listNames, readText } from '../../base/files.ts';
import type { CommandSession } from '../command.ts';

type Place = Pick<CommandSession, 'packageRoot'>;

/** Names of the cheat sheets, in the order they are learnt. */
export async function listSheets({ packageRoot }: Place): Promise<readonly string[]> {
  const names = (await listNames(path.join(packageRoot, 'assets', 'chuletas')))
    .filter((name) => name.endsWith('.md'))
    .map((name) => name.slice(0, -'.md'.length));
  return [
    ...names.filter((name) => name === 'docker'),
    ...names.filter((name) => name === 'dockerfile'),
    ...names.filter((name) => name !== 'docker' && name !== 'dockerfile'),
  ];
}

/** Markdown of a sheet that `listSheets` names. */
export async function readSheet({ packageRoot }: Place, name: string): Promise<string | undefined> {
  const found = await readText(path.join(packageRoot, 'assets', 'chuletas', `${name}.md`), 1024 * 1024);
  return found.state === 'read' ? found.value : undefined;
}
