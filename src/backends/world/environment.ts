import { attemptEnvironment } from '../../course/attempt.ts';
import type { Attempt } from '../../course/model.ts';
import type { WorldFacts } from '../../course/world.ts';
import { searchPath } from '../linux/search-path.ts';

export type Environment = { readonly [name: string]: string | undefined };

/** Environment of the shells of an attempt: the machine's, the attempt's variables and where its files are. */
export function shellEnvironment(
  base: Environment,
  attempt: Attempt | undefined,
  facts: Pick<WorldFacts, 'cgroup' | 'rung'>,
  folder: string,
): { readonly [name: string]: string } {
  const kept: { [name: string]: string } = {};
  // Variables of another attempt must not leak into this one, as when the course is opened inside one of its shells.
  for (const [name, value] of Object.entries(base))
    if (value !== undefined && (!name.startsWith('CURSO_') || name.startsWith('CURSO_K8S_')))
      kept[name] = value;
  if (process.platform !== 'win32') kept['PATH'] = searchPath(base['PATH']);
  return {
    ...kept,
    ...(attempt === undefined ? {} : attemptEnvironment(attempt, facts)),
    CURSO_CARPETA: folder,
  };
}
