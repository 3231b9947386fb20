import { badRequest } from '../../../kube/status.ts';
import type { ApiRequest } from '../../../kube/transport.ts';
import type { RequestInfo } from '../contracts.ts';

const maxUrlLength = 64 * 1024;
const maxParameters = 1000;
const noQuery = new URLSearchParams();
/** Clients ask for the same things over and over: what plain URLs say is kept, within bounds. */
const remembered = new Map<string, RequestInfo>();
const mostRemembered = 10_000;
const rememberedLength = 200;

const verbs: { readonly [method: string]: string } = {
  POST: 'create',
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};
const namespaceSubresources = new Set(['status', 'finalize']);

/** Mirrors RequestInfoFactory (apiserver/pkg/endpoints/request). Throws a 400 for an URL that cannot be read. */
export function requestInfoOf(request: ApiRequest): RequestInfo {
  const { method, url } = request;
  if (url.length > rememberedLength || url.includes('?')) return readInfo(request);
  const key = `${method} ${url}`;
  let info = remembered.get(key);
  if (info === undefined) {
    if (remembered.size >= mostRemembered) remembered.clear();
    info = readInfo(request);
    remembered.set(key, info);
  }
  return info;
}

function readInfo(request: ApiRequest): RequestInfo {
  const { path, query } = splitUrl(request.url);
  const parts = path.split('/').filter((part, i, all) => part !== '' || (i > 0 && i < all.length - 1));
  const other = { ...nothing, verb: request.method.toLowerCase(), path, query };
  const core = parts[0] === 'api';
  if ((!core && parts[0] !== 'apis') || parts.length < (core ? 3 : 4)) return other;

  const group = core ? '' : (parts[1] ?? '');
  const version = parts[core ? 1 : 2] ?? '';
  let rest = parts.slice(core ? 2 : 3);
  let verb = verbs[request.method] ?? '';
  let viaPath = false;
  if (rest[0] === 'watch' && rest.length > 1) {
    rest = rest.slice(1);
    verb = 'watch';
    viaPath = true;
  }

  let namespace = '';
  if (rest[0] === 'namespaces' && rest.length > 1) {
    namespace = rest[1] ?? '';
    if (rest.length > 2 && !namespaceSubresources.has(rest[2] ?? '')) rest = rest.slice(2);
  }
  let name = rest[1] ?? '';
  const pathName = name;
  if (name === '' && verb === 'get') {
    verb = wantsWatch(query) ? 'watch' : 'list';
    name = exactName(query);
  } else if (viaPath && name === '') name = exactName(query);
  if (name === '' && verb === 'delete') verb = 'deletecollection';
  return {
    isResourceRequest: true,
    verb,
    path,
    group,
    version,
    resource: rest[0] ?? '',
    subresource: viaPath ? '' : (rest[2] ?? ''),
    namespace,
    name,
    pathName,
    rest: rest.slice(3),
    query,
  };
}

const nothing = {
  isResourceRequest: false,
  group: '',
  version: '',
  resource: '',
  subresource: '',
  namespace: '',
  name: '',
  pathName: '',
  rest: [],
} as const;

function splitUrl(url: string): { path: string; query: URLSearchParams } {
  if (url.length > maxUrlLength) throw badRequest('the request URL is too long');
  const mark = url.indexOf('?');
  const raw = mark < 0 ? url : url.slice(0, mark);
  return { path: decodePath(raw), query: mark < 0 ? noQuery : queryOf(url.slice(mark + 1)) };
}

function decodePath(raw: string): string {
  if (!raw.includes('%')) return raw;
  try {
    return decodeURIComponent(raw);
  } catch {
    throw badRequest('the request URL has an invalid percent-encoding');
  }
}

function queryOf(text: string): URLSearchParams {
  if (text === '') return noQuery;
  let count = 1;
  for (let at = text.indexOf('&'); at >= 0; at = text.indexOf('&', at + 1)) count += 1;
  if (count > maxParameters) throw badRequest('the request has too many query parameters');
  return new URLSearchParams(text);
}

/** Upstream's reading of a boolean parameter: present and not `false` or `0` is true. */
export function booleanParameter(query: URLSearchParams, name: string): boolean | undefined {
  const value = query.get(name);
  if (value === null) return undefined;
  return value.toLowerCase() !== 'false' && value !== '0';
}

function wantsWatch(query: URLSearchParams): boolean {
  return booleanParameter(query, 'watch') === true;
}

/** The name in `fieldSelector=metadata.name=x`, for the authorizer. */
function exactName(query: URLSearchParams): string {
  const selector = query.get('fieldSelector');
  if (selector === null) return '';
  for (const term of selector.split(',')) {
    const match = /^metadata\.name==?([^=!]+)$/.exec(term);
    const name = match?.[1] ?? '';
    if (name !== '' && name !== '.' && name !== '..' && !/[/%\\]/.test(name)) return name;
  }
  return '';
}
