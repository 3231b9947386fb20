import type { JsonObject } from '../../base/json.ts';
import type { CheckSpec } from '../../checks/check.ts';
import {
  ancestorsOf,
  type ExerciseResult,
  evaluateExercise,
  type Memory,
  variableName,
} from '../../checks/exercise.ts';
import type { KindWords, Look } from '../../checks/judge.ts';
import { renderText } from '../../checks/templates.ts';
import { boundText, cleanSentence, cleanValue, maxValueLength } from '../../checks/text.ts';
import { type Failure, isPassing } from '../../checks/verdict.ts';
import type { Exercise, Script, WrongAnswer } from '../model.ts';

/** Something done in a clean world, and what must come out of it. */
export interface Scenario {
  readonly part: 'inicio' | 'solucion' | 'reinicio' | 'error' | 'valida' | 'mutante';
  /** Of the wrong or unusual answer; '' for the others. */
  readonly id: string;
  readonly script: Script;
  readonly expects: Expectation;
}

export type Expectation =
  | { readonly outcome: 'passes' }
  | { readonly outcome: 'does-not-pass' }
  | { readonly outcome: 'fails'; readonly answer: WrongAnswer };

/** One look at all the checks, with what they could use at that moment. */
export interface Moment {
  readonly nowMs: number;
  readonly scope: JsonObject;
  readonly looks: { readonly [checkId: string]: Look };
}

/** Everything seen while a scenario was played; it can be judged again without the world. */
export interface Recording {
  readonly scenario: Scenario;
  readonly moments: readonly Moment[];
  readonly result: ExerciseResult;
}

export type Kinds = (name: string) => KindWords | undefined;

/** Judges a recording with these checks, from its first moment to its last. Pure. */
export function replay(
  checks: readonly CheckSpec[],
  kinds: Kinds,
  moments: readonly Moment[],
  remembered: Memory = {},
): ExerciseResult {
  let memory = remembered;
  let result: ExerciseResult | undefined;
  for (const { looks, scope, nowMs } of moments) {
    result = evaluateExercise({ checks, kinds }, looks, memory, scope, nowMs);
    memory = result.memory;
  }
  return result ?? evaluateExercise({ checks, kinds }, {}, {}, {}, 0);
}

/** How the result falls short of what was expected, in Spanish sentences; empty when it does not. */
export function shortfall(
  exercise: Pick<Exercise, 'checks'>,
  expects: Expectation,
  result: ExerciseResult,
  moment: Moment | undefined,
): readonly string[] {
  switch (expects.outcome) {
    case 'passes':
      return result.status === 'passed' ? [] : notPassed(exercise, result);
    case 'does-not-pass':
      return result.status === 'passed' ? ['Pasa, y no debería.'] : notSeen(exercise, result);
    case 'fails':
      return wrongFailure(exercise, expects.answer, result, moment);
  }
}

function notPassed(exercise: Pick<Exercise, 'checks'>, result: ExerciseResult): readonly string[] {
  return exercise.checks.flatMap(({ id }) => {
    const verdict = result.verdicts[id];
    switch (verdict?.verdict) {
      case 'failed':
        return [
          `\`${id}\` falla: veo ${inline(verdict.found)}, esperaba ${inline(verdict.expected)}. ${verdict.why}`,
        ];
      case 'waiting':
        return [`\`${id}\` sigue esperando: ${verdict.progress}.`];
      case 'unknown':
        return [`\`${id}\` no se pudo mirar: ${verdict.why}`];
      default:
        return [];
    }
  });
}

/** Where nobody could look, nobody knows that it does not pass. */
function notSeen(exercise: Pick<Exercise, 'checks'>, result: ExerciseResult): readonly string[] {
  return exercise.checks.flatMap(({ id }) => {
    const verdict = result.verdicts[id];
    return verdict?.verdict === 'unknown' && isPassing(verdict)
      ? [`\`${id}\` no se pudo mirar: ${verdict.why}`]
      : [];
  });
}

function wrongFailure(
  exercise: Pick<Exercise, 'checks'>,
  answer: WrongAnswer,
  result: ExerciseResult,
  moment: Moment | undefined,
): readonly string[] {
  const verdict = result.verdicts[answer.fails];
  if (verdict?.verdict !== 'failed') {
    const others = Object.entries(result.verdicts).filter(([, other]) => other.verdict === 'failed');
    const instead = others.length > 0 ? ` Falla ${others.map(([id]) => `\`${id}\``).join(', ')}.` : '';
    return [
      `\`${answer.fails}\` debería fallar y dice «${stateWords[verdict?.verdict ?? 'unknown']}».${instead}`,
    ];
  }
  const scope = moment ? messageScope(exercise, answer.fails, moment) : {};
  const differences = lines.flatMap(({ key, name, clean }) => {
    const declared = answer.message[key];
    if (declared === undefined) return [];
    const expected = clean(renderText(declared, scope));
    return verdict[key] === expected ? [] : [`${name}: ${inline(expected)} frente a ${inline(verdict[key])}`];
  });
  if (differences.length === 0) return [];
  const seen = `veo ${inline(verdict.found)}, esperaba ${inline(verdict.expected)}`;
  return [`El mensaje declarado no es el que sale. ${differences.join('; ')}. Lo que sale entero: ${seen}.`];
}

const value = (text: string) => boundText(cleanValue(text), maxValueLength);
const lines = [
  { key: 'found', name: '`veo`', clean: value },
  { key: 'expected', name: '`esperaba`', clean: value },
  { key: 'why', name: '`porque`', clean: cleanSentence },
  { key: 'next', name: '`sigue`', clean: cleanSentence },
] as const satisfies readonly { key: keyof Failure; name: string; clean: (text: string) => string }[];

const stateWords = {
  passed: 'pasa',
  failed: 'falla',
  waiting: 'todavía no',
  unknown: 'no se pudo mirar',
  skipped: 'omitida',
} as const;

/** Declared messages may use what the failing check and its ancestors saw. */
function messageScope(exercise: Pick<Exercise, 'checks'>, checkId: string, moment: Moment): JsonObject {
  const spec = exercise.checks.find(({ id }) => id === checkId);
  const seen = (id: string) => {
    const look = moment.looks[id];
    return look?.state === 'seen' ? look.observation.value : undefined;
  };
  const ancestors = spec ? ancestorsOf(spec, exercise.checks) : [];
  return {
    ...moment.scope,
    ...Object.fromEntries(
      ancestors.flatMap(({ id }) => [[variableName(id), seen(id)] as const]).filter(isKnown),
    ),
    o: seen(checkId) ?? {},
  };
}

function isKnown<T>(entry: readonly [string, T | undefined]): entry is readonly [string, T] {
  return entry[1] !== undefined;
}

function inline(text: string): string {
  return `«${text}»`;
}
