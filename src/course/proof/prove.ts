import { isPassing } from '../../checks/verdict.ts';
import type { Exercise, Script } from '../model.ts';
import { ahead } from './ahead.ts';
import { CannotPlay } from './follow.ts';
import { checkMutants, isNoticed, solutionMutants } from './mutants.ts';
import { type Played, type ProofSetup, play } from './play.ts';
import type { Recording, Scenario } from './scenario.ts';

/** What the proof tells while it works; commands print it and tests count it. */
export type ProofEvent =
  | { readonly type: 'begins'; readonly exerciseId: string; readonly title: string }
  | ({ readonly type: 'played'; readonly exerciseId: string } & ScenarioProof)
  | ({ readonly type: 'mutant'; readonly exerciseId: string } & MutantProof)
  | { readonly type: 'proved'; readonly proof: ExerciseProof };

export interface ScenarioProof {
  readonly part: Scenario['part'];
  readonly id: string;
  /** `not-proved`: it could not be played here; `problems` says why. It is never counted as right. */
  readonly outcome: 'right' | 'wrong' | 'not-proved';
  readonly problems: readonly string[];
}

export interface MutantProof {
  /** Id of the check; '' for a mutant of the solution. */
  readonly checkId: string;
  readonly change: string;
  readonly noticed: boolean;
  /** What would notice it; '' when something did. */
  readonly remedy: string;
}

export interface ExerciseProof {
  readonly exerciseId: string;
  readonly outcome: 'right' | 'wrong' | 'not-proved';
  readonly scenarios: readonly ScenarioProof[];
  readonly mutants: readonly MutantProof[];
  readonly durationMs: number;
}

export interface ProveOptions {
  /** Break every check and every solution once; true by default. */
  readonly mutations?: boolean;
}

/**
 * Proves one exercise: the start does not pass, the solution does, a new attempt starts again from not passing, each
 * declared wrong answer gets its message, each unusual answer passes, nothing is left behind, and every check and step
 * is needed. What cannot be played here is `not-proved`, never `right`. Rejects only with the signal's reason.
 */
export async function* proveExercise(
  setup: ProofSetup,
  { mutations = true }: ProveOptions = {},
): AsyncGenerator<ProofEvent, ExerciseProof> {
  const { exercise, clock, world } = setup;
  const exerciseId = exercise.id;
  const startMs = clock.now();
  const scenarios: ScenarioProof[] = [];
  const mutants: MutantProof[] = [];
  const recordings: Recording[] = [];
  yield { type: 'begins', exerciseId, title: exercise.title };

  const finish = (): ExerciseProof => {
    const outcomes = scenarios.map(({ outcome }) => outcome);
    const wrong = outcomes.includes('wrong') || mutants.some(({ noticed }) => !noticed);
    const outcome = wrong ? 'wrong' : outcomes.includes('not-proved') ? 'not-proved' : 'right';
    return { exerciseId, outcome, scenarios, mutants, durationMs: clock.now() - startMs };
  };

  const missing = exercise.world === 'nada' ? undefined : world.facts.missing[exercise.world];
  if (missing) {
    scenarios.push({ part: 'inicio', id: '', outcome: 'not-proved', problems: [missing.why, missing.next] });
  } else {
    let settledMs = 0;
    const all = scenariosOf(exercise);
    // Without a start and a solution the rest would only repeat the same complaint.
    for (const part of [all.slice(0, 1), all.slice(1, 2), all.slice(2)]) {
      if (scenarios.some(({ outcome }) => outcome !== 'right')) break;
      for await (const { proof, played } of ahead(part, lanesOf(setup), (one) => playOne(setup, one))) {
        scenarios.push(proof);
        yield { type: 'played', exerciseId, ...proof };
        if (played) recordings.push(played.recording);
        if (proof.part === 'solucion') settledMs = played?.settledMs ?? 0;
      }
    }
    const solved = scenarios.some(({ part, outcome }) => part === 'solucion' && outcome === 'right');
    if (mutations && solved && scenarios.every(({ outcome }) => outcome !== 'wrong')) {
      for await (const mutant of mutationRun(setup, recordings, scenarios, settledMs)) {
        mutants.push(mutant);
        yield { type: 'mutant', exerciseId, ...mutant };
      }
    }
  }
  const proof = finish();
  yield { type: 'proved', proof };
  return proof;
}

/**
 * Scenarios at the same time: Docker objects have drawn names and a cluster has namespaces, but the processes of one kernel
 * see each other, and masters, nodes and the clock are everybody's.
 */
function lanesOf({ exercise, lanes }: ProofSetup): number {
  if (lanes !== undefined) return lanes;
  if (sharesCluster(exercise)) return 2;
  return exercise.world === 'docker' ? 3 : 1;
}

/** Done on a cluster on which others are at work, in namespaces of their own. */
export function sharesCluster({ world, needs = [] }: Pick<Exercise, 'world' | 'needs'>): boolean {
  return world === 'cluster' && !needs.includes('cluster-entero');
}

/** Everything to play, in order; the first two decide whether the rest makes sense. */
function scenariosOf(exercise: Exercise): readonly Scenario[] {
  const nothing: Script = { steps: [], answers: {}, rungs: [] };
  return [
    { part: 'inicio', id: '', script: nothing, expects: { outcome: 'does-not-pass' } },
    { part: 'solucion', id: '', script: exercise.solution, expects: { outcome: 'passes' } },
    { part: 'reinicio', id: '', script: nothing, expects: { outcome: 'does-not-pass' } },
    ...exercise.wrong.map(
      (answer): Scenario => ({
        part: 'error',
        id: answer.id,
        script: answer,
        expects: { outcome: 'fails', answer },
      }),
    ),
    ...exercise.unusual.map(
      (script): Scenario => ({ part: 'valida', id: script.id, script, expects: { outcome: 'passes' } }),
    ),
  ];
}

async function playOne(
  setup: ProofSetup,
  scenario: Scenario,
): Promise<{ readonly proof: ScenarioProof; readonly played?: Played }> {
  const { part, id, script } = scenario;
  const { rung } = setup.world.facts;
  if (script.rungs.length > 0 && !script.rungs.includes(rung)) {
    const problems = [`Este guion es de ${script.rungs.join(' o ')}; aquí el peldaño es ${rung}.`];
    return { proof: { part, id, outcome: 'not-proved', problems } };
  }
  try {
    const played = await play(setup, scenario);
    const unseen = [...couldNotLook(played.recording), ...lacking(played.missing)];
    const outcome = unseen.length > 0 ? 'not-proved' : played.problems.length > 0 ? 'wrong' : 'right';
    const proof: ScenarioProof = { part, id, outcome, problems: [...unseen, ...played.problems] };
    return outcome === 'not-proved' ? { proof } : { proof, played };
  } catch (error) {
    setup.signal.throwIfAborted();
    const expected = error instanceof CannotPlay;
    const why = error instanceof Error ? error.message : String(error);
    const missing = expected ? lacking(error.missing) : [];
    const problems = [...missing, expected ? why : `Fallo interno de la prueba: ${why}`];
    return { proof: { part, id, outcome: missing.length > 0 ? 'not-proved' : 'wrong', problems } };
  }
}

function lacking(tools: readonly string[]): readonly string[] {
  return tools.map((tool) => `Este equipo no tiene \`${tool}\`, y el guion lo usa.`);
}

/** Why some check could not be looked at because of this machine; a fault of ours, or what should have passed, is no excuse. */
function couldNotLook({ result }: Recording): readonly string[] {
  return Object.entries(result.verdicts).flatMap(([id, verdict]) =>
    verdict.verdict === 'unknown' && verdict.reason !== 'internal' && !isPassing(verdict)
      ? [`\`${id}\` no se pudo mirar aquí: ${verdict.why}`]
      : [],
  );
}

async function* mutationRun(
  setup: ProofSetup,
  recordings: readonly Recording[],
  scenarios: readonly ScenarioProof[],
  settledMs: number,
): AsyncGenerator<MutantProof> {
  const { exercise, kinds } = setup;
  const complete = scenarios.every(({ outcome }) => outcome === 'right');
  for (const mutant of checkMutants(exercise)) {
    const noticed = isNoticed(mutant, exercise, recordings, kinds);
    // What was not played here may be just what notices it.
    if (!noticed && !complete) continue;
    const { checkId, change } = mutant;
    yield { checkId, change, noticed, remedy: noticed ? '' : mutant.remedy };
  }
  // Something that is not expected is watched for longer than the solution took to be right.
  const waitMs = settledMs * 2 + 300;
  const broken = ahead(solutionMutants(exercise), lanesOf(setup), async ({ change, script }) => {
    const scenario: Scenario = { part: 'mutante', id: change, script, expects: { outcome: 'does-not-pass' } };
    return { change, noticed: await stillFails(setup, scenario, waitMs) };
  });
  for await (const { change, noticed } of broken) {
    const remedy = noticed ? '' : 'Quita ese paso de la solución, o añade una comprobación que lo necesite.';
    yield { checkId: '', change: `la solución ${change}`, noticed, remedy };
  }
}

/** A solution that breaks the shell or never ends does not pass either. */
async function stillFails(setup: ProofSetup, scenario: Scenario, waitMs: number): Promise<boolean> {
  try {
    const limits = { ...setup.limits, stepMs: Math.min(setup.limits?.stepMs ?? 30_000, 30_000) };
    const played = await play({ ...setup, limits }, scenario, waitMs);
    return played.recording.result.status !== 'passed';
  } catch (error) {
    if (error instanceof CannotPlay) return true;
    throw error;
  }
}
