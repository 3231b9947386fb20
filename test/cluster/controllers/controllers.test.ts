import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/base/random.ts';
import { discoveryRoutes } from '../../../src/cluster/apiserver/discovery/routes.ts';
import { controllers } from '../../../src/cluster/controllers/index.ts';
import { chooseControllers, type Manager, startManager } from '../../../src/cluster/controllers/manager.ts';
import { settle, type TestServer, testServer } from '../../helpers/apiServer.ts';

let t: TestServer;
let manager: Manager;
let troubles: string[];

const start = (wanted: readonly string[] = ['*']) =>
  startManager({
    transport: t.server.handle,
    controllers: chooseControllers(controllers, wanted).chosen,
    clock: t.clock,
    random: seededRandom(3),
    caPem: 'PEM de la autoridad',
    issueToken: (namespace, account, secret) => `token de ${namespace}/${account.name} en ${secret}`,
    trouble: (what, error) => troubles.push(`${what}: ${error}`),
  });

beforeEach(async () => {
  t = await testServer({ parts: (host) => ({ routes: discoveryRoutes(host.catalog) }) });
  troubles = [];
  manager = start();
  await calm();
});
afterEach(async () => {
  await manager.stop();
});

/** Until nobody has anything left to do, with the time that retries and second looks take. */
async function calm(): Promise<void> {
  for (let turn = 0; turn < 12; turn += 1) {
    await settle();
    await t.clock.advance(250);
  }
}

const get = async (path: string) => t.send('GET', path);
const body = async (path: string) => (await get(path)).body as unknown as { [key: string]: never } & Shape;
interface Shape {
  metadata: { finalizers?: string[]; ownerReferences?: unknown[]; uid: string };
  status: { [key: string]: unknown };
  data: { [key: string]: string };
  rules: unknown[];
}
async function post(path: string, object: unknown): Promise<Shape> {
  const answer = await t.send('POST', path, { body: object });
  expect(answer.body.message).toBeUndefined();
  return answer.body as unknown as Shape;
}
const merge = (path: string, patch: unknown) =>
  t.send('PATCH', path, { body: patch, headers: { 'content-type': 'application/merge-patch+json' } });
const map = (name: string, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
});
const space = (name: string) =>
  post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
const inside = '/api/v1/namespaces/obrador';
const maps = `${inside}/configmaps`;

describe('what every namespace gets', () => {
  it('is a ServiceAccount and the authority, again when they are deleted or changed', async () => {
    await space('obrador');
    await calm();
    expect((await get(`${inside}/serviceaccounts/default`)).code).toBe(200);
    expect((await body(`${maps}/kube-root-ca.crt`)).data).toEqual({ 'ca.crt': 'PEM de la autoridad' });
    await t.send('DELETE', `${inside}/serviceaccounts/default`);
    await merge(`${maps}/kube-root-ca.crt`, { data: { 'ca.crt': 'otra', mas: 'x' } });
    await calm();
    expect((await get(`${inside}/serviceaccounts/default`)).code).toBe(200);
    expect((await body(`${maps}/kube-root-ca.crt`)).data).toEqual({ 'ca.crt': 'PEM de la autoridad' });
    expect(troubles).toEqual([]);
  });

  it('goes with it, and what holds on is told in its conditions', async () => {
    await space('obrador');
    await post(maps, map('se-queda', { finalizers: ['horno.example/guarda'] }));
    await calm();
    await t.send('DELETE', inside);
    await calm();
    const terminating = await body(inside);
    expect(terminating.status['phase']).toBe('Terminating');
    expect(terminating.status['conditions']).toContainEqual(
      expect.objectContaining({
        type: 'NamespaceFinalizersRemaining',
        status: 'True',
        message:
          'Some content in the namespace has finalizers remaining: horno.example/guarda in 1 resource instances',
      }),
    );
    await merge(`${maps}/se-queda`, { metadata: { finalizers: null } });
    await calm();
    expect((await get(inside)).code).toBe(404);
    expect((await get(`${maps}/kube-root-ca.crt`)).code).toBe(404);
  });
});

describe('owners', () => {
  const owned = (name: string, owner: Shape, more: object = {}) =>
    map(name, {
      ownerReferences: [
        { apiVersion: 'v1', kind: 'ConfigMap', name: 'madre', uid: owner.metadata.uid, ...more },
      ],
    });
  const gone = async (name: string) => (await get(`${maps}/${name}`)).code === 404;
  beforeEach(async () => {
    await space('obrador');
  });

  it('take what they own along, the owned of the owned too', async () => {
    const mother = await post(maps, map('madre'));
    const child = await post(maps, owned('hija', mother));
    await post(maps, {
      ...map('nieta', {
        ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'hija', uid: child.metadata.uid }],
      }),
    });
    await calm();
    await t.send('DELETE', `${maps}/madre`);
    await calm();
    expect([await gone('hija'), await gone('nieta')]).toEqual([true, true]);
  });

  it('leave it alone when orphans were asked for', async () => {
    const mother = await post(maps, map('madre'));
    await post(maps, owned('hija', mother));
    await calm();
    await t.send('DELETE', `${maps}/madre?propagationPolicy=Orphan`);
    await calm();
    expect(await gone('madre')).toBe(true);
    expect((await body(`${maps}/hija`)).metadata.ownerReferences).toBeUndefined();
  });

  it('wait for those that block them, in the foreground', async () => {
    const mother = await post(maps, map('madre'));
    await post(maps, { ...owned('hija', mother, { blockOwnerDeletion: true }) });
    await merge(`${maps}/hija`, { metadata: { finalizers: ['horno.example/guarda'] } });
    await calm();
    await t.send('DELETE', `${maps}/madre?propagationPolicy=Foreground`);
    await calm();
    expect([await gone('madre'), await gone('hija')]).toEqual([false, false]);
    await merge(`${maps}/hija`, { metadata: { finalizers: null } });
    await calm();
    expect([await gone('madre'), await gone('hija')]).toEqual([true, true]);
  });

  it('that never were, or are others by now, count as gone; one that lives keeps it', async () => {
    const mother = await post(maps, map('madre'));
    await post(maps, owned('de-nadie', { ...mother, metadata: { ...mother.metadata, uid: 'otro' } }));
    await post(maps, {
      ...map('de-dos', {
        ownerReferences: [
          { apiVersion: 'v1', kind: 'ConfigMap', name: 'madre', uid: mother.metadata.uid },
          { apiVersion: 'v1', kind: 'ConfigMap', name: 'nadie', uid: 'nadie' },
        ],
      }),
    });
    await calm();
    expect(await gone('de-nadie')).toBe(true);
    expect((await body(`${maps}/de-dos`)).metadata.ownerReferences).toHaveLength(1);
  });
});

describe('the others', () => {
  it('count what quotas limit, also after it is gone', async () => {
    await space('obrador');
    await post(`${inside}/resourcequotas`, {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'tope' },
      spec: { hard: { configmaps: '5', 'count/secrets': '2' } },
    });
    await post(maps, map('a'));
    await calm();
    await merge(`${inside}/resourcequotas/tope`, {
      metadata: { labels: { a: 'b' } },
      spec: { hard: { pods: '1' } },
    });
    await calm();
    expect((await body(`${inside}/resourcequotas/tope`)).status['used']).toEqual({
      configmaps: '2',
      'count/secrets': '0',
      pods: '0',
    });
    await t.send('DELETE', `${maps}/a`);
    await calm();
    expect((await body(`${inside}/resourcequotas/tope`)).status['used']).toMatchObject({ configmaps: '1' });
  });

  it('fill Secrets with the token of their account, and delete them with it', async () => {
    await space('obrador');
    await calm();
    const secret = (name: string, account: string) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      type: 'kubernetes.io/service-account-token',
      metadata: { name, annotations: { 'kubernetes.io/service-account.name': account } },
    });
    await post(`${inside}/secrets`, secret('llave', 'default'));
    await post(`${inside}/secrets`, secret('de-nadie', 'nadie'));
    await calm();
    const { data } = await body(`${inside}/secrets/llave`);
    const text = (key: string) => Buffer.from(data[key] ?? '', 'base64').toString();
    expect([text('token'), text('namespace'), text('ca.crt')]).toEqual([
      'token de obrador/default en llave',
      'obrador',
      'PEM de la autoridad',
    ]);
    expect((await get(`${inside}/secrets/de-nadie`)).code).toBe(404);
    await t.send('DELETE', `${inside}/serviceaccounts/default`);
    await calm();
    expect((await get(`${inside}/secrets/llave`)).code).toBe(404);
  });

  it('keep a claim that a Pod uses, and let it go afterwards', async () => {
    await space('obrador');
    await post(`${inside}/persistentvolumeclaims`, {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'masa' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    });
    await post(`${inside}/pods`, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p' },
      spec: {
        nodeName: 'bandeja',
        containers: [{ name: 'c', image: 'x' }],
        volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'masa' } }],
      },
    });
    await calm();
    const claim = `${inside}/persistentvolumeclaims/masa`;
    expect((await body(claim)).metadata.finalizers).toEqual(['kubernetes.io/pvc-protection']);
    await t.send('DELETE', claim);
    await calm();
    expect((await get(claim)).code).toBe(200);
    await t.send('DELETE', `${inside}/pods/p?gracePeriodSeconds=0`);
    await calm();
    expect((await get(claim)).code).toBe(404);
  });

  it('put together ClusterRoles by label', async () => {
    const roles = '/apis/rbac.authorization.k8s.io/v1/clusterroles';
    const role = (name: string, more: object) => ({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name },
      ...more,
    });
    const rule = { apiGroups: [''], resources: ['pods'], verbs: ['get'] };
    await post(
      roles,
      role('suma', {
        aggregationRule: { clusterRoleSelectors: [{ matchLabels: { suma: 'si' } }] },
        rules: [],
      }),
    );
    await post(roles, {
      ...role('parte', { rules: [rule] }),
      metadata: { name: 'parte', labels: { suma: 'si' } },
    });
    await calm();
    expect((await body(`${roles}/suma`)).rules).toEqual([rule]);
    await merge(`${roles}/parte`, { metadata: { labels: { suma: null } } });
    await calm();
    expect((await body(`${roles}/suma`)).rules ?? []).toEqual([]);
  });
});

describe('which of them run', () => {
  const names = (wanted: readonly string[]) =>
    chooseControllers(controllers, wanted).chosen.map(({ name }) => name);
  it('follows the words of --controllers', () => {
    expect(names(['*'])).toHaveLength(controllers.length);
    expect(names(['*', '-namespace-controller'])).not.toContain('namespace-controller');
    expect(names(['*', '-namespace-controller'])).toHaveLength(controllers.length - 1);
    expect(names(['namespace-controller'])).toEqual(['namespace-controller']);
    expect(names(['namespace', 'pv-protection'])).toEqual([
      'namespace-controller',
      'persistentvolume-protection-controller',
    ]);
    expect(names(['*', '-garbagecollector'])).not.toContain('garbage-collector-controller');
    expect(names([])).toEqual([]);
    expect(chooseControllers(controllers, ['*', '-nada', 'tampoco']).unknown).toEqual(['-nada', 'tampoco']);
  });

  it('leaves undone what a missing one would do, until it is there', async () => {
    await manager.stop();
    manager = start(['*', '-serviceaccount-controller']);
    await space('obrador');
    await calm();
    expect((await get(`${inside}/serviceaccounts/default`)).code).toBe(404);
    await manager.stop();
    manager = start();
    await calm();
    expect((await get(`${inside}/serviceaccounts/default`)).code).toBe(200);
  });
});
