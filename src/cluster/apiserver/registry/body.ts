import type { KubeObject } from '../../../kube/object.ts';
import { decodeBody } from '../../../kube/schema/decode.ts';
import type { SchemaSource } from '../../../kube/schema/schema.ts';
import { failure } from '../../../kube/status.ts';
import type { ApiRequest } from '../../../kube/transport.ts';
import type { RequestContext } from '../contracts.ts';
import type { FieldValidation } from './options.ts';

export const maxBodyBytes = 3 * 1024 * 1024;
const media = new Set(['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf']);

/** The media type without parameters; '' when it is not told. */
export function contentTypeOf(request: ApiRequest): string {
  const header = request.headers['content-type'];
  const text = (typeof header === 'string' ? header : header?.[0]) ?? '';
  const end = text.indexOf(';');
  return (end < 0 ? text : text.slice(0, end)).trim().toLowerCase();
}

/** What was sent, as bytes; an object of a caller in this process is printed. */
export function bodyBytes({ body }: ApiRequest): Uint8Array {
  if (body === undefined) return new Uint8Array();
  return body.kind === 'bytes' ? body.bytes : Buffer.from(JSON.stringify(body.object));
}

/** Decodes the request's body as `expected`. Throws 400, 415 or what strict validation says. */
export function readBody(
  context: Pick<RequestContext, 'request' | 'warn'>,
  expected: { readonly group: string; readonly version: string; readonly kind: string },
  schemas: SchemaSource,
  fieldValidation: FieldValidation,
): KubeObject {
  const { request } = context;
  const contentType = contentTypeOf(request);
  if (contentType !== '' && !media.has(contentType)) throw unknownFormat();
  const { object, warnings } = decodeBody({
    ...(request.body?.kind === 'object' ? { object: request.body.object } : { bytes: bodyBytes(request) }),
    ...(contentType === '' ? {} : { contentType }),
    expected,
    schemas,
    fieldValidation,
  });
  for (const warning of warnings) context.warn(warning);
  return object;
}

function unknownFormat() {
  return failure(
    415,
    'UnsupportedMediaType',
    'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf',
  );
}
