import type { Unavailable } from '../checks/backend.ts';
import type { EvidenceLevel, Verdict } from '../checks/verdict.ts';
import type { AnswerSlot, Attempt, Exercise } from './model.ts';
import type { CleanReport, Interactive, WorldFacts } from './world.ts';

/**
 * What can be done with an exercise and with progress, for whoever asks: a command or a screen. Implemented in
 * `commands/services/`. Expected trouble (no Docker, full disk) comes back as a value; a rejection is a bug or an abort.
 */
export interface ExerciseService {
  /** The attempt in course; on first use parameters are drawn and the working folder is made. Keeps `lessonId` as current. */
  open(exercise: Exercise): Promise<OpenAttempt>;
  /** Copies the start files (never over one the learner changed) and runs the start steps, once per attempt. */
  prepare(exercise: Exercise, signal: AbortSignal, onProgress?: (line: string) => void): Promise<Prepared>;
  /** Looks once. Counts a failure when a check failed, and records a pass in progress. */
  verify(exercise: Exercise, signal: AbortSignal): Promise<Report>;
  /** Looks now and after every change, until the signal aborts; resolves then. Counts no failures; records a pass. */
  watch(exercise: Exercise, signal: AbortSignal, listener: (report: Report) => void): Promise<void>;
  /** Keeps an answer. `problem`: what is wrong with its form, in Spanish (nothing was kept). Returns the new attempt. */
  answer(exercise: Exercise, questionId: string, text: string): Promise<AnswerKept>;
  /** The next hint not seen yet; after the last one, the last again. Recorded, never punished. */
  hint(exercise: Exercise): Promise<Hint>;
  /** Removes what the course made for this attempt and forgets it; the pass stays recorded. */
  reset(exercise: Exercise, signal: AbortSignal): Promise<ResetReport>;
  /** What to hand the terminal to; without exercise, a shell in the course's folder. */
  terminal(exercise: Exercise | undefined): Promise<Interactive>;
  /** Closes worlds and backends. */
  close(): Promise<void>;
}

export interface OpenAttempt {
  readonly attempt: Attempt;
  /** Absolute working folder. */
  readonly folder: string;
  /** Whether the start scene was already set. */
  readonly prepared: boolean;
  /** Whether anything has to be set: false when the exercise has no start files nor steps. */
  readonly needsPreparing: boolean;
  readonly world: WorldFacts;
  /** The exercise's texts, rendered with the attempt's parameters. Markdown. */
  readonly task: string;
  readonly hints: readonly string[];
  readonly afterword: string;
  readonly questions: readonly AnswerSlot[];
  readonly checks: readonly { readonly id: string; readonly description: string }[];
  /** Hint levels already seen in this attempt, 0–4. */
  readonly hintsSeen: number;
  /** What the disk did not allow, with what it means: «tu progreso no se está guardando: …». */
  readonly notices: readonly string[];
}

export type Prepared =
  | { readonly ok: true; readonly open: OpenAttempt }
  | { readonly ok: false; readonly open: OpenAttempt; readonly why: string; readonly next: string };

export interface CheckReport {
  readonly id: string;
  /** The requirement, rendered. */
  readonly description: string;
  readonly verdict: Verdict;
}

export interface Report {
  readonly exerciseId: string;
  readonly attempt: Attempt;
  readonly checks: readonly CheckReport[];
  /** `passed`: every check. `failed` beats `unknown` beats `waiting`. */
  readonly outcome: 'passed' | 'failed' | 'unknown' | 'waiting';
  /** Weakest level among the passed checks; undefined when none passed. */
  readonly evidenceLevel?: EvidenceLevel;
  /** What it meant; only when passed. Markdown. */
  readonly afterword?: string;
  readonly notices: readonly string[];
}

export type AnswerKept =
  | { readonly ok: true; readonly attempt: Attempt; readonly notices: readonly string[] }
  | { readonly ok: false; readonly problem: string };

export interface Hint {
  /** 1–4 */
  readonly level: number;
  readonly total: number;
  /** Markdown, rendered. */
  readonly text: string;
  readonly notices: readonly string[];
}

export interface ResetReport extends CleanReport {
  /** What could not be cleaned now, and what mends it. */
  readonly pending: readonly Unavailable[];
}
