import { fold } from '../../base/text.ts';
import type { CheckSpec } from '../../checks/check.ts';
import { templateProblems } from '../../checks/templates.ts';
import { scopeNames } from '../attempt.ts';
import type { Exercise, Script } from '../model.ts';
import { namesOf, templateRemedy } from './names.ts';
import type { Report } from './problem.ts';

type Path = readonly (string | number)[];

/** Templates of every text of an exercise, and hints that give the solution away. */
export function textRules(exercise: Exercise, report: Report): void {
  const attempt = [...Object.keys(exercise.parameters), ...scopeNames];
  const check = (path: Path, text: string | undefined, names: readonly string[]) => {
    for (const problem of templateProblems(text ?? '', names)) {
      const message = `La plantilla no vale: ${problem.message}.`;
      report(path, 'ejercicio/plantilla', message, templateRemedy, problem);
    }
  };
  check(['pide'], exercise.task, attempt);
  check(['despues'], exercise.afterword, attempt);
  for (const [index, hint] of exercise.hints.entries()) check(['pistas', index], hint, attempt);
  for (const [index, step] of exercise.start.steps.entries())
    check(['inicio', 'pasos', index], step, attempt);
  for (const [index, slot] of exercise.questions.entries()) {
    check(['preguntas', index, 'texto'], slot.text, attempt);
  }
  const scripts: (readonly [Path, Script])[] = [
    [['solucion'], exercise.solution],
    ...exercise.wrong.map((script, index) => [['errores', index], script] as const),
    ...exercise.unusual.map((script, index) => [['validas', index], script] as const),
  ];
  for (const [path, script] of scripts) {
    for (const [index, step] of script.steps.entries()) check([...path, 'pasos', index], step, attempt);
    for (const [id, answer] of Object.entries(script.answers)) {
      if (typeof answer === 'string') check([...path, 'respuestas', id], answer, attempt);
    }
  }
  for (const [index, wrong] of exercise.wrong.entries()) {
    const failing = exercise.checks.find((spec) => spec.id === wrong.fails);
    const names = failing ? namesOf(exercise, failing) : attempt;
    const { found, expected, why, next } = wrong.message;
    const at = ['errores', index, 'mensaje'];
    check([...at, 'veo'], found, names);
    check([...at, 'esperaba'], expected, names);
    check([...at, 'porque'], why, names);
    check([...at, 'sigue'], next, names);
  }
  for (const [index, spec] of exercise.checks.entries()) {
    for (const [path, text] of checkTexts(spec)) {
      check(['comprobaciones', index, ...path], text, namesOf(exercise, spec));
    }
  }
  hintRules(exercise, report);
}

function checkTexts(spec: CheckSpec): readonly (readonly [Path, string | undefined])[] {
  return [
    [['que'], spec.description],
    [['porque'], spec.advice.why],
    [['sigue'], spec.advice.next],
    [['falta', 'porque'], spec.absent?.why],
    [['falta', 'sigue'], spec.absent?.next],
    [['antesFalta', 'porque'], spec.beforeMissing?.why],
    [['antesFalta', 'sigue'], spec.beforeMissing?.next],
    [['convergiendo', 'texto'], spec.converging?.progress],
    ...showsTexts(spec.shows, ['muestra']),
    ...spec.slips.flatMap((slip, index): (readonly [Path, string | undefined])[] => [
      [['deslices', index, 'porque'], slip.why],
      [['deslices', index, 'sigue'], slip.next],
      ...showsTexts(slip.shows, ['deslices', index, 'muestra']),
    ]),
  ];
}

const showsKeys = {
  object: 'objeto',
  field: 'campo',
  expected: 'esperaba',
  found: 'veo',
  command: 'ver',
} as const;

function showsTexts(shows: CheckSpec['shows'], path: Path): readonly (readonly [Path, string | undefined])[] {
  return Object.entries(showsKeys).map(([key, written]) => [
    [...path, written],
    shows?.[key as keyof typeof showsKeys],
  ]);
}

/** Shorter steps and answers (`cd x`, `1`) may well be part of an innocent sentence. */
const tellingLength = 9;

/** The first three hints lead there; only the fourth says it. */
function hintRules(exercise: Exercise, report: Report): void {
  const secrets = [
    ...exercise.solution.steps,
    ...exercise.solution.steps.flatMap((step) => step.split('\n')),
    ...Object.values(exercise.solution.answers).map(String),
  ]
    .map(plain)
    .filter((secret) => secret.length >= tellingLength);
  for (const [index, hint] of exercise.hints.slice(0, 3).entries()) {
    const said = plain(hint);
    const secret = secrets.find((candidate) => said.includes(candidate));
    if (secret === undefined) continue;
    report(
      ['pistas', index],
      'ejercicio/pista-solucion',
      `La pista ${index + 1} contiene la solución: \`${secret}\`.`,
      'Deja un hueco (`…`) en lo que haya que descubrir; la solución entera va en la cuarta.',
    );
  }
}

function plain(text: string): string {
  return fold(text)
    .replace(/^\$\((.*)\)$/s, '$1')
    .replace(/[`\\]/g, '')
    .replace(/\s+/g, ' ')
    .replace(/[ &;]+$/, '')
    .trim();
}
