import type { Json } from '../../../base/json.ts';
import type { BuiltinSchemas } from '../../../kube/schema/load.ts';
import type { InstalledResource } from '../contracts.ts';
import { Definitions, type Draft, openApi3 } from './definitions.ts';
import type { KubeDocs } from './docs.ts';
import { type CustomSchemas, Kinds } from './kinds.ts';
import { extensionsOf, pathsOf, type References, rootOf, type SaidOperation } from './operations.ts';

/** What all documents are made of. */
export interface OpenApiSources {
  readonly schemas: BuiltinSchemas;
  /** Read when the first document is asked for. */
  readonly docs: () => KubeDocs;
  readonly customs: CustomSchemas;
  /** `v1.32.3` */
  readonly version: string;
}

/** The document of one group and version, as `/openapi/v3/apis/<group>/<version>` answers it. */
export function openApi3Document(
  { schemas, docs, customs, version }: OpenApiSources,
  of: { readonly group: string; readonly version: string },
  resources: readonly InstalledResource[],
): Json {
  const definitions = new Definitions(openApi3, docs());
  const kinds = new Kinds(definitions, schemas, customs);
  const paths = new Map<string, Json>([
    [`${rootOf(of)}/`, { get: resourceList(of, kinds.meta('APIResourceList')) }],
  ]);
  for (const resource of resources) {
    const references: References = {
      object: (kind) => kinds.object(kind, resource.custom && kind.group === resource.group),
      list: (one) => kinds.list(one),
      meta: (name) => kinds.meta(name),
      operation: saidIn3,
    };
    for (const [path, item] of pathsOf(resource, references)) paths.set(path, item);
  }
  for (const name of ['DeleteOptions', 'WatchEvent']) kinds.addMetaKind(name, of.group, of.version);
  const components: Json = {
    schemas: definitions.all(),
    securitySchemes: {
      BearerToken: {
        type: 'apiKey',
        description: 'Bearer Token authentication',
        name: 'authorization',
        in: 'header',
      },
    },
  };
  return document(version, paths, components);
}

/** What is no resource: version, health, the list of a group's versions. */
export function plainDocument3(version: string, path: string): Json {
  const get = { description: 'get available information', responses: { 200: { description: 'OK' } } };
  return document(version, new Map([[path, { get }]]), {});
}

function document(version: string, paths: ReadonlyMap<string, Json>, components: Json): Json {
  const sorted = [...paths].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version },
    paths: Object.fromEntries(sorted),
    components,
  };
}

const answers = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];

function content(types: readonly string[], schema: Draft): Json {
  return Object.fromEntries(types.map((type) => [type, { schema }]));
}

function saidIn3(said: SaidOperation): Draft {
  return {
    tags: [said.tag],
    description: said.description,
    operationId: said.id,
    ...(said.query.length === 0
      ? {}
      : {
          parameters: said.query.map(({ name, type, description }) => ({
            name,
            in: 'query',
            description,
            schema: { type, uniqueItems: true },
          })),
        }),
    ...(said.body === undefined ? {} : { requestBody: { content: content(said.bodyTypes, said.body) } }),
    responses: {
      ...Object.fromEntries(
        said.codes.map((code) => [
          code,
          { description: reasons[code] ?? '', content: content(answers, said.answer) },
        ]),
      ),
      401: { description: 'Unauthorized' },
    },
    ...extensionsOf(said),
  };
}

const reasons: { readonly [code: number]: string } = { 200: 'OK', 201: 'Created', 202: 'Accepted' };

function resourceList(of: { readonly group: string; readonly version: string }, answer: Draft): Json {
  return {
    tags: [`${of.group === '' ? 'core' : of.group}_${of.version}`],
    description: 'get available resources',
    operationId: `get${of.group === '' ? 'Core' : of.group}APIResources`,
    responses: {
      200: { description: 'OK', content: content(answers, answer) },
      401: { description: 'Unauthorized' },
    },
  };
}
