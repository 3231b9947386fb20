import { afterEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/base/json.ts';
import { type Backend, CouldNotLook, type Unavailable } from '../../src/checks/backend.ts';
import type { CheckKind, CheckSpec, Observation } from '../../src/checks/check.ts';
import { type Examined, Examiner, verifyExercise, watchExercise } from '../../src/checks/watch.ts';
import { check, emptyBackend, kindThatSees } from '../helpers/checks.ts';
import { FakeClock } from '../helpers/fakeClock.ts';

const stop = new Set<AbortController>();
afterEach(() => {
  for (const controller of stop) controller.abort();
  stop.clear();
});

function scene(kind: CheckKind, checks: readonly CheckSpec[] = [check('c')]) {
  const clock = new FakeClock();
  const backend = emptyBackend();
  const controller = new AbortController();
  stop.add(controller);
  const results: Examined[] = [];
  const setup = {
    checks,
    kinds: () => kind,
    backend,
    clock,
    signal: controller.signal,
    subject: () => ({
      scope: { nombre: 'pan' },
      attempt: { exerciseId: 'x', startedAtMs: 0, folder: '/', answers: {}, failures: 0 },
    }),
    onResult: (examined: Examined) => results.push(examined),
  };
  const words = () => results.map(({ result }) => result.verdicts['c']?.verdict);
  return { clock, backend, controller, results, setup, words };
}

function seeing(value: JsonObject): Observation {
  return { state: 'found', value };
}

describe('watching', () => {
  it('delivers the first result, and then only changes of verdict', async () => {
    let world = seeing({ ok: false });
    const { clock, backend, setup, words } = scene(kindThatSees(() => world));
    watchExercise(setup);
    await clock.advance(0);
    expect(words()).toEqual(['failed']);
    backend.announce();
    await clock.advance(1000);
    expect(words()).toEqual(['failed']);
    world = seeing({ ok: true });
    backend.announce();
    await clock.advance(100);
    expect(words()).toEqual(['failed', 'passed']);
  });

  it('pays once for checks that ask the same of the world, so that they see the same moment', async () => {
    let looks = 0;
    const kind = kindThatSees(() => {
      looks += 1;
      return seeing({ ok: looks === 1 });
    });
    const asks = (id: string, name: string): CheckSpec => ({ ...check(id), params: { nombre: name } });
    const { clock, setup, results } = scene(kind, [
      asks('c', 'pan'),
      asks('d', '@{nombre}'),
      asks('e', 'otro'),
    ]);
    watchExercise(setup);
    await clock.advance(0);
    expect(looks).toBe(2);
    expect(results[0]?.result.verdicts).toMatchObject({
      c: { verdict: 'passed' },
      d: { verdict: 'passed' },
      e: { verdict: 'failed' },
    });
  });

  it('tells each of the checks that share a look what it needs to know of the clock of what is looked at', async () => {
    const kind = kindThatSees(() => seeing({ ok: false }), { view: 'cluster' });
    const { clock, setup, results } = scene(kind, [
      check('c'),
      check('d', { converging: { when: 'true', progress: 'se ponen al día' } }),
    ]);
    const cluster = { builtin: { paused: async () => true } } as unknown as NonNullable<Backend['cluster']>;
    watchExercise({ ...setup, backend: { ...setup.backend, cluster } });
    await clock.advance(0);
    expect(results[0]?.result.verdicts).toMatchObject({
      c: { verdict: 'failed' },
      d: { verdict: 'waiting', progress: expect.stringMatching(/se ponen al día.*está en pausa/) },
    });
  });

  it('looks without being told at what announces nothing', async () => {
    let world = seeing({ ok: false });
    const { clock, setup, words } = scene(kindThatSees(() => world, { pollMs: 200 }));
    watchExercise(setup);
    await clock.advance(0);
    world = seeing({ ok: true });
    await clock.advance(300);
    expect(words()).toEqual(['failed', 'passed']);
  });

  it('looks at each polled kind as often as it asks, and not more', async () => {
    const looks = { cheap: 0, dear: 0, told: 0 };
    const kind = (name: keyof typeof looks, more: Partial<CheckKind>) =>
      kindThatSees(() => {
        looks[name]++;
        return seeing({ ok: true });
      }, more);
    const kinds: { readonly [name: string]: CheckKind } = {
      cheap: kind('cheap', { pollMs: 200 }),
      dear: kind('dear', { pollMs: 1000 }),
      told: kind('told', {}),
    };
    const checks = Object.keys(kinds).map((name) => check(name, { kind: name }));
    const { clock, setup } = scene(
      kindThatSees(() => seeing({})),
      checks,
    );
    watchExercise({ ...setup, kinds: (name) => kinds[name] });
    await clock.advance(5100);
    expect(looks).toEqual({ cheap: 26, dear: 6, told: 1 });
  });

  it('never looks twice at once, and joins a storm of changes', async () => {
    let running = 0;
    let most = 0;
    let looks = 0;
    const scenario = scene(
      kindThatSees(async () => {
        looks++;
        most = Math.max(most, ++running);
        await scenario.clock.sleep(100);
        running--;
        return seeing({ ok: looks > 1 });
      }),
    );
    watchExercise(scenario.setup);
    await scenario.clock.advance(50);
    for (let change = 0; change < 50; change++) scenario.backend.announce();
    await scenario.clock.advance(1000);
    expect({ most, looks, words: scenario.words() }).toEqual({
      most: 1,
      looks: 2,
      words: ['failed', 'passed'],
    });
  });

  it('looks again when a holding window ends', async () => {
    const { clock, setup, words } = scene(
      kindThatSees(() => seeing({ ok: true })),
      [check('c', { holdMs: 3000 })],
    );
    watchExercise(setup);
    await clock.advance(2900);
    expect(words()).toEqual(['waiting']);
    await clock.advance(200);
    expect(words()).toEqual(['waiting', 'passed']);
  });

  it('does not count as held the time in which nobody looked', async () => {
    const spec = check('c', { holdMs: 3000, mode: 'level' });
    const { clock, setup, words } = scene(
      kindThatSees(() => seeing({ ok: true })),
      [spec],
    );
    watchExercise({ ...setup, memory: { c: { heldSinceMs: 0, baseline: true } } });
    await clock.advance(1000);
    expect(words()).toEqual(['waiting']);
  });

  it('does not repeat a pass because its evidence moves', async () => {
    let count = 0;
    const kind = kindThatSees(() => seeing({ ok: true, n: ++count }));
    const { clock, backend, setup, words } = scene(kind, [
      check('c', { expect: { ok: true, n: { min: 1 } } }),
    ]);
    watchExercise(setup);
    for (let change = 0; change < 5; change++) {
      backend.announce();
      await clock.advance(100);
    }
    expect(count).toBeGreaterThan(3);
    expect(words()).toEqual(['passed']);
  });

  it('ends with the signal and leaves neither timers nor listeners', async () => {
    const { clock, backend, controller, setup } = scene(
      kindThatSees(() => seeing({ ok: true }), { pollMs: 100 }),
      [check('c', { holdMs: 60_000 })],
    );
    const watcher = watchExercise(setup);
    await clock.advance(500);
    controller.abort();
    await watcher.ended;
    await clock.advance(0);
    expect({ timers: clock.pending, listeners: backend.listeners }).toEqual({ timers: 0, listeners: 0 });
  });

  it('says when only what it remembers changed', async () => {
    let world = seeing({ ok: false, was: false });
    const spec = check('c', { before: { was: true }, expect: { ok: true } });
    const { clock, backend, setup, words } = scene(
      kindThatSees(() => world),
      [spec],
    );
    const memories: unknown[] = [];
    watchExercise({ ...setup, onMemory: (memory) => memories.push(memory) });
    await clock.advance(100);
    world = seeing({ ok: false, was: true });
    backend.announce();
    await clock.advance(100);
    expect({ memories, told: words() }).toEqual({ memories: [{ c: { baseline: true } }], told: ['failed'] });
  });
});

describe('what goes wrong while looking', () => {
  it.each<[string, CheckKind, JsonObject]>([
    [
      'the world says it cannot be looked at',
      kindThatSees(() => {
        throw new CouldNotLook({ reason: 'docker-stopped', why: 'Docker no contesta.', next: 'Arráncalo.' });
      }),
      { reason: 'docker-stopped', why: 'Docker no contesta.' },
    ],
    [
      'a bug',
      kindThatSees(() => {
        throw new Error(`\u001b[2J${'x'.repeat(5000)}`);
      }),
      { reason: 'internal' },
    ],
    ['an endless look', kindThatSees(() => new Promise(() => {})), { reason: 'timeout' }],
    [
      'a view that is not there',
      kindThatSees(() => seeing({}), { view: 'docker' }),
      { reason: 'view-missing' },
    ],
  ])('%s is not a failure', async (_, kind, expected) => {
    const { clock, setup, results } = scene(kind);
    watchExercise({ ...setup, timeoutMs: 1000 });
    await clock.advance(1500);
    expect(results).toHaveLength(1);
    expect(results[0]?.result).toMatchObject({ status: 'unknown', verdicts: { c: expected } });
    expect(JSON.stringify(results[0]?.result).length).toBeLessThan(1000);
  });
});

describe('what cannot be looked at for a reason that passes', () => {
  const betweenLeaders = { reason: 'cluster-unsettled', why: 'No hay líder.', next: 'Espera.' } as const;
  const kindMissing = (times: number, reason = betweenLeaders as Unavailable) => {
    let looks = 0;
    return kindThatSees(() => {
      looks += 1;
      if (looks <= times) throw new CouldNotLook(reason);
      return seeing({ ok: true });
    });
  };

  it('is looked at again while watching, though nothing announces that it is over', async () => {
    const { clock, setup, words } = scene(kindMissing(2));
    watchExercise(setup);
    await clock.advance(0);
    expect(words()).toEqual(['unknown']);
    await clock.advance(10_000);
    expect(words()).toEqual(['unknown', 'passed']);
  });

  it('is looked at again before the answer is final, within its bound', async () => {
    const passing = scene(kindMissing(3));
    const verified = verifyExercise(passing.setup);
    await passing.clock.advance(2_000);
    expect((await verified).result.status).toBe('passed');

    const stays = scene(kindMissing(1_000));
    const startMs = stays.clock.now();
    const unknown = verifyExercise({ ...stays.setup, settleMs: 3_000 });
    await stays.clock.advance(3_500);
    expect((await unknown).result.verdicts['c']).toMatchObject({ verdict: 'unknown', why: 'No hay líder.' });
    expect(stays.clock.now() - startMs).toBe(3_500);
  });

  it('is not asked again for each child, and what is not among the chosen is left alone', async () => {
    let looks = 0;
    const kind = kindThatSees(() => {
      looks += 1;
      if (looks === 1) throw new CouldNotLook(betweenLeaders);
      return seeing({ ok: true });
    });
    const child = (id: string) => check(id, { requires: ['c'], params: { nombre: id } });
    const { setup } = scene(kind, [check('c'), child('d'), child('e')]);
    const examiner = new Examiner({ ...setup, lookAtEverything: true });
    const said = async (among?: (spec: CheckSpec) => boolean) => {
      const { verdicts } = (await examiner.examine(undefined, among)).result;
      return Object.values(verdicts).map(({ verdict }) => verdict);
    };
    expect(await said()).toEqual(['unknown', 'skipped', 'skipped']);
    expect(looks).toBe(1);
    expect(await said(({ id }) => id !== 'e')).toEqual(['passed', 'passed', 'unknown']);
    expect(looks).toBe(3);
  });

  it('but what does not pass by itself is told at once', async () => {
    const { clock, setup } = scene(
      kindMissing(1, { reason: 'docker-stopped', why: 'Parado.', next: 'Arráncalo.' }),
    );
    const startMs = clock.now();
    expect((await verifyExercise(setup)).result.status).toBe('unknown');
    expect(clock.now()).toBe(startMs);
  });
});

describe('verifying once', () => {
  it('waits for the holding window, so that the answer is final', async () => {
    const { clock, setup } = scene(
      kindThatSees(() => seeing({ ok: true })),
      [check('c', { holdMs: 3000 })],
    );
    const verified = verifyExercise(setup);
    await clock.advance(3100);
    expect((await verified).result.status).toBe('passed');
  });

  it('notices a state that flashes during the window', async () => {
    const scenario = scene(
      kindThatSees(() => seeing({ ok: scenario.clock.now() % 2000 < 1000 })),
      [check('c', { holdMs: 3000 })],
    );
    const verified = verifyExercise(scenario.setup);
    await scenario.clock.advance(20_000);
    expect((await verified).result.status).not.toBe('passed');
  });

  it('stops waiting at the bound', async () => {
    const spec = check('c', { converging: { when: 'true', progress: 'todavía no' } });
    const { clock, setup } = scene(
      kindThatSees(() => seeing({ ok: false })),
      [spec],
    );
    const verified = verifyExercise({ ...setup, settleMs: 5000 });
    await clock.advance(6000);
    expect((await verified).result.status).toBe('waiting');
  });

  it('does not wait when there is nothing to wait for', async () => {
    const { clock, setup } = scene(kindThatSees(() => seeing({ ok: false })));
    const startMs = clock.now();
    expect((await verifyExercise(setup)).result.status).toBe('failed');
    expect(clock.now()).toBe(startMs);
  });

  it('ends at once when nobody waits for it', async () => {
    const { clock, setup, controller } = scene(kindThatSees(() => new Promise(() => {})));
    const verified = verifyExercise(setup);
    await clock.advance(10);
    controller.abort(new Error('se acabó'));
    await expect(verified).rejects.toThrow('se acabó');
  });
});

describe('looking', () => {
  it('does not look at what is blocked, but for its baseline', async () => {
    const looked: string[] = [];
    const kind = kindThatSees((params) => {
      looked.push(String(params['nombre']));
      return seeing({ ok: false });
    });
    const { clock, setup } = scene(kind, [
      check('a', { params: { nombre: '@{nombre}-a' } }),
      check('b', { params: { nombre: 'b' }, requires: ['a'] }),
      check('c', { params: { nombre: 'c' }, requires: ['a'], before: { ok: false } }),
    ]);
    watchExercise(setup);
    await clock.advance(10);
    expect(looked.sort()).toEqual(['c', 'pan-a']);
  });

  it('looks at children with what their parents saw', async () => {
    const kind = kindThatSees((params) => seeing({ ok: true, Pid: 7, asked: params['nombre'] ?? null }));
    const { clock, setup, results } = scene(kind, [
      check('a-1'),
      check('c', { requires: ['a-1'], params: { nombre: '@{a_1.Pid}' }, expect: { asked: 7 } }),
    ]);
    watchExercise(setup);
    await clock.advance(10);
    expect(results[0]?.result.status).toBe('passed');
  });

  it('keeps to its bound of looks at the same time', async () => {
    let running = 0;
    let most = 0;
    const scenario = scene(
      kindThatSees(async () => {
        most = Math.max(most, ++running);
        await scenario.clock.sleep(10);
        running--;
        return seeing({ ok: true });
      }),
      Array.from({ length: 9 }, (_, index) => check(`c${index}`, { params: { nombre: `pan-${index}` } })),
    );
    watchExercise({ ...scenario.setup, concurrency: 3 });
    await scenario.clock.advance(200);
    expect({ most, count: scenario.results.length }).toEqual({ most: 3, count: 1 });
  });
});
