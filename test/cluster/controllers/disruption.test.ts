import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { controllerWorld, type Loose, type World } from '../../helpers/controllerWorld.ts';

const controllers = ['disruption-controller'];
const budgets = 'policy/v1 poddisruptionbudgets';

let world: World;
beforeEach(async () => {
  world = await controllerWorld({ controllers });
});
afterEach(() => world.stop());

const budget = (spec: object, name = 'minimo') => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name },
  spec: { selector: { matchLabels: { app: 'web' } }, ...spec },
});
const ready = (value: boolean) => ({
  phase: 'Running',
  conditions: [{ type: 'Ready', status: value ? 'True' : 'False' }],
});
const pod = (
  name: string,
  isReady = true,
  owner?: Loose | { metadata: object; kind: string; apiVersion: string },
) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name,
    labels: { app: 'web' },
    ...(owner === undefined
      ? {}
      : {
          ownerReferences: [
            {
              apiVersion: owner.apiVersion,
              kind: owner.kind,
              name: (owner.metadata as { name: string }).name,
              uid: (owner.metadata as { uid: string }).uid,
              controller: true,
            },
          ],
        }),
  },
  spec: { containers: [{ name: 'c', image: 'nginx' }] },
  status: ready(isReady),
});
const workload = (kind: string, replicas: number, apiVersion = 'apps/v1') => ({
  apiVersion,
  kind,
  metadata: { name: 'web' },
  spec: {
    ...(kind === 'DaemonSet' ? {} : { replicas }),
    ...(kind === 'StatefulSet' ? { serviceName: 'web' } : {}),
    selector: apiVersion === 'v1' ? { app: 'web' } : { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'c', image: 'nginx' }] },
    },
  },
});
const status = async (name = 'minimo') =>
  (await world.get(budgets, name)).status as unknown as {
    readonly conditions: object[];
    readonly disruptedPods?: object;
    readonly [key: string]: unknown;
  };

describe('a budget', () => {
  it('counts the Pods that it selects, and follows them', async () => {
    await world.create(budget({ minAvailable: 2 }));
    await world.calm();
    expect(await status()).toMatchObject({
      expectedPods: 0,
      disruptionsAllowed: 0,
      conditions: [{ type: 'DisruptionAllowed', status: 'False', reason: 'InsufficientPods', message: '' }],
    });
    expect(await world.events()).toContain('Normal NoPods: No matching pods found');
    for (const name of ['a', 'b', 'c']) await world.create(pod(name));
    await world.calm();
    expect(await status()).toMatchObject({
      observedGeneration: 1,
      expectedPods: 3,
      currentHealthy: 3,
      desiredHealthy: 2,
      disruptionsAllowed: 1,
      conditions: [{ status: 'True', reason: 'SufficientPods' }],
    });
    await world.patch('v1 pods', 'a/status', { status: ready(false) });
    await world.calm();
    expect(await status()).toMatchObject({ currentHealthy: 2, disruptionsAllowed: 0 });
    await world.patch('v1 pods', 'b', { metadata: { labels: { app: 'otra' } } });
    await world.calm();
    expect(await status()).toMatchObject({ expectedPods: 2, currentHealthy: 1 });
  });

  it.each([
    ['ReplicaSet', 'apps/v1', { maxUnavailable: '30%' }, 3],
    ['StatefulSet', 'apps/v1', { minAvailable: '50%' }, 3],
    ['ReplicationController', 'v1', { maxUnavailable: 1 }, 4],
  ])('asks a %s how many there should be', async (kind, apiVersion, spec, desired) => {
    const owner = (await world.create(workload(kind, 5, apiVersion))) as Loose;
    await world.create(pod('a', true, owner));
    await world.create(budget(spec));
    await world.calm();
    expect(await status()).toMatchObject({
      expectedPods: 5,
      desiredHealthy: desired,
      currentHealthy: 1,
      disruptionsAllowed: 0,
    });
  });

  it('says so when nobody can tell how many there should be', async () => {
    const owner = (await world.create(workload('DaemonSet', 0))) as Loose;
    await world.create(pod('a', true, owner));
    await world.create(budget({ maxUnavailable: 1 }));
    await world.calm();
    const why = 'daemonsets.apps does not implement the scale subresource';
    expect(await status()).toMatchObject({
      disruptionsAllowed: 0,
      conditions: [{ status: 'False', reason: 'SyncFailed', message: why }],
    });
    expect(await world.events()).toContain(
      `Warning CalculateExpectedPodCountFailed: Failed to calculate the number of expected pods: ${why}`,
    );
  });

  it('warns of Pods that nobody manages, and of Pods under two budgets', async () => {
    await world.create(pod('a'));
    await world.create(
      budget({
        maxUnavailable: 1,
        selector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['web', 'x'] }] },
      }),
    );
    await world.create(budget({ minAvailable: 1 }, 'otro'));
    await world.calm();
    await world.patch('v1 pods', 'a/status', { status: ready(false) });
    await world.calm();
    const events = await world.events();
    expect(events).toContainEqual(
      expect.stringContaining(
        'Warning UnmanagedPods: Pods selected by this PodDisruptionBudget (selector: &LabelSelector{MatchLabels:map[string]string{},MatchExpressions:[]LabelSelectorRequirement{LabelSelectorRequirement{Key:app,Operator:In,Values:[web x],},},}) were found to be unmanaged.',
      ),
    );
    expect(events).toContain(
      'Warning MultiplePodDisruptionBudgets: Pod "obrador"/"a" matches multiple PodDisruptionBudgets.  Chose "minimo" arbitrarily.',
    );
  });

  it('does not count a Pod that is about to go, until it does not go', async () => {
    await world.create(pod('a'));
    await world.create(pod('b'));
    await world.create(budget({ minAvailable: 1 }));
    await world.calm();
    await world.patch(budgets, 'minimo/status', {
      status: { disruptedPods: { a: '2026-01-02T03:04:06Z', nunca: '2026-01-02T03:04:06Z' } },
    });
    await world.calm();
    expect(await status()).toMatchObject({ currentHealthy: 1, disruptionsAllowed: 0 });
    expect((await status()).disruptedPods).toEqual({ a: '2026-01-02T03:04:06Z' });
    await world.calm(130_000);
    expect(await status()).toMatchObject({ currentHealthy: 2, disruptionsAllowed: 1 });
    expect((await status()).disruptedPods).toBeUndefined();
    expect(await world.events()).toContain(
      "Warning NotDeleted: Pod was expected by PDB obrador/obrador to be deleted but it wasn't",
    );
  });

  it('takes back the condition of a Pod that was to be evicted and stays', async () => {
    await world.create({
      ...pod('a'),
      status: {
        phase: 'Running',
        conditions: [
          {
            type: 'DisruptionTarget',
            status: 'True',
            reason: 'EvictionByEvictionAPI',
            lastTransitionTime: '2026-01-02T03:04:05Z',
          },
        ],
      },
    });
    await world.calm(100_000);
    const conditions = async () =>
      ((await world.get('v1 pods', 'a')).status as unknown as { conditions: object[] }).conditions;
    expect(await conditions()).toMatchObject([{ status: 'True' }]);
    await world.calm(40_000);
    expect(await conditions()).toMatchObject([{ type: 'DisruptionTarget', status: 'False' }]);
  });
});

describe('whatever the order', () => {
  const step = fc.record({
    kind: fc.constantFrom('create', 'remove', 'ready', 'unready', 'relabel', 'unlabel', 'restart', 'wait'),
    index: fc.nat(4),
  });
  it('allows what is healthy beyond what must be', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), fc.nat(4), async (steps, min) => {
        const one = await controllerWorld({ controllers });
        await one.create(budget({ minAvailable: min }));
        for (const { kind, index } of steps) {
          const name = `p${index}`;
          const done =
            kind === 'create'
              ? one.create(pod(name))
              : kind === 'remove'
                ? one.remove('v1 pods', name, { gracePeriodSeconds: 0 })
                : kind === 'restart'
                  ? one.restart()
                  : kind === 'wait'
                    ? one.calm(20)
                    : kind.endsWith('ready')
                      ? one.patch('v1 pods', `${name}/status`, { status: ready(kind === 'ready') })
                      : one.patch('v1 pods', name, {
                          metadata: { labels: { app: kind === 'relabel' ? 'web' : 'otra' } },
                        });
          await Promise.resolve(done).catch(() => undefined);
        }
        await one.calm();
        const own = (await one.list('v1 pods')).filter(({ metadata }) => metadata.labels?.['app'] === 'web');
        const healthy = own.filter(
          ({ status: s }) =>
            (s as unknown as { conditions: { status: string }[] }).conditions[0]?.status === 'True',
        ).length;
        expect((await one.get(budgets, 'minimo')).status).toMatchObject({
          expectedPods: own.length,
          currentHealthy: healthy,
          desiredHealthy: min,
          disruptionsAllowed: own.length === 0 ? 0 : Math.max(0, healthy - min),
        });
        await one.stop();
      }),
      { numRuns: 25 },
    );
  });
});
