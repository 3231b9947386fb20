import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultStorageClass } from '../../../src/cluster/controllers/provisioner-volume.ts';
import type { Node, PersistentVolume, PersistentVolumeClaim, Pod } from '../../../src/kube/api/core-v1.ts';
import { resourceRef } from '../../../src/kube/client.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { type LivingCluster, livingCluster } from '../../helpers/livingCluster.ts';

const pods = resourceRef('v1', 'pods');
const nodes = resourceRef('v1', 'nodes');
const claims = resourceRef('v1', 'persistentvolumeclaims');
const volumes = resourceRef('v1', 'persistentvolumes');
type PodObject = Pod & KubeObject;

let c: LivingCluster;
beforeEach(async () => {
  c = await livingCluster(['nodo-1', 'nodo-2', 'nodo-3']);
});
afterEach(() => c.stop());

const create = (plural: string, object: object) =>
  c.client.create(
    resourceRef((object as KubeObject).apiVersion, plural),
    plural === 'storageclasses' ? '' : 'default',
    object as KubeObject,
  );
const list = async () => (await c.client.list<PodObject>(pods, { namespace: 'default' })).items;
const readyOn = (all: readonly PodObject[]) =>
  all
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .filter(({ status }) =>
      status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
    )
    .map(({ spec }) => spec?.nodeName ?? '')
    .sort();
const node = async (name: string) => c.client.get<Node & KubeObject>(nodes, '', name);
const readyOf = async (name: string) =>
  (await node(name)).status?.conditions?.find(({ type }) => type === 'Ready')?.status;
const taintsOf = async (name: string) =>
  (await node(name)).spec?.taints?.map(({ key, effect }) => `${key.split('/')[1]}:${effect}`).sort() ?? [];
const deployment = (replicas: number, spec: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'mostrador' },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'mostrador' } },
    template: {
      metadata: { labels: { app: 'mostrador' } },
      spec: { containers: [{ name: 'web', image: 'nginx:1.27' }], ...spec },
    },
  },
});

describe('life and death of a node', () => {
  it('starts ready, with a range, a zone and no taint', async () => {
    for (const name of ['nodo-1', 'nodo-2', 'nodo-3']) {
      expect(await readyOf(name)).toBe('True');
      expect(await taintsOf(name)).toEqual([]);
    }
    expect((await node('nodo-3')).spec?.podCIDR).toMatch(/^10\.244\.\d+\.0\/24$/);
  });

  it('off: Unknown after 50 s, unreachable at once and 5 s later, its Pods replaced after 300 s more', async () => {
    await create('deployments', deployment(3));
    await c.clock.advance(20_000);
    expect(readyOn(await list())).toEqual(['nodo-1', 'nodo-2', 'nodo-3']);
    const old = (await list()).find(({ spec }) => spec?.nodeName === 'nodo-2');
    c.pool.get('nodo-2')?.powerOff();
    await c.clock.advance(40_000);
    expect(await readyOf('nodo-2')).toBe('True');
    await c.clock.advance(30_000);
    expect(await readyOf('nodo-2')).toBe('Unknown');
    expect(await taintsOf('nodo-2')).toEqual(['unreachable:NoExecute', 'unreachable:NoSchedule']);
    expect(readyOn(await list())).toEqual(['nodo-1', 'nodo-3']);
    expect(await list()).toHaveLength(3);
    await c.clock.advance(270_000);
    expect(await list()).toHaveLength(3);
    await c.clock.advance(50_000);
    const after = await list();
    expect(after).toHaveLength(4);
    expect(readyOn(after)).toHaveLength(3);
    expect(readyOn(after)).not.toContain('nodo-2');
    expect(await c.events()).toEqual(
      expect.arrayContaining([
        'Node/nodo-2 NodeNotReady: Node nodo-2 status is now: NodeNotReady',
        `Pod/${old?.metadata.name} NodeNotReady: Node is not ready`,
        `Pod/${old?.metadata.name} TaintManagerEviction: Marking for deletion Pod default/${old?.metadata.name}`,
      ]),
    );
    // Nobody there to say that it ended: it stays until the node is back.
    const lost = after.find(({ metadata }) => metadata.uid === old?.metadata.uid);
    expect(lost?.metadata.deletionTimestamp).toBeDefined();
    c.pool.get('nodo-2')?.powerOn();
    await c.clock.advance(60_000);
    expect(await readyOf('nodo-2')).toBe('True');
    expect(await taintsOf('nodo-2')).toEqual([]);
    expect(await list()).toHaveLength(3);
  });

  it('with 30 s of patience its Pods are replaced within 30 s of the taint', async () => {
    const tolerations = ['not-ready', 'unreachable'].map((key) => ({
      key: `node.kubernetes.io/${key}`,
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds: 30,
    }));
    await create('deployments', deployment(3, { tolerations }));
    await c.clock.advance(20_000);
    c.pool.get('nodo-2')?.isolate();
    for (let waited = 0; !(await taintsOf('nodo-2')).includes('unreachable:NoExecute'); waited += 1000) {
      expect(waited).toBeLessThan(70_000);
      await c.clock.advance(1000);
    }
    await c.clock.advance(36_000);
    expect(readyOn(await list())).toHaveLength(3);
  });

  it('without its object loses its Pods, and comes back with one', async () => {
    await create('deployments', deployment(3));
    await c.clock.advance(20_000);
    c.pool.get('nodo-2')?.powerOff();
    await c.client.delete(nodes, '', 'nodo-2');
    await c.clock.advance(90_000);
    expect(readyOn(await list())).toHaveLength(3);
    expect(await list()).toHaveLength(3);
    c.pool.get('nodo-2')?.powerOn();
    await c.clock.advance(60_000);
    expect(await readyOf('nodo-2')).toBe('True');
  });

  it('comes back although it is cordoned while it starts', async () => {
    c.pool.get('nodo-2')?.powerOff();
    await c.clock.advance(60_000);
    expect(await readyOf('nodo-2')).toBe('Unknown');
    c.pool.get('nodo-2')?.powerOn();
    await c.client.patch(nodes, '', 'nodo-2', 'merge', { spec: { unschedulable: true } });
    await c.clock.advance(30_000);
    expect(await readyOf('nodo-2')).toBe('True');
  });
});

describe('a volume of a node', () => {
  const claim = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'libreta' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  };
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'escribe' },
    spec: {
      containers: [{ name: 'c', image: 'busybox:1.37', volumeMounts: [{ name: 'l', mountPath: '/l' }] }],
      volumes: [{ name: 'l', persistentVolumeClaim: { claimName: 'libreta' } }],
    },
  };
  const theClaim = () => c.client.get<PersistentVolumeClaim & KubeObject>(claims, 'default', 'libreta');

  it('is made for the first Pod that wants it, stays while that Pod is there, and goes with its claim', async () => {
    await create('storageclasses', defaultStorageClass());
    await create('persistentvolumeclaims', claim);
    await c.clock.advance(5000);
    expect((await theClaim()).status?.phase).toBe('Pending');
    await create('pods', pod);
    await c.clock.advance(20_000);
    const bound = await theClaim();
    expect(bound.status?.phase).toBe('Bound');
    const first = (await list())[0];
    expect(readyOn(await list())).toEqual([first?.spec?.nodeName]);
    await c.client.delete(claims, 'default', 'libreta');
    await c.clock.advance(5000);
    expect((await theClaim()).metadata.finalizers).toEqual(['kubernetes.io/pvc-protection']);
    await c.client.delete(pods, 'default', 'escribe');
    await c.clock.advance(60_000);
    expect(await c.client.find(claims, 'default', 'libreta')).toBeUndefined();
    expect((await c.client.list(volumes)).items).toEqual([]);
  });

  it('holds what was kept: a second Pod lands on the same node', async () => {
    await create('storageclasses', defaultStorageClass());
    await create('persistentvolumeclaims', claim);
    await create('pods', pod);
    await c.clock.advance(20_000);
    const where = (await list())[0]?.spec?.nodeName;
    await c.client.delete(pods, 'default', 'escribe');
    await c.clock.advance(60_000);
    await create('pods', { ...pod, metadata: { name: 'lee' } });
    await c.clock.advance(20_000);
    expect(readyOn(await list())).toEqual([where]);
    const volume = (await c.client.list<PersistentVolume & KubeObject>(volumes)).items[0];
    expect(volume?.status?.phase).toBe('Bound');
  });
});
