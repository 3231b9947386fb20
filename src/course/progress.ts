import type { Json } from '../base/json.ts';
import { type EvidenceLevel, evidenceLevels } from '../checks/verdict.ts';
import { type ReviewCard, reviewed } from './review.ts';

/**
 * What the learner has done, keyed by stable ids. A join-semilattice: `mergeProgress` is commutative, associative and
 * idempotent, so copies from two terminals or two machines can be joined in any order and any number of times.
 */
export interface Progress {
  readonly version: 1;
  /** Lesson last opened. */
  readonly current?: Stamped & { readonly lessonId: string };
  /** Last page seen, by lesson id. */
  readonly places: Table<Place>;
  /** By exercise id. */
  readonly exercises: Table<ExerciseProgress>;
  /** By `lesson/prediction`. */
  readonly predictions: Table<PredictionMade>;
  /** By `lesson/question`. */
  readonly quiz: Table<QuizProgress>;
  /** Spaced review, by `lesson/question` or exercise id. */
  readonly review: Table<ReviewCard>;
}

export type Table<T> = { readonly [id: string]: T };

/** `at`: Unix time in ms of the last change; of two values the later wins. */
interface Stamped {
  readonly at: number;
}

export interface Place extends Stamped {
  readonly pageId: string;
  /** Reached the last page once; never forgotten. */
  readonly finished?: true;
}

export interface PredictionMade extends Stamped {
  /** Position of the chosen option, from 0. */
  readonly option: number;
}

/** Counters and times only grow. A pass is never lost: resetting an exercise forgets the attempt, not the pass. */
export interface ExerciseProgress {
  readonly startedAt: number;
  /** First pass. */
  readonly passedAt?: number;
  /** Strongest evidence with which it was passed. */
  readonly evidenceLevel?: EvidenceLevel;
  readonly failures: number;
  /** 0–4: hint levels seen over all attempts. */
  readonly hintsUsed: number;
  /** Time with the exercise open. */
  readonly timeMs: number;
}

export interface QuizProgress extends Stamped {
  /** Result of the last answer. */
  readonly correct: boolean;
  readonly timesRight: number;
  readonly timesWrong: number;
}

export const emptyProgress: Progress = {
  version: 1,
  places: {},
  exercises: {},
  predictions: {},
  quiz: {},
  review: {},
};

/** The least progress that contains both. */
export function mergeProgress(left: Progress, right: Progress): Progress {
  const current = mergeOptional(left.current, right.current, later);
  return {
    version: 1,
    ...(current === undefined ? {} : { current }),
    places: mergeTables(left.places, right.places, mergePlace),
    exercises: mergeTables(left.exercises, right.exercises, mergeExercise),
    predictions: mergeTables(left.predictions, right.predictions, later),
    quiz: mergeTables(left.quiz, right.quiz, mergeQuiz),
    review: mergeTables(left.review, right.review, later),
  };
}

function mergeTables<T>(left: Table<T>, right: Table<T>, join: (a: T, b: T) => T): Table<T> {
  const ids = [...new Set([...Object.keys(left), ...Object.keys(right)])].sort();
  const entries: [string, T][] = [];
  for (const id of ids) {
    const value = mergeOptional(own(left, id), own(right, id), join);
    if (value !== undefined) entries.push([id, value]);
  }
  return Object.fromEntries(entries);
}

/** `constructor` and the like are not ids just because every object answers to them. */
function own<T>(table: Table<T>, id: string): T | undefined {
  return Object.hasOwn(table, id) ? table[id] : undefined;
}

function mergeOptional<T>(left: T | undefined, right: T | undefined, join: (a: T, b: T) => T): T | undefined {
  if (left === undefined) return right;
  return right === undefined ? left : join(left, right);
}

/** The later one; a tie is broken by the text, so that the order of the arguments never matters. */
function later<T extends Stamped>(left: T, right: T): T {
  if (left.at !== right.at) return left.at > right.at ? left : right;
  return canonical(left) >= canonical(right) ? left : right;
}

function canonical(value: object): string {
  return JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function mergePlace(left: Place, right: Place): Place {
  const leftIsLater = left.at === right.at ? left.pageId >= right.pageId : left.at > right.at;
  const { pageId, at } = leftIsLater ? left : right;
  return left.finished || right.finished ? { pageId, at, finished: true } : { pageId, at };
}

function mergeExercise(left: ExerciseProgress, right: ExerciseProgress): ExerciseProgress {
  const passedAt = mergeOptional(left.passedAt, right.passedAt, Math.min);
  const evidenceLevel = mergeOptional(left.evidenceLevel, right.evidenceLevel, strongest);
  return {
    startedAt: Math.min(left.startedAt, right.startedAt),
    ...(passedAt === undefined ? {} : { passedAt }),
    ...(evidenceLevel === undefined ? {} : { evidenceLevel }),
    failures: Math.max(left.failures, right.failures),
    hintsUsed: Math.max(left.hintsUsed, right.hintsUsed),
    timeMs: Math.max(left.timeMs, right.timeMs),
  };
}

function mergeQuiz(left: QuizProgress, right: QuizProgress): QuizProgress {
  const last = left.at === right.at ? left.correct && right.correct : later(left, right).correct;
  return {
    at: Math.max(left.at, right.at),
    correct: last,
    timesRight: Math.max(left.timesRight, right.timesRight),
    timesWrong: Math.max(left.timesWrong, right.timesWrong),
  };
}

/** Of two levels of evidence, the one that proves more. */
function strongest(left: EvidenceLevel, right: EvidenceLevel): EvidenceLevel {
  return evidenceLevels.indexOf(left) <= evidenceLevels.indexOf(right) ? left : right;
}

// ── Changes ─────────────────────────────────────────────────────────────────────────────────────────────────────

export function visitPage(
  progress: Progress,
  lessonId: string,
  pageId: string,
  at: number,
  finished = false,
): Progress {
  const kept = finished || own(progress.places, lessonId)?.finished;
  const place: Place = kept ? { pageId, at, finished: true } : { pageId, at };
  return { ...visitLesson(progress, lessonId, at), places: { ...progress.places, [lessonId]: place } };
}

export function visitLesson(progress: Progress, lessonId: string, at: number): Progress {
  return { ...progress, current: { lessonId, at } };
}

/** Applies `change` to an exercise's entry, which begins at `at` when there was none. */
export function changeExercise(
  progress: Progress,
  exerciseId: string,
  at: number,
  change: (before: ExerciseProgress) => ExerciseProgress = (before) => before,
): Progress {
  const before = own(progress.exercises, exerciseId) ?? {
    startedAt: at,
    failures: 0,
    hintsUsed: 0,
    timeMs: 0,
  };
  return { ...progress, exercises: { ...progress.exercises, [exerciseId]: change(before) } };
}

export function passExercise(
  progress: Progress,
  exerciseId: string,
  evidenceLevel: EvidenceLevel,
  at: number,
): Progress {
  return changeExercise(progress, exerciseId, at, (before) => ({
    ...before,
    passedAt: before.passedAt ?? at,
    evidenceLevel:
      before.evidenceLevel === undefined ? evidenceLevel : strongest(before.evidenceLevel, evidenceLevel),
  }));
}

export function failExercise(progress: Progress, exerciseId: string, at: number): Progress {
  return changeExercise(progress, exerciseId, at, (before) => ({ ...before, failures: before.failures + 1 }));
}

export function useHint(progress: Progress, exerciseId: string, level: number, at: number): Progress {
  return changeExercise(progress, exerciseId, at, (before) => ({
    ...before,
    hintsUsed: Math.max(before.hintsUsed, level),
  }));
}

export function spendTime(progress: Progress, exerciseId: string, timeMs: number, at: number): Progress {
  return changeExercise(progress, exerciseId, at, (before) => ({
    ...before,
    timeMs: before.timeMs + timeMs,
  }));
}

/** `key`: `lesson/prediction`. */
export function predict(progress: Progress, key: string, option: number, at: number): Progress {
  return { ...progress, predictions: { ...progress.predictions, [key]: { option, at } } };
}

/** An answer in a quiz or in a review; both move the question's card. `key`: `lesson/question`. */
export function answerQuestion(progress: Progress, key: string, correct: boolean, at: number): Progress {
  const before = own(progress.quiz, key) ?? { timesRight: 0, timesWrong: 0 };
  const entry: QuizProgress = {
    at,
    correct,
    timesRight: before.timesRight + (correct ? 1 : 0),
    timesWrong: before.timesWrong + (correct ? 0 : 1),
  };
  const card = reviewed(own(progress.review, key), correct, at);
  return {
    ...progress,
    quiz: { ...progress.quiz, [key]: entry },
    review: { ...progress.review, [key]: card },
  };
}

/** Whether a value read from a file could be an entry's table at all; see `progress-format.ts` for the whole check. */
export function isRecord(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
