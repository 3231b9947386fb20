import { afterEach, beforeEach, expect, it } from 'vitest';
import { mergedStatus, sharedStatus } from '../../../src/cluster/kubelet/status/merge.ts';
import type { PodStatus } from '../../../src/kube/api/core-v1.ts';
import { pods, type TestNodes, testNodes } from '../../helpers/nodes.ts';

let t: TestNodes;
beforeEach(async () => {
  t = await testNodes();
});
afterEach(async () => {
  await t.stop();
});

const statusPatches = () =>
  t.requests.filter((request) => /^PATCH .*\/pods\/[^/]+\/status/.test(request)).length;

it('writes the status of a Pod once, and again when somebody else changed it', async () => {
  await t.pod('p', { containers: [{ name: 'c', image: 'busybox' }] });
  await t.clock.advance(20_000);
  expect((await t.get('p')).status?.phase).toBe('Running');
  const before = statusPatches();
  await t.client.patch(pods, 'default', 'p', 'merge', { metadata: { labels: { a: 'b' } } });
  await t.clock.advance(60_000);
  expect(statusPatches()).toBe(before);

  await t.client.patch(
    pods,
    'default',
    'p',
    'strategic',
    { status: { podIP: '10.9.9.9', conditions: [{ type: 'Ready', status: 'False' }] } },
    { subresource: 'status' },
  );
  await t.clock.advance(11_000);
  const { status } = await t.get('p');
  expect(status?.podIP).not.toBe('10.9.9.9');
  expect(status?.conditions?.find(({ type }) => type === 'Ready')?.status).toBe('True');
});

it('holds what the API holds where that is equal, and nothing of it where it is not', () => {
  const state = { running: { startedAt: '2026-01-02T03:04:05Z' } };
  const status = (ready: string, podIP: string): PodStatus => ({
    phase: 'Running',
    podIP,
    conditions: [
      { type: 'Ready', status: ready },
      { type: 'Initialized', status: 'True' },
    ],
    containerStatuses: [
      { name: 'c', image: 'i', imageID: '', ready: true, restartCount: 0, state: structuredClone(state) },
    ],
  });
  const api = status('True', '10.0.0.1');
  expect(sharedStatus(api, status('True', '10.0.0.1'))).toBe(api);

  const own = status('False', '10.0.0.2');
  const shared = sharedStatus(api, own);
  expect(shared).toEqual(own);
  expect(shared.containerStatuses).toBe(api.containerStatuses);
  expect(shared.conditions?.[0]).toBe(own.conditions?.[0]);
  expect(shared.conditions?.[1]).toBe(api.conditions?.[1]);
  expect(mergedStatus(api, shared, false)).toEqual(mergedStatus(api, own, false));
});
