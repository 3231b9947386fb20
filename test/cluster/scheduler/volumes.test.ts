import { describe, expect, it } from 'vitest';
import type { PersistentVolume, PersistentVolumeClaim } from '../../../src/kube/api/core-v1.ts';
import type { KubeObject } from '../../../src/kube/object.ts';
import { core, type Running, running } from './running.ts';
import { node, pod, world } from './world.ts';

type Claim = PersistentVolumeClaim & KubeObject;
type Volume = PersistentVolume & KubeObject;

const classes = { group: 'storage.k8s.io', version: 'v1', plural: 'storageclasses' };
const nodes = [node('a'), node('b')];
const using = (...claims: string[]) => ({
  spec: { volumes: claims.map((claimName, n) => ({ name: `v${n}`, persistentVolumeClaim: { claimName } })) },
});
const storageClass = (name: string, more: object = {}) => ({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name },
  provisioner: 'kubernetes.io/no-provisioner',
  volumeBindingMode: 'WaitForFirstConsumer',
  ...more,
});
const claim = (name: string, more: object = {}, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name, namespace: 'obrador', uid: `uid-${name}`, ...metadata },
  spec: {
    accessModes: ['ReadWriteOnce'],
    storageClassName: 'late',
    resources: { requests: { storage: '1Gi' } },
    ...more,
  },
});
const volume = (name: string, on: string | undefined, storage: string, more: object = {}) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name },
  spec: {
    capacity: { storage },
    accessModes: ['ReadWriteOnce'],
    storageClassName: 'late',
    local: { path: '/x' },
    ...(on === undefined
      ? {}
      : {
          nodeAffinity: {
            required: {
              nodeSelectorTerms: [
                { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [on] }] },
              ],
            },
          },
        }),
    ...more,
  },
  status: { phase: 'Available' },
});
const bound = { 'pv.kubernetes.io/bind-completed': 'yes' };
const all = (reason: string) => `0/2 nodes are available: ${reason}.`;

describe('claims of a Pod', () => {
  it.each([
    ['one that is not there', {}, all('persistentvolumeclaim "c" not found')],
    [
      'one that is leaving',
      { claims: [claim('c', {}, { deletionTimestamp: '2026-01-01T00:00:00Z' })] },
      all('persistentvolumeclaim "c" is being deleted'),
    ],
    [
      'one whose volume is lost',
      { claims: [{ ...claim('c', { volumeName: 'v' }), status: { phase: 'Lost' } }] },
      all('persistentvolumeclaim "c" bound to non-existent persistentvolume "v"'),
    ],
    [
      'one that somebody else has to bind first',
      { claims: [claim('c')], classes: [storageClass('late', { volumeBindingMode: 'Immediate' })] },
      all('pod has unbound immediate PersistentVolumeClaims'),
    ],
    [
      'one bound to a volume of another node',
      {
        claims: [claim('c', { volumeName: 'v' }, { annotations: bound })],
        volumes: [volume('v', 'b', '1Gi')],
      },
      'b',
    ],
    [
      'one bound to a volume of no zone that there is',
      {
        claims: [claim('c', { volumeName: 'v' }, { annotations: bound })],
        volumes: [
          {
            ...volume('v', undefined, '1Gi'),
            metadata: { name: 'v', labels: { 'topology.kubernetes.io/zone': 'z' } },
          },
        ],
        nodes: nodes.map(({ metadata }) =>
          node(metadata?.name ?? '', { labels: { 'topology.kubernetes.io/zone': 'other' } }),
        ),
      },
      all('2 node(s) had no available volume zone'),
    ],
    [
      'one that no volume fits',
      { claims: [claim('c')], classes: [storageClass('late')], volumes: [volume('v', 'b', '1Mi')] },
      all("2 node(s) didn't find available persistent volumes to bind"),
    ],
    [
      'one that would be provisioned, but not there',
      {
        claims: [claim('c')],
        classes: [
          storageClass('late', {
            provisioner: 'x.example/y',
            allowedTopologies: [
              { matchLabelExpressions: [{ key: 'kubernetes.io/hostname', values: ['b', 'c'] }] },
            ],
          }),
        ],
      },
      'b',
    ],
    [
      'one for which no storage is left',
      {
        claims: [claim('c')],
        classes: [storageClass('late', { provisioner: 'x.example/y' })],
        csiDrivers: [{ metadata: { name: 'x.example/y' }, spec: { storageCapacity: true } }],
        capacities: [
          { metadata: { name: 'k' }, storageClassName: 'late', nodeTopology: {}, capacity: '1Mi' },
        ],
      },
      all('2 node(s) did not have enough free storage'),
    ],
  ])('%s', (_what, given, result) => {
    expect(world({ nodes, ...given }).place(pod('p', using('c')))).toBe(result);
  });

  it('an ephemeral one is waited for, and must be the own one', () => {
    const spec = { volumes: [{ name: 'tmp', ephemeral: {} }] };
    expect(world({ nodes }).place(pod('p', { spec }))).toBe(
      all('waiting for ephemeral volume controller to create the persistentvolumeclaim "p-tmp"'),
    );
    expect(world({ nodes, claims: [claim('p-tmp')] }).place(pod('p', { spec }))).toBe(
      all('PVC obrador/p-tmp was not created for pod obrador/p (pod is not owner)'),
    );
  });

  it('a driver takes only so many', () => {
    const csi = (name: string) => ({
      metadata: { name },
      spec: { capacity: { storage: '1Gi' }, csi: { driver: 'd', volumeHandle: name } },
    });
    const has = (name: string) => claim(name, { volumeName: `v-${name}` }, { annotations: bound });
    const given = {
      nodes: nodes.slice(0, 1),
      claims: ['x', 'y'].map(has),
      volumes: [csi('v-x'), csi('v-y')],
      csiNodes: [{ metadata: { name: 'a' }, spec: { drivers: [{ name: 'd', allocatable: { count: 1 } }] } }],
      pods: [pod('there', { on: 'a', spec: { ...using('x').spec, nodeName: 'a' } })],
    };
    expect(world(given).place(pod('p', using('y')))).toBe(
      '0/1 nodes are available: 1 node(s) exceed max volume count.',
    );
    expect(world(given).place(pod('p', using('x')))).toBe('a');
  });

  it('two claims do not take one volume', () => {
    const given = {
      nodes,
      claims: [claim('c'), claim('d')],
      classes: [storageClass('late')],
      volumes: [volume('v', 'a', '1Gi'), volume('w', 'b', '1Gi'), volume('x', 'b', '2Gi')],
    };
    expect(world(given).place(pod('p', using('c', 'd')))).toBe('b');
  });
});

describe('WaitForFirstConsumer', () => {
  async function setUp(provisioner: string, volumes: readonly object[]): Promise<Running> {
    const cluster = await running();
    for (const one of nodes) await cluster.addNode(one);
    await cluster.client.create(classes, '', storageClass('late', { provisioner }));
    for (const one of volumes) {
      const created = await cluster.client.create(core('persistentvolumes'), '', one as Volume);
      const status = { phase: 'Available' };
      await cluster.client.patch(
        core('persistentvolumes'),
        '',
        created.metadata.name ?? '',
        'merge',
        { status },
        {
          subresource: 'status',
        },
      );
    }
    await cluster.client.create(core('persistentvolumeclaims'), 'obrador', claim('c') as KubeObject);
    await cluster.addPod(pod('p', using('c')));
    return cluster;
  }
  const claimOf = ({ client }: Running) => client.get<Claim>(core('persistentvolumeclaims'), 'obrador', 'c');
  const bindClaim = async ({ client }: Running, volumeName: string) => {
    await client.patch(core('persistentvolumeclaims'), 'obrador', 'c', 'merge', {
      metadata: { annotations: bound },
      spec: { volumeName },
    });
  };

  it('asks for a volume on the chosen node, and binds the Pod when it is there', async () => {
    const cluster = await setUp('x.example/y', []);
    await cluster.clock.advance(5000);
    expect(await cluster.placed()).toEqual({ p: '' });
    const chosen =
      (await claimOf(cluster)).metadata.annotations?.['volume.kubernetes.io/selected-node'] ?? '';
    expect(['a', 'b']).toContain(chosen);
    const made = volume('made', chosen, '1Gi', { claimRef: { namespace: 'obrador', name: 'c', uid: 'u' } });
    await cluster.client.create(core('persistentvolumes'), '', made as unknown as Volume);
    await bindClaim(cluster, 'made');
    await cluster.clock.advance(1000);
    expect(await cluster.placed()).toEqual({ p: chosen });
  });

  it('tries anew when the node is taken back because nothing could be made there', async () => {
    const cluster = await setUp('x.example/y', []);
    await cluster.clock.advance(1500);
    await cluster.client.patch(core('persistentvolumeclaims'), 'obrador', 'c', 'merge', {
      metadata: { annotations: null },
    });
    await cluster.clock.advance(1000);
    expect((await cluster.events('p')).at(-1)?.message).toBe(
      'running PreBind plugin "VolumeBinding": binding volumes: selectedNode annotation reset for PVC "c"',
    );
    await cluster.clock.advance(5000);
    const again = (await claimOf(cluster)).metadata.annotations?.['volume.kubernetes.io/selected-node'] ?? '';
    expect(['a', 'b']).toContain(again);
  });

  it('promises a volume that is there already to the claim, and gives up after ten minutes', async () => {
    const cluster = await setUp('kubernetes.io/no-provisioner', [
      volume('big', 'b', '9Gi'),
      volume('small', 'b', '2Gi'),
    ]);
    await cluster.clock.advance(1000);
    const small = await cluster.client.get<Volume>(core('persistentvolumes'), '', 'small');
    const { uid = '' } = (await claimOf(cluster)).metadata;
    expect(small.spec?.claimRef).toMatchObject({ namespace: 'obrador', name: 'c', uid });
    expect(small.metadata.annotations).toEqual({ 'pv.kubernetes.io/bound-by-controller': 'yes' });
    await cluster.clock.advance(601_000);
    expect((await cluster.events('p')).map(({ message }) => message)).toContain(
      'running PreBind plugin "VolumeBinding": binding volumes: context deadline exceeded',
    );
    await bindClaim(cluster, 'small');
    await cluster.clock.advance(20_000);
    expect(await cluster.placed()).toEqual({ p: 'b' });
  });

  it('stops although it waits for a volume', async () => {
    const cluster = await setUp('x.example/y', []);
    await cluster.clock.advance(1500);
    await cluster.scheduler.stop();
    expect(cluster.clock.pending).toBe(0);
  });
});
