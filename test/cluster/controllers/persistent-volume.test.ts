import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultStorageClass } from '../../../src/cluster/controllers/provisioner-volume.ts';
import { internalError } from '../../../src/kube/status.ts';
import { controllerWorld, node, type World } from '../../helpers/controllerWorld.ts';

let world: World;
const all = [
  'persistentvolume-binder-controller',
  'persistentvolume-protection-controller',
  'persistentvolumeclaim-protection-controller',
  'persistentvolume-expander-controller',
  'ephemeral-volume-controller',
  'local-volume-provisioner',
];
beforeEach(async () => {
  world = await controllerWorld({ controllers: all });
});
afterEach(() => world.stop());

const volume = (name: string, more: object = {}, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name, ...metadata },
  spec: {
    capacity: { storage: '2Gi' },
    accessModes: ['ReadWriteOnce'],
    storageClassName: 'lenta',
    hostPath: { path: '/saco' },
    ...more,
  },
});
const claim = (name: string, more: object = {}, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name, ...metadata },
  spec: {
    accessModes: ['ReadWriteOnce'],
    storageClassName: 'lenta',
    resources: { requests: { storage: '1Gi' } },
    ...more,
  },
});
const storageClass = (name: string, more: object) => ({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name },
  ...more,
});
const theClaim = (name: string) => world.get('v1 persistentvolumeclaims', name);
const theVolume = (name: string) => world.get('/v1 persistentvolumes', name);
const phases = async () => [
  ...(await world.list('v1 persistentvolumeclaims')).map((one) => [one.metadata.name, one.status['phase']]),
  ...(await world.list('/v1 persistentvolumes')).map((one) => [one.metadata.name, one.status['phase']]),
];

describe('claims and volumes that somebody made', () => {
  it('find each other whoever comes first', async () => {
    await world.create(claim('masa'));
    await world.calm();
    await world.create(volume('saco'));
    await world.calm(16_000);
    expect(await phases()).toEqual([
      ['masa', 'Bound'],
      ['saco', 'Bound'],
    ]);
  });

  it('match by access modes, then by size', async () => {
    await world.create(volume('a-todo', { accessModes: ['ReadWriteOnce', 'ReadWriteMany'] }));
    await world.create(volume('b-grande', { capacity: { storage: '5Gi' } }));
    await world.create(volume('c-justo', { capacity: { storage: '3Gi' } }));
    await world.create(volume('d-otra', { storageClassName: 'otra' }));
    await world.calm();
    await world.create(claim('masa'));
    await world.create(claim('compartida', { accessModes: ['ReadWriteMany'] }));
    await world.calm();
    expect((await theClaim('masa')).spec['volumeName']).toBe('c-justo');
    expect((await theClaim('compartida')).spec['volumeName']).toBe('a-todo');
  });

  it('say why one that was asked for by name cannot be it', async () => {
    await world.create(volume('saco'));
    await world.calm();
    for (const [name, more] of [
      ['grande', { resources: { requests: { storage: '9Gi' } } }],
      ['otra-clase', { storageClassName: 'otra' }],
      ['otro-modo', { accessModes: ['ReadWriteMany'] }],
      ['bloque', { volumeMode: 'Block' }],
    ] as const)
      await world.create(claim(name, { volumeName: 'saco', ...more }));
    await world.calm();
    expect([...(await world.events())].sort()).toEqual(
      [
        'requested PV is too small',
        'storageClassName does not match',
        'incompatible accessMode',
        'incompatible volumeMode',
      ]
        .map((why) => `Warning VolumeMismatch: Cannot bind to requested volume "saco": ${why}`)
        .sort(),
    );
    expect((await theVolume('saco')).status['phase']).toBe('Available');
  });

  it('are bound as asked for, and one reserved for a claim goes to no other', async () => {
    await world.create(volume('saco'));
    await world.create(volume('bolsa', { claimRef: { namespace: 'obrador', name: 'reservada' } }));
    await world.calm();
    await world.create(claim('pedida', { volumeName: 'saco' }));
    await world.create(claim('tarde', { volumeName: 'bolsa' }));
    await world.calm(16_000);
    expect((await theClaim('pedida')).status['phase']).toBe('Bound');
    expect((await theClaim('tarde')).status['phase']).toBe('Pending');
    expect(await world.events()).toContain(
      'Warning FailedBinding: volume "bolsa" already bound to a different claim.',
    );
    await world.create(claim('reservada'));
    await world.calm();
    expect((await theClaim('reservada')).spec['volumeName']).toBe('bolsa');
  });

  it('are released, and used again only when the claim is forgotten', async () => {
    await world.create(volume('saco'));
    await world.create(claim('masa'));
    await world.calm(16_000);
    await world.remove('v1 persistentvolumeclaims', 'masa');
    await world.calm();
    expect(await phases()).toEqual([['saco', 'Released']]);
    await world.create(claim('masa'));
    await world.calm(16_000);
    expect((await theClaim('masa')).status['phase']).toBe('Pending');
    await world.patch('/v1 persistentvolumes', 'saco', { spec: { claimRef: null } });
    await world.calm(16_000);
    expect(await phases()).toEqual([
      ['masa', 'Bound'],
      ['saco', 'Bound'],
    ]);
  });

  it('are deleted, emptied or told to have failed, by the policy', async () => {
    const policies = [
      ['borra', 'Delete', '/tmp/saco'],
      ['no-sabe', 'Delete', '/saco'],
      ['vacia', 'Recycle', '/saco'],
    ] as const;
    for (const [name, persistentVolumeReclaimPolicy, path] of policies) {
      await world.create(
        volume(name, { persistentVolumeReclaimPolicy, hostPath: { path }, storageClassName: name }),
      );
      await world.create(claim(name, { storageClassName: name }));
    }
    await world.calm(16_000);
    for (const [name] of policies) await world.remove('v1 persistentvolumeclaims', name);
    await world.calm();
    expect(await phases()).toEqual([
      ['no-sabe', 'Failed'],
      ['vacia', 'Available'],
    ]);
    expect((await theVolume('no-sabe')).status['message']).toBe(
      'host_path deleter only supports /tmp/.+ but received provided /saco',
    );
  });

  it('are lost when the other one goes', async () => {
    await world.create(volume('saco'));
    await world.create(claim('masa'));
    await world.calm(16_000);
    await world.remove('/v1 persistentvolumes', 'saco');
    await world.patch('/v1 persistentvolumes', 'saco', { metadata: { finalizers: null } });
    await world.calm();
    expect((await theClaim('masa')).status).toEqual({ phase: 'Lost' });
    expect(await world.events()).toContain(
      'Warning ClaimLost: Bound claim has lost its PersistentVolume. Data on the volume is lost!',
    );
  });

  it('wait for the scheduler when the class says so', async () => {
    await world.create(
      storageClass('lenta', {
        provisioner: 'kubernetes.io/no-provisioner',
        volumeBindingMode: 'WaitForFirstConsumer',
      }),
    );
    await world.create(volume('saco'));
    await world.create(claim('masa'));
    await world.calm(16_000);
    expect((await theClaim('masa')).status['phase']).toBe('Pending');
    const { uid } = (await theClaim('masa')).metadata;
    const claimRef = { kind: 'PersistentVolumeClaim', namespace: 'obrador', name: 'masa', uid };
    await world.patch('/v1 persistentvolumes', 'saco', { spec: { claimRef } });
    await world.calm();
    expect((await theClaim('masa')).status['phase']).toBe('Bound');
  });

  it('tell what is missing', async () => {
    await world.create(claim('sin', { storageClassName: '' }));
    await world.create(claim('mal', { storageClassName: 'rapida' }));
    await world.create(storageClass('ajena', { provisioner: 'obrador.example/disco' }));
    await world.create(claim('fuera', { storageClassName: 'ajena' }));
    await world.calm();
    expect([...(await world.events())].sort()).toEqual([
      'Normal ExternalProvisioning: Waiting for a volume to be created either by the external provisioner ' +
        "'obrador.example/disco' or manually by the system administrator. If volume creation is delayed, " +
        'please verify that the provisioner is running and correctly registered.',
      'Normal FailedBinding: no persistent volumes available for this claim and no storage class is set',
      'Warning ProvisioningFailed: storageclass.storage.k8s.io "rapida" not found',
    ]);
    expect((await theClaim('fuera')).metadata.annotations).toEqual({
      'volume.beta.kubernetes.io/storage-provisioner': 'obrador.example/disco',
      'volume.kubernetes.io/storage-provisioner': 'obrador.example/disco',
    });
  });
});

describe('the volumes that are made for whoever asks', () => {
  beforeEach(async () => {
    await world.create(node('nodo-1'));
    await world.create(node('nodo-2'));
    await world.create(defaultStorageClass());
    await world.calm();
  });
  const plain = (name: string) => claim(name, { storageClassName: undefined });

  it('are on the node of the first Pod, grow, and go with their claim', async () => {
    await world.create(plain('libreta'));
    await world.calm();
    expect((await theClaim('libreta')).status['phase']).toBe('Pending');
    await world.patch('v1 persistentvolumeclaims', 'libreta', {
      metadata: { annotations: { 'volume.kubernetes.io/selected-node': 'nodo-2' } },
    });
    await world.calm();
    const { metadata, spec, status } = await theClaim('libreta');
    const name = `pvc-${metadata.uid}`;
    expect([spec['volumeName'], status['phase'], status['capacity']]).toEqual([
      name,
      'Bound',
      { storage: '1Gi' },
    ]);
    expect((await theVolume(name)).spec).toMatchObject({
      persistentVolumeReclaimPolicy: 'Delete',
      hostPath: { path: `/var/lib/curso-k8s/volumenes/${name}_obrador_libreta`, type: 'DirectoryOrCreate' },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['nodo-2'] }] },
          ],
        },
      },
    });
    await world.patch('v1 persistentvolumeclaims', 'libreta', {
      spec: { resources: { requests: { storage: '3Gi' } } },
    });
    await world.calm();
    expect((await theClaim('libreta')).status['capacity']).toEqual({ storage: '3Gi' });
    expect((await theVolume(name)).spec['capacity']).toEqual({ storage: '3Gi' });
    await world.remove('v1 persistentvolumeclaims', 'libreta');
    await world.calm();
    expect(await phases()).toEqual([]);
    expect([...(await world.events())].sort()).toEqual([
      'Normal ExternalExpanding: waiting for an external controller to expand this PVC',
      expect.stringContaining(
        "Normal ExternalProvisioning: Waiting for a volume to be created either by the external provisioner 'curso-k8s.io/local'",
      ),
      'Normal Provisioning: External provisioner is provisioning volume for claim "obrador/libreta"',
      `Normal ProvisioningSucceeded: Successfully provisioned volume ${name}`,
      `Normal Resizing: External resizer is resizing volume ${name}`,
      'Normal VolumeResizeSuccessful: Resize volume succeeded',
      'Normal WaitForFirstConsumer: waiting for first consumer to be created before binding',
    ]);
  });

  it('are made at once where there is room when the class does not wait', async () => {
    await world.create(storageClass('ya', { provisioner: 'curso-k8s.io/local' }));
    for (const name of ['uno', 'dos']) await world.create(claim(name, { storageClassName: 'ya' }));
    await world.calm();
    const volumes = await world.list('/v1 persistentvolumes');
    expect(volumes.map(({ status }) => status['phase'])).toEqual(['Bound', 'Bound']);
    expect(new Set(volumes.map(({ spec }) => JSON.stringify(spec['nodeAffinity']))).size).toBe(2);
  });

  it('are not made for a node that is gone, or to be shared', async () => {
    await world.create(plain('fuera'));
    await world.patch('v1 persistentvolumeclaims', 'fuera', {
      metadata: { annotations: { 'volume.kubernetes.io/selected-node': 'nodo-9' } },
    });
    await world.create(storageClass('ya', { provisioner: 'curso-k8s.io/local' }));
    await world.create(claim('junta', { storageClassName: 'ya', accessModes: ['ReadWriteMany'] }));
    await world.calm();
    expect(await world.events()).toEqual(
      expect.arrayContaining([
        'Warning ProvisioningFailed: failed to provision volume with StorageClass "estandar": nodes "nodo-9" not found',
        'Warning ProvisioningFailed: failed to provision volume with StorageClass "ya": a local volume only supports ReadWriteOnce and ReadWriteOncePod access modes',
      ]),
    );
    expect((await theClaim('fuera')).metadata.annotations).not.toHaveProperty(
      'volume.kubernetes.io/selected-node',
    );
  });

  it('that live as long as their Pod get a claim of its own', async () => {
    const template = { spec: plain('x').spec };
    const pod = (name: string) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name },
      spec: {
        containers: [{ name: 'c', image: 'nginx:1.27' }],
        volumes: [{ name: 'masa', ephemeral: { volumeClaimTemplate: template } }],
      },
    });
    const { metadata } = await world.create(pod('catador'));
    await world.create(plain('otro-masa'));
    await world.calm();
    await world.create(pod('otro'));
    await world.calm();
    expect((await theClaim('catador-masa')).metadata.ownerReferences).toEqual([
      {
        apiVersion: 'v1',
        kind: 'Pod',
        name: 'catador',
        uid: metadata.uid,
        controller: true,
        blockOwnerDeletion: true,
      },
    ]);
    expect(await world.events()).toContain(
      'Warning FailedBinding: ephemeral volume masa: PVC obrador/otro-masa was not created for pod obrador/otro (pod is not owner)',
    );
    expect(world.troubles.splice(0).length).toBeGreaterThan(0);
  });

  it('are the default for claims that were there before there was one', async () => {
    await world.remove('/storage.k8s.io/v1 storageclasses', 'estandar');
    await world.create(plain('antigua'));
    await world.calm();
    expect((await theClaim('antigua')).spec['storageClassName']).toBeUndefined();
    await world.create(defaultStorageClass());
    await world.calm(16_000);
    expect((await theClaim('antigua')).spec['storageClassName']).toBe('estandar');
  });
});

const gigabytes = (amounts: unknown) =>
  Number.parseInt((amounts as { readonly storage: string }).storage, 10);

describe('whatever goes wrong in between', () => {
  it('each volume ends with one claim, and no claim that fits is left without', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(sizes, sizes, fc.integer(), async (volumes, claims, seed) => {
        let turn = seed >>> 0;
        const shaky = await controllerWorld({
          controllers: all,
          through: async (request, next) => {
            turn = (Math.imul(turn, 1_103_515_245) + 12_345) >>> 0;
            const fault = request.method === 'GET' ? 9 : turn % 10;
            if (fault === 0) throw internalError('lost on the way');
            const answer = await next(request);
            if (fault === 1) throw internalError('lost on the way back');
            return answer;
          },
        });
        for (const [i, size] of volumes.entries())
          await shaky.create(volume(`v${i}`, { capacity: { storage: `${size}Gi` } }));
        for (const [i, size] of claims.entries())
          await shaky.create(claim(`c${i}`, { resources: { requests: { storage: `${size}Gi` } } }));
        await shaky.calm(40_000);
        const bound = (await shaky.list('v1 persistentvolumeclaims')).filter(
          ({ status }) => status['phase'] === 'Bound',
        );
        const names = bound.map(({ spec }) => String(spec['volumeName']));
        expect(new Set(names).size).toBe(names.length);
        const free: number[] = [];
        for (const { metadata, spec, status } of await shaky.list('/v1 persistentvolumes')) {
          const owner = bound.find((one) => one.spec['volumeName'] === metadata.name);
          expect(status['phase']).toBe(owner === undefined ? 'Available' : 'Bound');
          if (owner === undefined) free.push(gigabytes(spec['capacity']));
        }
        for (const one of await shaky.list('v1 persistentvolumeclaims'))
          if (one.status['phase'] !== 'Bound')
            expect(Math.max(0, ...free)).toBeLessThan(
              gigabytes((one.spec['resources'] as unknown as { requests: object }).requests),
            );
        shaky.troubles.length = 0;
        await shaky.stop();
      }),
      { numRuns: 25 },
    );
  });
});
