import type { Clock } from '../../base/clock.ts';
import type { JsonObject } from '../../base/json.ts';
import type { Random } from '../../base/random.ts';
import type { CheckKind, CheckSpec } from '../../checks/check.ts';
import { ancestorsOf } from '../../checks/exercise.ts';
import { isPassing } from '../../checks/verdict.ts';
import { Examiner } from '../../checks/watch.ts';
import { attemptFacts, attemptScope, newAttempt } from '../attempt.ts';
import type { Attempt, Exercise } from '../model.ts';
import type { World } from '../world.ts';
import { cleanUp } from './clean-up.ts';
import { CannotPlay, follow } from './follow.ts';
import { type Moment, type Recording, type Scenario, shortfall } from './scenario.ts';
import { missingTools } from './tools.ts';

/** Where proofs are played. A port: the folder of an attempt and its start scene, as the learner gets them. */
export interface Stage {
  /** Absolute working folder of an attempt. */
  folderOf(attempt: Attempt): string;
  /** Makes the folder, the start files and runs the start steps. */
  set(
    attempt: Attempt,
    scope: JsonObject,
    signal: AbortSignal,
  ): Promise<{ readonly ok: true } | { readonly ok: false; readonly why: string }>;
  /** Removes the folder. */
  strike(attempt: Attempt): Promise<void>;
  /** Notes, before anything is done, that this attempt leaves things to clean if this process dies. */
  announce?(attempt: Attempt): Promise<void>;
}

export interface ProofSetup {
  readonly exercise: Exercise;
  readonly world: World;
  readonly stage: Stage;
  readonly kinds: (name: string) => CheckKind | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  readonly portIsFree?: (port: number) => Promise<boolean>;
  /** `curso doctor` inside a script: leaves its diagnosis in the working folder. Without it, the shell runs it. */
  readonly diagnose?: (folder: string, world: World) => Promise<void>;
  readonly limits?: Partial<ProofLimits>;
  /** Scenarios played at the same time; by default 3 in Docker's world, 2 on a shared cluster, 1 elsewhere. */
  readonly lanes?: number;
}

export interface ProofLimits {
  /** Longest step. */
  readonly stepMs: number;
  /** Longest wait for holding windows and convergence. */
  readonly settleMs: number;
  /** What a result may take to be the expected one after the last step: a process that is still ending, on a busy machine. */
  readonly graceMs: number;
}

const defaultProofLimits: ProofLimits = { stepMs: 120_000, settleMs: 25_000, graceMs: 15_000 };

export interface Played {
  readonly recording: Recording;
  /** How it falls short; empty when it came out as expected. */
  readonly problems: readonly string[];
  /** Time from the last step to the final result. */
  readonly settledMs: number;
  /** Tools that the script uses and this machine lacks; only looked for when something fell short. */
  readonly missing: readonly string[];
}

/**
 * Plays a scenario in a clean world, with an attempt of its own, looking after every step, and cleans up whatever
 * happens. `waitMs` is how long something that should not pass is watched before believing it.
 * Rejects with {@link CannotPlay}, or with the signal's reason.
 */
export async function play(setup: ProofSetup, scenario: Scenario, waitMs = 0): Promise<Played> {
  const { exercise, world, stage, clock, random, signal, portIsFree } = setup;
  signal.throwIfAborted();
  const attempt = await newAttempt(exercise, { clock, random, ...(portIsFree ? { portIsFree } : {}) });
  await stage.announce?.(attempt);
  let played: Played | undefined;
  let left: readonly string[] = [];
  try {
    played = await perform(setup, scenario, attempt, waitMs);
  } finally {
    const callsDocker = exercise.world !== 'docker' && /\bdocker\b/.test(scenario.script.steps.join('\n'));
    left = await cleanUp(world, attempt, {
      dockerClock: callsDocker ? clock : undefined,
      strike: () => stage.strike(attempt),
      played: scenario.script.steps.join('\n'),
      whole: exercise.needs?.includes('cluster-entero') === true,
    });
  }
  return left.length === 0 ? played : { ...played, problems: [...played.problems, ...left] };
}

async function perform(
  setup: ProofSetup,
  scenario: Scenario,
  drawn: Attempt,
  waitMs: number,
): Promise<Played> {
  const { exercise, world, stage, kinds, clock } = setup;
  const limits = { ...defaultProofLimits, ...setup.limits };
  const folder = stage.folderOf(drawn);
  let attempt = drawn;
  const scopeNow = () => attemptScope(attempt, world.facts, folder);
  const set = await stage.set(attempt, scopeNow(), setup.signal);
  if (!set.ok) {
    const shell = await world.openShell(attempt).catch(() => undefined);
    const missing = shell ? await missingTools(shell, exercise, scenario.script).catch(() => []) : [];
    await shell?.close();
    throw new CannotPlay(set.why, { missing });
  }

  const backend = await world.openBackend(attempt);
  const shell = await world.openShell(attempt).catch(async (error: unknown) => {
    await backend.close();
    throw new CannotPlay(error instanceof Error ? error.message : String(error), { cause: error });
  });
  // One listener on the signal that everybody shares, whatever happens inside.
  const own = new AbortController();
  const { signal } = own;
  const stop = () => {
    own.abort(setup.signal.reason);
    void shell.close();
  };
  setup.signal.addEventListener('abort', stop, { once: true });
  if (setup.signal.aborted) stop();
  try {
    const examiner = new Examiner({
      checks: exercise.checks,
      kinds,
      backend,
      clock,
      signal,
      lookAtEverything: true,
      timeoutMs: 20_000,
      subject: () => ({ scope: scopeNow(), attempt: attemptFacts(attempt, folder) }),
    });
    const moments: Moment[] = [];
    const look = async (among?: (spec: CheckSpec) => boolean) => {
      const { result, looks } = await examiner.examine(undefined, among);
      moments.push({ nowMs: clock.now(), scope: scopeNow(), looks });
      return result;
    };
    const onTheWay = remembering(exercise, kinds);
    const transcript = await follow(scenario.script, {
      shell,
      scope: scopeNow,
      stepMs: limits.stepMs,
      look: onTheWay.size === 0 ? async () => {} : () => look((spec) => onTheWay.has(spec)),
      own: {
        verificar: async () => {
          const { status } = await look();
          if (status === 'failed') attempt = { ...attempt, failures: attempt.failures + 1 };
        },
        ...(setup.diagnose ? { doctor: () => setup.diagnose?.(folder, world) ?? Promise.resolve() } : {}),
      },
      answer: (answers) => {
        attempt = { ...attempt, answers: { ...attempt.answers, ...answers } };
      },
    });
    const settled = await settle({ ...setup, signal }, scenario, limits, waitMs, look, moments, transcript);
    const missing =
      settled.problems.length > 0 ? await missingTools(shell, exercise, scenario.script).catch(() => []) : [];
    return { ...settled, missing };
  } finally {
    setup.signal.removeEventListener('abort', stop);
    await shell.close();
    await backend.close();
  }
}

/** The checks for which what is seen on the way changes what the end means. Of the others only the end is looked at. */
function remembering({ checks }: Exercise, kinds: ProofSetup['kinds']): ReadonlySet<CheckSpec> {
  const own = checks.filter(
    ({ kind, before, mode }) => before !== undefined || mode === 'edge' || kinds(kind)?.past === true,
  );
  return new Set(own.flatMap((spec) => [spec, ...ancestorsOf(spec, checks)]));
}

/** Looks until the result is the expected one, or cannot become it any more. */
async function settle(
  { exercise, clock, signal }: ProofSetup,
  scenario: Scenario,
  limits: ProofLimits,
  waitMs: number,
  look: () => Promise<Recording['result']>,
  moments: readonly Moment[],
  transcript: string,
): Promise<Omit<Played, 'missing'>> {
  const startMs = clock.now();
  const mustNotPass = scenario.expects.outcome === 'does-not-pass';
  for (;;) {
    const result = await look();
    const spentMs = clock.now() - startMs;
    const problems = shortfall(exercise, scenario.expects, result, moments.at(-1));
    const verdicts = Object.values(result.verdicts);
    const waits = verdicts.some(({ verdict }) => verdict === 'waiting');
    // What could not be looked at just now says nothing yet, neither for nor against.
    const missed = verdicts.some(isPassing);
    // A broken solution is not given more time than the whole one needed.
    const canWait = missed || (waits && scenario.part !== 'mutante');
    const patienceMs = canWait ? limits.settleMs : mustNotPass ? waitMs : limits.graceMs;
    const decided = mustNotPass ? result.status === 'passed' : problems.length === 0;
    if (decided || spentMs >= patienceMs) {
      const said = problems.length > 0 && transcript !== '' ? [`La terminal dijo: ${transcript}`] : [];
      return {
        recording: { scenario, moments, result },
        problems: [...problems, ...said],
        settledMs: spentMs,
      };
    }
    // Often at first, and less so when it takes long: on a busy machine each look is in the way of what is waited for.
    await clock.sleep(150 + Math.min(450, spentMs / 10), signal);
  }
}
