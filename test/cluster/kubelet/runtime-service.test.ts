import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Node } from '../../../src/kube/api/core-v1.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { type TestNodes, testNodes } from '../../helpers/nodes.ts';

let t: TestNodes;
beforeEach(async () => {
  t = await testNodes();
});
afterEach(async () => {
  await t.stop();
});

const kubelet = () => {
  const found = t.pool.get('nodo-1');
  if (found === undefined) throw new Error('no kubelet');
  return found;
};
const ready = async () => {
  const ref = { group: '', version: 'v1', plural: 'nodes' };
  const { status } = await t.client.get<Node & KubeObject>(ref, '', 'nodo-1');
  const found = status?.conditions?.find(({ type }) => type === 'Ready');
  return [found?.status, found?.message];
};
const one = (more: object = {}) => ({ containers: [{ name: 'c', image: 'busybox' }], ...more });
const nobodyListens =
  'rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial unix /run/containerd/containerd.sock: connect: no such file or directory"';

describe('a container runtime that stops', () => {
  it('makes the node not ready after half a minute; what ran goes on, and what came later waits', async () => {
    const pod = await t.pod('antes', one());
    await t.clock.advance(3000);
    kubelet().setRuntimeServing(false);
    await t.clock.advance(20_000);
    expect(await ready()).toEqual(['True', 'kubelet is posting ready status']);
    await t.clock.advance(25_000);
    expect(await ready()).toEqual(['False', 'container runtime is down']);
    await t.pod('despues', one());
    await t.clock.advance(5000);
    expect((await t.get('despues')).status?.containerStatuses).toBeUndefined();
    expect(await t.events('despues')).toEqual([]);
    expect((await t.get('antes')).status?.containerStatuses?.[0]?.ready).toBe(true);
    const ref = { namespace: 'default', name: 'antes', uid: pod.metadata.uid ?? '' };
    await expect(kubelet().prepare(ref, 'exec', 'c')).rejects.toThrow(nobodyListens);
    let log = '';
    const chunks = await kubelet().logs(
      ref,
      'c',
      {
        ...{ follow: false, previous: false, timestamps: false },
        ...{ tailLines: undefined, limitBytes: undefined, sinceMs: undefined },
      },
      new AbortController().signal,
    );
    for await (const chunk of chunks) log += Buffer.from(chunk).toString();
    expect(log).toMatch(/^unable to retrieve container logs for containerd:\/\//);
    await t.clock.advance(180_000);
    expect((await ready())[1]).toMatch(
      /^\[container runtime is down, PLEG is not healthy: pleg was last seen active 3m\S+ ago; threshold is 3m0s\]$/,
    );
    kubelet().setRuntimeServing(true);
    await t.clock.advance(20_000);
    expect(await ready()).toEqual(['True', 'kubelet is posting ready status']);
    expect((await t.get('despues')).status?.phase).toBe('Running');
    expect((await t.get('antes')).status?.containerStatuses?.[0]?.restartCount).toBe(0);
    const told = await t.events('nodo-1');
    expect(told.filter((text) => text.endsWith(`: ${nobodyListens}`))).toEqual([
      expect.stringMatching(/^ContainerGCFailed x[345]: /),
    ]);
    expect(t.troubles).toEqual([]);
  });

  it('says why a Pod that had just come gets no sandbox', async () => {
    kubelet().setRuntimeServing(false);
    await t.pod('p', one());
    await t.clock.advance(2000);
    expect(await t.events('p')).toEqual([
      `FailedCreatePodSandBox x1: Failed to create pod sandbox: ${nobodyListens}`,
    ]);
    kubelet().setRuntimeServing(true);
    await t.clock.advance(20_000);
    expect((await t.get('p')).status?.phase).toBe('Running');
  });
});

describe('a node without a network configuration', () => {
  it('is not ready, and starts only what needs no address', async () => {
    await t.pod('antes', one());
    await t.clock.advance(3000);
    kubelet().setNetworkConfigured(false);
    await t.clock.advance(15_000);
    expect(await ready()).toEqual([
      'False',
      'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized',
    ]);
    await t.pod('con', one());
    await t.pod('sin', one({ hostNetwork: true }));
    await t.clock.advance(5000);
    expect((await t.get('antes')).status?.phase).toBe('Running');
    expect((await t.get('sin')).status?.phase).toBe('Running');
    expect((await t.get('con')).status?.phase).toBe('Pending');
    expect((await t.events('con'))[0]).toMatch(
      /^NetworkNotReady x\d: network is not ready: container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady/,
    );
    kubelet().setNetworkConfigured(true);
    await t.clock.advance(20_000);
    expect(await ready()).toEqual(['True', 'kubelet is posting ready status']);
    expect((await t.get('con')).status?.phase).toBe('Running');
  });
});

describe('a pause process that is killed on the node', () => {
  it('costs the Pod its address, and its containers a restart', async () => {
    await t.pod('p', one());
    await t.clock.advance(3000);
    const before = (await t.get('p')).status;
    const [sandbox] = t.runtime().sandboxes();
    t.runtime().kill(sandbox?.id ?? '');
    await t.clock.advance(4000);
    const after = (await t.get('p')).status;
    expect(after?.containerStatuses?.[0]?.restartCount).toBe(1);
    expect(after?.podIP).not.toBe(before?.podIP);
    expect(await t.events('p')).toEqual(
      expect.arrayContaining([
        'SandboxChanged x1: Pod sandbox changed, it will be killed and re-created.',
        'Killing x1: Stopping container c',
      ]),
    );
  });
});
