import { describe, expect, test } from 'vitest';
import { resourceQuota } from '../../../../src/cluster/apiserver/admission/resource-quota.ts';
import type { ResourceQuota } from '../../../../src/kube/api/core-v1.ts';
import { asKind } from '../../../../src/kube/object.ts';
import { admit, podNamed } from '../../../helpers/admission.ts';
import { FakeClock } from '../../../helpers/fakeClock.ts';
import { FakeObjects } from '../../../helpers/fakeObjects.ts';

const plugin = resourceQuota(new FakeClock());

function quota(hard: { readonly [name: string]: string }, spec: object = {}, name = 'cupo') {
  const used = Object.fromEntries(Object.keys(hard).map((key) => [key, '0']));
  return {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name, namespace: 'obrador' },
    spec: { hard, ...spec },
    status: { hard, used },
  };
}
const pod = (resources: object, name = 'a', spec: object = {}) =>
  podNamed(name, { containers: [{ name: 'horno', image: 'x', resources }], ...spec });
const used = (objects: FakeObjects, name = 'cupo') => {
  const found = objects.reader.get('', 'resourcequotas', 'obrador', name);
  return found === undefined ? undefined : asKind<ResourceQuota>(found).status?.used;
};

describe('texts', () => {
  const objects = () => new FakeObjects(quota({ 'requests.cpu': '1', 'limits.memory': '1Gi' }));
  test.each([
    [{}, 'failed quota: cupo: must specify limits.memory for: horno; requests.cpu for: horno'],
    [{ requests: { cpu: '500m' } }, 'failed quota: cupo: must specify limits.memory for: horno'],
    [
      { requests: { cpu: '1100m' }, limits: { memory: '2Gi' } },
      'exceeded quota: cupo, requested: limits.memory=2Gi,requests.cpu=1100m, used: limits.memory=0,requests.cpu=0, limited: limits.memory=1Gi,requests.cpu=1',
    ],
  ])('%j', async (resources, why) => {
    const { refused } = await admit(plugin, { resource: 'pods', object: pod(resources) }, objects().reader);
    expect(refused).toMatchObject({ code: 403, message: `pods "a" is forbidden: ${why}` });
  });

  test('a quota that nobody has counted yet lets nothing in', async () => {
    const fresh = { ...quota({ pods: '1' }), status: { hard: { pods: '1' } } };
    const { refused } = await admit(
      plugin,
      { resource: 'pods', object: pod({}) },
      new FakeObjects(fresh).reader,
    );
    expect(refused?.message).toBe('pods "a" is forbidden: status unknown for quota: cupo, resources: pods');
  });

  test('before a name is generated its prefix is told', async () => {
    const object = { ...pod({}), metadata: { generateName: 'web-', namespace: 'obrador' } };
    const { refused } = await admit(
      plugin,
      { resource: 'pods', object },
      new FakeObjects(quota({ pods: '0' })).reader,
    );
    expect(refused?.message).toMatch(/^pods "web-" is forbidden: exceeded quota/);
  });
});

test('what is taken is written down', async () => {
  const objects = new FakeObjects(quota({ pods: '5', 'requests.cpu': '1', 'count/pods': '9' }));
  await admit(plugin, { resource: 'pods', object: pod({ requests: { cpu: '300m' } }) }, objects.reader);
  expect(used(objects)).toEqual({ pods: '1', 'requests.cpu': '300m', 'count/pods': '1' });
  await admit(plugin, { resource: 'pods', object: pod({ requests: { cpu: '1' } }, 'b') }, objects.reader);
  expect(used(objects)).toMatchObject({ pods: '1' });
});

test('a dry run takes nothing, and is still refused', async () => {
  const objects = new FakeObjects(quota({ pods: '1' }));
  const asked = { resource: 'pods', object: pod({}), dryRun: true } as const;
  expect((await admit(plugin, asked, objects.reader)).refused).toBeUndefined();
  expect(used(objects)).toEqual({ pods: '0' });
  await admit(plugin, { ...asked, dryRun: false }, objects.reader);
  expect((await admit(plugin, asked, objects.reader)).refused?.code).toBe(403);
});

test('writers at the same time never exceed together', async () => {
  const objects = new FakeObjects(quota({ pods: '3' }), quota({ 'count/pods': '20' }, {}, 'otro'));
  const all = Array.from({ length: 10 }, (_, i) =>
    admit(plugin, { resource: 'pods', object: pod({}, `p${i}`) }, objects.reader),
  );
  const done = (await Promise.all(all)).filter(({ refused }) => refused === undefined);
  expect(done).toHaveLength(3);
  expect(used(objects)).toEqual({ pods: '3' });
});

describe('scopes', () => {
  const priority = (operator: string, values?: string[]) => ({
    scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator, values }] },
  });
  test.each([
    [{ scopes: ['BestEffort'] }, {}, {}, true],
    [{ scopes: ['BestEffort'] }, { requests: { cpu: '1' } }, {}, false],
    [{ scopes: ['NotBestEffort'] }, { requests: { cpu: '1' } }, {}, true],
    [{ scopes: ['Terminating'] }, {}, { activeDeadlineSeconds: 5 }, true],
    [{ scopes: ['NotTerminating'] }, {}, { activeDeadlineSeconds: 5 }, false],
    [priority('In', ['alta']), {}, { priorityClassName: 'alta' }, true],
    [priority('In', ['alta']), {}, { priorityClassName: 'baja' }, false],
    [priority('NotIn', ['alta']), {}, { priorityClassName: 'baja' }, true],
    [priority('Exists'), {}, {}, false],
    [
      { scopes: ['CrossNamespacePodAffinity'] },
      {},
      {
        affinity: {
          podAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [{ namespaceSelector: {}, topologyKey: 'x' }],
          },
        },
      },
      true,
    ],
  ])('%j over %j %j: counts %s', async (spec, resources, podSpec, counts) => {
    const objects = new FakeObjects(quota({ pods: '0' }, spec));
    const { refused } = await admit(
      plugin,
      { resource: 'pods', object: pod(resources, 'a', podSpec) },
      objects.reader,
    );
    expect(refused !== undefined).toBe(counts);
  });

  test('kinds without scopes are not counted by a quota with them', async () => {
    const objects = new FakeObjects(quota({ 'count/configmaps': '0' }, { scopes: ['BestEffort'] }));
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } };
    expect((await admit(plugin, { resource: 'configmaps', object }, objects.reader)).refused).toBeUndefined();
  });
});

describe('other kinds', () => {
  const service = (type: string, ports = 1, spec: object = {}) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'a' },
    spec: { type, ports: Array.from({ length: ports }, (_, i) => ({ port: 80 + i })), ...spec },
  });
  test('a Service that becomes a NodePort counts its ports', async () => {
    const objects = new FakeObjects(quota({ services: '1', 'services.nodeports': '1' }));
    const asked = { resource: 'services', operation: 'UPDATE', oldObject: service('ClusterIP', 2) } as const;
    expect(
      (await admit(plugin, { ...asked, object: service('NodePort', 2) }, objects.reader)).refused?.message,
    ).toBe(
      'services "a" is forbidden: exceeded quota: cupo, requested: services.nodeports=2, used: services.nodeports=0, limited: services.nodeports=1',
    );
    await admit(
      plugin,
      { ...asked, object: service('LoadBalancer', 2, { allocateLoadBalancerNodePorts: false }) },
      objects.reader,
    );
    expect(used(objects)).toEqual({ services: '0', 'services.nodeports': '0' });
  });

  test('a claim counts its storage, also by class', async () => {
    const name = 'lenta.storageclass.storage.k8s.io/requests.storage';
    const objects = new FakeObjects(
      quota({ [name]: '1Gi', 'requests.storage': '5Gi', persistentvolumeclaims: '9' }),
    );
    const claim = (storage: string) => ({
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'a' },
      spec: { storageClassName: 'lenta', resources: { requests: { storage } } },
    });
    await admit(plugin, { resource: 'persistentvolumeclaims', object: claim('1Gi') }, objects.reader);
    expect(used(objects)).toEqual({ [name]: '1Gi', 'requests.storage': '1Gi', persistentvolumeclaims: '1' });
    const grown = {
      resource: 'persistentvolumeclaims',
      operation: 'UPDATE',
      oldObject: claim('1Gi'),
      object: claim('2Gi'),
    } as const;
    expect((await admit(plugin, grown, objects.reader)).refused?.message).toContain(`requested: ${name}=1Gi`);
  });

  test('kinds of groups, and the old names', async () => {
    const objects = new FakeObjects(quota({ 'count/deployments.apps': '1', secrets: '0' }));
    const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'a' } };
    await admit(plugin, { group: 'apps', resource: 'deployments', object: deployment }, objects.reader);
    expect(used(objects)).toMatchObject({ 'count/deployments.apps': '1' });
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } };
    const { refused } = await admit(plugin, { resource: 'secrets', object: secret }, objects.reader);
    expect(refused?.message).toContain('requested: secrets=1, used: secrets=0, limited: secrets=0');
  });
});
