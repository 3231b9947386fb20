import { describe, expect, it } from 'vitest';
import type { KubeDocs } from '../../../../src/cluster/apiserver/openapi/docs.ts';
import { openApiRoutes } from '../../../../src/cluster/apiserver/openapi/routes.ts';
import { ResourceCatalog } from '../../../../src/cluster/apiserver/registry/catalog.ts';
import type { ResourceDefinition } from '../../../../src/kube/resources/definition.ts';
import { resources } from '../../../../src/kube/resources/index.ts';
import { StatusError } from '../../../../src/kube/status.ts';
import { builtinSchemas } from '../../../helpers/kubeSchemas.ts';
import { bodyOf, jsonOf, pathRequest } from '../../../helpers/requestContext.ts';

type Node = { [key: string]: Node };

const docs: KubeDocs = {
  'core/v1.ServiceSpec': {
    fields: { type: 'How it is exposed.' },
    enums: { type: ['ClusterIP', 'NodePort'] },
  },
  'core/v1.ConfigMap': { description: 'Configuration.', fields: { metadata: 'Standard metadata.' } },
};
const harina = { type: 'string', description: 'La harina.', enum: ['trigo', 'centeno'] };
const panSchema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      required: ['harina'],
      properties: { harina, oneOf: { type: 'string' }, x: { 'x-kubernetes-int-or-string': true, anyOf: [] } },
    },
  },
};
const pan: ResourceDefinition = {
  group: 'obrador.example',
  version: 'v1',
  kind: 'Pan',
  plural: 'panes',
  namespaced: true,
  validate: () => [],
};

function server() {
  const catalog = new ResourceCatalog(builtinSchemas);
  for (const resource of resources) catalog.install(resource);
  const routes = openApiRoutes({
    catalog,
    schemas: builtinSchemas,
    docs: () => docs,
    customs: (group, version, kind) =>
      `${group}/${version}/${kind}` === 'obrador.example/v1/Pan' ? panSchema : undefined,
    version: 'v1.32.0',
  });
  const get = (url: string, headers: { [name: string]: string } = {}) => {
    const context = pathRequest(url, headers);
    const { path } = context.info;
    const route = routes.find(
      (one) => path === one.path || (one.prefix === true && path.startsWith(`${one.path}/`)),
    );
    const answer = route?.handle(context);
    if (answer instanceof Promise) throw new Error('OpenAPI answers at once');
    return answer;
  };
  const hashOf = (path: string): string => {
    const { paths } = jsonOf(get('/openapi/v3')) as {
      paths: { [path: string]: { serverRelativeURL: string } };
    };
    return String(paths[path]?.serverRelativeURL).split('?hash=')[1] ?? '';
  };
  return { catalog, get, hashOf };
}

describe('OpenAPI 3', () => {
  const { get, hashOf } = server();
  const core = jsonOf(get('/openapi/v3/api/v1')) as Node;
  const schema = (name: string): Node => core.components?.schemas?.[name] ?? {};

  it('describes types with their semantics for patches and apply', () => {
    const container = schema('io.k8s.api.core.v1.Container');
    expect(container.required).toEqual(['name']);
    expect(container.properties?.ports).toEqual({
      type: 'array',
      items: { default: {}, allOf: [{ $ref: '#/components/schemas/io.k8s.api.core.v1.ContainerPort' }] },
      'x-kubernetes-list-map-keys': ['containerPort', 'protocol'],
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-patch-merge-key': 'containerPort',
      'x-kubernetes-patch-strategy': 'merge',
    });
    expect(container.properties?.command).toEqual({
      type: 'array',
      items: { type: 'string', default: '' },
      'x-kubernetes-list-type': 'atomic',
    });
    expect(schema('io.k8s.api.core.v1.ContainerPort').properties?.protocol).toMatchObject({ default: 'TCP' });
    expect(schema('io.k8s.api.core.v1.ContainerPort').properties?.containerPort).toEqual({
      type: 'integer',
      format: 'int32',
      default: 0,
    });
    expect(schema('io.k8s.api.core.v1.ObjectReference')['x-kubernetes-map-type']).toBe('atomic');
    expect(schema('io.k8s.api.core.v1.VolumeProjection').properties).not.toHaveProperty('volumeSource');
  });

  it('adds descriptions and enumerations where they are known', () => {
    expect(schema('io.k8s.api.core.v1.ServiceSpec').properties?.type).toEqual({
      description: 'How it is exposed.',
      type: 'string',
      enum: ['ClusterIP', 'NodePort'],
    });
    expect(schema('io.k8s.api.core.v1.ConfigMap')).toMatchObject({
      description: 'Configuration.',
      properties: {
        metadata: {
          description: 'Standard metadata.',
          default: {},
          allOf: [{ $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' }],
        },
      },
      'x-kubernetes-group-version-kind': [{ group: '', kind: 'ConfigMap', version: 'v1' }],
    });
  });

  it('refers to nothing that it does not describe', () => {
    const known = new Set(Object.keys(core.components?.schemas ?? {}));
    const referred = [...JSON.stringify(core).matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(
      (one) => one[1],
    );
    expect(referred.filter((name) => !known.has(name ?? ''))).toEqual([]);
  });

  it('tells kubectl that patches can be validated by the server', () => {
    const patch = core.paths?.['/api/v1/namespaces/{namespace}/pods/{name}']?.patch;
    expect(patch?.['x-kubernetes-group-version-kind']).toEqual({ group: '', kind: 'Pod', version: 'v1' });
    expect(patch?.parameters).toContainEqual(
      expect.objectContaining({ name: 'fieldValidation', in: 'query' }),
    );
  });

  it('gives each path its operations', () => {
    const paths = core.paths ?? {};
    expect(Object.keys(paths['/api/v1/namespaces/{name}'] ?? {})).toEqual(
      expect.arrayContaining(['get', 'put', 'patch', 'delete']),
    );
    expect(paths['/api/v1/pods']).not.toHaveProperty('post');
    expect(paths).toHaveProperty(['/api/v1/watch/namespaces/{namespace}/pods/{name}']);
    expect(paths).toHaveProperty(['/api/v1/namespaces/{namespace}/pods/{name}/status']);
  });

  it('can be kept for ever under its hash, and sends old hashes to the new one', () => {
    const hash = hashOf('apis/apps/v1');
    const answer = get(`/openapi/v3/apis/apps/v1?hash=${hash}`);
    expect(answer?.headers['cache-control']).toContain('immutable');
    const etag = String(answer?.headers.etag);
    expect(get('/openapi/v3/apis/apps/v1', { 'if-none-match': etag })?.status).toBe(304);
    const moved = get('/openapi/v3/apis/apps/v1?hash=AB');
    expect(moved).toMatchObject({
      status: 301,
      headers: { location: `/openapi/v3/apis/apps/v1?hash=${hash}` },
    });
  });

  it('says nothing about what is not there, and refuses what it cannot write', () => {
    expect(get('/openapi/v3/apis/nada/v1')?.status).toBe(404);
    expect(() => get('/openapi/v3/api/v1', { accept: 'application/xml' })).toThrow(StatusError);
  });
});

describe('custom resources', () => {
  it('are described as their definition says, and change the hash of their version only', () => {
    const { catalog, get, hashOf } = server();
    const before = hashOf('apis/apps/v1');
    catalog.install(pan, { custom: true });
    expect(hashOf('apis/apps/v1')).toBe(before);
    const document = jsonOf(get('/openapi/v3/apis/obrador.example/v1')) as Node;
    const described = document.components?.schemas?.['example.obrador.v1.Pan'];
    expect(described).toMatchObject({
      properties: { spec: { properties: { harina } }, kind: { type: 'string' } },
      'x-kubernetes-group-version-kind': [{ group: 'obrador.example', kind: 'Pan', version: 'v1' }],
    });
    expect(document.components?.schemas).toHaveProperty(['example.obrador.v1.PanList']);
  });

  it('take no strategic patches, and say so', () => {
    const { catalog, get } = server();
    catalog.install(pan, { custom: true });
    const patchTypes = (url: string, path: string) =>
      Object.keys((jsonOf(get(url)) as Node).paths?.[path]?.patch?.requestBody?.content ?? {});
    const item = '/namespaces/{namespace}/';
    expect(
      patchTypes('/openapi/v3/apis/obrador.example/v1', `/apis/obrador.example/v1${item}panes/{name}`),
    ).toEqual([
      'application/apply-patch+yaml',
      'application/json-patch+json',
      'application/merge-patch+json',
    ]);
    expect(patchTypes('/openapi/v3/api/v1', `/api/v1${item}pods/{name}`)).toContain(
      'application/strategic-merge-patch+json',
    );
  });
});

describe('OpenAPI 2', () => {
  it('is one document, without what it has no words for', () => {
    const { catalog, get } = server();
    catalog.install(pan, { custom: true });
    const { swagger, definitions, paths } = jsonOf(get('/openapi/v2')) as Node;
    expect(swagger).toBe('2.0');
    expect(definitions?.['io.k8s.api.core.v1.Pod']?.properties?.spec).toEqual({
      $ref: '#/definitions/io.k8s.api.core.v1.PodSpec',
    });
    expect(definitions?.['example.obrador.v1.Pan']?.properties?.spec?.properties).toEqual({
      harina,
      oneOf: { type: 'string' },
      x: { 'x-kubernetes-int-or-string': true },
    });
    expect(
      paths?.['/apis/apps/v1/namespaces/{namespace}/deployments/{name}']?.patch?.parameters,
    ).toContainEqual(expect.objectContaining({ name: 'fieldValidation', in: 'query', type: 'string' }));
  });

  it('comes in the protobuf of kubectl, under its own name', () => {
    const { get } = server();
    const answer = get('/openapi/v2', {
      accept: 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf',
    });
    expect(answer?.headers['content-type']).toBe(
      'application/com.github.proto-openapi.spec.v2.v1.0+protobuf',
    );
    const bytes = bodyOf(answer);
    // Field 1 is the version, field 2 the title and version of the API.
    expect(bytes.subarray(0, 5)).toEqual(Buffer.from([0x0a, 3, 0x32, 0x2e, 0x30]));
    expect(bytes.includes('io.k8s.api.core.v1.PodSpec')).toBe(true);
    expect(bytes.includes('x-kubernetes-patch-merge-key')).toBe(true);
    const etag = String(answer?.headers.etag);
    const accept = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';
    expect(get('/openapi/v2', { accept, 'if-none-match': etag })?.status).toBe(304);
    expect(get('/openapi/v2', { accept: 'application/json', 'if-none-match': etag })?.status).toBe(200);
  });
});
