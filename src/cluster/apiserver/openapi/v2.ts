import type { Json, JsonObject } from '../../../base/json.ts';
import type { InstalledResource } from '../contracts.ts';
import { Definitions, type Draft, openApi2 } from './definitions.ts';
import { Kinds } from './kinds.ts';
import { extensionsOf, pathsOf, type References, type SaidOperation } from './operations.ts';
import type { OpenApiSources } from './v3.ts';

/** The one document of OpenAPI 2 about everything, which clients before 1.29 read. */
export function openApi2Document(
  { schemas, docs, customs, version }: OpenApiSources,
  resources: readonly InstalledResource[],
): JsonObject {
  const definitions = new Definitions(openApi2, docs());
  const kinds = new Kinds(definitions, schemas, (group, of, kind) => {
    const schema = customs(group, of, kind);
    return schema === undefined ? undefined : (withoutVersion3(schema) as JsonObject);
  });
  const paths = new Map<string, Json>();
  for (const resource of resources) {
    const references: References = {
      object: (kind) => kinds.object(kind, resource.custom && kind.group === resource.group),
      list: (one) => kinds.list(one),
      meta: (name) => kinds.meta(name),
      operation: saidIn2,
    };
    // Nobody looks for the deprecated watch paths here, and they are half of the document.
    for (const [path, item] of pathsOf(resource, references))
      if (!path.includes('/watch/')) paths.set(path, asItem2(item as JsonObject));
    for (const name of ['DeleteOptions', 'WatchEvent'])
      kinds.addMetaKind(name, resource.group, resource.version);
  }
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version },
    paths: Object.fromEntries([...paths].sort(([a], [b]) => (a < b ? -1 : 1))),
    definitions: definitions.all(),
    parameters: {},
    securityDefinitions: {
      BearerToken: {
        description: 'Bearer Token authentication',
        type: 'apiKey',
        name: 'authorization',
        in: 'header',
      },
    },
    security: [{ BearerToken: [] }],
  };
}

const types = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];

function saidIn2(said: SaidOperation): Draft {
  return {
    description: said.description,
    consumes: [...said.bodyTypes],
    produces: types,
    schemes: ['https'],
    tags: [said.tag],
    operationId: said.id,
    parameters: [
      ...(said.body === undefined ? [] : [{ name: 'body', in: 'body', required: true, schema: said.body }]),
      ...said.query.map(({ name, type, description }) => ({
        name,
        in: 'query',
        description,
        type,
        uniqueItems: true,
      })),
    ],
    responses: {
      ...Object.fromEntries(said.codes.map((code) => [code, { description: 'OK', schema: said.answer }])),
      401: { description: 'Unauthorized' },
    },
    ...extensionsOf(said),
  };
}

/** The parameters of a path have their type beside them, not in a schema. */
function asItem2(item: JsonObject): Json {
  const parameters = (item.parameters ?? []) as readonly JsonObject[];
  return {
    ...item,
    parameters: parameters.map(({ schema, ...rest }) => ({ ...rest, ...((schema ?? {}) as JsonObject) })),
  };
}

const onlyIn3 = new Set(['oneOf', 'anyOf', 'not', 'nullable', 'allOf']);

/** Mirrors apiextensions' ToStructuralOpenAPIV2: what OpenAPI 2 cannot say is left out. */
function withoutVersion3(schema: Json): Json {
  if (Array.isArray(schema)) return schema.map(withoutVersion3);
  if (typeof schema !== 'object' || schema === null) return schema;
  const given = schema as JsonObject;
  const loose =
    given['x-kubernetes-int-or-string'] === true || given['x-kubernetes-preserve-unknown-fields'] === true;
  return Object.fromEntries(
    Object.entries(given)
      .filter(([key]) => !onlyIn3.has(key) && !(loose && (key === 'type' || key === 'properties')))
      .map(([key, value]) => [
        key,
        key === 'properties'
          ? eachProperty(value)
          : key === 'default' || key === 'enum'
            ? value
            : withoutVersion3(value),
      ]),
  );
}

/** The names there are fields of the resource, not words of OpenAPI. */
function eachProperty(properties: Json): Json {
  return Object.fromEntries(
    Object.entries((properties ?? {}) as JsonObject).map(([name, schema]) => [name, withoutVersion3(schema)]),
  );
}
