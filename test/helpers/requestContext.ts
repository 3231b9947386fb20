import type { RequestContext } from '../../src/cluster/apiserver/contracts.ts';
import type { ApiResponse } from '../../src/kube/transport.ts';

/** A request of a path that is no resource, as a route gets it. */
export function pathRequest(
  url: string,
  headers: { readonly [name: string]: string } = {},
  method = 'GET',
): RequestContext {
  const { pathname, searchParams } = new URL(url, 'http://cluster');
  return {
    request: { method, url, headers, signal: new AbortController().signal },
    info: {
      isResourceRequest: false,
      verb: method.toLowerCase(),
      path: pathname,
      group: '',
      version: '',
      resource: '',
      subresource: '',
      namespace: '',
      name: '',
      pathName: '',
      rest: [],
      query: searchParams,
    },
    user: { name: 'ana', groups: [], via: 'test' },
    warn: () => {},
    annotate: () => {},
  };
}

/** The bytes that a client would get. */
export function bodyOf(response: ApiResponse | undefined): Buffer {
  const body = response?.body;
  if (body?.kind === 'bytes') return Buffer.from(body.bytes);
  if (body?.kind === 'object') return Buffer.from(body.bytes());
  throw new Error('the answer has no body');
}

export function jsonOf(response: ApiResponse | undefined): { [key: string]: unknown } {
  return JSON.parse(bodyOf(response).toString('utf8')) as { [key: string]: unknown };
}
