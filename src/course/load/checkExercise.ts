import type { Exercise } from '../model.ts';
import type { Problem } from './problem.ts';
import { repeated } from './repeated.ts';
import type { YamlFile } from './yamlFile.ts';

/** Names that templates already have; a parameter may not hide them. */
const reservedNames = new Set([
  'o',
  'intento',
  'carpeta',
  'respuestas',
  'mundo',
  'true',
  'false',
  'null',
  'in',
]);

/** What a schema cannot say about one exercise. `at` is the exercise's path in the YAML file. */
export function checkExercise(
  exercise: Exercise,
  yaml: YamlFile,
  at: readonly PropertyKey[],
): readonly Problem[] {
  const problems: Problem[] = [];
  const report = (path: readonly PropertyKey[], rule: string, message: string, remedy: string) => {
    problems.push({ file: yaml.file, ...yaml.position([...at, ...path]), rule, message, remedy });
  };
  if (!exercise.id.startsWith(`${exercise.lessonId}.`) || !/^[A-Za-z0-9.]+$/.test(exercise.id)) {
    report(
      ['id'],
      'ejercicio/id',
      `El id \`${exercise.id}\` no empieza por el de su lección.`,
      `Escribe \`${exercise.lessonId}.\` y una letra: \`${exercise.lessonId}.a\`.`,
    );
  }
  for (const [name, parameter] of Object.entries(exercise.parameters)) {
    const path = ['parametros', name];
    if (!/^[a-z][A-Za-z0-9_]*$/.test(name)) {
      report(
        path,
        'ejercicio/parametro',
        `\`${name}\` no vale como nombre de parámetro.`,
        'Usa letras sin tilde, cifras y `_`, empezando por minúscula.',
      );
    } else if (reservedNames.has(name)) {
      report(
        path,
        'ejercicio/parametro',
        `\`${name}\` es un nombre que el programa ya usa.`,
        'Elige otro nombre para el parámetro.',
      );
    }
    if (parameter.type === 'number' && parameter.min > parameter.max) {
      report([...path, 'min'], 'ejercicio/parametro', '`min` es mayor que `max`.', 'Cámbialos de sitio.');
    }
  }
  problems.push(...repeatedIds(exercise, yaml, at));
  const slots = new Set(exercise.questions.map(({ id }) => id));
  for (const [index, slot] of exercise.questions.entries()) {
    if ((slot.type === 'opcion') === slot.options.length >= 2) continue;
    report(
      ['preguntas', index, slot.type === 'opcion' ? 'tipo' : 'opciones'],
      'ejercicio/opciones',
      slot.type === 'opcion'
        ? `La pregunta \`${slot.id}\` es de opciones y no tiene al menos dos.`
        : `La pregunta \`${slot.id}\` tiene opciones y no es de tipo \`opcion\`.`,
      slot.type === 'opcion' ? 'Añade `opciones: [a, b]`.' : 'Pon `tipo: opcion` o quita `opciones`.',
    );
  }
  const scripts: readonly (readonly [readonly PropertyKey[], Exercise['solution']])[] = [
    [['solucion'], exercise.solution],
    ...exercise.wrong.map((script, index) => [['errores', index], script] as const),
    ...exercise.unusual.map((script, index) => [['validas', index], script] as const),
  ];
  for (const [path, script] of scripts) {
    // Doing nothing is a wrong answer worth declaring, but never a right one.
    if (path[0] !== 'errores' && script.steps.length === 0 && Object.keys(script.answers).length === 0) {
      report(path, 'ejercicio/guion-vacio', 'Este guion no hace nada.', 'Añade `pasos` o `respuestas`.');
    }
    for (const id of Object.keys(script.answers)) {
      if (slots.has(id)) continue;
      report(
        [...path, 'respuestas', id],
        'ejercicio/respuesta-sin-pregunta',
        `\`${id}\` no es una pregunta de este ejercicio.`,
        slots.size === 0 ? 'Declárala en `preguntas`.' : `Las que hay son: ${[...slots].join(', ')}.`,
      );
    }
  }
  const checks = exercise.checks.map(({ id }) => id);
  for (const [index, { fails }] of exercise.wrong.entries()) {
    if (checks.includes(fails)) continue;
    report(
      ['errores', index, 'falla'],
      'ejercicio/falla',
      `\`${fails}\` no es una comprobación de este ejercicio.`,
      `Las que hay son: ${checks.join(', ')}.`,
    );
  }
  return problems;
}

function repeatedIds(exercise: Exercise, yaml: YamlFile, at: readonly PropertyKey[]): readonly Problem[] {
  const under = (key: string, items: readonly { readonly id: string }[]) =>
    items.map(({ id }, index) => ({ id, path: [...at, key, index, 'id'] }));
  const rule = 'ejercicio/id-repetido';
  return [
    ...repeated(under('comprobaciones', exercise.checks), yaml, rule),
    ...repeated(under('preguntas', exercise.questions), yaml, rule),
    ...repeated([...under('errores', exercise.wrong), ...under('validas', exercise.unusual)], yaml, rule),
    ...exercise.checks.flatMap((check, index) =>
      repeated(
        check.slips.map(({ id }, slip) => ({
          id,
          path: [...at, 'comprobaciones', index, 'deslices', slip, 'id'],
        })),
        yaml,
        rule,
      ),
    ),
  ];
}
