import { describe, expect, it } from 'vitest';
import { localApiServices } from '../../../../src/cluster/apiserver/discovery/local-api-services.ts';
import { discoveryRoutes } from '../../../../src/cluster/apiserver/discovery/routes.ts';
import { ResourceCatalog } from '../../../../src/cluster/apiserver/registry/catalog.ts';
import type { ResourceDefinition } from '../../../../src/kube/resources/definition.ts';
import { resources } from '../../../../src/kube/resources/index.ts';
import { StatusError } from '../../../../src/kube/status.ts';
import type { ApiResponse } from '../../../../src/kube/transport.ts';
import { builtinSchemas } from '../../../helpers/kubeSchemas.ts';
import { bodyOf, jsonOf, pathRequest } from '../../../helpers/requestContext.ts';

function server() {
  const catalog = new ResourceCatalog(builtinSchemas);
  for (const resource of resources) catalog.install(resource);
  const routes = discoveryRoutes(catalog);
  const get = (
    url: string,
    headers: { [name: string]: string } = {},
    method = 'GET',
  ): ApiResponse | undefined => {
    const context = pathRequest(url, headers, method);
    const route = routes.find(
      ({ path }) => context.info.path === path || context.info.path.startsWith(`${path}/`),
    );
    const answer = route?.handle(context);
    if (answer instanceof Promise) throw new Error('discovery answers at once');
    return answer;
  };
  return { catalog, get, routes };
}

const pan: ResourceDefinition = {
  group: 'obrador.example',
  version: 'v1',
  kind: 'Pan',
  plural: 'panes',
  namespaced: true,
  alsoServed: [],
  subresources: { status: {} },
  validate: () => [],
};

function refusal(action: () => unknown): StatusError {
  try {
    action();
  } catch (error) {
    if (error instanceof StatusError) return error;
    throw error;
  }
  throw new Error('was not refused');
}

const aggregated = (version: string) =>
  `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;

describe('the documents of each group and version', () => {
  const { get } = server();

  it('list the groups in upstream’s order, each with its preferred version', () => {
    const { groups } = jsonOf(get('/apis')) as { groups: { name: string; preferredVersion: object }[] };
    expect(groups.map(({ name }) => name).slice(0, 4)).toEqual([
      'apiregistration.k8s.io',
      'apps',
      'events.k8s.io',
      'autoscaling',
    ]);
    expect(groups.find(({ name }) => name === 'autoscaling')?.preferredVersion).toEqual({
      groupVersion: 'autoscaling/v2',
      version: 'v2',
    });
  });

  it('tell resources with their subresources, verbs and names', () => {
    const list = jsonOf(get('/apis/apps/v1'));
    expect(list).toMatchObject({ kind: 'APIResourceList', apiVersion: 'v1', groupVersion: 'apps/v1' });
    const found = (list.resources as { name: string }[]).filter(({ name }) => name.startsWith('deployments'));
    expect(found).toEqual([
      {
        name: 'deployments',
        singularName: 'deployment',
        namespaced: true,
        kind: 'Deployment',
        verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
        shortNames: ['deploy'],
        categories: ['all'],
        storageVersionHash: '8aSe+NMegvE=',
      },
      {
        name: 'deployments/scale',
        singularName: '',
        namespaced: true,
        group: 'autoscaling',
        version: 'v1',
        kind: 'Scale',
        verbs: ['get', 'patch', 'update'],
      },
      {
        name: 'deployments/status',
        singularName: '',
        namespaced: true,
        kind: 'Deployment',
        verbs: ['get', 'patch', 'update'],
      },
    ]);
  });

  it('name the address under which the client came', () => {
    expect(jsonOf(get('/api', { host: '127.0.0.1:6443' }))).toEqual({
      kind: 'APIVersions',
      versions: ['v1'],
      serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: '127.0.0.1:6443' }],
    });
  });

  it('say by a Status what is missing below a group, and leave other groups to others', () => {
    const { status } = refusal(() => get('/apis/apps/v9'));
    expect(status).toMatchObject({ code: 404, reason: 'NotFound', details: {} });
    expect(refusal(() => get('/api/v2')).status.code).toBe(404);
    expect(get('/apis/nada.example.com')).toBeUndefined();
  });

  it('take other methods where upstream does', () => {
    expect(refusal(() => get('/api', {}, 'POST')).status.code).toBe(405);
    expect(refusal(() => get('/apis/apps/v1', {}, 'DELETE')).status.code).toBe(405);
    expect(jsonOf(get('/apis/apps', {}, 'POST'))).toMatchObject({ kind: 'APIGroup' });
  });
});

describe('everything in one document', () => {
  const { get } = server();

  it('is what kubectl asks for, in the version that it puts first', () => {
    const accept = `${aggregated('v2')},${aggregated('v2beta1')},application/json`;
    const answer = get('/apis', { accept });
    expect(answer?.headers).toMatchObject({ 'content-type': aggregated('v2'), vary: 'Accept' });
    expect(jsonOf(answer)).toMatchObject({
      kind: 'APIGroupDiscoveryList',
      apiVersion: 'apidiscovery.k8s.io/v2',
    });
    const old = get('/api', { accept: `${aggregated('v2beta1')},application/json` });
    expect(old?.headers['content-type']).toBe(aggregated('v2beta1'));
    const [core] = jsonOf(old).items as { versions: { resources: { resource: string }[] }[] }[];
    expect(core?.versions[0]?.resources.map(({ resource }) => resource)).toContain('pods');
  });

  it('falls back to the plain form, or is refused', () => {
    expect(jsonOf(get('/api', { accept: `${aggregated('v9')},application/json` })).kind).toBe('APIVersions');
    expect(refusal(() => get('/api', { accept: aggregated('v9') })).status.code).toBe(406);
    expect(refusal(() => get('/apis/apps/v1', { accept: aggregated('v2') })).status.code).toBe(406);
  });

  it('is not sent again to who has it, until something changes', () => {
    const { catalog, get: ask } = server();
    const first = ask('/apis', { accept: aggregated('v2') });
    const etag = String(first?.headers.etag);
    const again = ask('/apis', { accept: aggregated('v2'), 'if-none-match': etag });
    expect(again?.status).toBe(304);
    expect(bodyOf(again)).toHaveLength(0);
    catalog.install(pan, { custom: true });
    const changed = ask('/apis', { accept: aggregated('v2'), 'if-none-match': etag });
    expect(changed?.status).toBe(200);
    expect(changed?.headers.etag).not.toBe(etag);
  });
});

describe('custom resources', () => {
  it('come after the built-in groups, by name, say all of their kind, and go again', () => {
    const { catalog, get } = server();
    catalog.install(pan, { custom: true });
    catalog.install({ ...pan, group: 'a.example', kind: 'Bollo', plural: 'bollos' }, { custom: true });
    const { groups } = jsonOf(get('/apis')) as { groups: { name: string }[] };
    expect(groups.slice(-2).map(({ name }) => name)).toEqual(['a.example', 'obrador.example']);
    const { items } = jsonOf(get('/apis', { accept: aggregated('v2') })) as {
      items: { metadata: { name: string }; versions: { resources: object[] }[] }[];
    };
    const kind = { group: 'obrador.example', version: 'v1', kind: 'Pan' };
    expect(items.find(({ metadata }) => metadata.name === 'obrador.example')?.versions[0]?.resources).toEqual(
      [
        {
          resource: 'panes',
          responseKind: kind,
          scope: 'Namespaced',
          singularResource: 'pan',
          verbs: ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'],
          subresources: [{ subresource: 'status', responseKind: kind, verbs: ['get', 'patch', 'update'] }],
        },
      ],
    );
    catalog.remove('obrador.example', 'panes');
    expect(get('/apis/obrador.example')).toBeUndefined();
  });
});

it('lists its paths', () => {
  const paths = server().routes.flatMap((route) => route.listedPaths?.() ?? []);
  expect(paths).toEqual(expect.arrayContaining(['/api', '/api/v1', '/apis', '/apis/apps', '/apis/apps/v1']));
});

it('has an APIService for each group and version that is served', () => {
  const { catalog } = server();
  const names = new Set(localApiServices().map(({ metadata }) => metadata.name));
  for (const { group, version } of catalog.all())
    if (group !== 'apiregistration.k8s.io') expect(names).toContain(`${version}.${group}`);
});
