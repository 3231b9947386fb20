import { type FieldError, goQuote, invalid, notSupported } from '../../../kube/field-error.ts';
import type { Dict } from '../../../kube/object.ts';
import { decodeBody, decodeDict } from '../../../kube/schema/decode.ts';
import { JsonSyntaxError, parseJson } from '../../../kube/schema/parse-json.ts';
import { plainFailure, StatusError } from '../../../kube/status.ts';
import type { ApiRequest } from '../../../kube/transport.ts';
import { booleanParameter } from '../chain/request-info.ts';
import { bodyBytes, contentTypeOf } from './body.ts';
import type { Runtime } from './call.ts';
import { dryRunErrors, integerParameter, invalidOptions } from './options.ts';

export interface DeleteOptions {
  readonly gracePeriodSeconds?: number | undefined;
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
  readonly propagation?: 'Orphan' | 'Background' | 'Foreground' | undefined;
  readonly orphanDependents?: boolean | undefined;
  readonly dryRun: boolean;
  /** As admission sees them. */
  readonly raw: { readonly [key: string]: unknown };
}

/** From the body if there is one, else from the query; never from both. Throws 422, and 500 for a body that cannot be read. */
export function deleteOptions(request: ApiRequest, query: URLSearchParams, runtime: Runtime): DeleteOptions {
  const bytes = request.body?.kind === 'object' ? undefined : bodyBytes(request);
  const sent =
    request.body?.kind === 'object'
      ? (request.body.object as Dict)
      : bytes === undefined || bytes.length === 0
        ? fromQuery(query)
        : fromBody(request, bytes, runtime);
  return checkDeleteOptions(sent);
}

/** Mirrors ValidateDeleteOptions. */
export function checkDeleteOptions(sent: Dict): DeleteOptions {
  const { gracePeriodSeconds, orphanDependents, propagationPolicy } = sent;
  const dryRun = Array.isArray(sent['dryRun']) ? sent['dryRun'].map(String) : [];
  const errors: FieldError[] = [];
  if (typeof orphanDependents === 'boolean' && typeof propagationPolicy === 'string')
    errors.push(
      invalid(
        'propagationPolicy',
        propagationPolicy,
        'orphanDependents and deletionPropagation cannot be both set',
      ),
    );
  if (
    typeof propagationPolicy === 'string' &&
    !['Foreground', 'Background', 'Orphan'].includes(propagationPolicy)
  )
    errors.push(
      notSupported('propagationPolicy', propagationPolicy, ['Foreground', 'Background', 'Orphan', 'nil']),
    );
  errors.push(...dryRunErrors(dryRun));
  if (errors.length > 0) throw invalidOptions('DeleteOptions', errors);
  const preconditions = (sent['preconditions'] ?? {}) as Dict;
  return {
    gracePeriodSeconds: typeof gracePeriodSeconds === 'number' ? gracePeriodSeconds : undefined,
    uid: textOf(preconditions['uid']),
    resourceVersion: textOf(preconditions['resourceVersion']),
    propagation: textOf(propagationPolicy) as DeleteOptions['propagation'],
    orphanDependents: typeof orphanDependents === 'boolean' ? orphanDependents : undefined,
    dryRun: dryRun.length > 0,
    raw: { ...sent, kind: 'DeleteOptions', apiVersion: 'meta.k8s.io/v1' },
  };
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : undefined);

function fromQuery(query: URLSearchParams): Dict {
  const grace = integerParameter(query, 'gracePeriodSeconds');
  const orphan = booleanParameter(query, 'orphanDependents');
  const policy = query.get('propagationPolicy');
  const dryRun = query.getAll('dryRun');
  return {
    ...(grace === undefined ? {} : { gracePeriodSeconds: grace }),
    ...(orphan === undefined ? {} : { orphanDependents: orphan }),
    ...(policy === null ? {} : { propagationPolicy: policy }),
    ...(dryRun.length === 0 ? {} : { dryRun }),
  };
}

/** Upstream's decoder of options is another than that of objects: what it refuses is no API error, so a plain 500. */
function fromBody(request: ApiRequest, bytes: Uint8Array, runtime: Runtime): Dict {
  const schema = runtime.schemas.schemaOf('', 'v1', 'DeleteOptions');
  const contentType = contentTypeOf(request);
  try {
    if (schema === undefined || contentType.includes('yaml') || contentType.includes('protobuf')) {
      const expected = { group: '', version: 'v1', kind: 'DeleteOptions' };
      const { schemas } = runtime;
      const input = { bytes, contentType, expected, schemas, fieldValidation: 'Ignore' } as const;
      return decodeBody(input).object as unknown as Dict;
    }
    const { value } = parseJson(new TextDecoder().decode(bytes));
    const kind = (value as { readonly kind?: unknown } | null)?.kind;
    if (typeof kind === 'string' && kind !== '' && kind !== 'DeleteOptions')
      throw plainFailure(
        `no kind ${goQuote(kind)} is registered for version "v1" in scheme "pkg/apis/meta/internalversion/scheme/register.go:27"`,
      );
    return decodeDict(schema, value).object;
  } catch (error) {
    if (error instanceof JsonSyntaxError)
      throw plainFailure(`couldn't get version/kind; json parse error: ${error.message}`);
    if (error instanceof StatusError) throw error;
    throw plainFailure(error instanceof Error ? error.message : String(error));
  }
}
