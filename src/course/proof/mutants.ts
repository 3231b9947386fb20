import type { CheckSpec } from '../../checks/check.ts';
import type { Memory } from '../../checks/exercise.ts';
import type { Look } from '../../checks/judge.ts';
import type { Exercise, Script } from '../model.ts';
import { type Kinds, type Moment, type Recording, replay, shortfall } from './scenario.ts';

/** A check broken in one way. Some scenario must notice. */
export interface CheckMutant {
  readonly checkId: string;
  /** Spanish: what was broken. */
  readonly change: string;
  /** Spanish: what would notice. */
  readonly remedy: string;
  readonly checks: readonly CheckSpec[];
  /** What the mutant makes of a look, for mutants that do not even look. */
  readonly alter?: (look: Look | undefined) => Look;
  /** What the mutant believes to remember from the beginning. */
  readonly memory?: Memory;
}

/** Every way in which each check is broken once. Checks exempt from the proof are left alone. */
export function checkMutants(exercise: Pick<Exercise, 'checks'>): readonly CheckMutant[] {
  return exercise.checks
    .filter((spec) => !spec.exempt)
    .flatMap((spec) => [
      ...alwaysPasses(exercise, spec),
      ...withoutFields(exercise, spec),
      ...negated(exercise, spec),
      ...withoutBaseline(exercise, spec),
      ...withoutSlips(exercise, spec),
    ]);
}

/**
 * Whether some recorded scenario comes out otherwise with the mutant. Pure and cheap: nothing is played again.
 */
export function isNoticed(
  mutant: CheckMutant,
  exercise: Pick<Exercise, 'checks'>,
  recordings: readonly Recording[],
  kinds: Kinds,
): boolean {
  return recordings.some(({ scenario, moments }) => {
    const seen = moments.map((moment) => altered(moment, mutant));
    const result = replay(mutant.checks, kinds, seen, mutant.memory);
    return shortfall(exercise, scenario.expects, result, seen.at(-1)).length > 0;
  });
}

/** The reference solution without one of its steps or answers. */
export interface SolutionMutant {
  readonly change: string;
  readonly script: Script;
}

/** Every solution that lacks exactly one thing, but for the one that does nothing at all: that is the start. */
export function solutionMutants({ solution }: Pick<Exercise, 'solution'>): readonly SolutionMutant[] {
  const { steps, answers } = solution;
  const mutants = [
    ...steps.map((step, index) => ({
      change: `sin el paso ${index + 1} (\`${step.trim().split('\n', 1)[0]}\`)`,
      script: { ...solution, steps: steps.filter((_, other) => other !== index) },
    })),
    ...Object.keys(answers).map((id) => ({
      change: `sin la respuesta \`${id}\``,
      script: {
        ...solution,
        answers: Object.fromEntries(Object.entries(answers).filter(([other]) => other !== id)),
      },
    })),
  ];
  return mutants.filter(({ script }) => script.steps.length > 0 || Object.keys(script.answers).length > 0);
}

function alwaysPasses(exercise: Pick<Exercise, 'checks'>, spec: CheckSpec): CheckMutant[] {
  const { before: _before, converging: _converging, ...rest } = spec;
  return [
    {
      ...mutant(exercise, spec, { ...rest, expect: 'true', holdMs: 0 }),
      change: 'pasa siempre',
      remedy: `Declara en \`errores\` una respuesta con \`falla: ${spec.id}\`.`,
      // Even an absent object must count, or the mutant would still notice that nothing is there.
      alter: (look) =>
        look?.state === 'seen'
          ? { ...look, observation: { state: 'found', value: look.observation.value } }
          : { state: 'seen', observation: { state: 'found', value: {} }, level: 'real', params: {} },
    },
  ];
}

function withoutFields(exercise: Pick<Exercise, 'checks'>, spec: CheckSpec): CheckMutant[] {
  if (typeof spec.expect === 'string') return [];
  const entries = Object.entries(spec.expect);
  return entries.map(([field]) => ({
    ...mutant(exercise, spec, {
      ...spec,
      expect: Object.fromEntries(entries.filter(([other]) => other !== field)),
    }),
    change: `no mira \`${field}\``,
    remedy: `Declara en \`errores\` una respuesta que solo se equivoque en \`${field}\`.`,
  }));
}

function negated(exercise: Pick<Exercise, 'checks'>, spec: CheckSpec): CheckMutant[] {
  if (typeof spec.expect !== 'string') return [];
  return [
    {
      ...mutant(exercise, spec, { ...spec, expect: `!(${spec.expect})` }),
      change: 'espera lo contrario',
      remedy: 'La solución debe cumplir la expresión de `espera`.',
    },
  ];
}

function withoutBaseline(exercise: Pick<Exercise, 'checks'>, spec: CheckSpec): CheckMutant[] {
  if (!spec.before) return [];
  return [
    {
      ...mutant(exercise, spec, spec),
      change: 'no exige que antes se viera lo contrario',
      remedy: `Declara en \`errores\` una respuesta que deje el final sin haber pasado por \`antes\`, con \`falla: ${spec.id}\`.`,
      memory: { [spec.id]: { baseline: true } },
    },
  ];
}

function withoutSlips(exercise: Pick<Exercise, 'checks'>, spec: CheckSpec): CheckMutant[] {
  return spec.slips.map((slip) => ({
    ...mutant(exercise, spec, { ...spec, slips: spec.slips.filter((other) => other !== slip) }),
    change: `no reconoce el desliz \`${slip.id}\``,
    remedy: `Declara en \`errores\` una respuesta que caiga en él, con su \`porque\` en \`mensaje\`.`,
  }));
}

function mutant(exercise: Pick<Exercise, 'checks'>, spec: CheckSpec, broken: CheckSpec) {
  return {
    checkId: spec.id,
    checks: exercise.checks.map((other) => (other === spec ? broken : other)),
  };
}

function altered(moment: Moment, { checkId, alter }: CheckMutant): Moment {
  if (!alter) return moment;
  return { ...moment, looks: { ...moment.looks, [checkId]: alter(moment.looks[checkId]) } };
}
