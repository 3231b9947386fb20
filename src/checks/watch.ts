import type { Clock } from '../base/clock.ts';
import type { JsonObject } from '../base/json.ts';
import type { Backend } from './backend.ts';
import type { AttemptFacts, CheckKind, CheckSpec } from './check.ts';
import { ancestorsOf, Evaluation, type ExerciseResult, inOrder, type Memory } from './exercise.ts';
import type { Look } from './judge.ts';
import { defaultLookTimeoutMs, lookOnce } from './look.ts';
import { renderParams, templateNames } from './templates.ts';
import { isPassing, type Verdict } from './verdict.ts';

/** What is asked about the attempt before each look, since answers and failures change while watching. */
export interface Subject {
  /** Parameters, `intento`, `carpeta`, `respuestas`, `mundo`. */
  readonly scope: JsonObject;
  readonly attempt: AttemptFacts;
}

export interface ExaminerSetup {
  readonly checks: readonly CheckSpec[];
  readonly kinds: (name: string) => CheckKind | undefined;
  readonly backend: Backend;
  readonly subject: () => Subject;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Engine memory kept from earlier looks of this attempt. */
  readonly memory?: Memory;
  /** Looks at the same time; 4 by default. */
  readonly concurrency?: number;
  /** Longest single look; 5 s by default. */
  readonly timeoutMs?: number;
  /** Looks also at checks whose parents were seen and did not pass. For recording; a learner gets no use from it. */
  readonly lookAtEverything?: boolean;
}

/** One complete look: what was seen and what it means. */
export interface Examined {
  readonly result: ExerciseResult;
  readonly looks: { readonly [checkId: string]: Look };
}

/** Looks again and again at the checks of one attempt, keeping the engine's memory between looks. */
export class Examiner {
  readonly #setup: ExaminerSetup;
  readonly #limit: Limit;
  #memory: Memory;
  #looks: Record<string, Look> = {};
  #looking: Promise<unknown> = Promise.resolve();

  constructor(setup: ExaminerSetup) {
    this.#setup = setup;
    this.#memory = withoutWindows(setup.memory ?? {});
    this.#limit = limit(setup.concurrency ?? 4);
  }

  /**
   * One look over all checks, or over those of `only` (by kind) reusing what the others saw last. Those that are not `among` are
   * left alone. Calls never overlap: the second waits for the first. Rejects only with the signal's reason.
   */
  async examine(
    only?: (kind: CheckKind) => boolean,
    among: (spec: CheckSpec) => boolean = () => true,
  ): Promise<Examined> {
    const examining = this.#looking.then(() => this.#examine(only, among));
    this.#looking = examining.catch(() => undefined);
    return examining;
  }

  async #examine(
    only: ((kind: CheckKind) => boolean) | undefined,
    among: (spec: CheckSpec) => boolean,
  ): Promise<Examined> {
    const { checks, kinds, clock, signal } = this.#setup;
    signal.throwIfAborted();
    const { scope, attempt } = this.#setup.subject();
    const evaluation = new Evaluation({ checks, kinds }, scope, this.#memory, clock.now());
    const looks: Record<string, Look> = {};
    const judged = new Map<string, Promise<unknown>>();
    const shared: SharedLooks = new Map();

    const judgeInTurn = async (spec: CheckSpec) => {
      await Promise.all(spec.requires.map((id) => judged.get(id)));
      const turn = evaluation.turn(spec);
      // What nobody could see of its parents, it would be asked in vain, and each question may take its whole time.
      const inVain = ancestorsOf(spec, checks).some(({ id }) => looks[id]?.state === 'unseen');
      const anyway = this.#setup.lookAtEverything === true && !inVain;
      const useful = among(spec) && (!turn.blockedBy || spec.before !== undefined || anyway);
      const look = useful ? await this.#look(spec, turn.scope, attempt, only, shared) : undefined;
      if (look) looks[spec.id] = look;
      evaluation.record(spec, look);
    };
    for (const spec of inOrder(checks)) judged.set(spec.id, judgeInTurn(spec));
    await Promise.all(judged.values());
    signal.throwIfAborted();

    const result = evaluation.result();
    this.#memory = result.memory;
    this.#looks = looks;
    return { result, looks };
  }

  #look(
    spec: CheckSpec,
    scope: JsonObject,
    attempt: AttemptFacts,
    only: ((kind: CheckKind) => boolean) | undefined,
    shared: SharedLooks,
  ): Promise<Look> {
    const { checks, kinds, backend, clock, signal, timeoutMs = defaultLookTimeoutMs } = this.#setup;
    const kind = kinds(spec.kind);
    const sharers = checks.filter((other) => other.kind === spec.kind);
    const last = this.#looks[spec.id];
    // What depends on another look is looked at again, since its parameters may have changed with it.
    if (last && only && kind && !only(kind) && !readsAncestors(spec)) return Promise.resolve(last);
    const key = `${spec.kind} ${JSON.stringify(renderParams(spec.params, scope))}`;
    const look =
      shared.get(key) ??
      this.#limit(() =>
        lookOnce(spec, scope, { kinds, backend, attempt, clock, signal, timeoutMs, sharers }),
      );
    shared.set(key, look);
    return look;
  }
}

/** Looks of one examination by kind and parameters: checks that ask the same see the same thing, and pay once. */
type SharedLooks = Map<string, Promise<Look>>;

export interface WatchSetup extends ExaminerSetup {
  /** Called with the first result and then only when a verdict changes. */
  readonly onResult: (examined: Examined) => void;
  /** Called when the memory changes without any verdict changing (a baseline seen), so that it can be kept. */
  readonly onMemory?: (memory: Memory) => void;
}

export interface Watcher {
  /** Looks again soon: an answer was given, or the learner asked. */
  refresh(): void;
  /** Resolves when the signal aborts. */
  readonly ended: Promise<void>;
}

/** What could not be looked at for a reason that passes is looked at again, and nobody announces when that may be. */
const againMs = 2_000;
/** Rest between two looks, so that a storm of changes does not keep the machine busy. */
const restMs = 60;

/**
 * Follows an attempt: looks when the backend announces a change, when a polled kind is due, when a holding window ends
 * and when asked. Changes that arrive during a look are joined into one more look. Ends with the signal.
 */
export function watchExercise(setup: WatchSetup): Watcher {
  const { clock, signal, backend, checks, kinds, onResult, onMemory } = setup;
  const examiner = new Examiner(setup);
  const periods = [...new Set(checks.flatMap((spec) => kinds(spec.kind)?.pollMs ?? []))];
  let everything = false;
  const due = new Set<number>();
  let busy = false;
  let cancelDue = () => {};
  let cancelRest = () => {};
  let last: Examined | undefined;

  const want = (periodMs?: number) => {
    if (signal.aborted) return;
    if (periodMs === undefined) everything = true;
    else due.add(periodMs);
    if (!busy) void look();
  };

  const look = async () => {
    busy = true;
    const periodsNow = new Set(due);
    const only = everything ? undefined : ({ pollMs }: CheckKind) => periodsNow.has(pollMs ?? 0);
    everything = false;
    due.clear();
    cancelDue();
    try {
      const examined = await examiner.examine(only);
      if (signal.aborted) return;
      deliver(examined);
      const missed = Object.values(examined.result.verdicts).some(isPassing);
      const dueMs = Math.min(
        examined.result.dueMs ?? Number.POSITIVE_INFINITY,
        missed ? clock.now() + againMs : Number.POSITIVE_INFINITY,
      );
      if (dueMs < Number.POSITIVE_INFINITY)
        cancelDue = clock.after(Math.max(0, dueMs - clock.now()), () => want());
    } catch (error) {
      if (!signal.aborted) throw error;
      return;
    }
    cancelRest = clock.after(restMs, () => {
      busy = false;
      if (everything || due.size > 0) void look();
    });
  };

  const deliver = (examined: Examined) => {
    const before = last;
    last = examined;
    if (!before || !sameVerdicts(before.result.verdicts, examined.result.verdicts)) onResult(examined);
    else if (JSON.stringify(before.result.memory) !== JSON.stringify(examined.result.memory)) {
      onMemory?.(examined.result.memory);
    }
  };

  const stopListening = backend.onChange(() => want());
  // Each kind says how much a look of it costs; a cheap one does not drag a dear one along.
  const stopPolling = periods.map((periodMs) => clock.every(periodMs, () => want(periodMs)));
  const ended = new Promise<void>((resolve) => {
    const end = () => {
      stopListening();
      for (const stop of stopPolling) stop();
      cancelDue();
      cancelRest();
      resolve();
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
  want();
  return { refresh: () => want(), ended };
}

export interface VerifySetup extends ExaminerSetup {
  /** Longest wait for holding windows and convergence; 15 s by default. */
  readonly settleMs?: number;
  /** Called with each intermediate result, to show progress. */
  readonly onProgress?: (examined: Examined) => void;
}

/** Time between looks while something converges. */
const settlePeriodMs = 250;

/**
 * Looks until nothing is waiting and nothing was missed for a reason that passes, or until `settleMs`. The answer is final: what
 * still waits then really waits.
 * Rejects only with the signal's reason.
 */
export async function verifyExercise(setup: VerifySetup): Promise<Examined> {
  const { clock, signal, settleMs = 15_000, onProgress } = setup;
  const examiner = new Examiner(setup);
  const deadlineMs = clock.now() + settleMs;
  for (;;) {
    const examined = await examiner.examine();
    const waits = Object.values(examined.result.verdicts).some(
      (verdict) => verdict.verdict === 'waiting' || isPassing(verdict),
    );
    const leftMs = deadlineMs - clock.now();
    if (!waits || leftMs <= 0) return examined;
    onProgress?.(examined);
    // A holding window must be looked at on the way too: a state that flashes off and on has not held.
    const dueMs = examined.result.dueMs === undefined ? settlePeriodMs : examined.result.dueMs - clock.now();
    await clock.sleep(Math.max(1, Math.min(settlePeriodMs, dueMs, leftMs)), signal);
  }
}

/**
 * True when both say the same. The evidence of what passed does not count: a counter that grows would repaint the
 * screen, and speak, for ever.
 */
function sameVerdicts(
  left: { readonly [checkId: string]: Verdict },
  right: { readonly [checkId: string]: Verdict },
): boolean {
  const said = (verdicts: typeof left) =>
    JSON.stringify(verdicts, (key, value: unknown) => (key === 'evidence' ? undefined : value));
  return said(left) === said(right);
}

/** Nobody was looking between two sessions, so what held before them has to hold again. */
function withoutWindows(memory: Memory): Memory {
  const entries = Object.entries(memory).map(([id, { heldSinceMs: _, ...kept }]) => [id, kept] as const);
  return Object.fromEntries(entries.filter(([, kept]) => Object.keys(kept).length > 0));
}

function readsAncestors(spec: CheckSpec): boolean {
  return spec.requires.length > 0 && templateNames(spec.params).length > 0;
}

type Limit = <T>(action: () => Promise<T>) => Promise<T>;

/** At most `most` actions at the same time; the rest wait in order. */
function limit(most: number): Limit {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (action) => {
    if (running < most) running++;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await action();
    } finally {
      const next = waiting.shift();
      // The place goes straight to the next one, so nobody can slip in between.
      if (next) next();
      else running--;
    }
  };
}
