import { nearestNames } from '../../base/text.ts';
import type { CheckKind, CheckSpec, Condition } from '../../checks/check.ts';
import { conditionProblems } from '../../checks/conditions.ts';
import { ancestorsOf, variableName } from '../../checks/exercise.ts';
import { isReservedName } from '../../checks/expression.ts';
import { templateProblems } from '../../checks/templates.ts';
import { scopeNames } from '../attempt.ts';
import type { Exercise } from '../model.ts';
import { namesOf, templateRemedy } from './names.ts';
import { type ExerciseProblem, problemsOf, type Report } from './problem.ts';
import { textRules } from './texts.ts';

/**
 * Everything the engine can say about an exercise without looking at any world: kinds and their parameters, the graph
 * of checks, conditions, expressions and templates, and what the proof will ask for. The loader turns each path (the
 * YAML keys inside the exercise) into file, line and column.
 */
export function validateExercise(
  exercise: Exercise,
  findKind: (name: string) => CheckKind | undefined,
  kindNames: readonly string[],
): readonly ExerciseProblem[] {
  return problemsOf((report) => {
    for (const [index, spec] of exercise.checks.entries()) {
      const at = ['comprobaciones', index];
      const kind = findKind(spec.kind);
      if (kind) kindRules(exercise, spec, kind, at, report);
      else unknownKind(spec, kindNames, at, report);
      graphRules(exercise, spec, at, report);
      nameRules(exercise, spec, at, report);
      conditionRules(exercise, spec, kind, at, report);
    }
    textRules(exercise, report);
    coverageRules(exercise, report);
  });
}

type Path = readonly (string | number)[];

function unknownKind(spec: CheckSpec, kindNames: readonly string[], at: Path, report: Report): void {
  const [near] = nearestNames(spec.kind, kindNames);
  report(
    [...at, 'mira'],
    'comprobacion/tipo',
    `No hay ningún tipo de comprobación \`${spec.kind}\`.`,
    near ? `¿Querías decir \`${near}\`?` : `Los que hay son: ${kindNames.join(', ')}.`,
  );
}

function kindRules(exercise: Exercise, spec: CheckSpec, kind: CheckKind, at: Path, report: Report): void {
  const known = Object.keys(kind.params);
  for (const [name, value] of Object.entries(spec.params)) {
    const param = kind.params[name];
    if (!param) {
      const [near] = nearestNames(name, known);
      const has =
        known.length === 0 ? 'Ese tipo no lleva parámetros: quita `con`.' : `Tiene: ${known.join(', ')}.`;
      report(
        [...at, 'con', name],
        'comprobacion/parametro',
        `\`${kind.name}\` no tiene ningún parámetro \`${name}\`.`,
        near ? `¿Querías decir \`${near}\`?` : has,
      );
    } else if (!(typeof value === 'string' && value.includes('@{')) && typeName(value) !== param.type) {
      report(
        [...at, 'con', name],
        'comprobacion/parametro',
        `\`${name}\` debe ser ${typeWords[param.type]}.`,
        `En \`${kind.name}\` es: ${param.doc}.`,
      );
    }
  }
  for (const [name, param] of Object.entries(kind.params)) {
    if (!param.required || Object.hasOwn(spec.params, name)) continue;
    report(
      [...at, 'con'],
      'comprobacion/parametro',
      `A \`${kind.name}\` le falta el parámetro \`${name}\`.`,
      `Añade \`con: { ${name}: … }\`: ${param.doc}.`,
    );
  }
  if (exercise.world === 'nada' && kind.view !== 'none') {
    report(
      [...at, 'mira'],
      'comprobacion/mundo',
      `\`${kind.name}\` mira ${kind.view === 'docker' ? 'Docker' : 'Linux'} y el ejercicio dice \`mundo: nada\`.`,
      `Pon \`mundo: ${kind.view}\`.`,
    );
  }
  const question = spec.params['pregunta'];
  if (kind.name === 'respuesta' && typeof question === 'string' && !question.includes('@{')) {
    const questions = exercise.questions.map(({ id }) => id);
    if (!questions.includes(question)) {
      report(
        [...at, 'con', 'pregunta'],
        'comprobacion/pregunta',
        `El ejercicio no tiene ninguna pregunta \`${question}\`.`,
        questions.length === 0 ? 'Declárala en `preguntas`.' : `Las que hay son: ${questions.join(', ')}.`,
      );
    }
  }
}

const typeWords = {
  text: 'un texto',
  number: 'un número',
  boolean: '`true` o `false`',
  list: 'una lista',
  map: 'un mapa `clave: valor`',
} as const;

function typeName(value: unknown): keyof typeof typeWords | undefined {
  if (typeof value === 'string') return 'text';
  if (typeof value === 'number' || typeof value === 'boolean') return typeof value as 'number' | 'boolean';
  if (Array.isArray(value)) return 'list';
  return typeof value === 'object' && value !== null ? 'map' : undefined;
}

function graphRules(exercise: Exercise, spec: CheckSpec, at: Path, report: Report): void {
  for (const [index, id] of spec.requires.entries()) {
    const path = [...at, 'tras', index];
    const parent = exercise.checks.find((other) => other.id === id);
    if (!parent) {
      const ids = exercise.checks.map((other) => other.id).filter((other) => other !== spec.id);
      const [near] = nearestNames(id, ids);
      report(
        path,
        'comprobacion/tras',
        `No hay ninguna comprobación \`${id}\`.`,
        near ? `¿Querías decir \`${near}\`?` : `Las demás son: ${ids.join(', ')}.`,
      );
    } else if (id === spec.id || ancestorsOf(parent, exercise.checks).some((other) => other.id === spec.id)) {
      report(
        path,
        'comprobacion/ciclo',
        `\`${spec.id}\` y \`${id}\` se esperan una a la otra: ninguna podría pasar.`,
        'Quita uno de los dos `tras`.',
      );
    } else if (spec.mode === 'edge' && parent.mode === 'level') {
      report(
        path,
        'comprobacion/borde',
        `\`${spec.id}\` es de \`modo: borde\` y depende de \`${id}\`, que puede dejar de ser verdad.`,
        `Pon \`modo: borde\` también en \`${id}\`, o quita la dependencia.`,
      );
    }
  }
}

/** Ids become names of variables: they must not hide one another, nor be words of the language. */
function nameRules(exercise: Exercise, spec: CheckSpec, at: Path, report: Report): void {
  const name = variableName(spec.id);
  const taken = [...Object.keys(exercise.parameters), ...scopeNames, 'o'];
  const twin = exercise.checks.find((other) => other !== spec && variableName(other.id) === name);
  const used = exercise.checks.some((other) => ancestorsOf(other, exercise.checks).includes(spec));
  if (used && (taken.includes(name) || (twin && twin.id !== spec.id))) {
    report(
      [...at, 'id'],
      'comprobacion/nombre',
      `En las expresiones \`${name}\` ya es otra cosa.`,
      'Elige un id que no coincida con un parámetro ni con otra comprobación.',
    );
  } else if (isReservedName(name)) {
    report(
      [...at, 'id'],
      'comprobacion/nombre',
      `\`${name}\` es una palabra reservada de CEL.`,
      'Elige otro id para poder usarlo en las expresiones.',
    );
  }
}

function conditionRules(
  exercise: Exercise,
  spec: CheckSpec,
  kind: CheckKind | undefined,
  at: Path,
  report: Report,
): void {
  const names = namesOf(exercise, spec);
  const conditions: (readonly [Path, Condition | undefined])[] = [
    [[...at, 'espera'], spec.expect],
    [[...at, 'antes'], spec.before],
    [[...at, 'convergiendo', 'si'], spec.converging?.when],
    ...spec.slips.map((slip, index) => [[...at, 'deslices', index, 'si'], slip.when] as const),
  ];
  for (const [path, condition] of conditions) {
    if (condition === undefined) continue;
    for (const problem of conditionProblems(condition, names)) {
      const { start, end } = problem;
      report(
        [...path, ...problem.path],
        'comprobacion/condicion',
        sentence(problem.message),
        'Mira «Más claves de una comprobación» en `lessons/README.md`.',
        start === undefined ? undefined : { start, end: end ?? start },
      );
    }
    if (kind && typeof condition !== 'string') fieldRules(condition, kind, path, report);
  }
  for (const [name, value] of Object.entries(spec.params)) {
    if (typeof value !== 'string') continue;
    for (const problem of templateProblems(
      value,
      names.filter((other) => other !== 'o'),
    )) {
      report(
        [...at, 'con', name],
        'comprobacion/plantilla',
        sentence(problem.message),
        templateRemedy,
        problem,
      );
    }
  }
}

/** Kinds cannot list every field of a real tool, so only a near miss of one they do list is a problem. */
function fieldRules(
  condition: Exclude<Condition, string>,
  kind: CheckKind,
  path: Path,
  report: Report,
): void {
  const roots = [...new Set(Object.keys(kind.fields).map(root))];
  for (const field of Object.keys(condition)) {
    if (roots.includes(root(field)) || roots.some((known) => field.startsWith(known))) continue;
    const [near] = nearestNames(root(field), roots);
    if (!near) continue;
    report(
      [...path, field],
      'comprobacion/campo',
      `\`${kind.name}\` no da ningún campo \`${root(field)}\`.`,
      `¿Querías decir \`${near}\`?`,
    );
  }
}

function root(field: string): string {
  return field.split(/[.[]/, 1)[0] ?? field;
}

/** What the proof will ask for, said as soon as the file is read. */
function coverageRules(exercise: Exercise, report: Report): void {
  for (const [index, spec] of exercise.checks.entries()) {
    if (spec.exempt || exercise.wrong.some(({ fails }) => fails === spec.id)) continue;
    report(
      ['comprobaciones', index],
      'comprobacion/sin-error',
      `Ninguna respuesta equivocada hace fallar a \`${spec.id}\`: nadie sabe si sirve.`,
      `Añade en \`errores\` una con \`falla: ${spec.id}\`, o márcala \`exenta: true\` si no se puede.`,
    );
  }
  for (const [index, slot] of exercise.questions.entries()) {
    const used = exercise.checks.some((spec) => JSON.stringify([spec]).includes(slot.id));
    if (used) continue;
    report(
      ['preguntas', index],
      'ejercicio/pregunta-sin-uso',
      `Ninguna comprobación mira la pregunta \`${slot.id}\`.`,
      'Añade una con `mira: respuesta`, o quita la pregunta.',
    );
  }
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?!]$/.test(text) ? '' : '.'}`;
}
