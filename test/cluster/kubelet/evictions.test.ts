import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Node } from '../../../src/kube/api/core-v1.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { type TestNodes, testNodes } from '../../helpers/nodes.ts';

const mebi = 1024 ** 2;
const nodes = { group: '', version: 'v1', plural: 'nodes' };
let t: TestNodes;
beforeEach(async () => {
  t = await testNodes([
    { name: 'nodo-1', ip: '10.0.0.1', memoryBytes: 1024 * mebi, ephemeralStorageBytes: 1000 * mebi },
  ]);
});
afterEach(async () => {
  await t.stop();
  expect(t.troubles).toEqual([]);
});

const one = (name: string, more: object = {}, spec: object = {}) => ({
  containers: [{ name, image: 'busybox', ...more }],
  ...spec,
});
const condition = async (type: string) =>
  (await t.client.get<Node & KubeObject>(nodes, '', 'nodo-1')).status?.conditions?.find(
    (one) => one.type === type,
  );

describe('a node that runs out of memory', () => {
  it('ends who uses most over its request, says so in its condition, and takes no more of the kind for a while', async () => {
    t.runtime().behaviours.set('goloso', () => ({ memoryBytes: 600 * mebi }));
    t.runtime().behaviours.set('cumplidor', () => ({ memoryBytes: 400 * mebi }));
    await t.pod('cumplidor', one('cumplidor', { resources: { requests: { memory: '400Mi' } } }));
    await t.pod('goloso', one('goloso', { resources: { requests: { memory: '100Mi' } } }));
    await t.clock.advance(25_000);
    const message =
      'The node was low on resource: memory. Threshold quantity: 100Mi, available: 24Mi. Container goloso was using 600Mi, request is 100Mi, has larger consumption of memory. ';
    const { status } = await t.get('goloso');
    expect([status?.phase, status?.reason, status?.message]).toEqual(['Failed', 'Evicted', message]);
    expect(status?.conditions?.find(({ type }) => type === 'DisruptionTarget')).toMatchObject({
      status: 'True',
      reason: 'TerminationByKubelet',
      message,
    });
    expect((await t.get('cumplidor')).status?.phase).toBe('Running');
    expect(await t.events('goloso')).toContain(`Evicted x1: ${message}`);
    expect(await t.events('nodo-1')).toContain('EvictionThresholdMet x1: Attempting to reclaim memory');
    expect(await condition('MemoryPressure')).toMatchObject({
      status: 'True',
      reason: 'KubeletHasInsufficientMemory',
      message: 'kubelet has insufficient memory available',
    });
    await t.pod('tarde', one('c'));
    await t.pod(
      'tolera',
      one('c', {}, { tolerations: [{ key: 'node.kubernetes.io/memory-pressure', operator: 'Exists' }] }),
    );
    await t.clock.advance(3000);
    expect((await t.get('tarde')).status).toMatchObject({
      phase: 'Failed',
      reason: 'Evicted',
      message: 'Pod was rejected: The node had condition: [MemoryPressure]. ',
    });
    expect((await t.get('tolera')).status?.phase).toBe('Running');
    await t.clock.advance(330_000);
    expect((await condition('MemoryPressure'))?.status).toBe('False');
  });
});

describe('a node whose disk fills up', () => {
  it('removes what nobody uses, and then ends who wrote most', async () => {
    t.runtime().behaviours.set('escribe', () => ({ diskBytes: 900 * mebi }));
    await t.pod('escribe', one('escribe'));
    await t.pod('otro', one('c'));
    await t.clock.advance(25_000);
    const { status } = await t.get('escribe');
    expect([status?.phase, status?.reason]).toEqual(['Failed', 'Evicted']);
    expect(status?.message).toMatch(
      /^The node was low on resource: ephemeral-storage\. Threshold quantity: 150Mi, available: \d+\. Container escribe was using 900Mi, request is 0, has larger consumption of ephemeral-storage\. $/,
    );
    expect((await t.get('otro')).status?.phase).toBe('Running');
    expect(await condition('DiskPressure')).toMatchObject({
      status: 'True',
      reason: 'KubeletHasDiskPressure',
      message: 'kubelet has disk pressure',
    });
    expect(await t.events('nodo-1')).toEqual(
      expect.arrayContaining([
        'EvictionThresholdMet x1: Attempting to reclaim ephemeral-storage',
        'NodeHasDiskPressure x1: Node nodo-1 status is now: NodeHasDiskPressure',
      ]),
    );
  });
});

describe('a Pod that writes more than it may', () => {
  it('is asked for all of it before any container is', async () => {
    t.runtime().behaviours.set('c', () => ({ diskBytes: 20 * mebi }));
    await t.pod('p', one('c', { resources: { limits: { 'ephemeral-storage': '10Mi' } } }));
    await t.clock.advance(25_000);
    expect((await t.get('p')).status).toMatchObject({
      reason: 'Evicted',
      message: 'Pod ephemeral local storage usage exceeds the total limit of containers 10Mi. ',
    });
    expect((await t.get('p')).status?.conditions?.map(({ type }) => type)).not.toContain('DisruptionTarget');
  });

  it('may borrow from its other containers, but not one from the other', async () => {
    t.runtime().behaviours.set('a', () => ({ diskBytes: 20 * mebi }));
    await t.pod('p', {
      containers: ['a', 'b'].map((name) => ({
        name,
        image: 'busybox',
        resources: { limits: { 'ephemeral-storage': name === 'a' ? '15Mi' : '50Mi' } },
      })),
    });
    await t.clock.advance(25_000);
    expect((await t.get('p')).status?.message).toBe(
      'Container a exceeded its local ephemeral storage limit "15Mi". ',
    );
  });
});

describe('a Pod put on a node by hand', () => {
  it.each([
    [
      { nodeSelector: { 'kubernetes.io/os': 'windows' } },
      'PodOSSelectorNodeLabelDoesNotMatch',
      "Failed to admit pod as the `kubernetes.io/os` label doesn't match node label",
    ],
    [
      { os: { name: 'windows' } },
      'PodOSNotSupported',
      "Failed to admit pod as the OS field doesn't match node OS",
    ],
  ])('that is made for another system is refused: %j', async (spec, reason, message) => {
    await t.pod('p', one('c', {}, spec));
    await t.clock.advance(1000);
    expect((await t.get('p')).status).toMatchObject({
      phase: 'Failed',
      reason,
      message: `Pod was rejected: ${message}`,
    });
  });

  it('whose taint would take it away at once is refused', async () => {
    const taint = { key: 'a', value: 'b', effect: 'NoExecute' };
    await t.client.patch(nodes, '', 'nodo-1', 'merge', { spec: { taints: [taint] } });
    await t.clock.advance(1000);
    await t.pod('p', one('c'));
    await t.pod('q', one('c', {}, { tolerations: [{ key: 'a', value: 'b', effect: 'NoExecute' }] }));
    await t.clock.advance(3000);
    expect((await t.get('p')).status).toMatchObject({
      reason: 'TaintToleration',
      message:
        "Pod was rejected: Predicate TaintToleration failed: node(s) had taints that the pod didn't tolerate",
    });
    expect((await t.get('q')).status?.phase).toBe('Running');
  });
});

describe('a hostname', () => {
  it('that the kernel cannot hold makes no sandbox', async () => {
    const spec = { hostname: 'h'.repeat(30), subdomain: 's', setHostnameAsFQDN: true };
    await t.pod('p', one('c', {}, spec));
    await t.clock.advance(2000);
    const name = `${'h'.repeat(30)}.s.default.svc.cluster.local`;
    expect(name.length).toBeLessThan(65);
    expect((await t.get('p')).status?.phase).toBe('Running');
    await t.pod('q', one('c', {}, { ...spec, hostname: 'h'.repeat(60) }));
    await t.clock.advance(2000);
    expect(await t.events('q')).toEqual([
      `FailedCreatePodSandBox x1: Failed to create pod sandbox: failed to construct FQDN from pod hostname and cluster domain, FQDN ${'h'.repeat(60)}.s.default.svc.cluster.local is too long (64 characters is the max, 88 characters requested)`,
    ]);
  });
});
