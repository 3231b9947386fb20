import { beforeEach, describe, expect, it } from 'vitest';
import { type TestServer, testServer } from '../../../helpers/apiServer.ts';

let t: TestServer;
const pods = '/api/v1/namespaces/default/pods';
const budgets = '/apis/policy/v1/namespaces/default/poddisruptionbudgets';
const merge = { 'content-type': 'application/merge-patch+json' };

async function runningPod(name: string, ready = true) {
  const body = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: 'horno' } },
    spec: { nodeName: 'n', containers: [{ name: 'c', image: 'pan' }] },
  };
  await t.send('POST', pods, { body });
  const conditions = [{ type: 'Ready', status: ready ? 'True' : 'False' }];
  await t.send('PATCH', `${pods}/${name}/status`, {
    body: { status: { phase: 'Running', conditions } },
    headers: merge,
  });
}

async function budget(name: string, status?: object) {
  const spec = { minAvailable: 1, selector: { matchLabels: { app: 'horno' } } };
  await t.send('POST', budgets, {
    body: { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name }, spec },
  });
  if (status !== undefined)
    await t.send('PATCH', `${budgets}/${name}/status`, { body: { status }, headers: merge });
}

const settled = {
  disruptionsAllowed: 1,
  currentHealthy: 2,
  desiredHealthy: 1,
  expectedPods: 2,
  observedGeneration: 1,
};
const evict = (name: string, more: object = {}, query = '') =>
  t.send('POST', `${pods}/${name}/eviction${query}`, {
    body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name }, ...more },
  });
const deletionOf = async (name: string) =>
  (await t.send('GET', `${pods}/${name}`)).body.metadata?.deletionTimestamp;

beforeEach(async () => {
  t = await testServer();
});

describe('evicting a Pod', () => {
  it('deletes it with its grace, and says why in a condition', async () => {
    await runningPod('a');
    expect(await evict('a')).toMatchObject({
      code: 201,
      body: { kind: 'Status', status: 'Success', code: 201 },
    });
    const { body } = await t.send('GET', `${pods}/a`);
    expect(body).toMatchObject({
      metadata: { deletionGracePeriodSeconds: 30 },
      status: {
        conditions: [{ type: 'Ready' }, { type: 'DisruptionTarget', reason: 'EvictionByEvictionAPI' }],
      },
    });
  });

  it('spends what its budget allows, and no more', async () => {
    await runningPod('a');
    await runningPod('b');
    await budget('reserva', settled);
    expect((await evict('a')).code).toBe(201);
    const { body } = await t.send('GET', `${budgets}/reserva`);
    expect(body).toMatchObject({
      status: {
        disruptionsAllowed: 0,
        disruptedPods: { a: '2026-01-02T03:04:05Z' },
        conditions: [{ type: 'DisruptionAllowed', status: 'False', reason: 'InsufficientPods' }],
      },
    });
    const second = await evict('b');
    expect(second.code).toBe(429);
    expect(second.body).toMatchObject({
      message: "Cannot evict pod as it would violate the pod's disruption budget.",
      details: {
        causes: [
          {
            reason: 'DisruptionBudget',
            message: 'The disruption budget reserva needs 1 healthy pods and has 2 currently',
          },
        ],
      },
    });
    expect(await deletionOf('b')).toBeUndefined();
  });

  it('waits for a budget that nobody has looked at yet', async () => {
    await runningPod('a');
    await budget('reserva');
    const answer = await evict('a');
    expect(answer.code).toBe(429);
    expect(answer.headers['retry-after']).toBe('10');
    expect(answer.body.details?.causes?.[0]?.message).toContain('is still being processed by the server');
  });

  it('does not count a Pod that is not ready while enough are', async () => {
    await runningPod('a', false);
    await budget('reserva', { ...settled, disruptionsAllowed: 0 });
    expect((await evict('a')).code).toBe(201);
    expect(await deletionOf('a')).toBeDefined();
  });

  it('tries without changing anything', async () => {
    await runningPod('a');
    await budget('reserva', settled);
    expect((await evict('a', {}, '?dryRun=All')).code).toBe(201);
    expect(await deletionOf('a')).toBeUndefined();
    expect((await t.send('GET', `${budgets}/reserva`)).body).toMatchObject({
      status: { disruptionsAllowed: 1 },
    });
  });

  it('takes the older version of its kind too', async () => {
    await runningPod('a');
    expect((await evict('a', { apiVersion: 'policy/v1beta1' })).code).toBe(201);
  });

  it('refuses two budgets, other names and missing Pods', async () => {
    await runningPod('a');
    await budget('uno', settled);
    await budget('dos', settled);
    expect((await evict('a')).body).toMatchObject({
      code: 500,
      message: expect.stringContaining('more than one PodDisruptionBudget'),
    });
    expect((await evict('a', { metadata: { name: 'b' } })).body.message).toBe(
      'name in URL does not match name in Eviction object',
    );
    expect((await evict('nada')).code).toBe(404);
  });
});

describe('binding a Pod', () => {
  const bind = (name: string, target: object, query = '') =>
    t.send('POST', `${pods}/${name}/binding${query}`, {
      body: { apiVersion: 'v1', kind: 'Binding', metadata: { name, annotations: { a: 'b' } }, target },
    });
  const node = { kind: 'Node', name: 'bandeja-1' };
  beforeEach(async () => {
    const body = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'a' },
      spec: { containers: [{ name: 'c', image: 'pan' }] },
    };
    await t.send('POST', pods, { body });
  });

  it('gives it a node once', async () => {
    expect((await bind('a', node, '?dryRun=All')).code).toBe(201);
    expect((await bind('a', node)).code).toBe(201);
    const { body } = await t.send('GET', `${pods}/a`);
    expect(body).toMatchObject({
      metadata: { annotations: { a: 'b' } },
      spec: { nodeName: 'bandeja-1' },
      status: { conditions: [{ type: 'PodScheduled', status: 'True' }] },
    });
    const again = await bind('a', { kind: 'Node', name: 'bandeja-2' });
    expect(again.code).toBe(409);
    expect(again.body.message).toContain('pod a is already assigned to node "bandeja-1"');
  });

  it.each([
    [{}, 500, 'target.name: Required value'],
    [
      { kind: 'Pod', name: 'x' },
      500,
      'target.kind: Unsupported value: "Pod": supported values: "Node", "<empty>"',
    ],
  ])('refuses %j', async (target, code, message) => {
    const answer = await bind('a', target);
    expect(answer.code).toBe(code);
    expect(answer.body.message).toBe(message);
  });
});
