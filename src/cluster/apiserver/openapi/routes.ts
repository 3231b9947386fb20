import { createHash } from 'node:crypto';
import type { Json, JsonObject } from '../../../base/json.ts';
import { apiVersionOf } from '../../../kube/object.ts';
import { failure } from '../../../kube/status.ts';
import type { ApiResponse } from '../../../kube/transport.ts';
import { notAcceptable } from '../answers/negotiate.ts';
import type { Catalog, InstalledResource, RequestContext, Route } from '../contracts.ts';
import { apiResourceList } from '../discovery/legacy.ts';
import { discoveredGroups } from '../discovery/model.ts';
import { openApi2Document } from './v2.ts';
import { encodeOpenApi2 } from './v2-proto.ts';
import { type OpenApiSources, openApi3Document, plainDocument3 } from './v3.ts';

export interface OpenApiDeps extends OpenApiSources {
  readonly catalog: Catalog;
}

/** A document that is only put together when somebody asks for it. */
interface Document {
  readonly hash: string;
  make(): Json;
  bytes?: Uint8Array;
}

interface Printed {
  readonly bytes: Uint8Array;
  readonly etag: string;
}

const year = 31_536_000;
/** Upstream says no word about documents that are not there. */
const nothing: ApiResponse = { status: 404, headers: {}, body: { kind: 'bytes', bytes: '' } };

/** `/openapi/v3` with its documents, and `/openapi/v2` in JSON and in protobuf. Mirrors kube-openapi's handlers. */
export function openApiRoutes(deps: OpenApiDeps): readonly Route[] {
  const { catalog } = deps;
  let known:
    | { generation: number; documents: ReadonlyMap<string, Document>; v2: Map<string, Printed> }
    | undefined;
  const current = () => {
    if (known?.generation !== catalog.generation)
      known = {
        generation: catalog.generation,
        documents: documentsOf(deps, known?.documents),
        v2: new Map(),
      };
    return known;
  };
  return [
    {
      path: '/openapi/v3',
      prefix: true,
      handle: (context) => {
        const path = context.info.path.replace(/^\/openapi\/v3\/?/, '').replace(/\/$/, '');
        readOnly(context);
        if (path === '') return index(context, current().documents);
        const document = current().documents.get(path);
        return document === undefined ? nothing : answerDocument(context, path, document);
      },
    },
    {
      path: '/openapi/v2',
      handle: (context) => {
        readOnly(context);
        return answerV2(context, deps, current().v2);
      },
    },
  ];
}

/** Documents that did not change are kept with their bytes. */
function documentsOf(
  deps: OpenApiDeps,
  before: ReadonlyMap<string, Document> | undefined,
): ReadonlyMap<string, Document> {
  const documents = new Map<string, Document>();
  const add = (path: string, seed: string, make: () => Json) => {
    const hash = hashOf(`${deps.version} ${seed}`);
    const old = before?.get(path);
    documents.set(path, old?.hash === hash ? old : { hash, make });
  };
  const plain = (path: string) => add(path, path, () => plainDocument3(deps.version, `/${path}/`));
  for (const path of ['.well-known/openid-configuration', 'api', 'apis', 'openid/v1/jwks', 'version'])
    plain(path);
  for (const { name, versions } of discoveredGroups(deps.catalog)) {
    if (name !== '') plain(`apis/${name}`);
    for (const version of versions) {
      const path = `${name === '' ? 'api' : 'apis'}/${apiVersionOf(version)}`;
      add(path, seedOf(deps, version, version.resources), () =>
        openApi3Document(deps, version, version.resources),
      );
    }
  }
  return new Map([...documents].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What the document depends on, far cheaper than the document: the code is the version's, the rest is here. */
function seedOf(
  { customs, docs }: OpenApiDeps,
  version: { readonly group: string; readonly version: string },
  resources: readonly InstalledResource[],
): string {
  const own = resources
    .filter(({ custom }) => custom)
    .map(({ kind }) => customs(version.group, version.version, kind) ?? null);
  return JSON.stringify([apiResourceList({ ...version, resources }), own, Object.keys(docs()).length]);
}

function hashOf(text: string | Uint8Array): string {
  return createHash('sha512').update(text).digest('hex').toUpperCase();
}

function index(context: RequestContext, documents: ReadonlyMap<string, Document>): ApiResponse {
  const paths: JsonObject = Object.fromEntries(
    [...documents].map(([path, { hash }]) => [
      path,
      { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` },
    ]),
  );
  const bytes = Buffer.from(JSON.stringify({ paths }));
  const etag = `"${hashOf(bytes)}"`;
  return answer(context, 'text/plain; charset=utf-8', { bytes, etag }, {});
}

const jsonTypes = new Set(['*/*', 'application/*', 'application/json', '']);

function answerDocument(context: RequestContext, path: string, document: Document): ApiResponse {
  if (!acceptedTypes(context).some((type) => jsonTypes.has(type)))
    throw notAcceptable('only the following media types are accepted: application/json');
  const asked = context.info.query.get('hash');
  if (asked !== null && asked !== '' && asked !== document.hash)
    return {
      status: 301,
      headers: { location: `/openapi/v3/${path}?hash=${document.hash}` },
      body: { kind: 'bytes', bytes: '' },
    };
  document.bytes ??= Buffer.from(JSON.stringify(document.make()));
  const printed = { bytes: document.bytes, etag: `"${document.hash}"` };
  // Whoever asks with the hash never needs to ask again.
  const cache =
    asked === null || asked === '' ? {} : { 'cache-control': `public, immutable, max-age=${year}` };
  return answer(context, 'application/json', printed, { vary: 'Accept', ...cache });
}

const protoType = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';
const protoTypes = new Set([protoType, 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf']);

function answerV2(context: RequestContext, deps: OpenApiDeps, printed: Map<string, Printed>): ApiResponse {
  const chosen = acceptedTypes(context).find((type) => jsonTypes.has(type) || protoTypes.has(type));
  if (chosen === undefined)
    throw notAcceptable(`only the following media types are accepted: application/json, ${protoType}`);
  const type = protoTypes.has(chosen) ? protoType : 'application/json';
  let form = printed.get(type);
  if (form === undefined) {
    const document = openApi2Document(deps, deps.catalog.all());
    const bytes = type === protoType ? encodeOpenApi2(document) : Buffer.from(JSON.stringify(document));
    form = { bytes, etag: `"${hashOf(bytes)}"` };
    printed.set(type, form);
  }
  return answer(context, type, form, { vary: 'Accept' });
}

function answer(
  { request }: RequestContext,
  type: string,
  { bytes, etag }: Printed,
  more: { readonly [name: string]: string },
): ApiResponse {
  const headers = { 'content-type': type, etag, ...more };
  if (request.headers['if-none-match'] === etag)
    return { status: 304, headers, body: { kind: 'bytes', bytes: '' } };
  return { status: 200, headers, body: { kind: 'bytes', bytes } };
}

function acceptedTypes({ request }: RequestContext): readonly string[] {
  const { accept } = request.headers;
  const text = typeof accept === 'string' ? accept : (accept?.join(',') ?? '');
  return text.split(',').map((clause) => (clause.split(';')[0] ?? '').trim());
}

function readOnly({ request: { method } }: RequestContext): void {
  if (method === 'GET' || method === 'HEAD') return;
  throw failure(
    405,
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
    {},
  );
}
