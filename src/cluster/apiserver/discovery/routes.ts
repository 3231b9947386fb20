import { createHash } from 'node:crypto';
import { failure, type StatusError } from '../../../kube/status.ts';
import type { ApiResponse } from '../../../kube/transport.ts';
import { negotiatePlain, notAcceptable } from '../answers/negotiate.ts';
import { objectResponse } from '../answers/respond.ts';
import type { Catalog, RequestContext, Route } from '../contracts.ts';
import { type AggregatedVersion, aggregatedList } from './aggregated.ts';
import { apiGroup, apiGroupList, apiResourceList, apiVersions } from './legacy.ts';
import { type DiscoveredGroup, discoveredGroups } from './model.ts';

/** Which answer of `/api` and `/apis` a client would like. */
function aggregatedVersionOf(accept: string): AggregatedVersion | undefined {
  let others = false;
  for (const clause of accept.split(',')) {
    const [type = '', ...parameters] = clause.split(';').map((part) => part.trim());
    const value = (name: string) =>
      parameters.find((text) => text.startsWith(`${name}=`))?.slice(name.length + 1);
    if (type !== 'application/json' && type !== 'application/yaml' && type !== '*/*') continue;
    const as = value('as');
    if (as === undefined && value('g') === undefined) {
      others = true;
      break;
    }
    const version = value('v');
    if (type === '*/*' || as !== 'APIGroupDiscoveryList' || value('g') !== 'apidiscovery.k8s.io') continue;
    if (version === 'v2' || version === 'v2beta1') return version;
  }
  if (!others && accept !== '') throw notAcceptable();
  return undefined;
}

interface Snapshot {
  readonly generation: number;
  readonly groups: readonly DiscoveredGroup[];
  /** Printed answers of the aggregated form, by path and version. */
  readonly printed: Map<string, { readonly bytes: Uint8Array; readonly etag: string }>;
}

/** `/api`, `/apis` and what is below them down to the versions. */
export function discoveryRoutes(catalog: Catalog): readonly Route[] {
  let snapshot: Snapshot | undefined;
  const current = (): Snapshot => {
    if (snapshot?.generation !== catalog.generation)
      snapshot = {
        generation: catalog.generation,
        groups: discoveredGroups(catalog),
        printed: new Map(),
      };
    return snapshot;
  };
  return [
    {
      path: '/api',
      prefix: true,
      listedPaths: () => ['/api', '/api/v1'],
      handle: (context) => core(context, current()),
    },
    {
      path: '/apis',
      prefix: true,
      listedPaths: () => [
        '/apis',
        '/apis/',
        ...current().groups.flatMap(({ name, versions }) =>
          name === '' ? [] : [`/apis/${name}`, ...versions.map(({ version }) => `/apis/${name}/${version}`)],
        ),
      ],
      handle: (context) => grouped(context, current()),
    },
  ];
}

const withoutSlash = (path: string) => (path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path);

function core(context: RequestContext, snapshot: Snapshot): ApiResponse | undefined {
  const path = withoutSlash(context.info.path);
  const group = snapshot.groups.find(({ name }) => name === '');
  if (path === '/api') {
    readOnly(context);
    const version = aggregatedVersionOf(acceptOf(context));
    if (version !== undefined) return aggregated(context, snapshot, '/api', version);
    return varied(plain(context, apiVersions(hostOf(context))));
  }
  const version = group?.versions.find((one) => path === `/api/${one.version}`);
  if (version === undefined) throw missing();
  readOnly(context);
  return plain(context, apiResourceList(version));
}

/** Below a group that is there, what is missing is told as a Status; the rest as text. */
function missing(): StatusError {
  return failure(404, 'NotFound', 'the server could not find the requested resource', {});
}

function grouped(context: RequestContext, snapshot: Snapshot): ApiResponse | undefined {
  const path = withoutSlash(context.info.path);
  if (path === '/apis') {
    const version = aggregatedVersionOf(acceptOf(context));
    if (version !== undefined) return aggregated(context, snapshot, '/apis', version);
    return varied(plain(context, apiGroupList(snapshot.groups)));
  }
  const [, , name = '', version, ...rest] = path.split('/');
  const group = snapshot.groups.find((one) => one.name === name && name !== '');
  if (group === undefined) return undefined;
  if (version === undefined)
    return plain(context, { kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(group) });
  const served = group.versions.find((one) => one.version === version);
  if (served === undefined || rest.length > 0) throw missing();
  readOnly(context);
  return plain(context, apiResourceList(served));
}

function aggregated(
  context: RequestContext,
  snapshot: Snapshot,
  path: '/api' | '/apis',
  version: AggregatedVersion,
): ApiResponse {
  const key = `${path} ${version}`;
  let printed = snapshot.printed.get(key);
  if (printed === undefined) {
    const groups = snapshot.groups.filter(({ name }) => (name === '') === (path === '/api'));
    const bytes = Buffer.from(`${JSON.stringify(aggregatedList(groups, version))}\n`);
    const etag = `"${createHash('sha512').update(bytes).digest('hex').toUpperCase()}"`;
    printed = { bytes, etag };
    snapshot.printed.set(key, printed);
  }
  const headers = {
    'content-type': `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`,
    'cache-control': 'public',
    etag: printed.etag,
    vary: 'Accept',
  };
  if (context.request.headers['if-none-match'] === printed.etag)
    return { status: 304, headers, body: { kind: 'bytes', bytes: '' } };
  return { status: 200, headers, body: { kind: 'bytes', bytes: printed.bytes } };
}

function plain(context: RequestContext, object: object): ApiResponse {
  return objectResponse(200, object, negotiatePlain(acceptOf(context)));
}

/** The same path answers another document to another Accept; caches must know. */
function varied(response: ApiResponse): ApiResponse {
  return { ...response, headers: { ...response.headers, vary: 'Accept' } };
}

function readOnly({ request: { method } }: RequestContext): void {
  if (method === 'GET') return;
  throw failure(
    405,
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
    {},
  );
}

function acceptOf({ request }: RequestContext): string {
  const { accept } = request.headers;
  return typeof accept === 'string' ? accept : (accept?.join(',') ?? '');
}

function hostOf({ request }: RequestContext): string {
  const { host } = request.headers;
  return typeof host === 'string' ? host : '127.0.0.1';
}
