import { badRequest, failure, internalError, type StatusError } from '../../../kube/status.ts';
import type { ApiResponse } from '../../../kube/transport.ts';
import { textResponse } from '../answers/respond.ts';
import type { RequestContext, ResourceApi, SubresourcePlugin } from '../contracts.ts';
import type { ProxyRequest, ProxyResponse } from '../node-access.ts';
import { messageOf } from '../streams/command-session.ts';
import { type LinkRewriter, rewriteHtml, rewriterOf } from './html-links.ts';

/** Where a request goes on to. */
export interface ProxyTarget {
  /** `10.0.1.7:8080`: links to it are ours. */
  readonly host: string;
  /** Rejects with what dialling it gives. */
  send(request: ProxyRequest, signal: AbortSignal): Promise<ProxyResponse>;
}

/** Upstream's proxy of a kind: the same for Pods, Services and nodes but for where it leads. */
export function proxyPlugin(
  resource: string,
  kind: string,
  locate: (context: RequestContext, api: ResourceApi) => ProxyTarget,
): SubresourcePlugin {
  return {
    group: '',
    resource,
    name: 'proxy',
    kind: { group: '', version: 'v1', kind },
    verbs: ['create', 'delete', 'get', 'patch', 'update'],
    connects: true,
    async handle(context, api) {
      const path = context.info.rest.length === 0 ? {} : { path: `/${context.info.rest.join('/')}` };
      await api.admit(context, { apiVersion: 'v1', kind, metadata: {}, ...path }, undefined);
      return passOn(context, locate(context, api));
    },
  };
}

/** Between the two connections only; the API server's own credentials stay here. */
const dropped = new Set([
  'authorization',
  'connection',
  'content-length',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Mirrors apimachinery/pkg/util/proxy: UpgradeAwareHandler and Transport. */
async function passOn({ request, info }: RequestContext, target: ProxyTarget): Promise<ApiResponse> {
  const { prefix, rest, query } = splitUrl(request.url, info.namespace !== '');
  const reads = request.method === 'GET' || request.method === 'HEAD';
  if (rest === '' && reads) {
    const answer = textResponse(301, '');
    return { ...answer, headers: { ...answer.headers, location: `${prefix}/${query}` } };
  }
  const headers: { [name: string]: string } = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value === undefined || dropped.has(name) || name.startsWith('impersonate-')) continue;
    headers[name] = typeof value === 'string' ? value : value.join(', ');
  }
  const ownHost = headers['host'] ?? '';
  const path = rest === '' ? '/' : rest;
  headers['x-forwarded-uri'] = `${prefix}${path}`;
  if (request.remoteAddress !== undefined)
    headers['x-forwarded-for'] = [headers['x-forwarded-for'], request.remoteAddress]
      .filter((one) => one !== undefined)
      .join(', ');
  const { body } = request;
  if (body?.kind === 'object') throw badRequest('a proxied request has a body of bytes');
  let answer: ProxyResponse;
  try {
    answer = await target.send(
      {
        method: request.method,
        path: `${path}${query}`,
        headers,
        ...(body === undefined ? {} : { body: body.bytes }),
      },
      request.signal,
    );
  } catch (error) {
    throw unreachable(error);
  }
  return translated(answer, rewriterOf({ prefix, host: target.host, ownHost }));
}

/** `/api/v1/namespaces/n/pods/p/proxy`, then what follows as it was sent, then `?…`. */
function splitUrl(url: string, namespaced: boolean): { prefix: string; rest: string; query: string } {
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const parts = path.split('/');
  const own = namespaced ? 8 : 6;
  const rest = parts.slice(own);
  return {
    prefix: parts.slice(0, own).join('/'),
    rest: parts.length > own ? `/${rest.join('/')}` : '',
    query: mark < 0 ? '' : url.slice(mark),
  };
}

function unreachable(error: unknown): StatusError {
  const message = messageOf(error).replace(/^error trying to reach service: /, '');
  return failure(503, 'ServiceUnavailable', `error trying to reach service: ${message}`);
}

function translated({ status, headers, body }: ProxyResponse, rewrite: LinkRewriter): ApiResponse {
  const kept: { [name: string]: string } = {};
  for (const [name, value] of Object.entries(headers))
    if (!dropped.has(name.toLowerCase())) kept[name.toLowerCase()] = value;
  const redirect = kept['location'] ?? '';
  if (redirect !== '') {
    const rewritten = rewrite(redirect);
    if (rewritten === undefined)
      throw internalError(
        `error trying to parse Location header: parse ${JSON.stringify(redirect)}: invalid URL`,
      );
    return { status, headers: { ...kept, location: rewritten }, body: { kind: 'bytes', bytes: body } };
  }
  const type = (kept['content-type'] ?? '').split(';')[0]?.trim();
  const bytes = type === 'text/html' ? rewriteHtml(body, kept['content-encoding'] ?? '', rewrite) : body;
  return { status, headers: kept, body: { kind: 'bytes', bytes } };
}

/** A name with a scheme and a port, as proxies take it: `web`, `web:8080`, `https:web:8443`. Mirrors SplitSchemeNamePort. */
export function splitName(id: string): { scheme: string; name: string; port: string } | undefined {
  const parts = id.split(':');
  const [scheme, name, port] = parts.length === 3 ? parts : ['', ...parts];
  if (parts.length > 3 || name === undefined || name === '') return undefined;
  return ['', 'http', 'https'].includes(scheme ?? '')
    ? { scheme: scheme ?? '', name, port: port ?? '' }
    : undefined;
}

/** Go knows some ports by name. Throws what its dialling says of others. */
export function portNumber(port: string, scheme: string): number {
  if (port === '') return scheme === 'https' ? 443 : 80;
  if (/^\d{1,5}$/.test(port)) return Number(port);
  const known: { readonly [name: string]: number } = { domain: 53, ftp: 21, http: 80, https: 443, ssh: 22 };
  const number = Object.hasOwn(known, port) ? known[port] : undefined;
  if (number !== undefined) return number;
  throw unreachable(new Error(`dial tcp: lookup tcp/${port}: unknown port`));
}
