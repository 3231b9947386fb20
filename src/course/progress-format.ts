import type { Json } from '../base/json.ts';
import { evidenceLevels } from '../checks/verdict.ts';
import type { ExerciseProgress, Place, PredictionMade, Progress, QuizProgress, Table } from './progress.ts';
import { emptyProgress, isRecord } from './progress.ts';
import type { ReviewCard } from './review.ts';

/**
 * From a file's JSON to progress. By hand and not with a schema library, because every start of the program reads it.
 */
export type ParsedProgress =
  | {
      readonly state: 'good';
      readonly progress: Progress;
      /** Entries that made no sense and were left out, as `exercises.1.2.b`. */
      readonly dropped: readonly string[];
    }
  /** Written by a later version: what we understand of it, and it must not be written over. */
  | { readonly state: 'future'; readonly progress: Progress; readonly version: number }
  | { readonly state: 'damaged'; readonly why: string };

const progressVersion = 1;

/** Upgrades one version at a time: `migrations[n]` turns version n into n + 1. Empty while there is only one. */
const migrations: { readonly [fromVersion: number]: (old: { readonly [key: string]: Json }) => Json } = {};

export function parseProgress(value: Json): ParsedProgress {
  if (!isRecord(value)) return { state: 'damaged', why: 'no es un documento de progreso' };
  const version = value['version'];
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1) {
    return { state: 'damaged', why: 'no dice de qué versión es' };
  }
  if (version > progressVersion) return { state: 'future', version, progress: readTables(value).progress };
  let current: Json = value;
  for (let from = version; from < progressVersion; from += 1) {
    const migrate = migrations[from];
    if (migrate === undefined || !isRecord(current))
      return { state: 'damaged', why: `la versión ${from} no se puede convertir` };
    current = migrate(current);
  }
  return isRecord(current)
    ? { state: 'good', ...readTables(current) }
    : { state: 'damaged', why: 'no es un documento de progreso' };
}

function readTables(value: { readonly [key: string]: Json }): {
  readonly progress: Progress;
  readonly dropped: readonly string[];
} {
  const dropped: string[] = [];
  const table = <T>(
    name: string,
    read: (entry: { readonly [key: string]: Json }) => T | undefined,
  ): Table<T> => {
    const source = value[name];
    if (source === undefined) return {};
    if (!isRecord(source)) {
      dropped.push(name);
      return {};
    }
    const entries: [string, T][] = [];
    for (const [id, entry] of Object.entries(source)) {
      const known = isRecord(entry) && id.length <= 200 ? read(entry) : undefined;
      if (known === undefined) dropped.push(`${name}.${id.slice(0, 60)}`);
      else entries.push([id, known]);
    }
    return Object.fromEntries(entries);
  };
  const progress: Progress = {
    ...emptyProgress,
    places: table('places', readPlace),
    exercises: table('exercises', readExercise),
    predictions: table('predictions', readPrediction),
    quiz: table('quiz', readQuiz),
    review: table('review', readCard),
  };
  const current = value['current'];
  if (current === undefined) return { progress, dropped };
  const lessonId = isRecord(current) ? text(current['lessonId']) : undefined;
  const at = isRecord(current) ? time(current['at']) : undefined;
  if (lessonId === undefined || at === undefined) return { progress, dropped: [...dropped, 'current'] };
  return { progress: { ...progress, current: { lessonId, at } }, dropped };
}

type Entry = { readonly [key: string]: Json };

function readPlace(entry: Entry): Place | undefined {
  const pageId = text(entry['pageId']);
  const at = time(entry['at']);
  if (pageId === undefined || at === undefined) return undefined;
  return entry['finished'] === true ? { pageId, at, finished: true } : { pageId, at };
}

function readExercise(entry: Entry): ExerciseProgress | undefined {
  const startedAt = time(entry['startedAt']);
  const failures = count(entry['failures']);
  const hintsUsed = count(entry['hintsUsed'], 4);
  const timeMs = count(entry['timeMs']);
  const passedAt = time(entry['passedAt']);
  const evidenceLevel = evidenceLevels.find((level) => level === entry['evidenceLevel']);
  if (startedAt === undefined || failures === undefined || hintsUsed === undefined || timeMs === undefined)
    return undefined;
  if (entry['passedAt'] !== undefined && passedAt === undefined) return undefined;
  return {
    startedAt,
    ...(passedAt === undefined ? {} : { passedAt }),
    ...(evidenceLevel === undefined ? {} : { evidenceLevel }),
    failures,
    hintsUsed,
    timeMs,
  };
}

function readPrediction(entry: Entry): PredictionMade | undefined {
  const option = count(entry['option']);
  const at = time(entry['at']);
  return option === undefined || at === undefined ? undefined : { option, at };
}

function readQuiz(entry: Entry): QuizProgress | undefined {
  const at = time(entry['at']);
  const timesRight = count(entry['timesRight']);
  const timesWrong = count(entry['timesWrong']);
  const correct = entry['correct'];
  if (
    at === undefined ||
    timesRight === undefined ||
    timesWrong === undefined ||
    typeof correct !== 'boolean'
  )
    return undefined;
  return { at, correct, timesRight, timesWrong };
}

function readCard(entry: Entry): ReviewCard | undefined {
  const at = time(entry['at']);
  const dueAt = time(entry['dueAt']);
  const box = count(entry['box'], 4);
  return at === undefined || dueAt === undefined || box === undefined ? undefined : { at, dueAt, box };
}

function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value.length <= 2_000 ? value : undefined;
}

/** Milliseconds since the epoch that a `Date` can hold. */
function time(value: Json | undefined): number | undefined {
  return typeof value === 'number' && value >= 0 && value <= 8.64e15 ? value : undefined;
}

function count(value: Json | undefined, max = Number.MAX_SAFE_INTEGER): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max
    ? value
    : undefined;
}
