import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/base/random.ts';
import { CouldNotLook } from '../../../src/checks/backend.ts';
import { findKind } from '../../../src/checks/kinds/index.ts';
import type { UnknownReason } from '../../../src/checks/verdict.ts';
import type { Attempt, Exercise } from '../../../src/course/model.ts';
import { type ExerciseProof, type ProofEvent, proveExercise } from '../../../src/course/proof/prove.ts';
import { exerciseOf } from '../../helpers/exercise.ts';
import { InstantClock } from '../../helpers/fakeClock.ts';
import { type MemoryWorld, memoryWorld } from '../../helpers/memoryWorld.ts';

const good = exerciseOf({});

async function prove(
  exercise: Exercise,
  world: MemoryWorld = memoryWorld(),
  signal = new AbortController().signal,
  limits = { graceMs: 0, settleMs: 0, stepMs: 1000 },
) {
  const events: ProofEvent[] = [];
  let proof: ExerciseProof | undefined;
  const setup = {
    exercise,
    world,
    stage: world.stage,
    kinds: findKind,
    clock: new InstantClock(),
    random: seededRandom(7),
    signal,
    limits,
  };
  for await (const event of proveExercise(setup)) {
    events.push(event);
    if (event.type === 'proved') proof = event.proof;
  }
  if (!proof) throw new Error('the last event is the proof');
  return { events, proof, world, problems: proof.scenarios.flatMap(({ problems }) => problems) };
}

describe('an exercise that is right', () => {
  it('is proved: every scenario comes out and every mutant is noticed', async () => {
    const { proof, world, events } = await prove(good);
    expect(proof).toMatchObject({ outcome: 'right', exerciseId: 'X.a' });
    expect(
      proof.scenarios.map(({ part, id, outcome }) => `${part} ${id} ${outcome}`.replace('  ', ' ')),
    ).toEqual([
      'inicio right',
      'solucion right',
      'reinicio right',
      'error otra-masa right',
      'error sin-peso right',
      'error en-gramos right',
      'error nada right',
      'valida en-dos-veces right',
    ]);
    expect(proof.mutants.length).toBeGreaterThan(5);
    expect(proof.mutants.filter(({ noticed }) => !noticed)).toEqual([]);
    expect(world.alive.size).toBe(0);
    expect(events.at(0)?.type).toBe('begins');
    expect(events.at(-1)?.type).toBe('proved');
  });

  it('draws other values for each scenario, so no value can be part of the answer by chance', async () => {
    const { world } = await prove(good);
    const names = world.ran.flatMap((step) => /masa-[0-9a-f]{4}/.exec(step)?.[0] ?? []);
    expect(new Set(names).size).toBeGreaterThan(5);
  });
});

describe('an exercise that is wrong', () => {
  it.each<[string, Partial<Exercise>, RegExp]>([
    [
      'has a solution that does not work',
      { solution: { ...good.solution, steps: ['pon receta.txt @{masa}'] } },
      /`receta` falla: veo «masa-[0-9a-f]{4}», esperaba «masa-[0-9a-f]{4}\\n2 kg»/,
    ],
    [
      'shows what the terminal said when the solution fails',
      { solution: { ...good.solution, steps: ['por receta.txt'] } },
      /La terminal dijo: `por receta.txt` → 127: por: not found/,
    ],
    [
      'declares a message that is not the one that comes out',
      {
        wrong: good.wrong.map((wrong) =>
          wrong.id === 'en-gramos' ? { ...wrong, message: { why: 'Los gramos no valen.' } } : wrong,
        ),
      },
      /`porque`: «Los gramos no valen\.» frente a «Son kilos, no gramos\.»/,
    ],
    [
      'declares a found value that is not the one that comes out',
      {
        wrong: good.wrong.map((wrong) =>
          wrong.id === 'en-gramos' ? { ...wrong, message: { ...wrong.message, found: '2' } } : wrong,
        ),
      },
      /`veo`: «2» frente a «2\.000»/,
    ],
    [
      'declares as wrong something that passes',
      { wrong: [...good.wrong, { ...good.solution, id: 'bien', fails: 'peso', message: { why: 'x' } }] },
      /`peso` debería fallar y dice «pasa»/,
    ],
    [
      'names the wrong check',
      { wrong: good.wrong.map((wrong) => (wrong.id === 'nada' ? { ...wrong, fails: 'peso' } : wrong)) },
      /`peso` debería fallar y dice «omitida».* Falla `receta`/,
    ],
    [
      'has an unusual answer that does not pass',
      { unusual: [{ id: 'otra', steps: ['pon receta.txt x'], answers: {}, rungs: [] }] },
      /`receta` falla/,
    ],
    [
      'has a step that ends the shell',
      { solution: { ...good.solution, steps: ['muere'] } },
      /cerró el shell/,
    ],
    [
      'has a step that never ends',
      { solution: { ...good.solution, steps: ['cuelga'] } },
      /no terminó a tiempo/,
    ],
  ])('%s', async (_, change, message) => {
    const { proof, problems } = await prove({ ...good, ...change });
    expect(problems.join('\n')).toMatch(message);
    expect(proof.outcome).toBe('wrong');
  });

  it('passes at the start', async () => {
    const world = memoryWorld({ startSteps: ['pon receta.txt hecha'] });
    const exercise = exerciseOf({
      checks: [{ ...good.checks[0], expect: { bytes: { min: 1 } } } as Exercise['checks'][number]],
    });
    const { proof, problems } = await prove(exercise, world);
    expect(problems).toEqual(['Pasa, y no debería.']);
    // Nothing else is worth playing.
    expect(proof.scenarios).toHaveLength(1);
  });

  it('leaves something behind', async () => {
    const { proof, problems } = await prove(good, memoryWorld({ keeps: 'receta.txt' }));
    expect(proof.outcome).toBe('wrong');
    expect(problems).toContain('Al limpiar quedó: el archivo receta.txt.');
  });

  it('leaves a container, in a world that does not look at Docker', async () => {
    const solution = { ...good.solution, steps: [...good.solution.steps, 'docker run x'] };
    const containers = ({ parameters, token }: Attempt) => `${parameters['masa']} curso-k8s=${token}\n`;
    const { problems } = await prove({ ...good, solution }, memoryWorld({ containers }));
    expect(problems).toEqual([
      expect.stringMatching(/^Quedó el contenedor (masa-[0-9a-f]{4}); bórralo con `docker rm -f \1`\.$/),
    ]);
  });

  it('has a start scene that cannot be set', async () => {
    const { problems } = await prove(good, memoryWorld({ startSteps: ['falla'] }));
    expect(problems).toEqual(['No se pudo preparar: falla.']);
  });
});

describe('mutants that nothing notices', () => {
  const survivors = (proof: ExerciseProof) => proof.mutants.filter(({ noticed }) => !noticed);

  it('a check that no wrong answer makes fail', async () => {
    const { proof } = await prove({ ...good, wrong: good.wrong.filter(({ fails }) => fails === 'receta') });
    expect(proof.outcome).toBe('wrong');
    expect(survivors(proof)).toContainEqual({
      checkId: 'peso',
      change: 'pasa siempre',
      noticed: false,
      remedy: 'Declara en `errores` una respuesta con `falla: peso`.',
    });
  });

  it('a slip that no wrong answer makes', async () => {
    const wrong = good.wrong.map((answer) =>
      answer.id === 'en-gramos'
        ? { ...answer, answers: { kilos: 3 }, message: { why: 'Ese no es el peso.' } }
        : answer,
    );
    const { proof } = await prove({ ...good, wrong });
    expect(survivors(proof)).toMatchObject([{ checkId: 'peso', change: 'no reconoce el desliz `gramos`' }]);
  });

  it('a field that no wrong answer gets wrong alone', async () => {
    const [receta, ...rest] = good.checks;
    const exercise = exerciseOf({
      checks: [
        { ...receta, expect: { bytes: { min: 1 }, texto: '@{masa}\n2 kg' } },
        ...rest,
      ] as Exercise['checks'],
    });
    const { proof } = await prove(exercise);
    expect(survivors(proof)).toMatchObject([{ checkId: 'receta', change: 'no mira `bytes`' }]);
  });

  it('a step of the solution that is not needed', async () => {
    const { proof } = await prove({
      ...good,
      solution: { ...good.solution, steps: ['pon sobra.txt x', ...good.solution.steps] },
    });
    expect(survivors(proof)).toMatchObject([
      { checkId: '', change: 'la solución sin el paso 1 (`pon sobra.txt x`)' },
    ]);
  });

  it('but a check that says that it is exempt is left alone', async () => {
    const { proof } = await prove({
      ...good,
      checks: good.checks.map((spec) => (spec.id === 'peso' ? { ...spec, exempt: true } : spec)),
      wrong: good.wrong.filter(({ fails }) => fails === 'receta'),
    });
    expect(survivors(proof)).toEqual([]);
  });
});

describe('a series of looks', () => {
  const gone = exerciseOf({
    checks: [
      {
        ...(good.checks[0] as Exercise['checks'][number]),
        expect: { texto: { existe: false } },
        before: { texto: '@{masa}' },
        beforeMissing: { why: 'Nadie la vio.', next: 'Déjala ver.' },
        slips: [],
      },
    ],
    solution: { steps: ['pon receta.txt @{masa}', 'quita receta.txt'], answers: {}, rungs: [] },
    wrong: [
      {
        id: 'nunca',
        fails: 'receta',
        message: { why: 'Nadie la vio.' },
        steps: ['pon otra.txt x'],
        answers: {},
        rungs: [],
      },
      {
        id: 'sigue',
        fails: 'receta',
        message: { why: 'Así no.' },
        steps: ['pon receta.txt @{masa}'],
        answers: {},
        rungs: [],
      },
    ],
    unusual: [],
  });

  it('sees a baseline between two steps, and notices a check that does not ask for it', async () => {
    const { proof, problems } = await prove(gone);
    expect(problems).toEqual([]);
    expect(proof.mutants).toContainEqual(
      expect.objectContaining({ change: 'no exige que antes se viera lo contrario', noticed: true }),
    );
    expect(proof.outcome).toBe('right');
  });

  it('counts failed verifications that a script asks for', async () => {
    const exercise = exerciseOf({
      checks: [
        { ...(good.checks[0] as Exercise['checks'][number]), expect: { texto: 'ya' }, slips: [] },
        {
          ...(good.checks[0] as Exercise['checks'][number]),
          id: 'fallos',
          kind: 'curso.fallos',
          params: {},
          expect: { fallos: { min: 1 } },
          slips: [],
        },
      ],
      solution: { steps: ['curso verificar', 'pon receta.txt ya'], answers: {}, rungs: [] },
      wrong: [
        {
          id: 'sin-fallar',
          fails: 'fallos',
          message: { why: 'Así no.' },
          steps: ['pon receta.txt ya'],
          answers: {},
          rungs: [],
        },
        {
          id: 'sin-hacer',
          fails: 'receta',
          message: { why: 'Así no.' },
          steps: ['curso verificar', 'pon receta.txt x'],
          answers: {},
          rungs: [],
        },
      ],
      unusual: [],
    });
    const { proof, problems } = await prove(exercise);
    expect({ problems, outcome: proof.outcome }).toEqual({ problems: [], outcome: 'right' });
  });
});

describe('an answer in the middle of a script', () => {
  const beforeWriting: Exercise = exerciseOf({
    questions: [{ id: 'causa', text: '¿Cuál es la causa?', type: 'texto', options: [] }],
    checks: [
      {
        ...(good.checks[0] as Exercise['checks'][number]),
        id: 'diagnostico',
        mode: 'edge',
        expect: "has(respuestas.causa) && respuestas.causa == 'el horno' && o.texto == ''",
        slips: [],
        exempt: true,
      },
      { ...(good.checks[0] as Exercise['checks'][number]), expect: { texto: 'ya' }, slips: [], exempt: true },
    ],
    solution: {
      steps: ['pon receta.txt', 'curso responder 1.1.a causa="el horno"', 'pon receta.txt ya'],
      answers: {},
      rungs: [],
    },
    wrong: [
      {
        id: 'demasiado-tarde',
        fails: 'diagnostico',
        message: { why: 'Así no.' },
        steps: ['pon receta.txt ya', 'curso responder 1.1.a causa="el horno"'],
        answers: {},
        rungs: [],
      },
    ],
    unusual: [],
  });

  it('counts when it is given, and not at the end', async () => {
    const { scenarios } = (await prove(beforeWriting)).proof;
    expect(scenarios.map(({ part, id, outcome, problems }) => [part, id, outcome, problems])).toEqual(
      expect.arrayContaining([
        ['solucion', '', 'right', []],
        ['error', 'demasiado-tarde', 'right', []],
      ]),
    );
  });
});

describe('what is seen on the way', () => {
  it('is looked at only where some check remembers it', async () => {
    const steps = ['pon receta.txt x', 'pon receta.txt @{masa};2 kg', 'pon peso.txt 2'];
    /** The last step before each look. */
    const looksAfter = async (change: Partial<Exercise['checks'][number]>) => {
      const looks: string[] = [];
      const [first, ...others] = good.checks;
      const checks = [{ ...first, ...change } as Exercise['checks'][number], ...others];
      const solution = { ...good.solution, steps };
      const world: MemoryWorld = memoryWorld({ looking: () => looks.push(world.ran.at(-1) ?? '') });
      const { proof } = await prove({ ...good, checks, solution, wrong: [], unusual: [] }, world);
      expect(proof.scenarios.map(({ outcome }) => outcome)).toEqual(['right', 'right', 'right']);
      return looks;
    };
    expect(await looksAfter({})).not.toContain('pon receta.txt x');
    expect(await looksAfter({ mode: 'edge' })).toContain('pon receta.txt x');
  });
});

describe('what cannot be looked at just now', () => {
  const settled = { graceMs: 0, settleMs: 5_000, stepMs: 1000 };
  /** Every look of ours sees nothing `misses` times in a row, and then what there is. */
  const flickering = (reason: UnknownReason, misses: number) => {
    let missed = 0;
    return memoryWorld({
      looking: () => {
        missed = missed < misses ? missed + 1 : 0;
        if (missed > 0) throw new CouldNotLook({ reason, why: 'No hay líder.', next: 'Espera.' });
      },
    });
  };

  it('is looked at again before it counts, for or against', async () => {
    const world = flickering('cluster-unsettled', 3);
    const { proof, problems } = await prove(good, world, undefined, settled);
    expect(problems).toEqual([]);
    expect(proof.outcome).toBe('right');
    expect(proof.mutants.filter(({ noticed }) => !noticed)).toEqual([]);
  });

  it('is wrong when it stays so, also where nothing should pass: nobody knows whether it does', async () => {
    const { proof, problems } = await prove(
      good,
      flickering('cluster-unsettled', Number.POSITIVE_INFINITY),
      undefined,
      settled,
    );
    expect(proof.outcome).toBe('wrong');
    expect(proof.scenarios).toHaveLength(1);
    expect(problems).toEqual(['`receta` no se pudo mirar: No hay líder.']);
  });

  it('is not waited for when it does not pass by itself', async () => {
    const { proof, problems } = await prove(good, flickering('docker-stopped', 1), undefined, settled);
    expect(proof.outcome).toBe('not-proved');
    expect(problems[0]).toBe('`receta` no se pudo mirar aquí: No hay líder.');
  });
});

describe('what cannot be proved here', () => {
  it('is said, and never counted as right', async () => {
    const world = memoryWorld();
    const missing = {
      docker: { reason: 'docker-missing', why: 'No hay Docker.', next: 'Instálalo.' },
    } as const;
    const { proof } = await prove(
      { ...good, world: 'docker' },
      { ...world, facts: { ...world.facts, missing } },
    );
    expect(proof).toMatchObject({
      outcome: 'not-proved',
      scenarios: [{ problems: ['No hay Docker.', 'Instálalo.'] }],
    });
    expect(world.ran).toEqual([]);
  });

  it('is a script that uses a tool this machine lacks, but not one with a slip of its author', async () => {
    const solution = { ...good.solution, steps: ['docker compose up -d', ...good.solution.steps.slice(1)] };
    const lacking = await prove({ ...good, solution });
    expect(lacking.proof).toMatchObject({ outcome: 'not-proved', mutants: [] });
    expect(lacking.problems[0]).toBe('Este equipo no tiene `docker compose`, y el guion lo usa.');
    const has = await prove({ ...good, solution }, memoryWorld({ tools: ['docker compose'] }));
    expect(has.proof.outcome).toBe('wrong');
  });

  it('is a start scene that uses a tool this machine lacks', async () => {
    const world = memoryWorld({ startSteps: ['unshare -n true'] });
    const { proof } = await prove({ ...good, start: { files: [], steps: ['unshare -n true'] } }, world);
    expect(proof.scenarios).toMatchObject([{ part: 'inicio', outcome: 'not-proved' }]);
  });

  it('is a script of another rung, and then mutants that only it might notice are not blamed', async () => {
    const { proof } = await prove({
      ...good,
      wrong: good.wrong.map((wrong) => (wrong.id === 'en-gramos' ? { ...wrong, rungs: ['root'] } : wrong)),
    });
    expect(proof.outcome).toBe('not-proved');
    expect(proof.scenarios.find(({ id }) => id === 'en-gramos')?.problems).toEqual([
      'Este guion es de root; aquí el peldaño es none.',
    ]);
    expect(proof.mutants.filter(({ noticed }) => !noticed)).toEqual([]);
  });

  it('ends with the signal, and cleans up first', async () => {
    const controller = new AbortController();
    const world = memoryWorld();
    const stopping: MemoryWorld = {
      ...world,
      openShell: async (attempt) => {
        controller.abort(new Error('se acabó'));
        return world.openShell(attempt);
      },
    };
    await expect(prove(good, stopping, controller.signal)).rejects.toThrow('se acabó');
    expect(world.alive.size).toBe(0);
  });
});
