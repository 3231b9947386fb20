import { goQuote, invalid, invalidObject } from '../field-error.ts';
import { apiVersionOf, type Dict, type GroupVersion, type KubeObject, parseApiVersion } from '../object.ts';
import { badRequest, type StatusError } from '../status.ts';
import { decodeCustom } from './decode-custom.ts';
import { DecodeError, jsonKind } from './decode-error.ts';
import { type DecodedDict, decodeTyped, type Repeated } from './decode-value.ts';
import { JsonSyntaxError, type ParsedJson, parseJson } from './parse-json.ts';
import { decodeProto, readEnvelope } from './protobuf/decode.ts';
import type { SchemaSource, StructSchema } from './schema.ts';
import { yamlToParsed } from './yaml.ts';

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

export interface GroupVersionKind extends GroupVersion {
  readonly kind: string;
}

export interface DecodeBodyOptions {
  /** What was received, or an object of a caller inside the process (its own is not kept nor changed). */
  readonly bytes?: Uint8Array;
  readonly object?: unknown;
  /** `application/json`, `application/yaml`, `application/vnd.kubernetes.protobuf`; parameters are ignored. */
  readonly contentType?: string;
  /** What the endpoint takes. */
  readonly expected: GroupVersionKind;
  readonly schemas: SchemaSource;
  readonly fieldValidation: FieldValidation;
}

export interface DecodedBody {
  readonly object: KubeObject;
  /** For `Warning:` headers; only with `Warn`. */
  readonly warnings: string[];
}

/**
 * Go's json.Unmarshal into the struct; see `decodeTyped`. `unknown` are upstream's texts, such as
 * `unknown field "spec.replicaz"`. Throws a DecodeError.
 */
export function decodeDict(schema: StructSchema, value: unknown, repeated?: Repeated): DecodedDict {
  return schema.goType === ''
    ? decodeCustom(schema, value, repeated ?? new Map())
    : decodeTyped(schema, value, repeated);
}

/** A request's body as the object of its endpoint. Throws the 400 that upstream answers. Mirrors apiserver's create and update handlers. */
export function decodeBody(options: DecodeBodyOptions): DecodedBody {
  const { expected, fieldValidation } = options;
  const { given, decode, complaints, saysKind } = readBody(options);
  const refuse = (why: string) => cannotBeHandled(given, expected, why);
  const custom = customSchema(options);
  if (custom !== undefined && !saysKind)
    throw refuse(`Object 'Kind' is missing in '${utf8.decode(options.bytes ?? new Uint8Array())}'`);
  const schema = custom ?? schemaFor(given, options);
  if (schema === undefined)
    throw refuse(
      `no kind ${goQuote(given.kind)} is registered for version ${goQuote(apiVersionOf(given))} in scheme "pkg/api/legacyscheme/scheme.go:30"`,
    );
  const { object, unknown } = decodeOr(refuse, () => decode(schema));
  if (fieldValidation === 'Strict' && complaints.length + unknown.length > 0)
    throw refuse(`strict decoding error: ${[...yamlErrors(complaints), ...unknown].join(', ')}`);
  if (given.kind !== expected.kind && custom !== undefined) throw otherKind(given, expected, object);
  if (given.kind !== expected.kind)
    throw refuse(`converting (${goName(given)}) to (${internalName(expected)}): unknown conversion`);
  if (given.group !== expected.group || given.version !== expected.version)
    throw badRequest(
      `the API version in the data (${apiVersionOf(given)}) does not match the expected API version (${apiVersionOf(expected)})`,
    );
  object.kind = expected.kind;
  object.apiVersion = apiVersionOf(expected);
  object.metadata ??= {};
  return {
    object: object as unknown as KubeObject,
    warnings: fieldValidation === 'Warn' ? [...complaints, ...unknown] : [],
  };
}

/** Custom resources have no Go type: any object is read as one, and validation judges what it says to be. */
function customSchema({ expected, schemas }: DecodeBodyOptions): StructSchema | undefined {
  const schema = schemas.schemaOf(expected.group, expected.version, expected.kind);
  return schema?.goType === '' ? schema : undefined;
}

function otherKind(given: GroupVersionKind, { group, kind }: GroupVersionKind, object: Dict): StatusError {
  const { metadata } = object as unknown as Partial<KubeObject>;
  return invalidObject(group, kind, metadata?.name ?? '', [invalid('kind', given.kind, `must be ${kind}`)]);
}

/** Strictly, all of YAML's complaints are one error. */
function yamlErrors(complaints: readonly string[]): readonly string[] {
  return complaints.length === 0 ? [] : [`yaml: unmarshal errors:\n  ${complaints.join('\n  ')}`];
}

/** A body of which is known what it says to be, and how to read the rest. */
interface ReadBody {
  readonly given: GroupVersionKind;
  decode(schema: StructSchema): DecodedDict;
  /** Of the format itself: YAML's duplicate keys. */
  readonly complaints: readonly string[];
  /** Not only the endpoint does. */
  readonly saysKind: boolean;
}

function readBody(options: DecodeBodyOptions): ReadBody {
  const { expected, bytes = new Uint8Array(), contentType = '' } = options;
  if (options.object === undefined && contentType.includes('protobuf')) {
    const { apiVersion, kind, raw } = decodeOr(
      (why) => unrecognized(expected, why, bytes),
      () => readEnvelope(bytes),
    );
    const given = completed(apiVersion, kind, expected);
    if (given === undefined)
      throw unrecognized(expected, `unexpected GroupVersion string: ${apiVersion}`, bytes);
    return {
      given,
      decode: (schema) => ({ object: decodeProto(schema, raw), unknown: [] }),
      complaints: [],
      saysKind: kind !== '',
    };
  }
  const document =
    options.object === undefined ? readDocument(bytes, options) : plainDocument(options.object);
  return {
    given: typeOf(document.value, bytes, expected),
    decode: (schema) => decodeDict(schema, document.value, document.repeated),
    complaints: document.complaints,
    saysKind: saysKind(document.value),
  };
}

function saysKind(value: ParsedJson): boolean {
  const kind = jsonKind(value) === 'object' ? (value as { kind?: unknown }).kind : undefined;
  return typeof kind === 'string' && kind !== '';
}

interface Document {
  readonly value: ParsedJson;
  readonly repeated: Repeated;
  readonly complaints: readonly string[];
}

function plainDocument(object: unknown): Document {
  return { value: object as ParsedJson, repeated: new Map(), complaints: [] };
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

function readDocument(bytes: Uint8Array, { contentType, expected }: DecodeBodyOptions): Document {
  const text = utf8.decode(bytes);
  try {
    if (contentType?.includes('yaml') === true) return yamlToParsed(text);
    return { ...parseJson(text), complaints: [] };
  } catch (error) {
    if (error instanceof JsonSyntaxError)
      throw unrecognized(expected, `couldn't get version/kind; json parse error: ${error.message}`, bytes);
    if (error instanceof DecodeError) throw unrecognized(expected, error.message, bytes);
    throw error;
  }
}

const metaStruct =
  'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';

/** What the body says it is, completed with what the endpoint takes. */
function typeOf(value: ParsedJson, bytes: Uint8Array, expected: GroupVersionKind): GroupVersionKind {
  const refuse = (why: string) =>
    unrecognized(
      expected,
      `couldn't get version/kind; json parse error: json: cannot unmarshal ${why}`,
      bytes,
    );
  if (value === null) return expected;
  const found = jsonKind(value);
  if (found !== 'object') throw refuse(`${found} into Go value of type ${metaStruct}`);
  let kind = '';
  let apiVersion = '';
  for (const [key, item] of Object.entries(value as { [key: string]: ParsedJson })) {
    // Here Go's own json reads, which does not mind the case.
    const name = key.length > 10 ? '' : key.toLowerCase();
    if ((name !== 'kind' && name !== 'apiversion') || item === null) continue;
    const field = name === 'kind' ? 'kind' : 'apiVersion';
    if (typeof item !== 'string')
      throw refuse(`${jsonKind(item)} into Go struct field .${field} of type string`);
    if (name === 'kind') kind = item;
    else apiVersion = item;
  }
  const given = completed(apiVersion, kind, expected);
  if (given === undefined)
    throw unrecognized(expected, `unexpected GroupVersion string: ${apiVersion}`, bytes);
  return given;
}

/** What was left out is what the endpoint takes; undefined for an apiVersion with too many slashes. */
function completed(
  apiVersion: string,
  kind: string,
  expected: GroupVersionKind,
): GroupVersionKind | undefined {
  const said =
    apiVersion === '' || apiVersion === '/' ? { group: '', version: '' } : parseApiVersion(apiVersion);
  if (said === undefined) return undefined;
  const { group, version } =
    said.version === '' && (said.group === '' || said.group === expected.group) ? expected : said;
  return { group, version, kind: kind === '' ? expected.kind : kind };
}

/** Versions that are known though no longer served: bodies in them are read, and then refused for their version. */
const retired: ReadonlyMap<string, string> = new Map([
  ['apps/v1beta1', 'v1'],
  ['apps/v1beta2', 'v1'],
  ['autoscaling/v2beta1', 'v2'],
  ['autoscaling/v2beta2', 'v2'],
  ['batch/v1beta1', 'v1'],
  ['policy/v1beta1', 'v1'],
  ['networking.k8s.io/v1beta1', 'v1'],
  ['rbac.authorization.k8s.io/v1beta1', 'v1'],
  ['rbac.authorization.k8s.io/v1alpha1', 'v1'],
  ['storage.k8s.io/v1beta1', 'v1'],
  ['scheduling.k8s.io/v1beta1', 'v1'],
  ['coordination.k8s.io/v1beta1', 'v1'],
  ['discovery.k8s.io/v1beta1', 'v1'],
  ['events.k8s.io/v1beta1', 'v1'],
  ['admissionregistration.k8s.io/v1beta1', 'v1'],
  ['certificates.k8s.io/v1beta1', 'v1'],
  ['flowcontrol.apiserver.k8s.io/v1beta3', 'v1'],
  ['node.k8s.io/v1beta1', 'v1'],
]);

function schemaFor(
  given: GroupVersionKind,
  { schemas }: Pick<DecodeBodyOptions, 'schemas'>,
): StructSchema | undefined {
  const own = schemas.schemaOf(given.group, given.version, given.kind);
  const current = retired.get(apiVersionOf(given));
  return own ?? (current === undefined ? undefined : schemas.schemaOf(given.group, current, given.kind));
}

function decodeOr<T>(refuse: (why: string) => StatusError, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (error instanceof DecodeError) throw refuse(error.message);
    throw error;
  }
}

const goName = ({ version, kind }: GroupVersionKind): string => `${version}.${kind}`;
const internalName = ({ group, kind }: GroupVersionKind): string =>
  `${group === '' ? 'core' : (group.split('.')[0] ?? '')}.${kind}`;

function cannotBeHandled(given: GroupVersionKind, expected: GroupVersionKind, why: string): StatusError {
  return badRequest(
    `${given.kind} in version ${goQuote(given.version)} cannot be handled as a ${expected.kind}: ${why}`,
  );
}

function unrecognized(expected: GroupVersionKind, why: string, bytes: Uint8Array): StatusError {
  return badRequest(
    `the object provided is unrecognized (must be of type ${expected.kind}): ${why} (${summary(bytes)})`,
  );
}

const summaryBytes = 30;

/** The beginning of the body: as text when it looks like JSON, else in hexadecimal. */
function summary(bytes: Uint8Array): string {
  if (bytes.length === 0) return '<empty>';
  const start = Buffer.from(bytes.subarray(0, summaryBytes));
  const more = bytes.length > summaryBytes ? ' ...' : '';
  return `${start[0] === 123 ? start.toString('utf8') : start.toString('hex')}${more}`;
}
