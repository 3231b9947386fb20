import { goQuote, invalid, invalidObject } from '../../../kube/field-error.ts';
import { type Dict, type KubeObject, parseApiVersion } from '../../../kube/object.ts';
import { jsonKind, patchMap } from '../../../kube/patch/body.ts';
import { escapeHtml, goPrint, isDict, type Value, type ValueDict } from '../../../kube/patch/dict.ts';
import { applyJsonPatch, checkJsonPatch } from '../../../kube/patch/json.ts';
import { applyMergePatch } from '../../../kube/patch/merge.ts';
import { applyStrategicMergePatch } from '../../../kube/patch/strategic.ts';
import { checkStructure, StructureError } from '../../../kube/patch/structured.ts';
import { decodeDict } from '../../../kube/schema/decode.ts';
import { DecodeError } from '../../../kube/schema/decode-error.ts';
import {
  JsonSyntaxError,
  type ParsedDocument,
  parseJson,
  RawNumber,
} from '../../../kube/schema/parse-json.ts';
import type { StructSchema } from '../../../kube/schema/schema.ts';
import { badRequest, type StatusError } from '../../../kube/status.ts';
import type { FieldValidation } from './options.ts';

export type PatchType = 'json' | 'merge' | 'strategic';

/** What a patch is applied to: an object of an endpoint or of a subresource (a Scale). */
export interface PatchTarget {
  readonly type: PatchType;
  readonly body: PatchBody;
  /** As the API prints it, in the requested version. */
  readonly current: KubeObject;
  readonly schema: StructSchema | undefined;
  readonly fieldValidation: FieldValidation;
  warn(text: string): void;
}

/** The patch, read once however often it is applied. */
export interface PatchBody {
  readonly value: Value;
  /** Keys that are there twice, as `duplicate field "…"`. */
  readonly duplicates: readonly string[];
}

/** Throws the 400 of a body that is no patch of this type. */
export function readPatch(type: PatchType, bytes: Uint8Array, fieldValidation: FieldValidation): PatchBody {
  const told = fieldValidation !== 'Ignore';
  const prefix = told && type !== 'strategic' ? 'error decoding patch: ' : '';
  let document: ParsedDocument;
  try {
    document = parseJson(new TextDecoder().decode(bytes));
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw badRequest(prefix + error.message);
    throw error;
  }
  const value = document.value as Value;
  if (type !== 'json') patchMap(value, prefix);
  const duplicates = told ? duplicateFields(value, document.repeated, '') : [];
  return { value, duplicates };
}

/** The patched object, decoded but not defaulted. Throws what upstream says of a patch that does not apply or fit. */
export function applyPatch(target: PatchTarget): KubeObject {
  return target.type === 'strategic' ? strategic(target) : plain(target);
}

/** JSON patch and merge patch: the result is text, which is decoded anew. */
function plain({ type, body, current, schema, fieldValidation, warn }: PatchTarget): KubeObject {
  const told = fieldValidation !== 'Ignore';
  const document = current as unknown as ValueDict;
  const unknown =
    type === 'json'
      ? [...body.duplicates.map((one) => `json patch ${one}`), ...checkJsonPatch(body.value, told)]
      : body.duplicates;
  const patched =
    type === 'json'
      ? applyJsonPatch(document, body.value)
      : applyMergePatch(document, body.value as ValueDict);
  // Custom resources are maps in Go, printed with sorted keys.
  const refuse = (why: string) => invalidPatch(textOf(patched, schema?.goType === ''), why);
  if (schema === undefined) return patched as unknown as KubeObject;
  try {
    if (!isDict(patched))
      throw new DecodeError(
        `json: cannot unmarshal ${jsonKind(patched)} into Go value of type map[string]interface {}`,
      );
    checkKind(patched, current, schema.goType === '');
    const decoded = decodeDict(schema, patched);
    complain([...unknown, ...(told ? decoded.unknown : [])], fieldValidation, warn, refuse);
    return withType(decoded.object, patched as Dict, current);
  } catch (error) {
    if (error instanceof DecodeError) throw refuse(error.message);
    throw error;
  }
}

function strategic({ body, current, schema, fieldValidation, warn }: PatchTarget): KubeObject {
  if (schema === undefined) throw badRequest('strategic merge patch needs a schema');
  const patch = (body.value ?? {}) as ValueDict;
  const refuse = (why: string) => invalidPatch(goPrint(patch), why);
  const patched = applyStrategicMergePatch(schema, current as unknown as ValueDict, patch);
  try {
    checkStructure(schema, patched);
    const decoded = decodeDict(schema, patched);
    // The converter sorts its complaints; the JSON decoder does not.
    const unknown = fieldValidation === 'Ignore' ? [] : [...decoded.unknown].sort();
    complain([...body.duplicates, ...unknown], fieldValidation, warn, refuse);
    return withType(decoded.object, patched as Dict, current);
  } catch (error) {
    if (error instanceof StructureError || error instanceof DecodeError) throw refuse(error.message);
    throw error;
  }
}

/** A patch may not turn an object into one of another kind. Absent, they are what they were. */
function checkKind(patched: ValueDict, current: KubeObject, custom: boolean): void {
  const kind = String(patched['kind'] ?? current.kind);
  const apiVersion = String(patched['apiVersion'] ?? current.apiVersion);
  if (kind === current.kind && apiVersion === current.apiVersion) return;
  if (!custom)
    throw new DecodeError(
      `no kind ${goQuote(kind)} is registered for version ${goQuote(apiVersion)} in scheme "pkg/api/legacyscheme/scheme.go:30"`,
    );
  const { group = '' } = parseApiVersion(current.apiVersion) ?? {};
  throw invalidObject(group, kind, current.metadata.name ?? '', [
    ...(kind === current.kind ? [] : [invalid('kind', kind, `must be ${current.kind}`)]),
    ...(apiVersion === current.apiVersion
      ? []
      : [invalid('apiVersion', apiVersion, `must be ${current.apiVersion}`)]),
  ]);
}

/** A decoded struct of a Go type does not know what kind it is of. */
function withType(object: Dict, patched: Dict, current: KubeObject): KubeObject {
  object['kind'] = typeof patched['kind'] === 'string' ? patched['kind'] : current.kind;
  object['apiVersion'] =
    typeof patched['apiVersion'] === 'string' ? patched['apiVersion'] : current.apiVersion;
  object['metadata'] ??= {};
  return object as unknown as KubeObject;
}

function complain(
  complaints: readonly string[],
  fieldValidation: FieldValidation,
  warn: (text: string) => void,
  refuse: (why: string) => StatusError,
): void {
  if (complaints.length === 0 || fieldValidation === 'Ignore') return;
  if (fieldValidation === 'Strict') throw refuse(`strict decoding error: ${complaints.join(', ')}`);
  for (const complaint of complaints) warn(complaint);
}

/** Upstream tells it of no kind at all. */
function invalidPatch(value: string, why: string): StatusError {
  return invalidObject('', '', '', [invalid('patch', value, why)]);
}

function duplicateFields(value: Value, repeated: ParsedDocument['repeated'], path: string): string[] {
  if (Array.isArray(value))
    return value.flatMap((item, i) => duplicateFields(item, repeated, `${path}[${i}]`));
  if (!isDict(value)) return [];
  const found: string[] = [];
  const seen = new Set<string>();
  for (const [key, item] of repeated.get(value) ?? Object.entries(value)) {
    const at = path === '' ? key : `${path}.${key}`;
    if (seen.has(key)) found.push(`duplicate field "${at}"`);
    seen.add(key);
    found.push(...duplicateFields(item as Value, repeated, at));
  }
  return found;
}

/** JSON text in which numbers are as they were written. */
function textOf(value: Value, sorted: boolean): string {
  if (value instanceof RawNumber) return value.text;
  if (Array.isArray(value)) return `[${value.map((item) => textOf(item, sorted)).join(',')}]`;
  if (!isDict(value)) return escapeHtml(JSON.stringify(value));
  const keys = Object.keys(value);
  const members = (sorted ? keys.sort() : keys).map(
    (key) => `${JSON.stringify(key)}:${textOf(value[key] ?? null, sorted)}`,
  );
  return `{${members.join(',')}}`;
}
