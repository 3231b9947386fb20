import {
  type FieldError,
  forbiddenField,
  GoText,
  goQuote,
  invalidObject,
  notSupported,
  required,
} from '../../../kube/field-error.ts';
import { badRequest, type StatusError } from '../../../kube/status.ts';
import type { ApiRequest } from '../../../kube/transport.ts';
import { validateFieldManager } from '../../../kube/validation/metadata.ts';
import { booleanParameter } from '../chain/request-info.ts';

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

/** CreateOptions, UpdateOptions and PatchOptions, which differ in name only. */
export interface WriteOptions {
  readonly dryRun: boolean;
  readonly fieldManager: string;
  readonly fieldValidation: FieldValidation;
  readonly force: boolean;
  /** As admission sees them. */
  readonly raw: { readonly [key: string]: unknown };
}

export type OptionsKind = 'CreateOptions' | 'UpdateOptions' | 'PatchOptions' | 'DeleteOptions';

/** Mirrors metav1/validation. Throws the 422 about the options. `apply`: the patch is an apply. */
export function writeOptions(
  request: ApiRequest,
  query: URLSearchParams,
  kind: OptionsKind,
  apply = false,
): WriteOptions {
  const fieldManager = query.get('fieldManager') ?? '';
  const dryRun = query.getAll('dryRun');
  const fieldValidation = query.get('fieldValidation') ?? '';
  const force = kind === 'PatchOptions' ? booleanParameter(query, 'force') : undefined;
  const errors: FieldError[] = [];
  if (apply) {
    if (fieldManager === '') errors.push(required('fieldManager', 'is required for apply patch'));
  } else if (force !== undefined)
    errors.push(forbiddenField('force', 'may not be specified for non-apply patch'));
  if (fieldManager !== '') errors.push(...validateFieldManager(fieldManager, 'fieldManager'));
  errors.push(...dryRunErrors(dryRun));
  if (!['', 'Ignore', 'Warn', 'Strict'].includes(fieldValidation))
    errors.push(notSupported('fieldValidation', fieldValidation, ['', 'Ignore', 'Strict', 'Warn']));
  if (errors.length > 0) throw invalidOptions(kind, errors);
  return {
    dryRun: dryRun.length > 0,
    fieldManager: fieldManager === '' ? managerFromAgent(request) : fieldManager,
    fieldValidation: fieldValidation === '' ? 'Warn' : (fieldValidation as FieldValidation),
    force: force === true,
    raw: {
      kind,
      apiVersion: 'meta.k8s.io/v1',
      ...(dryRun.length > 0 ? { dryRun } : {}),
      ...(fieldManager === '' ? {} : { fieldManager }),
      ...(fieldValidation === '' ? {} : { fieldValidation }),
    },
  };
}

export function invalidOptions(kind: string, errors: readonly FieldError[]): StatusError {
  return invalidObject('meta.k8s.io', kind, '', errors);
}

export function dryRunErrors(values: readonly string[]): FieldError[] {
  if (values.every((value) => value === 'All')) return [];
  const text = new GoText(`[]string{${values.map(goQuote).join(', ')}}`);
  return [notSupported('dryRun', text, ['All'])];
}

/** Upstream's default manager: what precedes the first slash of the user agent, printable, at most 128 bytes. */
function managerFromAgent(request: ApiRequest): string {
  const agent = request.headers['user-agent'];
  const text = (typeof agent === 'string' ? agent : (agent?.[0] ?? '')).split('/')[0] ?? '';
  let name = '';
  let size = 0;
  for (const character of text) {
    if (!/[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(character)) continue;
    size += Buffer.byteLength(character);
    if (size > 128) break;
    name += character;
  }
  return name;
}

/** An int64 parameter. Throws upstream's 400. */
export function integerParameter(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name);
  if (value === null) return undefined;
  if (!/^[+-]?\d+$/.test(value))
    throw badRequest(`strconv.ParseInt: parsing ${goQuote(value)}: invalid syntax`);
  const number = Number(value);
  if (!Number.isSafeInteger(number))
    throw badRequest(`strconv.ParseInt: parsing ${goQuote(value)}: value out of range`);
  return number;
}
