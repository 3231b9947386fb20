import {
  type ApiException,
  AppsV1Api,
  CoreV1Api,
  KubeConfig,
  KubernetesObjectApi,
  PatchStrategy,
  setHeaderOptions,
  type V1Status,
} from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCluster, type TestCluster } from '../helpers/cluster.ts';

const namespace = 'default';
let here: TestCluster;
let core: CoreV1Api;
let apps: AppsV1Api;
let objects: KubernetesObjectApi;

beforeAll(async () => {
  here = await startTestCluster();
  const config = new KubeConfig();
  config.loadFromFile(here.kubeconfig);
  core = config.makeApiClient(CoreV1Api);
  apps = config.makeApiClient(AppsV1Api);
  objects = KubernetesObjectApi.makeApiClient(config);
});
afterAll(() => here.stop());

const recipe = (name: string, data: Record<string, string> = { pan: 'barra' }) => ({
  namespace,
  body: { metadata: { name, labels: { horno: 'si' } }, data },
});

/** What the server said when it refused. */
async function refusal(call: Promise<unknown>): Promise<V1Status> {
  const error = await call.then(
    () => undefined,
    (cause: unknown) => cause as ApiException<string>,
  );
  expect(error?.code).toBeGreaterThanOrEqual(400);
  const status = JSON.parse(error?.body ?? '{}') as V1Status;
  expect(status).toMatchObject({ kind: 'Status', status: 'Failure', code: error?.code });
  return status;
}

describe('one object', () => {
  it('is created, read, replaced and deleted', async () => {
    const created = await core.createNamespacedConfigMap(recipe('uno'));
    expect(created.metadata?.creationTimestamp).toBeInstanceOf(Date);
    expect((await core.readNamespacedConfigMap({ namespace, name: 'uno' })).data).toEqual({ pan: 'barra' });
    const replaced = await core.replaceNamespacedConfigMap({
      namespace,
      name: 'uno',
      body: { ...created, data: { pan: 'hogaza' } },
    });
    expect(replaced.data).toEqual({ pan: 'hogaza' });
    expect(replaced.metadata?.uid).toBe(created.metadata?.uid);
    const deleted = await core.deleteNamespacedConfigMap({ namespace, name: 'uno' });
    expect(deleted).toMatchObject({ status: 'Success', details: { name: 'uno', kind: 'configmaps' } });
    expect((await refusal(core.readNamespacedConfigMap({ namespace, name: 'uno' }))).reason).toBe('NotFound');
  });

  it('is told of by its type alone', async () => {
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'caja', namespace },
      spec: { ports: [{ port: 80 }] },
    };
    await objects.create(service);
    expect(await objects.read(service)).toMatchObject({ spec: { type: 'ClusterIP' } });
    await objects.delete(service);
    expect((await refusal(objects.read(service))).message).toBe('services "caja" not found');
  });

  it('is not stored in a dry run', async () => {
    const dry = await core.createNamespacedConfigMap({ ...recipe('seco'), dryRun: 'All' });
    expect(dry.metadata?.uid).toBeTruthy();
    expect((await refusal(core.readNamespacedConfigMap({ namespace, name: 'seco' }))).code).toBe(404);
  });
});

describe('lists', () => {
  it('come in pages of one revision', async () => {
    for (let n = 0; n < 7; n++) await core.createNamespacedSecret({ namespace, body: secret(n) });
    const names: (string | undefined)[] = [];
    const revisions = new Set<string | undefined>();
    let _continue: string | undefined;
    do {
      const page = await core.listNamespacedSecret({
        namespace,
        limit: 3,
        labelSelector: 'lista=larga',
        ...(_continue === undefined ? {} : { _continue }),
      });
      expect(page.items.length).toBeLessThanOrEqual(3);
      names.push(...page.items.map(({ metadata }) => metadata?.name));
      revisions.add(page.metadata?.resourceVersion);
      _continue = page.metadata?._continue || undefined;
      // What comes now is not in the pages that are still to be read.
      if (names.length === 3) await core.createNamespacedSecret({ namespace, body: secret(9) });
    } while (_continue !== undefined);
    expect(names).toEqual([0, 1, 2, 3, 4, 5, 6].map((n) => `s-${n}`));
    expect(revisions.size).toBe(1);
  });

  it('know selectors, and refuse fields they do not know', async () => {
    const one = await core.listNamespacedSecret({ namespace, fieldSelector: 'metadata.name=s-2' });
    expect(one.items.map(({ metadata }) => metadata?.name)).toEqual(['s-2']);
    const refused = await refusal(core.listNamespacedSecret({ namespace, fieldSelector: 'data.a=b' }));
    expect(refused).toMatchObject({ code: 400, reason: 'BadRequest' });
  });

  it('are deleted at once', async () => {
    await core.deleteCollectionNamespacedSecret({ namespace, labelSelector: 'lista=larga' });
    expect((await core.listNamespacedSecret({ namespace, labelSelector: 'lista=larga' })).items).toEqual([]);
  });
});

function secret(n: number) {
  return { metadata: { name: `s-${n}`, labels: { lista: 'larga' } }, stringData: { n: String(n) } };
}

describe('patches', () => {
  const name = 'web';
  const by = (strategy: PatchStrategy) => setHeaderOptions('Content-Type', strategy);
  const container = (image: string) => ({ name: 'web', image });
  beforeAll(async () => {
    const template = { metadata: { labels: { app: name } }, spec: { containers: [container('nginx:1')] } };
    await apps.createNamespacedDeployment({
      namespace,
      body: { metadata: { name }, spec: { selector: { matchLabels: { app: name } }, template } },
    });
  });

  it('are JSON patches', async () => {
    const body = [
      { op: 'test', path: '/spec/replicas', value: 1 },
      { op: 'replace', path: '/spec/replicas', value: 2 },
    ];
    const done = await apps.patchNamespacedDeployment({ namespace, name, body }, by(PatchStrategy.JsonPatch));
    expect(done.spec?.replicas).toBe(2);
    const again = apps.patchNamespacedDeployment({ namespace, name, body }, by(PatchStrategy.JsonPatch));
    expect(await refusal(again)).toMatchObject({ code: 422, reason: 'Invalid' });
  });

  it('are merge patches', async () => {
    const body = { metadata: { labels: { turno: 'noche' } } };
    const done = await apps.patchNamespacedDeployment(
      { namespace, name, body },
      by(PatchStrategy.MergePatch),
    );
    expect(done.metadata?.labels).toEqual({ turno: 'noche' });
  });

  it('are strategic merge patches', async () => {
    const body = { spec: { template: { spec: { containers: [{ name: 'lado', image: 'busybox' }] } } } };
    const done = await apps.patchNamespacedDeployment(
      { namespace, name, body },
      by(PatchStrategy.StrategicMergePatch),
    );
    expect(done.spec?.template.spec?.containers.map((one) => one.name)).toEqual(['lado', 'web']);
  });

  it('are applied, and conflict with who applied before', async () => {
    const wanted = (replicas: number, fieldManager: string, force = false) =>
      apps.patchNamespacedDeployment(
        {
          namespace,
          name,
          fieldManager,
          force,
          body: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name }, spec: { replicas } },
        },
        by(PatchStrategy.ServerSideApply),
      );
    await wanted(5, 'ana', true);
    const refused = await refusal(wanted(6, 'luis'));
    expect(refused).toMatchObject({
      code: 409,
      reason: 'Conflict',
      message: 'Apply failed with 1 conflict: conflict with "ana": .spec.replicas',
      details: { causes: [{ reason: 'FieldManagerConflict', field: '.spec.replicas' }] },
    });
    const forced = await wanted(6, 'luis', true);
    expect(forced.spec?.replicas).toBe(6);
    const owners = forced.metadata?.managedFields?.filter(({ operation }) => operation === 'Apply');
    expect(owners?.map(({ manager }) => manager)).toContain('luis');
  });
});

describe('refusals', () => {
  it('say that it exists', async () => {
    await core.createNamespacedConfigMap(recipe('doble'));
    expect(await refusal(core.createNamespacedConfigMap(recipe('doble')))).toMatchObject({
      code: 409,
      reason: 'AlreadyExists',
      message: 'configmaps "doble" already exists',
      details: { name: 'doble', kind: 'configmaps' },
    });
  });

  it('say that somebody else wrote meanwhile', async () => {
    const first = await core.createNamespacedConfigMap(recipe('vieja'));
    await core.replaceNamespacedConfigMap({ namespace, name: 'vieja', body: { ...first, data: { a: 'b' } } });
    const late = core.replaceNamespacedConfigMap({ namespace, name: 'vieja', body: { ...first, data: {} } });
    expect(await refusal(late)).toMatchObject({ code: 409, reason: 'Conflict' });
  });

  it('say what is wrong with each field', async () => {
    const body = { metadata: { name: 'Mala' }, spec: { containers: [] } };
    const refused = await refusal(core.createNamespacedPod({ namespace, body }));
    expect(refused).toMatchObject({ code: 422, reason: 'Invalid', details: { name: 'Mala', kind: 'Pod' } });
    const fields = refused.details?.causes?.map(({ field }) => field);
    expect(fields).toEqual(expect.arrayContaining(['metadata.name', 'spec.containers']));
  });
});
