import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { nodeIpamController, nodeIpamWith } from '../../../src/cluster/controllers/node-ipam.ts';
import {
  nodeLifecycleController,
  nodeLifecycleWith,
} from '../../../src/cluster/controllers/node-lifecycle/controller.ts';
import { taintEvictionController } from '../../../src/cluster/controllers/taint-eviction.ts';
import { ttlController } from '../../../src/cluster/controllers/ttl-controller.ts';
import { internalError } from '../../../src/kube/status.ts';
import { type ControllerWorld, controllerWorld } from '../../helpers/nodeControllers.ts';

let world: ControllerWorld;
afterEach(async () => {
  await world.stop();
  expect(world.troubles).toEqual([]);
});
const begin = async (
  nodes: readonly string[],
  controllers = [nodeLifecycleController, taintEvictionController],
) => {
  world = await controllerWorld(controllers);
  for (const name of nodes) await world.addNode(name);
  await world.t.clock.advance(6000);
};
const tolerating = (seconds?: number) => ({
  tolerations: ['not-ready', 'unreachable'].map((key) => ({
    key: `node.kubernetes.io/${key}`,
    operator: 'Exists',
    effect: 'NoExecute',
    ...(seconds === undefined ? {} : { tolerationSeconds: seconds }),
  })),
});

describe('a node that nobody hears of', () => {
  it('becomes Unknown after 50 s, unreachable 5 s later, and loses its Pods when their time is up', async () => {
    await begin(['nodo-1', 'nodo-2', 'nodo-3']);
    await world.addPod('espera-30', 'nodo-2', tolerating(30));
    await world.addPod('espera-300', 'nodo-2', tolerating(300));
    await world.addPod('siempre', 'nodo-2', tolerating());
    world.silence('nodo-2');
    await world.t.clock.advance(46_000);
    expect(await world.taints('nodo-2')).toEqual([]);
    await world.t.clock.advance(14_000);
    const { status } = await world.node('nodo-2');
    expect(
      status?.conditions?.map(({ type, status: is, reason, message }) => [type, is, reason, message]),
    ).toEqual(
      ['MemoryPressure', 'DiskPressure', 'PIDPressure', 'Ready'].map((type) => [
        type,
        'Unknown',
        'NodeStatusUnknown',
        'Kubelet stopped posting node status.',
      ]),
    );
    expect(await world.taints('nodo-2')).toContain('unreachable:NoSchedule');
    await world.t.clock.advance(5000);
    expect(await world.taints('nodo-2')).toEqual(['unreachable:NoExecute', 'unreachable:NoSchedule']);
    expect(await world.taints('nodo-1')).toEqual([]);
    expect((await world.pod('siempre')).status).toMatchObject({
      phase: 'Running',
      conditions: [{ type: 'Ready', status: 'False' }],
    });
    await world.t.clock.advance(35_000);
    const gone = await world.pod('espera-30');
    expect(gone.metadata.deletionTimestamp).toBeDefined();
    expect(gone.status?.conditions?.at(-1)).toMatchObject({
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'DeletionByTaintManager',
      message: 'Taint manager: deleting due to NoExecute taint',
    });
    expect((await world.pod('espera-300')).metadata.deletionTimestamp).toBeUndefined();
    await world.revive('nodo-2');
    await world.t.clock.advance(6000);
    expect(await world.taints('nodo-2')).toEqual([]);
    await world.t.clock.advance(400_000);
    expect((await world.pod('espera-300')).metadata.deletionTimestamp).toBeUndefined();
    expect(await world.events()).toEqual([
      'Pod/espera-30 NodeNotReady: Node is not ready',
      'Pod/espera-30 TaintManagerEviction: Marking for deletion Pod obrador/espera-30',
      'Pod/espera-300 NodeNotReady: Node is not ready',
      'Pod/espera-300 TaintManagerEviction: Cancelling deletion of Pod obrador/espera-300',
      'Pod/siempre NodeNotReady: Node is not ready',
    ]);
    expect(await world.events('default')).toEqual([
      'Node/nodo-1 RegisteredNode: Node nodo-1 event: Registered Node nodo-1 in Controller',
      'Node/nodo-2 NodeNotReady: Node nodo-2 status is now: NodeNotReady',
      'Node/nodo-2 RegisteredNode: Node nodo-2 event: Registered Node nodo-2 in Controller',
      'Node/nodo-3 RegisteredNode: Node nodo-3 event: Registered Node nodo-3 in Controller',
    ]);
  });

  it('keeps its Pods when no node of the cluster is ready, until one is again', async () => {
    await begin(['nodo-1', 'nodo-2']);
    await world.addPod('breve', 'nodo-2', tolerating(1));
    world.silence('nodo-1', 'nodo-2');
    await world.t.clock.advance(120_000);
    for (const name of ['nodo-1', 'nodo-2'])
      expect(await world.taints(name)).toEqual(['unreachable:NoSchedule']);
    expect((await world.pod('breve')).metadata.deletionTimestamp).toBeUndefined();
    await world.revive('nodo-1');
    await world.t.clock.advance(30_000);
    expect(await world.taints('nodo-1')).toEqual([]);
    expect(await world.taints('nodo-2')).toEqual(['unreachable:NoExecute', 'unreachable:NoSchedule']);
    expect((await world.pod('breve')).metadata.deletionTimestamp).toBeDefined();
  });

  it('keeps them too when the kubelets themselves say that they are not ready', async () => {
    await begin(['nodo-1', 'nodo-2']);
    await world.addPod('breve', 'nodo-2', tolerating(0));
    await world.revive('nodo-1', 'False');
    await world.revive('nodo-2', 'False');
    await world.t.clock.advance(60_000);
    for (const name of ['nodo-1', 'nodo-2'])
      expect(await world.taints(name)).toEqual(['not-ready:NoSchedule']);
    expect((await world.pod('breve')).metadata.deletionTimestamp).toBeUndefined();
  });

  it('waits for its turn when many are lost: one in ten seconds', async () => {
    const names = ['nodo-1', 'nodo-2', 'nodo-3', 'nodo-4', 'nodo-5', 'nodo-6'];
    await begin(names);
    world.silence('nodo-1', 'nodo-2');
    await world.t.clock.advance(61_000);
    const evicting = async () => {
      const all = await Promise.all(names.map((name) => world.taints(name)));
      return all.filter((taints) => taints.includes('unreachable:NoExecute')).length;
    };
    expect(await evicting()).toBe(1);
    await world.t.clock.advance(10_000);
    expect(await evicting()).toBe(2);
  });

  it('is not evicted from a small zone of which most is lost', async () => {
    await begin(['nodo-1', 'nodo-2', 'nodo-3', 'nodo-4']);
    world.silence('nodo-1', 'nodo-2', 'nodo-3');
    await world.t.clock.advance(120_000);
    for (const name of ['nodo-1', 'nodo-2', 'nodo-3'])
      expect(await world.taints(name)).toEqual(['unreachable:NoSchedule']);
  });

  it('that never said how it is gets a minute', async () => {
    await begin(['nodo-1']);
    await world.t.send('POST', '/api/v1/nodes', {
      body: { apiVersion: 'v1', kind: 'Node', metadata: { name: 'mudo' } },
    });
    await world.t.clock.advance(58_000);
    expect((await world.node('mudo')).status?.conditions).toBeUndefined();
    await world.t.clock.advance(10_000);
    expect((await world.node('mudo')).status?.conditions).toContainEqual(
      expect.objectContaining({
        type: 'Ready',
        status: 'Unknown',
        reason: 'NodeStatusNeverUpdated',
        message: 'Kubelet never posted node status.',
      }),
    );
  });
});

describe('what a node says of itself', () => {
  it('not ready: its taints change to not-ready, its Pods are left to its kubelet', async () => {
    await begin(['nodo-1', 'nodo-2']);
    await world.addPod('breve', 'nodo-2', tolerating(2));
    await world.revive('nodo-2', 'False');
    await world.t.clock.advance(10_000);
    expect(await world.taints('nodo-2')).toEqual(['not-ready:NoExecute', 'not-ready:NoSchedule']);
    expect(await world.events()).toEqual([
      'Pod/breve TaintManagerEviction: Marking for deletion Pod obrador/breve',
    ]);
    world.silence('nodo-2');
    await world.t.clock.advance(70_000);
    expect(await world.taints('nodo-2')).toEqual(['unreachable:NoExecute', 'unreachable:NoSchedule']);
  });

  it('cordoned and under pressure: NoSchedule taints that come and go; others stay as they are', async () => {
    await begin(['nodo-1']);
    const merge = (path: string, body: object) =>
      world.t.send('PATCH', `/api/v1/nodes/nodo-1${path}`, {
        body,
        headers: { 'content-type': 'application/strategic-merge-patch+json' },
      });
    await merge('', { spec: { unschedulable: true, taints: [{ key: 'horno', effect: 'NoSchedule' }] } });
    await merge('/status', { status: { conditions: [{ type: 'DiskPressure', status: 'True' }] } });
    await world.t.clock.advance(1000);
    expect(await world.taints('nodo-1')).toEqual([
      'disk-pressure:NoSchedule',
      'horno:NoSchedule',
      'unschedulable:NoSchedule',
    ]);
    await merge('', { spec: { unschedulable: null } });
    await merge('/status', { status: { conditions: [{ type: 'DiskPressure', status: 'False' }] } });
    await world.t.clock.advance(1000);
    expect(await world.taints('nodo-1')).toEqual(['horno:NoSchedule']);
  });

  it('is told when it goes, and old labels follow the new ones', async () => {
    await begin(['nodo-1', 'nodo-2']);
    await world.addNode('nodo-3', { labels: { 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' } });
    await world.t.send('DELETE', '/api/v1/nodes/nodo-2');
    await world.t.clock.advance(6000);
    expect((await world.node('nodo-3')).metadata.labels).toMatchObject({
      'beta.kubernetes.io/os': 'linux',
      'beta.kubernetes.io/arch': 'amd64',
    });
    expect(await world.events('default')).toContain(
      'Node/nodo-2 RemovingNode: Node nodo-2 event: Removing Node nodo-2 from Controller',
    );
  });
});

describe('a NoExecute taint of one’s own', () => {
  const taint = (taints: readonly object[] | null) =>
    world.t.send('PATCH', '/api/v1/nodes/nodo-1', {
      body: { spec: { taints } },
      headers: { 'content-type': 'application/merge-patch+json' },
    });

  it('takes at once what does not tolerate it, and spares what does', async () => {
    await begin(['nodo-1', 'nodo-2']);
    await world.addPod('sin', 'nodo-1');
    await world.addPod('con', 'nodo-1', {
      tolerations: [{ key: 'horno', value: 'gas', effect: 'NoExecute' }],
    });
    await world.addPod('otro', 'nodo-1', { tolerations: [{ key: 'horno', value: 'electrico' }] });
    await world.addPod('fuera', 'nodo-2');
    await taint([{ key: 'horno', value: 'gas', effect: 'NoExecute' }]);
    await world.t.clock.advance(1000);
    const gone = async (name: string) => (await world.pod(name)).metadata.deletionTimestamp !== undefined;
    expect(await Promise.all(['sin', 'con', 'otro', 'fuera'].map(gone))).toEqual([true, false, true, false]);
    await world.addPod('tarde', 'nodo-1');
    await world.t.clock.advance(1000);
    expect(await gone('tarde')).toBe(true);
  });

  it('does nothing when it goes before the time is up', async () => {
    await begin(['nodo-1']);
    await world.addPod('cuatro', 'nodo-1', {
      tolerations: [{ key: 'horno', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 4 }],
    });
    await taint([{ key: 'horno', effect: 'NoExecute' }]);
    await world.t.clock.advance(3000);
    await taint(null);
    await world.t.clock.advance(20_000);
    expect((await world.pod('cuatro')).metadata.deletionTimestamp).toBeUndefined();
    expect(await world.events()).toEqual([
      'Pod/cuatro TaintManagerEviction: Cancelling deletion of Pod obrador/cuatro',
    ]);
  });
});

describe('other things that nodes get', () => {
  it('are a range of addresses each, the same after a restart, and another one’s only when it is gone', async () => {
    const small = nodeIpamWith({ ranges: ['10.244.0.0/23', '10.245.0.0/24'], mask: 24 });
    await begin(['nodo-1', 'nodo-2'], [small]);
    const range = async (name: string) => (await world.node(name)).spec?.podCIDRs;
    expect([await range('nodo-1'), await range('nodo-2')]).toEqual([['10.244.0.0/24'], ['10.244.1.0/24']]);
    await world.restart();
    await world.addNode('nodo-3');
    await world.addNode('nodo-4');
    await world.t.clock.advance(100);
    expect([await range('nodo-3'), await range('nodo-4')]).toEqual([['10.245.0.0/24'], undefined]);
    expect(await world.events('default')).toEqual([
      'Node/nodo-4 CIDRNotAvailable: Node nodo-4 status is now: CIDRNotAvailable',
    ]);
    await world.t.send('DELETE', '/api/v1/nodes/nodo-1');
    await world.t.clock.advance(1_100_000);
    expect(await range('nodo-4')).toEqual(['10.244.0.0/24']);
    expect(world.troubles.splice(0).every((one) => one.includes('no remaining CIDRs'))).toBe(true);
  });

  it('are how long a kubelet may remember', async () => {
    await begin(['nodo-1'], [ttlController, nodeIpamController]);
    expect((await world.node('nodo-1')).metadata.annotations).toEqual({
      'node.alpha.kubernetes.io/ttl': '0',
    });
  });

  it('can be looked at as often as one likes', async () => {
    await begin(['nodo-1', 'nodo-2'], [nodeLifecycleWith({ monitorPeriodMs: 1000, gracePeriodMs: 12_000 })]);
    world.silence('nodo-1');
    await world.t.clock.advance(25_000);
    expect(await world.taints('nodo-1')).toEqual(['unreachable:NoExecute', 'unreachable:NoSchedule']);
  });
});

describe('whatever happens in between', () => {
  const names = ['nodo-1', 'nodo-2', 'nodo-3'];
  const action = fc.record({
    what: fc.constantFrom('silence', 'revive', 'unwell', 'cordon', 'uncordon', 'restart'),
    node: fc.constantFrom(...names),
    thenMs: fc.integer({ min: 0, max: 90_000 }),
  });

  it('the taints are in the end what the nodes say, and who tolerates them was left alone', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 8 }), fc.nat(), async (actions, seed) => {
        let turn = seed;
        let shaky = true;
        world = await controllerWorld(
          [nodeLifecycleController, taintEvictionController],
          (next) => async (request) => {
            turn = (Math.imul(turn, 1_103_515_245) + 12_345) >>> 0;
            const fault = shaky && request.method !== 'GET' ? (turn >>> 8) % 6 : 9;
            if (fault === 0) throw internalError('lost on the way');
            if (fault === 1) await world.t.clock.sleep(3000);
            const answer = await next(request);
            if (fault === 2) throw internalError('lost on the way back');
            return answer;
          },
        );
        for (const name of names) await world.addNode(name);
        for (const name of names) await world.addPod(`siempre-${name}`, name, tolerating());
        const cordon = (name: string, unschedulable: boolean | null) =>
          world.t.send('PATCH', `/api/v1/nodes/${name}`, {
            body: { spec: { unschedulable } },
            headers: { 'content-type': 'application/merge-patch+json' },
          });
        for (const { what, node, thenMs } of actions) {
          if (what === 'silence') world.silence(node);
          else if (what === 'revive') await world.revive(node);
          else if (what === 'unwell') await world.revive(node, 'False');
          else if (what === 'restart') await world.restart();
          else await cordon(node, what === 'cordon' ? true : null);
          await world.t.clock.advance(thenMs);
        }
        shaky = false;
        await world.revive('nodo-1');
        await cordon('nodo-1', null);
        await world.revive('nodo-2', 'False');
        await cordon('nodo-2', true);
        world.silence('nodo-3');
        await cordon('nodo-3', null);
        await world.t.clock.advance(150_000);
        expect(await world.taints('nodo-1')).toEqual([]);
        expect(await world.taints('nodo-2')).toEqual([
          'not-ready:NoExecute',
          'not-ready:NoSchedule',
          'unschedulable:NoSchedule',
        ]);
        expect(await world.taints('nodo-3')).toEqual(['unreachable:NoExecute', 'unreachable:NoSchedule']);
        for (const name of names)
          expect((await world.pod(`siempre-${name}`)).metadata.deletionTimestamp).toBeUndefined();
        world.troubles.length = 0;
        await world.stop();
      }),
      { numRuns: 20 },
    );
  });
});
