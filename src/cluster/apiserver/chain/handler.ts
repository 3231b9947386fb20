import { gzipSync } from 'node:zlib';
import { failure, internalError, StatusError, tooLarge, unauthorized } from '../../../kube/status.ts';
import type { ApiRequest, ApiResponse, Identity } from '../../../kube/transport.ts';
import { statusResponse, textResponse } from '../answers/respond.ts';
import { impersonate } from '../authn/impersonation.ts';
import { forbiddenError, queryOf } from '../authz/forbidden.ts';
import type { Authenticator, Route } from '../contracts.ts';
import { maxBodyBytes } from '../registry/body.ts';
import type { Runtime } from '../registry/call.ts';
import { asStatusError } from '../registry/commit.ts';
import { syncStore } from '../registry/read-version.ts';
import type { Auditor } from './auditor.ts';
import { dispatch, refusalForm } from './dispatch.ts';
import { Exchange, headerOf, nobody, warningHeaders } from './exchange.ts';
import { requestInfoOf } from './request-info.ts';

export interface HandlerDeps {
  readonly runtime: Runtime;
  readonly authenticators: readonly Authenticator[];
  readonly routes: readonly Route[];
  readonly auditor: Auditor;
  readonly timeoutMs: number;
  readonly maxInFlight: number;
}

const gzipFrom = 128 * 1024;
const writes = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);
const longRunning = new Set(['log', 'exec', 'attach', 'portforward', 'proxy']);

/**
 * The chain that every request goes through: request info, authentication, impersonation, audit, limits, authorization, route.
 * Mirrors DefaultBuildHandlerChain (apiserver/pkg/server/config.go). The handler never rejects.
 */
export function createHandler(deps: HandlerDeps): (request: ApiRequest) => Promise<ApiResponse> {
  let inFlight = 0;
  return async (request) => {
    const startedMs = deps.runtime.clock.now();
    let exchange: Exchange;
    try {
      exchange = new Exchange(request, requestInfoOf(request));
    } catch (error) {
      return statusResponse(refusalOf(error));
    }
    let response: ApiResponse;
    const long = isLong(exchange);
    try {
      if (!long && inFlight >= deps.maxInFlight) throw tooManyRequests();
      if (!long) inFlight += 1;
      try {
        response = await (long ? serve(exchange, deps) : inTime(exchange, deps));
      } finally {
        if (!long) inFlight -= 1;
      }
    } catch (error) {
      response = statusResponse(refusalOf(error), refusalForm(exchange));
    }
    deps.auditor.record(exchange, response, startedMs);
    return dressed(exchange, response);
  };
}

async function serve(exchange: Exchange, deps: HandlerDeps): Promise<ApiResponse> {
  const { request, info } = exchange;
  const { runtime } = deps;
  // What another master acknowledged before (a namespace, a role, a deletion) counts here for who may write, and what.
  if (writes.has(info.verb)) await syncStore(runtime.store);
  exchange.user = await identify(request, deps.authenticators);
  const acting = impersonate(request, exchange.user, runtime.authorizer);
  if ('error' in acting)
    return textResponse(500, `Internal Server Error: ${JSON.stringify(request.url)}: ${acting.error}\n`);
  exchange.user = acting.user;
  exchange.requestor = acting.requestor;
  const query = queryOf(exchange.user, info);
  const decision = runtime.authorizer.authorize(query);
  if (!decision.allowed && !isOpen(info.path, deps.routes)) throw forbiddenError(query, decision.reason);
  if (request.body?.kind === 'bytes' && request.body.bytes.length > maxBodyBytes)
    throw tooLarge(`Request entity too large: limit is ${maxBodyBytes}`);
  return dispatch(exchange, runtime, deps.routes);
}

async function identify(request: ApiRequest, authenticators: readonly Authenticator[]): Promise<Identity> {
  for (const authenticator of authenticators) {
    const identity = await authenticator.authenticate(request);
    if (identity !== undefined) return identity;
  }
  // Nobody to ask: whoever holds the transport says who it is (tests, components inside the process).
  if (authenticators.length === 0 && request.identity !== undefined) return request.identity;
  if (headerOf(request, 'authorization').toLowerCase().startsWith('bearer ')) throw unauthorized();
  return nobody;
}

function isOpen(path: string, routes: readonly Route[]): boolean {
  return routes.some((route) => route.open === true && route.path === path);
}

function isLong({ info, request }: Exchange): boolean {
  return info.verb === 'watch' || longRunning.has(info.subresource) || request.method === 'CONNECT';
}

/** Gives up after the server's time, as the real one does; a write may still come to pass. */
function inTime(exchange: Exchange, deps: HandlerDeps): Promise<ApiResponse> {
  return new Promise((resolve, reject) => {
    const cancel = deps.runtime.clock.after(deps.timeoutMs, () =>
      reject(failure(504, 'Timeout', 'Timeout: request did not complete within the allotted timeout', {})),
    );
    serve(exchange, deps).then(
      (response) => {
        cancel();
        resolve(response);
      },
      (error: unknown) => {
        cancel();
        reject(error);
      },
    );
  });
}

function tooManyRequests(): StatusError {
  return failure(429, 'TooManyRequests', 'too many requests, please try again later.', {
    retryAfterSeconds: 1,
  });
}

/** Whatever goes wrong is a Status; what nobody foresaw is a 500 without its insides. */
function refusalOf(error: unknown): StatusError {
  const known = asStatusError(error);
  if (known instanceof StatusError) return known;
  const why = error instanceof Error ? error.message : String(error);
  return internalError(why);
}

/** Warnings, and compression of what is large. */
function dressed(exchange: Exchange, response: ApiResponse): ApiResponse {
  const { warnings, request } = exchange;
  let { headers, body } = response;
  if (warnings.length > 0) headers = { ...headers, warning: warningHeaders(warnings) };
  if (body.kind === 'object' && headerOf(request, 'accept-encoding').includes('gzip')) {
    const bytes = body.bytes();
    const large = bytes.length > gzipFrom;
    // Printed once: whoever sends it gets these bytes.
    body = { kind: 'bytes', bytes: large ? gzipSync(bytes, { level: 1 }) : bytes };
    if (large) headers = { ...headers, 'content-encoding': 'gzip', vary: 'Accept-Encoding' };
  }
  return headers === response.headers && body === response.body ? response : { ...response, headers, body };
}
