import { printYaml } from '../../../kube/print-yaml.ts';
import { failure, type Status, type StatusError } from '../../../kube/status.ts';
import type { ApiResponse } from '../../../kube/transport.ts';
import { type AnswerForm, plainJson } from './negotiate.ts';

const jsonHeaders = { 'content-type': 'application/json', 'cache-control': 'no-cache, private' } as const;
const yamlHeaders = { 'content-type': 'application/yaml', 'cache-control': 'no-cache, private' } as const;

export function headersFor(form: AnswerForm): { readonly [name: string]: string } {
  return form.media === 'yaml' ? yamlHeaders : jsonHeaders;
}

/** `object` as the client wants it. `bytes` gives compact JSON with a final line feed when it is at hand. */
export function objectResponse(
  code: number,
  object: unknown,
  form: AnswerForm = plainJson,
  bytes?: () => Uint8Array | string,
): ApiResponse {
  return {
    status: code,
    headers: headersFor(form),
    body: { kind: 'object', object, bytes: () => printed(object, form, bytes) },
  };
}

/** As `objectResponse`, for objects that are only put together if somebody looks at them. */
export function lazyResponse(
  code: number,
  make: () => unknown,
  form: AnswerForm,
  bytes?: () => Uint8Array | string,
): ApiResponse {
  let made: { readonly object: unknown } | undefined;
  const object = () => {
    made ??= { object: make() };
    return made.object;
  };
  return {
    status: code,
    headers: headersFor(form),
    body: {
      kind: 'object',
      get object() {
        return object();
      },
      bytes: () =>
        form.media === 'json' && !form.pretty && bytes !== undefined ? bytes() : printed(object(), form),
    },
  };
}

function printed(object: unknown, form: AnswerForm, bytes?: () => Uint8Array | string): Uint8Array | string {
  if (form.media === 'yaml') return printYaml(object);
  if (form.pretty) return JSON.stringify(object, undefined, 2);
  return bytes?.() ?? `${JSON.stringify(object)}\n`;
}

export function statusResponse(error: StatusError, form: AnswerForm = plainJson): ApiResponse {
  const { status } = error;
  const response = objectResponse(status.code ?? 500, status, form);
  const retry = status.details?.retryAfterSeconds;
  if (retry === undefined && Object.keys(error.headers).length === 0) return response;
  return {
    ...response,
    headers: {
      ...response.headers,
      ...(retry === undefined ? {} : { 'retry-after': String(retry) }),
      ...error.headers,
    },
  };
}

export function textResponse(code: number, text: string): ApiResponse {
  return {
    status: code,
    headers: {
      'content-type': 'text/plain; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-cache, private',
    },
    body: { kind: 'bytes', bytes: text },
  };
}

/** What net/http answers for a path that nobody serves. */
export const pageNotFound = (): ApiResponse => textResponse(404, '404 page not found\n');

/** The 404, 405 and 415 of the router, which know nothing of the resource. */
export const noSuchResource = (): StatusError =>
  failure(404, 'NotFound', 'the server could not find the requested resource', {});
export const methodNotAllowed = (): StatusError =>
  failure(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});
export const unsupportedMediaType = (): StatusError =>
  failure(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});

export function successStatus(details: Status['details']): Status {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    ...(details === undefined ? {} : { details }),
  };
}
