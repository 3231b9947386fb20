import { type FieldError, forbiddenField, goQuote, notSupported } from '../../../kube/field-error.ts';
import { type FieldSelector, parseFieldSelector } from '../../../kube/selectors/fields.ts';
import { type LabelSelector, parseLabelSelector } from '../../../kube/selectors/labels.ts';
import { badRequest, plainFailure } from '../../../kube/status.ts';
import { booleanParameter } from '../chain/request-info.ts';
import type { Endpoint } from './endpoint.ts';
import { integerParameter, invalidOptions } from './options.ts';

export interface ListOptions {
  readonly labels: LabelSelector | undefined;
  readonly fields: FieldSelector | undefined;
  /** undefined: not given. */
  readonly resourceVersion: number | undefined;
  readonly match: '' | 'Exact' | 'NotOlderThan';
  /** 0: all. */
  readonly limit: number;
  readonly continue: string;
  readonly timeoutSeconds: number | undefined;
  readonly bookmarks: boolean;
  readonly sendInitialEvents: boolean | undefined;
}

/** Mirrors metav1.ListOptions with its defaults and validation. Throws 400, 422 and, for a version, 500 as upstream does. */
export function listOptions(query: URLSearchParams, endpoint: Endpoint, watch: boolean): ListOptions {
  const limit = integerParameter(query, 'limit') ?? 0;
  const timeoutSeconds = integerParameter(query, 'timeoutSeconds');
  const labels = parsed(query.get('labelSelector'), parseLabelSelector);
  const fields = parsed(query.get('fieldSelector'), parseFieldSelector);
  const version = query.get('resourceVersion') ?? '';
  let match = query.get('resourceVersionMatch') ?? '';
  const token = query.get('continue') ?? '';
  let initial = booleanParameter(query, 'sendInitialEvents');
  if (watch && initial === undefined && match === '' && (version === '' || version === '0')) {
    initial = true;
    match = 'NotOlderThan';
  }
  const errors = watch ? watchErrors(match, token, initial) : listErrors(match, token, version, initial);
  if (errors.length > 0) throw invalidOptions('ListOptions', errors);
  if (fields !== undefined) checkFields(fields, endpoint);
  return {
    labels: labels === undefined || labels.empty ? undefined : labels,
    fields: fields === undefined || fields.empty ? undefined : fields,
    resourceVersion: version === '' ? undefined : parseVersion(version),
    match: match as ListOptions['match'],
    limit: Math.max(0, limit),
    continue: token,
    timeoutSeconds,
    bookmarks: booleanParameter(query, 'allowWatchBookmarks') === true,
    sendInitialEvents: initial,
  };
}

function parsed<T>(text: string | null, parse: (text: string) => T): T | undefined {
  if (text === null || text === '') return undefined;
  try {
    return parse(text);
  } catch (error) {
    throw badRequest(error instanceof Error ? error.message : String(error));
  }
}

function listErrors(
  match: string,
  token: string,
  version: string,
  initial: boolean | undefined,
): FieldError[] {
  const errors: FieldError[] = [];
  const at = 'resourceVersionMatch';
  if (match !== '') {
    if (version === '')
      errors.push(forbiddenField(at, 'resourceVersionMatch is forbidden unless resourceVersion is provided'));
    if (token !== '')
      errors.push(forbiddenField(at, 'resourceVersionMatch is forbidden when continue is provided'));
    if (match !== 'Exact' && match !== 'NotOlderThan')
      errors.push(notSupported(at, match, ['Exact', 'NotOlderThan', '']));
    if (match === 'Exact' && version === '0')
      errors.push(forbiddenField(at, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
  }
  if (initial !== undefined)
    errors.push(forbiddenField('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  return errors;
}

function watchErrors(match: string, token: string, initial: boolean | undefined): FieldError[] {
  const errors: FieldError[] = [];
  const at = 'resourceVersionMatch';
  if (initial !== undefined && match !== 'NotOlderThan')
    errors.push(
      forbiddenField(at, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'),
    );
  if (match === '') return errors;
  if (initial === undefined)
    errors.push(
      forbiddenField(at, 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'),
    );
  if (match !== 'NotOlderThan') errors.push(notSupported(at, match, ['NotOlderThan']));
  if (token !== '')
    errors.push(forbiddenField(at, 'resourceVersionMatch is forbidden when continue is provided'));
  return errors;
}

/** A version that is no number is not an API error upstream, so it is a 500 that names no reason. */
export function parseVersion(text: string): number {
  const refuse = (why: string) =>
    plainFailure(
      `resourceVersion: Invalid value: ${goQuote(text)}: strconv.ParseUint: parsing ${goQuote(text)}: ${why}`,
    );
  if (!/^\d+$/.test(text)) throw refuse('invalid syntax');
  const version = Number(text);
  if (version >= 2 ** 64) throw refuse('value out of range');
  return version;
}

/** Only the fields that a kind offers may be asked for; anything else would silently match nothing. Throws upstream's 400. */
function checkFields(fields: FieldSelector, endpoint: Endpoint): void {
  const { definition } = endpoint;
  const own = definition.selectablePaths ?? [];
  for (const { field } of fields.requirements) {
    if (field === 'metadata.name' || own.includes(field)) continue;
    if (field === 'metadata.namespace' && (definition.namespaced || own.length === 0)) continue;
    throw badRequest(unknownField(endpoint, field, own.length > 0));
  }
}

/** Kinds with a conversion of their own say it in other words. */
function unknownField({ group, kind, custom }: Endpoint, field: string, own: boolean): string {
  if (group === 'batch' && kind === 'Job') return `field label ${goQuote(field)} not supported for Job`;
  return own || custom
    ? `field label not supported: ${field}`
    : `${goQuote(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`;
}
