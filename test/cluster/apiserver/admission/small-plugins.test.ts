import { describe, expect, test } from 'vitest';
import {
  certificateApproval,
  certificateSubjectRestriction,
} from '../../../../src/cluster/apiserver/admission/certificates.ts';
import { defaultIngressClass } from '../../../../src/cluster/apiserver/admission/default-ingress-class.ts';
import { defaultStorageClass } from '../../../../src/cluster/apiserver/admission/default-storage-class.ts';
import { defaultTolerationSeconds } from '../../../../src/cluster/apiserver/admission/default-toleration-seconds.ts';
import { namespaceLifecycle } from '../../../../src/cluster/apiserver/admission/namespace-lifecycle.ts';
import { persistentVolumeClaimResize } from '../../../../src/cluster/apiserver/admission/persistent-volume-claim-resize.ts';
import { priority } from '../../../../src/cluster/apiserver/admission/priority.ts';
import { runtimeClass } from '../../../../src/cluster/apiserver/admission/runtime-class.ts';
import { storageObjectInUseProtection } from '../../../../src/cluster/apiserver/admission/storage-object-in-use-protection.ts';
import { taintNodesByCondition } from '../../../../src/cluster/apiserver/admission/taint-nodes-by-condition.ts';
import { asDict } from '../../../../src/kube/object.ts';
import { admit, podNamed } from '../../../helpers/admission.ts';
import { FakeObjects } from '../../../helpers/fakeObjects.ts';

const specOf = (object: object | undefined) => (object === undefined ? undefined : asDict(object)['spec']);

describe('NamespaceLifecycle', () => {
  const plugin = namespaceLifecycle(async () => {});

  const namespace = (phase: string) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'obrador' },
    status: { phase },
  });
  test.each([
    ['CREATE', [], 404, 'namespaces "obrador" not found'],
    ['UPDATE', [], 404, 'namespaces "obrador" not found'],
    ['DELETE', [], undefined, undefined],
    ['CREATE', [namespace('Active')], undefined, undefined],
    [
      'CREATE',
      [namespace('Terminating')],
      403,
      'pods "a" is forbidden: unable to create new content in namespace obrador because it is being terminated',
    ],
    ['UPDATE', [namespace('Terminating')], undefined, undefined],
  ] as const)('%s with %j', async (operation, objects, code, message) => {
    const asked = { resource: 'pods', operation, object: podNamed('a') };
    const { refused } = await admit(plugin, asked, new FakeObjects(...objects).reader);
    expect([refused?.code, refused?.message]).toEqual([code, message]);
    if (code === 403)
      expect(refused?.details?.causes).toEqual([
        {
          reason: 'NamespaceTerminating',
          message: 'namespace obrador is being terminated',
          field: 'metadata.namespace',
        },
      ]);
  });

  test('a namespace that another member knows first is waited for', async () => {
    const objects = new FakeObjects();
    const late = namespaceLifecycle(async () => objects.put(namespace('Active')));
    const asked = { resource: 'pods', object: podNamed('a') };
    expect((await admit(late, asked, objects.reader)).refused).toBeUndefined();
  });

  test.each([
    ['default', true],
    ['kube-system', true],
    ['obrador', false],
  ])('%s may not go: %s', async (name, refuses) => {
    const asked = { resource: 'namespaces', operation: 'DELETE', name, namespace: name } as const;
    const { refused } = await admit(plugin, asked);
    expect(refused?.message).toBe(
      refuses ? `namespaces "${name}" is forbidden: this namespace may not be deleted` : undefined,
    );
  });
});

describe('Priority', () => {
  const priorityClass = (name: string, value: number, rest: object = {}) => ({
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name },
    value,
    preemptionPolicy: 'PreemptLowerPriority',
    ...rest,
  });
  const classes = new FakeObjects(
    priorityClass('alta', 100, { preemptionPolicy: 'Never' }),
    priorityClass('normal', 5, { globalDefault: true }),
  ).reader;
  test.each([
    [{}, { priority: 5, priorityClassName: 'normal', preemptionPolicy: 'PreemptLowerPriority' }],
    [{ priorityClassName: 'alta' }, { priority: 100, preemptionPolicy: 'Never' }],
    [{ priorityClassName: 'alta', priority: 100 }, { priority: 100 }],
  ])('%j', async (spec, done) => {
    const { object } = await admit(priority, { resource: 'pods', object: podNamed('a', spec) }, classes);
    expect(specOf(object)).toMatchObject(done);
  });
  test.each([
    [{ priorityClassName: 'nada' }, 'no PriorityClass with name nada was found'],
    [
      { priority: 7 },
      'the integer value of priority (7) must not be provided in pod spec; priority admission controller computed 5 from the given PriorityClass name',
    ],
    [
      { priorityClassName: 'alta', preemptionPolicy: 'PreemptLowerPriority' },
      'the string value of PreemptionPolicy (PreemptLowerPriority) must not be provided in pod spec; priority admission controller computed Never from the given PriorityClass name',
    ],
  ])('%j is refused', async (spec, why) => {
    const { refused } = await admit(priority, { resource: 'pods', object: podNamed('a', spec) }, classes);
    expect(refused?.message).toBe(`pods "a" is forbidden: ${why}`);
  });
  test('without classes the priority is zero', async () => {
    const { object } = await admit(priority, { resource: 'pods', object: podNamed('a') });
    expect(specOf(object)).toMatchObject({ priority: 0, preemptionPolicy: 'PreemptLowerPriority' });
    expect(specOf(object)).not.toHaveProperty('priorityClassName');
  });
  test('an update keeps what was computed', async () => {
    const old = podNamed('a', { priority: 5, preemptionPolicy: 'Never' });
    const asked = { resource: 'pods', operation: 'UPDATE', object: podNamed('a'), oldObject: old } as const;
    expect(specOf((await admit(priority, asked)).object)).toMatchObject({
      priority: 5,
      preemptionPolicy: 'Never',
    });
  });
  test('there is one default', async () => {
    const asked = (name: string, operation: 'CREATE' | 'UPDATE') => ({
      group: 'scheduling.k8s.io',
      resource: 'priorityclasses',
      namespace: '',
      operation,
      object: priorityClass(name, 6, { globalDefault: true }),
    });
    expect((await admit(priority, asked('otra', 'CREATE'), classes)).refused?.message).toBe(
      'priorityclasses.scheduling.k8s.io "otra" is forbidden: PriorityClass normal is already marked as default. Only one default can exist',
    );
    expect((await admit(priority, asked('normal', 'UPDATE'), classes)).refused).toBeUndefined();
  });
});

test.each([
  [undefined, ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']],
  [[{ operator: 'Exists' }], [undefined]],
  [
    [{ operator: 'Exists', effect: 'NoSchedule' }],
    [undefined, 'node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'],
  ],
  [
    [{ key: 'node.kubernetes.io/unreachable', operator: 'Exists' }],
    ['node.kubernetes.io/unreachable', 'node.kubernetes.io/not-ready'],
  ],
])('DefaultTolerationSeconds over %j', async (tolerations, keys) => {
  const { object } = await admit(defaultTolerationSeconds, {
    resource: 'pods',
    object: podNamed('a', { tolerations }),
  });
  expect(specOf(object)).toMatchObject({
    tolerations: keys.map((key) => (key === undefined ? {} : { key })),
  });
  expect((specOf(object) as { tolerations: unknown[] }).tolerations).toHaveLength(keys.length);
});

describe('storage', () => {
  const storageClass = (name: string, created: string, rest: object = {}) => ({
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: {
      name,
      creationTimestamp: created,
      annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' },
    },
    ...rest,
  });
  const claim = (spec: object, status: object = {}) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'c', namespace: 'obrador' },
    spec,
    status,
  });
  const classes = new FakeObjects(
    storageClass('vieja', '2024-01-01T00:00:00Z'),
    storageClass('nueva', '2025-01-01T00:00:00Z', { allowVolumeExpansion: true }),
  ).reader;

  test.each([
    [{}, 'nueva'],
    [{ storageClassName: '' }, ''],
    [{ storageClassName: 'vieja' }, 'vieja'],
  ])('a claim %j is of class %j', async (spec, name) => {
    const { object } = await admit(
      defaultStorageClass,
      { resource: 'persistentvolumeclaims', object: claim(spec) },
      classes,
    );
    expect(specOf(object)).toMatchObject({ storageClassName: name });
  });

  test.each([
    ['nueva', 'Bound', undefined],
    ['nueva', 'Pending', 'Only bound persistent volume claims can be expanded'],
    [
      'vieja',
      'Bound',
      'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
    ],
  ])('a %s claim that is %s grows', async (storageClassName, phase, why) => {
    const sized = (storage: string) =>
      claim({ storageClassName, resources: { requests: { storage } } }, { phase });
    const asked = {
      resource: 'persistentvolumeclaims',
      operation: 'UPDATE',
      oldObject: sized('1Gi'),
      object: sized('2Gi'),
    } as const;
    const { refused } = await admit(persistentVolumeClaimResize, asked, classes);
    expect(refused?.message).toBe(
      why === undefined ? undefined : `persistentvolumeclaims "c" is forbidden: ${why}`,
    );
  });

  test('claims and volumes are protected once', async () => {
    const { object } = await admit(storageObjectInUseProtection, {
      resource: 'persistentvolumeclaims',
      object: claim({}),
    });
    expect(object?.metadata.finalizers).toEqual(['kubernetes.io/pvc-protection']);
    const again = await admit(storageObjectInUseProtection, {
      resource: 'persistentvolumeclaims',
      object: object ?? {},
    });
    expect(again.object?.metadata.finalizers).toHaveLength(1);
  });
});

test('a new node has the not-ready taint, once', async () => {
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } };
  const { object } = await admit(taintNodesByCondition, { resource: 'nodes', namespace: '', object: node });
  const spec = { taints: [{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }] };
  expect(object).toEqual({ ...node, spec });
  expect(
    (await admit(taintNodesByCondition, { resource: 'nodes', namespace: '', object: object ?? {} })).object,
  ).toEqual({ ...node, spec });
});

test('an Ingress gets the default class unless it says one', async () => {
  const annotations = { 'ingressclass.kubernetes.io/is-default-class': 'true' };
  const reader = new FakeObjects({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: { name: 'puerta', annotations },
  }).reader;
  const ingress = (spec: object, own: object = {}) => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'i', annotations: own },
    spec,
  });
  const done = async (object: object) =>
    specOf(
      (
        await admit(
          defaultIngressClass,
          { group: 'networking.k8s.io', resource: 'ingresses', object },
          reader,
        )
      ).object,
    );
  expect(await done(ingress({}))).toEqual({ ingressClassName: 'puerta' });
  expect(await done(ingress({ ingressClassName: 'otra' }))).toEqual({ ingressClassName: 'otra' });
  expect(await done(ingress({}, { 'kubernetes.io/ingress.class': 'vieja' }))).toEqual({});
});

test('a runtime class brings its overhead and its place', async () => {
  const reader = new FakeObjects({
    apiVersion: 'node.k8s.io/v1',
    kind: 'RuntimeClass',
    metadata: { name: 'caja' },
    overhead: { podFixed: { cpu: '100m' } },
    scheduling: { nodeSelector: { caja: 'si' }, tolerations: [{ key: 'caja' }] },
  }).reader;
  const ask = (spec: object) =>
    admit(runtimeClass, { resource: 'pods', object: podNamed('a', spec) }, reader);
  expect(specOf((await ask({ runtimeClassName: 'caja' })).object)).toMatchObject({
    overhead: { cpu: '100m' },
    nodeSelector: { caja: 'si' },
    tolerations: [{ key: 'caja' }],
  });
  const why = async (spec: object) =>
    (await ask(spec)).refused?.message?.replace('pods "a" is forbidden: ', '');
  expect(await why({ runtimeClassName: 'nada' })).toBe('pod rejected: RuntimeClass "nada" not found');
  expect(await why({ overhead: { cpu: '1' } })).toBe(
    'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead',
  );
  expect(await why({ runtimeClassName: 'caja', nodeSelector: { caja: 'no' } })).toBe(
    'conflict: runtimeClass.scheduling.nodeSelector[caja] = si; pod.spec.nodeSelector[caja] = no',
  );
});

describe('certificates', () => {
  const csr = (signerName: string, request = '') => ({
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name: 'c' },
    spec: { signerName, request },
  });
  const pemOf = (organization: string) => {
    const attribute = Buffer.concat([
      Buffer.from([0x30, 0x10, 0x06, 0x03, 0x55, 0x04, 0x0a, 0x0c, organization.length]),
      Buffer.from(organization),
    ]).toString('base64');
    return Buffer.from(
      `-----BEGIN CERTIFICATE REQUEST-----\n${attribute}\n-----END CERTIFICATE REQUEST-----\n`,
    ).toString('base64');
  };
  const asked = {
    group: 'certificates.k8s.io',
    resource: 'certificatesigningrequests',
    namespace: '',
  } as const;

  test('nobody is approved without the right over the signer or its domain', async () => {
    const may = (allowed: string) =>
      certificateApproval({
        authorize: ({ resource }) => ({ allowed: resource?.name === allowed, reason: '' }),
      });
    const update = {
      ...asked,
      subresource: 'approval',
      operation: 'UPDATE',
      oldObject: csr('ejemplo.com/uno'),
      object: csr('ejemplo.com/uno'),
    } as const;
    expect((await admit(may('ejemplo.com/*'), update)).refused).toBeUndefined();
    expect((await admit(may('ejemplo.com/dos'), update)).refused?.message).toBe(
      'certificatesigningrequests.certificates.k8s.io "c" is forbidden: user not permitted to approve requests with signerName "ejemplo.com/uno"',
    );
  });

  test('nobody asks to be a master', async () => {
    const signer = 'kubernetes.io/kube-apiserver-client';
    const ask = async (organization: string, name = signer) =>
      (await admit(certificateSubjectRestriction, { ...asked, object: csr(name, pemOf(organization)) }))
        .refused?.code;
    expect(await ask('system:masters')).toBe(403);
    expect(await ask('system:mastersx')).toBeUndefined();
    expect(await ask('system:masters', 'ejemplo.com/uno')).toBeUndefined();
  });
});
