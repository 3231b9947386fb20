import type { Json } from '../../base/json.ts';
import type { Verdict } from '../../checks/verdict.ts';
import type { CourseIndex, LessonSummary } from '../compiled.ts';
import type { AnswerSlot, GlossaryTerm, Lesson, Question } from '../model.ts';
import type { SearchHit } from '../search.ts';
import { type Marks, nextLesson } from '../standing.ts';
import type { ClusterMap } from './map.ts';

/** What the learner has done, keyed by stable ids. The progress file is kept by others; this is what screens show. */
export interface LearnerRecord {
  /** Where to resume. */
  readonly last?: { readonly lessonId: string; readonly pageId: string };
  readonly lessons: { readonly [lessonId: string]: LessonRecord };
}
export interface LessonRecord {
  readonly pageId?: string;
  /** Reached its last page once. */
  readonly finished?: boolean;
  readonly passed: readonly string[];
  /** Exercises that were begun, in the screens or by a command. */
  readonly begun?: readonly string[];
  readonly predictions: { readonly [predictionId: string]: number };
  readonly answers: { readonly [questionId: string]: boolean };
}

/** One thing worth keeping; the reducer applies it to its own record and asks for it to be saved. */
export type RecordChange =
  | { readonly kind: 'place'; readonly lessonId: string; readonly pageId: string; readonly finished: boolean }
  | {
      readonly kind: 'prediction';
      readonly lessonId: string;
      readonly predictionId: string;
      readonly option: number;
    }
  | {
      readonly kind: 'answer';
      readonly lessonId: string;
      readonly questionId: string;
      readonly right: boolean;
    }
  | { readonly kind: 'passed'; readonly lessonId: string; readonly exerciseId: string };

/** Everything the screen shows derives from this value. */
export interface SessionState {
  readonly catalog: CourseIndex;
  readonly record: LearnerRecord;
  /** Shuffles of this session; any 32-bit integer. */
  readonly seed: number;
  readonly lessons: { readonly [lessonId: string]: LoadedLesson };
  readonly view: View;
  readonly overlay?: Overlay;
  /** The exercise on the screen; undefined on any other page. */
  readonly work?: Work;
  readonly status: SystemStatus;
  /** One line for the learner until the next key; '' when there is none. */
  readonly notice: string;
  /** A whole sentence, set when progress could not be written; shown until it can. */
  readonly unsaved: string;
  /** The terminal belongs to a shell. */
  readonly inShell: boolean;
  readonly finished: boolean;
}

export type LoadedLesson =
  | { readonly state: 'loading' }
  | { readonly state: 'ready'; readonly lesson: Lesson; readonly reviews: readonly QuizItem[] }
  | { readonly state: 'broken'; readonly problem: string };

export type View =
  | { readonly kind: 'home'; readonly cursor: number }
  | {
      readonly kind: 'lesson';
      readonly lessonId: string;
      readonly page: number;
      /** First visible line of the page, and of the work panel. */
      readonly scroll: number;
      readonly workScroll: number;
      readonly focus: 'task' | 'work';
      /** Highlighted option of a prediction or question. */
      readonly cursor: number;
      readonly quiz?: QuizRun;
    }
  | { readonly kind: 'review'; readonly quiz?: QuizRun; readonly cursor: number; readonly scroll: number };

export type LessonPlace = Extract<View, { kind: 'lesson' }>;

export type Overlay =
  | { readonly kind: 'help'; readonly scroll: number }
  | {
      readonly kind: 'search';
      readonly query: string;
      readonly hits: readonly SearchHit[] | undefined;
      readonly cursor: number;
    }
  | {
      readonly kind: 'glossary';
      readonly query: string;
      readonly terms: readonly GlossaryTerm[] | undefined;
      readonly cursor: number;
    }
  | {
      readonly kind: 'sheets';
      readonly names: readonly string[];
      readonly cursor: number;
      readonly open?: { readonly name: string; readonly text: string };
      readonly scroll: number;
    }
  | { readonly kind: 'diagnosis'; readonly lines: readonly string[] | undefined; readonly scroll: number }
  /** The cluster, live; undefined until it is known. */
  | { readonly kind: 'map'; readonly map: ClusterMap | undefined; readonly scroll: number }
  | { readonly kind: 'reset'; readonly exerciseId: string }
  | {
      readonly kind: 'answers';
      readonly exerciseId: string;
      readonly slots: readonly AnswerSlot[];
      readonly index: number;
      readonly drafts: readonly string[];
    };

/** The exercise at hand: what the attempt says and what the checks see. */
export interface Work {
  readonly lessonId: string;
  readonly exerciseId: string;
  readonly phase: 'opening' | 'ready' | 'blocked';
  /** What is being done while opening, or why it is blocked and what mends it. */
  readonly message: string;
  readonly attempt?: AttemptView;
  readonly checks: readonly CheckView[];
  readonly passed: boolean;
  /** Hints revealed so far, in order; Markdown. */
  readonly hints: readonly string[];
  /** How many there are. */
  readonly hintTotal: number;
  /** What it meant; '' until everything passed. Markdown. */
  readonly afterword: string;
  readonly pane: 'detail' | 'hints';
  /** «comprobar ahora» was asked and has not come back. */
  readonly checking: boolean;
}

/** An attempt with its templates already rendered. */
export interface AttemptView {
  readonly exerciseId: string;
  readonly title: string;
  readonly task: string;
  readonly questions: readonly AnswerSlot[];
  readonly answers: { readonly [questionId: string]: Json };
  /** Hints already seen in this attempt. */
  readonly hints: readonly string[];
  readonly hintTotal: number;
  readonly checks: readonly { readonly id: string; readonly description: string }[];
  /** The rung, in one sentence; '' for exercises that need no world. */
  readonly announcement: string;
  readonly folder: string;
}
export interface CheckView {
  readonly id: string;
  readonly description: string;
  /** Undefined until looked at. */
  readonly verdict?: Verdict;
}

export interface SystemStatus {
  readonly docker: StatusLight;
  readonly linux: StatusLight;
  /** The built-in one. */
  readonly cluster: StatusLight;
}
/** `checking` until probed; `label` is short: «29.1», «root · v1», «parado». */
export interface StatusLight {
  readonly state: 'checking' | 'ready' | 'missing';
  readonly label: string;
}

export interface QuizItem {
  readonly lessonId: string;
  readonly question: Question;
}
/** A round of questions: a lesson's quiz, its review, or the spaced review. */
export interface QuizRun {
  readonly items: readonly QuizItem[];
  readonly index: number;
  /** Options picked (varias, orden, parejas: in the order picked) and text typed for the current question. */
  readonly picked: readonly number[];
  readonly text: string;
  readonly outcome?: { readonly right: boolean; readonly note: string };
  readonly right: number;
}

export const emptyLessonRecord: LessonRecord = { passed: [], predictions: {}, answers: {} };

/** The state before anything happened: the home, with the cursor on the lesson to resume. */
export function initialState(catalog: CourseIndex, record: LearnerRecord, seed: number): SessionState {
  return {
    catalog,
    record,
    seed,
    lessons: {},
    view: { kind: 'home', cursor: resumeIndex(catalog, record) },
    status: {
      docker: { state: 'checking', label: '' },
      linux: { state: 'checking', label: '' },
      cluster: { state: 'checking', label: '' },
    },
    notice: '',
    unsaved: '',
    inShell: false,
    finished: false,
  };
}

export function allLessons(catalog: CourseIndex): readonly LessonSummary[] {
  return catalog.modules.flatMap((module) => module.lessons);
}

/** Position of the lesson to go on with; the last one seen when nothing is left. */
export function resumeIndex(index: CourseIndex, record: LearnerRecord): number {
  const lessons = allLessons(index);
  const next = nextLesson(marksOf(record), lessons)?.id ?? record.last?.lessonId;
  return Math.max(
    0,
    lessons.findIndex(({ id }) => id === next),
  );
}

export function lessonRecord(record: LearnerRecord, lessonId: string): LessonRecord {
  return record.lessons[lessonId] ?? emptyLessonRecord;
}

/** The record as `standing.ts` reads it: the screens and the commands count with the same functions. */
export function marksOf(record: LearnerRecord): Marks {
  const lessons = Object.entries(record.lessons);
  const begun = lessons.flatMap(([, own]) => (own.begun ?? []).map((id) => [id, {}] as const));
  // When does not matter here, only that it was.
  const passed = lessons.flatMap(([, own]) => own.passed.map((id) => [id, { passedAt: 0 }] as const));
  const places = lessons.filter(([, own]) => own.pageId !== undefined || own.finished === true);
  return {
    ...(record.last ? { current: record.last } : {}),
    places: Object.fromEntries(places.map(([id, { finished = false }]) => [id, { finished }])),
    exercises: Object.fromEntries([...begun, ...passed]),
  };
}

/** Pure: the record after one change. Changes are idempotent, so a repeated one is harmless. */
export function applyChange(record: LearnerRecord, change: RecordChange): LearnerRecord {
  const own = lessonRecord(record, change.lessonId);
  const put = (next: LessonRecord): LearnerRecord => ({
    ...record,
    lessons: { ...record.lessons, [change.lessonId]: next },
  });
  switch (change.kind) {
    case 'place':
      return {
        ...put({ ...own, pageId: change.pageId, ...(change.finished ? { finished: true } : {}) }),
        last: { lessonId: change.lessonId, pageId: change.pageId },
      };
    case 'prediction':
      return put({ ...own, predictions: { ...own.predictions, [change.predictionId]: change.option } });
    case 'answer':
      return put({ ...own, answers: { ...own.answers, [change.questionId]: change.right } });
    case 'passed':
      return own.passed.includes(change.exerciseId)
        ? record
        : put({ ...own, passed: [...own.passed, change.exerciseId] });
  }
}
