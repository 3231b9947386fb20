import type { CheckSpec } from '../../checks/check.ts';
import { ancestorsOf, variableName } from '../../checks/exercise.ts';
import { scopeNames } from '../attempt.ts';
import type { Exercise } from '../model.ts';

/** Names that the conditions and texts of a check may use, `o` included. */
export function namesOf(exercise: Exercise, spec: CheckSpec): readonly string[] {
  const ancestors = ancestorsOf(spec, exercise.checks).map(({ id }) => variableName(id));
  return [...Object.keys(exercise.parameters), ...scopeNames, ...ancestors, 'o'];
}

export const templateRemedy =
  'Dentro de `@{…}` vale una expresión CEL con los parámetros, `intento`, `carpeta`, `respuestas` y `mundo`.';
