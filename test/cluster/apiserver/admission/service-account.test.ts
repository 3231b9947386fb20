import { expect, test } from 'vitest';
import { seededRandom } from '../../../../src/base/random.ts';
import { serviceAccountPlugin } from '../../../../src/cluster/apiserver/admission/service-account.ts';
import type { Pod } from '../../../../src/kube/api/core-v1.ts';
import { asKind } from '../../../../src/kube/object.ts';
import { admit, podNamed } from '../../../helpers/admission.ts';
import { FakeObjects } from '../../../helpers/fakeObjects.ts';

const plugin = serviceAccountPlugin(seededRandom(1), async () => {});
const account = (name: string, rest: object = {}, annotations: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name, namespace: 'obrador', annotations },
  ...rest,
});
const PATH = '/var/run/secrets/kubernetes.io/serviceaccount';

async function specAfter(object: object, ...accounts: readonly object[]) {
  const done = await admit(plugin, { resource: 'pods', object }, new FakeObjects(...accounts).reader);
  expect(done.refused).toBeUndefined();
  return done.object && asKind<Pod>(done.object).spec;
}

test('a Pod runs as the default account and every container finds its token', async () => {
  const init = [{ name: 'i', image: 'x' }];
  const spec = await specAfter(
    podNamed('a', { initContainers: init }),
    account('default', { imagePullSecrets: [{ name: 'reg' }] }),
  );
  expect(spec).toMatchObject({
    serviceAccountName: 'default',
    serviceAccount: 'default',
    imagePullSecrets: [{ name: 'reg' }],
  });
  const name = spec?.volumes?.[0]?.name;
  expect(name).toMatch(/^kube-api-access-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  const mount = { name, readOnly: true, mountPath: PATH };
  expect(
    [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].map(({ volumeMounts }) => volumeMounts),
  ).toEqual([[mount], [mount]]);
  expect(spec?.volumes?.[0]?.projected).toMatchObject({
    defaultMode: 420,
    sources: [
      { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
      { configMap: { name: 'kube-root-ca.crt' } },
      { downwardAPI: { items: [{ path: 'namespace' }] } },
    ],
  });
});

test.each([
  [{}, { automountServiceAccountToken: false }, false],
  [{ automountServiceAccountToken: true }, { automountServiceAccountToken: false }, true],
  [{ automountServiceAccountToken: false }, {}, false],
  [{ containers: [{ name: 'c', volumeMounts: [{ name: 'mio', mountPath: PATH }] }] }, {}, false],
])('Pod %j of account %j gets a token: %s', async (spec, rest, mounted) => {
  const done = await specAfter(podNamed('a', spec), account('default', rest));
  expect((done?.volumes ?? []).length > 0).toBe(mounted);
});

test('an account that is missing is told', async () => {
  const { refused } = await admit(plugin, {
    resource: 'pods',
    object: podNamed('a', { serviceAccountName: 'nadie' }),
  });
  expect(refused?.message).toBe(
    'pods "a" is forbidden: error looking up service account obrador/nadie: serviceaccount "nadie" not found',
  );
});

const no = 'is not allowed because service account ana does not reference that';
test.each([
  [
    { volumes: [{ name: 'v', secret: { secretName: 'no' } }] },
    `volume with secret.secretName="no" ${no} secret`,
  ],
  [
    {
      containers: [
        { name: 'x', env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'no', key: 'k' } } }] },
      ],
    },
    `container x with envVar A referencing secret.secretName="no" ${no} secret`,
  ],
  [
    { initContainers: [{ name: 'i', envFrom: [{ secretRef: { name: 'no' } }] }] },
    `init container i with envFrom referencing secret.secretName="no" ${no} secret`,
  ],
  [{ imagePullSecrets: [{ name: 'no' }] }, `imagePullSecrets[0].name="no" ${no} imagePullSecret`],
  [{ volumes: [{ name: 'v', secret: { secretName: 'si' } }] }, undefined],
])('mountable secrets: %j', async (spec, why) => {
  const enforced = account(
    'ana',
    { secrets: [{ name: 'si' }] },
    { 'kubernetes.io/enforce-mountable-secrets': 'true' },
  );
  const object = podNamed('a', { serviceAccountName: 'ana', ...spec });
  const { refused } = await admit(plugin, { resource: 'pods', object }, new FakeObjects(enforced).reader);
  expect(refused?.message).toBe(why === undefined ? undefined : `pods "a" is forbidden: ${why}`);
});

const mirror = { annotations: { 'kubernetes.io/config.mirror': 'x' } };
test.each([
  [{}, undefined],
  [{ serviceAccountName: 'default' }, 'a mirror pod may not reference service accounts'],
  [{ volumes: [{ name: 'v', secret: { secretName: 's' } }] }, 'a mirror pod may not reference secrets'],
  [
    { volumes: [{ name: 'v', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }] },
    'a mirror pod may not use ServiceAccountToken volume projections',
  ],
])('mirror Pods: %j', async (spec, why) => {
  const { refused, object } = await admit(plugin, { resource: 'pods', object: podNamed('a', spec, mirror) });
  expect(refused?.message).toBe(why === undefined ? undefined : `pods "a" is forbidden: ${why}`);
  if (why === undefined) expect(object).toEqual(podNamed('a', spec, mirror));
});
