import { stat } from 'node:fs/promises';
import type { Clock } from '../../base/clock.ts';
import type { JsonObject } from '../../base/json.ts';
import { findKind } from '../../checks/kinds/index.ts';
import { type Examined, watchExercise } from '../../checks/watch.ts';
import { attemptFacts, attemptScope } from '../../course/attempt.ts';
import type { Attempt, Exercise } from '../../course/model.ts';
import { spendTime } from '../../course/progress.ts';
import type { OpenAttempt, Report } from '../../course/services.ts';
import { type Bench, type ExerciseSetup, lacks, type Workbench } from './workbench.ts';

/** How often a watch looks whether another terminal answered or reset the same attempt. */
const otherTerminalMs = 500;
/** How often it looks whether what the world lacked (Docker) is there now. */
const recoveryMs = 3_000;
/** A stretch without any change counts as work up to here. */
const longestStretchMs = 5 * 60_000;

/**
 * Follows one attempt until the signal aborts, the attempt on disk is another one, or the world got better: the last
 * two mean that the caller should open the exercise again. `onRefresher` gets a function that looks again now.
 */
export async function watchAttempt(
  setup: ExerciseSetup,
  workbench: Workbench,
  exercise: Exercise,
  { world, open }: Bench,
  signal: AbortSignal,
  listener: (report: Report) => void,
  onRefresher: (refresh: () => void) => void,
): Promise<void> {
  const { attempts, clock } = setup;
  const { token } = open.attempt;
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const work = startWork(clock);
  let current = open.attempt;
  let delivering: Promise<unknown> = Promise.resolve();
  const deliver = (action: () => Promise<unknown>) => {
    delivering = delivering.then(action);
  };
  const backend = await world.openBackend(open.attempt);
  const watcher = watchExercise({
    checks: exercise.checks,
    kinds: findKind,
    backend,
    subject: () => subjectOf(open, current),
    clock,
    signal: either,
    memory: memoryOf(open.attempt),
    onResult: (examined) => {
      work.mark();
      const report = workbench.describe(exercise, open, examined.result);
      listener(report);
      deliver(async () => {
        const kept = await workbench.keep(report, exercise, examined.result, false);
        // The screen already shows the verdicts; it only has to hear of a disk that keeps nothing.
        if (kept.notices.length > report.notices.length && !either.aborted) listener(kept);
      });
    },
    onMemory: (memory) => deliver(() => workbench.keepMemory(exercise, token, memory as JsonObject, false)),
  });
  const reload = async () => {
    const stored = await attempts.read(exercise.id);
    if (stored === undefined || stored.attempt.token !== token) {
      over.abort();
      return;
    }
    const changed = inputsOf(stored.attempt) !== inputsOf(current);
    current = stored.attempt;
    if (changed) watcher.refresh();
  };
  const recover = async () => {
    if (!lacks(exercise, await workbench.worldAgain(exercise))) over.abort();
  };
  onRefresher(() => void reload().then(() => watcher.refresh()));
  const stops = [
    everyChange(attempts.file(exercise.id), clock, reload),
    lacks(exercise, world) ? everyOneAtATime(clock, recoveryMs, recover) : () => {},
  ];
  await watcher.ended;
  for (const stop of stops) stop();
  await delivering;
  await backend.close();
  const workedMs = work.total();
  if (workedMs >= 1_000) {
    await setup.progress.update((before) => spendTime(before, exercise.id, workedMs, clock.now()));
  }
}

/** What the checks may know; answers and failures change while somebody watches. */
export function subjectOf(open: OpenAttempt, attempt: Attempt) {
  return {
    scope: attemptScope(attempt, open.world, open.folder),
    attempt: attemptFacts(attempt, open.folder),
  };
}

export function memoryOf(attempt: Attempt): Examined['result']['memory'] {
  return attempt.memory as Examined['result']['memory'];
}

/** What checks read of an attempt besides the world. */
function inputsOf({ answers, failures }: Attempt): string {
  return JSON.stringify([answers, failures]);
}

function startWork(clock: Clock) {
  let since = clock.now();
  let totalMs = 0;
  const mark = () => {
    totalMs += Math.min(longestStretchMs, clock.now() - since);
    since = clock.now();
  };
  return {
    mark,
    total: () => {
      mark();
      return Math.round(totalMs);
    },
  };
}

/** Calls `changed` when the file is another. Polled: it must work on every file system. */
function everyChange(file: string, clock: Clock, changed: () => Promise<void>): () => void {
  let last: string | undefined;
  return everyOneAtATime(clock, otherTerminalMs, async () => {
    const now = await stat(file).then(
      ({ mtimeMs, size, ino }) => `${mtimeMs} ${size} ${ino}`,
      () => 'missing',
    );
    // The first time too: it may have changed since the attempt was opened.
    if (now !== last) await changed();
    last = now;
  });
}

function everyOneAtATime(clock: Clock, periodMs: number, action: () => Promise<void>): () => void {
  let busy = false;
  return clock.every(periodMs, () => {
    if (busy) return;
    busy = true;
    void action().finally(() => {
      busy = false;
    });
  });
}
