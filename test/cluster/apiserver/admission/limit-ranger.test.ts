import { expect, test } from 'vitest';
import { limitRanger } from '../../../../src/cluster/apiserver/admission/limit-ranger.ts';
import type { Pod } from '../../../../src/kube/api/core-v1.ts';
import { asKind } from '../../../../src/kube/object.ts';
import { admit, podNamed } from '../../../helpers/admission.ts';
import { FakeObjects } from '../../../helpers/fakeObjects.ts';

const range = (...limits: readonly object[]) =>
  new FakeObjects({
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: { name: 'topes', namespace: 'obrador' },
    spec: { limits },
  }).reader;
const pod = (resources: object, init: object = {}) =>
  podNamed('a', { containers: [{ name: 'horno', image: 'x', resources }], ...init });

test('defaults are filled in and said', async () => {
  const limit = { type: 'Container', default: { cpu: '1', memory: '1Gi' }, defaultRequest: { cpu: '500m' } };
  const { object } = await admit(
    limitRanger,
    {
      resource: 'pods',
      object: pod({ limits: { cpu: '2' } }, { initContainers: [{ name: 'i', image: 'x' }] }),
    },
    range(limit),
  );
  const done = object && asKind<Pod>(object);
  expect(done?.spec?.containers[0]?.resources).toEqual({
    requests: { cpu: '500m' },
    limits: { cpu: '2', memory: '1Gi' },
  });
  expect(done?.metadata?.annotations).toEqual({
    'kubernetes.io/limit-ranger':
      'LimitRanger plugin set: cpu request for container horno; memory limit for container horno; cpu request for init container i; cpu, memory limit for init container i',
  });
});

test.each([
  [
    { type: 'Container', max: { cpu: '1' } },
    {},
    'maximum cpu usage per Container is 1.  No limit is specified',
  ],
  [
    { type: 'Container', max: { cpu: '1', memory: '1Gi' } },
    { limits: { cpu: '2', memory: '2Gi' } },
    '[maximum cpu usage per Container is 1, but limit is 2, maximum memory usage per Container is 1Gi, but limit is 2Gi]',
  ],
  [
    { type: 'Container', min: { cpu: '100m' } },
    { requests: { cpu: '50m' } },
    'minimum cpu usage per Container is 100m, but request is 50m',
  ],
  [
    { type: 'Container', min: { cpu: '100m' } },
    { limits: { cpu: '1' } },
    'minimum cpu usage per Container is 100m.  No request is specified',
  ],
  [
    { type: 'Container', maxLimitRequestRatio: { cpu: '2' } },
    { requests: { cpu: '100m' }, limits: { cpu: '500m' } },
    'cpu max limit to request ratio per Container is 2, but provided ratio is 5.000000',
  ],
  [
    { type: 'Container', maxLimitRequestRatio: { cpu: '2' } },
    { requests: { cpu: '100m' } },
    'cpu max limit to request ratio per Container is 2, but no limit is specified or limit is 0',
  ],
])('%j over %j', async (limit, resources, why) => {
  const { refused } = await admit(limitRanger, { resource: 'pods', object: pod(resources) }, range(limit));
  expect(refused?.message).toBe(`pods "a" is forbidden: ${why}`);
});

test('a Pod is measured as a whole, the greatest init container included', async () => {
  const limit = { type: 'Pod', max: { cpu: '1' } };
  const container = (name: string, cpu: string, rest: object = {}) => ({
    name,
    image: 'x',
    resources: { requests: { cpu }, limits: { cpu } },
    ...rest,
  });
  const ask = async (spec: object) =>
    (await admit(limitRanger, { resource: 'pods', object: podNamed('a', spec) }, range(limit))).refused
      ?.message;
  expect(await ask({ containers: [container('a', '600m'), container('b', '400m')] })).toBeUndefined();
  expect(
    await ask({
      containers: [container('a', '600m')],
      initContainers: [container('s', '300m', { restartPolicy: 'Always' }), container('i', '800m')],
    }),
  ).toBe('pods "a" is forbidden: maximum cpu usage per Pod is 1, but limit is 1100m');
});

test('Pods are measured when they are made, claims also when they change', async () => {
  const reader = range(
    { type: 'Container', max: { cpu: '1' } },
    { type: 'PersistentVolumeClaim', max: { storage: '2Gi' }, min: { storage: '1Gi' } },
  );
  const object = pod({ limits: { cpu: '5' } });
  const changed = { resource: 'pods', operation: 'UPDATE', object, oldObject: object } as const;
  expect((await admit(limitRanger, changed, reader)).refused).toBeUndefined();
  const claim = (storage: string) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'c' },
    spec: { resources: { requests: { storage } } },
  });
  const grown = {
    resource: 'persistentvolumeclaims',
    operation: 'UPDATE',
    object: claim('3Gi'),
    oldObject: claim('1Gi'),
  } as const;
  expect((await admit(limitRanger, grown, reader)).refused?.message).toBe(
    'persistentvolumeclaims "c" is forbidden: maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 3Gi',
  );
});
