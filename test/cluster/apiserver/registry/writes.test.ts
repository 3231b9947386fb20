import { beforeEach, describe, expect, it } from 'vitest';
import { configMap, configMaps, type TestServer, testServer } from '../../../helpers/apiServer.ts';

let t: TestServer;
beforeEach(async () => {
  t = await testServer();
});
const url = configMaps();

describe('creating', () => {
  it('answers 201 with what the server fills in', async () => {
    const { code, body } = await t.send('POST', url, { body: configMap('a', { data: { n: '1' } }) });
    expect(code).toBe(201);
    expect(body).toMatchObject({
      kind: 'ConfigMap',
      metadata: { name: 'a', namespace: 'default', creationTimestamp: '2026-01-02T03:04:05Z' },
      data: { n: '1' },
    });
    expect(body.metadata.uid).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    expect((await t.send('GET', `${url}/a`)).body).toEqual(body);
  });

  it('makes up names that read as no word, at most 63 long', async () => {
    const names = [];
    for (const generateName of ['pan-', 'x'.repeat(70)]) {
      const { body } = await t.send('POST', url, { body: { ...configMap(''), metadata: { generateName } } });
      names.push(body.metadata.name ?? '');
    }
    expect(names[0]).toMatch(/^pan-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    expect(names[1]).toHaveLength(63);
  });

  it('tries other names when one is taken, and gives up when all are', async () => {
    const always = { int: () => 0 };
    const clash = await testServer({ parts: () => ({}) });
    Object.assign(clash.server.host.random, always);
    const body = { ...configMap(''), metadata: { generateName: 'a-' } };
    expect((await clash.send('POST', url, { body })).code).toBe(201);
    const second = await clash.send('POST', url, { body });
    expect(second.code).toBe(409);
    expect(second.body.message).toContain('the server was not able to generate a unique name for the object');
  });

  it.each([
    [
      'a name that is none',
      configMap('Ñ'),
      422,
      'ConfigMap "Ñ" is invalid: metadata.name: Invalid value: "Ñ"',
    ],
    [
      'another namespace',
      { ...configMap('a'), metadata: { name: 'a', namespace: 'x' } },
      400,
      'the namespace of the provided object does not match the namespace sent on the request',
    ],
    ['no name', configMap(''), 422, 'name or generateName is required'],
    ['another kind', { ...configMap('a'), kind: 'Secret' }, 400, 'cannot be handled as a ConfigMap'],
    [
      'a resourceVersion',
      { ...configMap('a'), metadata: { name: 'a', resourceVersion: '5' } },
      500,
      'resourceVersion should not be set on objects to be created',
    ],
  ])('refuses %s', async (_, body, code, message) => {
    const answer = await t.send('POST', url, { body });
    expect(answer.code).toBe(code);
    expect(answer.body.message).toContain(message);
  });

  it('refuses what is there already, and says when it is going', async () => {
    const body = { ...configMap('a'), metadata: { name: 'a', finalizers: ['pan.example.com/f'] } };
    await t.send('POST', url, { body });
    expect((await t.send('POST', url, { body })).body.message).toBe('configmaps "a" already exists');
    await t.send('DELETE', `${url}/a`);
    const late = await t.send('POST', url, { body });
    expect(late.code).toBe(409);
    expect(late.body.message).toBe('object is being deleted: configmaps "a" already exists');
  });

  it('changes nothing in a dry run, but checks everything', async () => {
    const { code, body } = await t.send('POST', `${url}?dryRun=All`, { body: configMap('a') });
    expect(code).toBe(201);
    expect(body.metadata.uid).toBeDefined();
    expect(body.metadata.resourceVersion).toBeUndefined();
    expect((await t.send('GET', `${url}/a`)).code).toBe(404);
    expect((await t.send('POST', `${url}?dryRun=All`, { body: configMap('Ñ') })).code).toBe(422);
    expect((await t.send('POST', `${url}?dryRun=Nada`, { body: configMap('a') })).body.message).toContain(
      'dryRun: Unsupported value: []string{"Nada"}: supported values: "All"',
    );
  });

  it('keeps an owner that is told twice once, and says so', async () => {
    const owner = { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u1' };
    const body = { ...configMap('a'), metadata: { name: 'a', ownerReferences: [owner, owner] } };
    const answer = await t.send('POST', url, { body });
    expect(answer.body.metadata.ownerReferences).toEqual([owner]);
    expect(String(answer.headers['warning'])).toContain('duplicate UID(s) observed: [u1]');
  });
});

describe('updating', () => {
  const put = (body: unknown, query = '') => t.send('PUT', `${url}/a${query}`, { body });

  it('needs the version that is there, or none', async () => {
    const { body: first } = await t.send('POST', url, { body: configMap('a') });
    const { body: second } = await put({ ...first, data: { n: '1' } });
    expect(second.metadata.resourceVersion).not.toBe(first.metadata.resourceVersion);
    const stale = await put({ ...first, data: { n: '2' } });
    expect(stale.code).toBe(409);
    expect(stale.body.message).toContain('the object has been modified');
    expect((await put(configMap('a', { data: { n: '3' } }))).code).toBe(200);
  });

  it('keeps the version when nothing changes', async () => {
    const { body } = await t.send('POST', url, { body: configMap('a', { data: { n: '1' } }) });
    expect((await put(body)).body.metadata.resourceVersion).toBe(body.metadata.resourceVersion);
  });

  it.each([
    [
      'another name',
      configMap('b'),
      400,
      'the name of the object (b) does not match the name on the URL (a)',
    ],
    ['no name', configMap(''), 400, 'was undeterminable: name must be provided'],
    ['another uid', { ...configMap('a'), metadata: { name: 'a', uid: 'x' } }, 409, 'UID in precondition: x'],
    [
      'a version that is no number',
      { ...configMap('a'), metadata: { name: 'a', resourceVersion: 'x' } },
      500,
      'strconv.ParseUint: parsing "x": invalid syntax',
    ],
  ])('refuses %s', async (_, body, code, message) => {
    await t.send('POST', url, { body: configMap('a') });
    const answer = await put(body);
    expect(answer.code).toBe(code);
    expect(answer.body.message).toContain(message);
  });

  it('creates what is missing only for the kinds that do', async () => {
    expect((await put(configMap('a'))).code).toBe(404);
    const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'l' } };
    const leases = '/apis/coordination.k8s.io/v1/namespaces/default/leases/l';
    expect((await t.send('PUT', leases, { body: lease })).code).toBe(201);
    expect((await t.send('PUT', leases, { body: lease })).body.message).toContain(
      'metadata.resourceVersion: Invalid value: 0x0: must be specified for an update',
    );
  });

  it('asks whether it may create when it would', async () => {
    const authorizer = {
      authorize: ({ verb }: { verb: string }) => ({ allowed: verb !== 'create', reason: '' }),
    };
    const limited = await testServer({ parts: () => ({ authorizer }) });
    const answer = await limited.send('PUT', '/apis/coordination.k8s.io/v1/namespaces/default/leases/l', {
      body: { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'l' } },
    });
    expect(answer.code).toBe(403);
    expect(answer.body.message).toContain('cannot create resource "leases"');
  });

  it('counts generations of what is neither metadata nor status', async () => {
    const deployments = '/apis/apps/v1/namespaces/default/deployments';
    const labels = { app: 'horno' };
    const spec = {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'pan' }] } },
    };
    const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd' }, spec };
    const generations = [];
    generations.push((await t.send('POST', deployments, { body: deployment })).body.metadata.generation);
    const patch = (body: unknown, sub = '') =>
      t.send('PATCH', `${deployments}/d${sub}`, {
        body,
        headers: { 'content-type': 'application/merge-patch+json' },
      });
    generations.push((await patch({ metadata: { labels: { a: 'b' } } })).body.metadata.generation);
    generations.push((await patch({ spec: { replicas: 3 } })).body.metadata.generation);
    generations.push((await patch({ status: { replicas: 3 } }, '/status')).body.metadata.generation);
    expect(generations).toEqual([1, 1, 2, 2]);
  });

  it('scales nothing but the object that is meant', async () => {
    const labels = { a: 'b' };
    const spec = {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'pan' }] } },
    };
    const url = '/apis/apps/v1/namespaces/default/deployments';
    const { uid } = (await t.send('POST', url, { body: { metadata: { name: 'd' }, spec } })).body.metadata;
    const scale = (of: unknown) =>
      t.send('PUT', `${url}/d/scale`, { body: { metadata: { name: 'd', uid: of }, spec: { replicas: 2 } } });
    const refused = await scale('otro');
    expect([refused.code, refused.body.message]).toEqual([
      409,
      `Operation cannot be fulfilled on deployments/scale.apps "d": Precondition failed: UID in precondition: otro, UID in object meta: ${uid}`,
    ]);
    expect((await scale(uid)).code).toBe(200);
  });

  it('lets metadata change through the status, but not what is wanted', async () => {
    const services = '/api/v1/namespaces/default/services';
    await t.send('POST', services, { body: { metadata: { name: 's' }, spec: { ports: [{ port: 80 }] } } });
    const { body } = await t.send('PATCH', `${services}/s/status`, {
      body: { metadata: { labels: { a: 'b' } }, spec: { ports: [{ port: 81 }] } },
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    expect(body).toMatchObject({ metadata: { labels: { a: 'b' } }, spec: { ports: [{ port: 80 }] } });
  });

  it('notes when the phase of a volume changed', async () => {
    const volumes = '/api/v1/persistentvolumes';
    const spec = { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/x' } };
    const made = (await t.send('POST', volumes, { body: { metadata: { name: 'v' }, spec } })).body;
    await t.clock.advance(60_000);
    const phase = async (to: string) =>
      (
        await t.send('PATCH', `${volumes}/v/status`, {
          body: { status: { phase: to } },
          headers: { 'content-type': 'application/merge-patch+json' },
        })
      ).body.status as unknown as { readonly lastPhaseTransitionTime: string };
    const before = (made.status as unknown as { readonly lastPhaseTransitionTime: string })
      .lastPhaseTransitionTime;
    expect((await phase('Pending')).lastPhaseTransitionTime).toBe(before);
    expect((await phase('Available')).lastPhaseTransitionTime > before).toBe(true);
  });
});
