import { badRequest, failure, type StatusError } from '../../kube/status.ts';
import type { ApiResponse } from '../../kube/transport.ts';

/** What the HTTP front refuses by itself, before any API server is asked. */

function answerOf({ status }: StatusError, more: { readonly [name: string]: string } = {}): ApiResponse {
  return {
    status: status.code ?? 500,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-cache, private', ...more },
    body: { kind: 'bytes', bytes: `${JSON.stringify(status)}\n` },
  };
}

/** A certificate that is expired, or of another authority. */
export const badCertificate = answerOf(failure(401, 'Unauthorized', 'Unauthorized'));

export const tooBusy = answerOf(
  failure(429, 'TooManyRequests', 'too many requests, please try again later.', { retryAfterSeconds: 1 }),
  { 'retry-after': '1' },
);

export const upgradeWithBody = answerOf(
  badRequest('a request with a body cannot change the protocol of its connection'),
);

export const noStream = answerOf(
  failure(501, 'NotImplemented', 'this server streams over plain HTTP only: ask without an Upgrade header'),
);

/** A web page of somebody else that found its way to this port. */
export function foreign(header: 'Host' | 'Origin', value: string): ApiResponse {
  const shown = JSON.stringify(value.slice(0, 300));
  return answerOf(
    failure(403, 'Forbidden', `the ${header} header ${shown} does not name this server`, undefined),
  );
}

const texts: { readonly [code: string]: string } = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/** For what is no HTTP request, in the form of Go's net/http. `code`: Node's. */
export function notHttp(code = ''): string {
  const text = (Object.hasOwn(texts, code) ? texts[code] : undefined) ?? '400 Bad Request';
  return `HTTP/1.1 ${text}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${text}`;
}
