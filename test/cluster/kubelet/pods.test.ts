import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pods, type TestNodes, testNodes } from '../../helpers/nodes.ts';

let t: TestNodes;
beforeEach(async () => {
  t = await testNodes();
});
afterEach(async () => {
  await t.stop();
});

const one = (more: object = {}, spec: object = {}) => ({
  containers: [{ name: 'c', image: 'busybox', ...more }],
  ...spec,
});

describe('a Pod', () => {
  it('runs, and ends when it is deleted', async () => {
    await t.pod('p', one());
    await t.clock.advance(3000);
    const running = await t.get('p');
    expect(running.status?.phase).toBe('Running');
    expect(running.status?.conditions?.map(({ type, status }) => `${type}=${status}`)).toEqual([
      'PodReadyToStartContainers=True',
      'Initialized=True',
      'Ready=True',
      'ContainersReady=True',
      'PodScheduled=True',
    ]);
    expect(await t.events('p')).toEqual([
      'Pulling x1: Pulling image "busybox"',
      'Pulled x1: Successfully pulled image "busybox" in 0s (0s including waiting). Image size: 1000 bytes.',
      'Created x1: Created container: c',
      'Started x1: Started container c',
    ]);
    await t.client.delete(pods, 'default', 'p');
    await t.clock.advance(5000);
    await expect(t.get('p')).rejects.toThrow('pods "p" not found');
    expect(t.troubles).toEqual([]);
  });
});
