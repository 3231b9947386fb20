import { beforeEach, describe, expect, it } from 'vitest';
import { settle, type TestServer, testServer } from '../../../helpers/apiServer.ts';

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const group = 'panaderia.example';
const panes = `/apis/${group}/v1/namespaces/default/panes`;

const definition = (plural: string, names: object = {}, properties: object = {}) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: { plural, singular: 'pan', kind: 'Pan', ...names },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', properties } },
      },
    ],
  },
});
const pan = (name: string, more: object = {}) => ({
  apiVersion: `${group}/v1`,
  kind: 'Pan',
  metadata: { name },
  ...more,
});

let t: TestServer;
const define = async (body: object) => {
  const answer = await t.send('POST', definitions, { body });
  await settle();
  return answer;
};

beforeEach(async () => {
  t = await testServer();
});

describe('a kind that someone defined', () => {
  it('is served once its names are accepted', async () => {
    expect((await t.send('POST', panes, { body: pan('a') })).code).toBe(404);
    expect((await define(definition('panes'))).code).toBe(201);
    const { body } = await t.send('GET', `${definitions}/panes.${group}`);
    const { conditions } = body.status as unknown as { conditions: { type: string; status: string }[] };
    expect(conditions.map(({ type, status }) => [type, status])).toEqual([
      ['NamesAccepted', 'True'],
      ['Established', 'True'],
    ]);
    expect((await t.send('POST', panes, { body: pan('a') })).code).toBe(201);
  });

  it('is checked against its newest schema', async () => {
    await define(definition('panes', {}, { peso: { type: 'integer' } }));
    const wrong = await t.send('POST', panes, { body: pan('a', { peso: 'mucho' }) });
    expect(wrong.code).toBe(422);
    expect(wrong.body.message).toContain('peso in body must be of type integer: "string"');
    const url = `${definitions}/panes.${group}`;
    const { body } = await t.send('GET', url);
    const { spec } = definition('panes', {}, { peso: { type: 'string' } });
    expect((await t.send('PUT', url, { body: { ...body, spec } })).code).toBe(200);
    await settle();
    expect((await t.send('POST', panes, { body: pan('a', { peso: 'mucho' }) })).code).toBe(201);
  });

  it('waits while its names are taken, and takes over when they are free', async () => {
    await define(definition('panes'));
    await define(definition('hogazas'));
    const url = `${definitions}/hogazas.${group}`;
    expect((await t.send('GET', url)).text).toContain('"reason":"ListKindConflict"');
    const hogazas = `/apis/${group}/v1/namespaces/default/hogazas`;
    expect((await t.send('GET', hogazas)).code).toBe(404);
    await t.send('DELETE', `${definitions}/panes.${group}`);
    await settle();
    await settle();
    expect((await t.send('GET', hogazas)).code).toBe(200);
  });

  it('goes with everything of its kind', async () => {
    await define(definition('panes'));
    await t.send('POST', panes, { body: pan('a') });
    await t.send('DELETE', `${definitions}/panes.${group}`);
    await settle();
    expect((await t.send('GET', panes)).code).toBe(404);
    await define(definition('panes'));
    expect((await t.send('GET', panes)).body.items).toEqual([]);
  });
});
