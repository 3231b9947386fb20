import { goQuote } from '../field-error.ts';
import { type Dict, isDict, type MutableJson, setKey } from '../object.ts';
import { type DecodeError, jsonKind, typeMismatch } from './decode-error.ts';
import { decodeScalar, type ScalarPlace } from './decode-scalar.ts';
import { goTypeOf, shortGoType } from './go-type.ts';
import type { ParsedJson } from './parse-json.ts';
import type { ListSchema, MapSchema, Schema, StructSchema } from './schema.ts';

/** The entries of the objects that had a key twice, by object; see `parseJson`. */
export type Repeated = ReadonlyMap<object, readonly (readonly [string, ParsedJson])[]>;

export interface DecodedDict {
  readonly object: Dict;
  /** As upstream words them: `unknown field "spec.replicaz"`, `duplicate field "metadata.name"`; at most 100. */
  readonly unknown: string[];
}

const none: Repeated = new Map();
/** Upstream stops collecting there. */
const mostComplaints = 100;

/**
 * Go's json.Unmarshal into the struct: `null` is the zero value, names match exactly, unknown fields are dropped and told.
 * Throws a DecodeError with Go's text for the first value of a wrong type. The result shares nothing with `value`.
 */
export function decodeTyped(
  schema: StructSchema,
  value: unknown,
  repeated: Repeated = none,
  path = '',
): DecodedDict {
  const decoder = new Decoder(repeated, path);
  const object =
    value === null || value === undefined ? {} : decoder.value(schema, value as ParsedJson, undefined);
  decoder.finish();
  return { object: (object ?? {}) as Dict, unknown: decoder.complaints };
}

class Decoder implements ScalarPlace {
  readonly complaints: string[] = [];
  readonly #repeated: Repeated;
  /** Go's error context. */
  struct = '';
  readonly fields: string[] = [];
  /** The path in which unknown fields are told: `.name`, `[0]`. */
  readonly #path: string[] = [];
  #firstError: DecodeError | undefined;

  constructor(repeated: Repeated, path: string) {
    this.#repeated = repeated;
    if (path !== '') this.#path.push(path);
  }

  /** Mistaken types do not stop Go: it goes on and tells the first one at the end. */
  finish(): void {
    if (this.#firstError !== undefined) throw this.#firstError;
  }

  soft(error: DecodeError): undefined {
    this.#firstError ??= error;
    return undefined;
  }

  nested(schema: StructSchema, value: ParsedJson): Dict {
    return decodeTyped(schema, value).object;
  }

  mismatch(found: string, type: string): undefined {
    return this.soft(typeMismatch(found, type, this));
  }

  /** Undefined: nothing to keep. `into` is what an earlier entry of the same name left. */
  value(schema: Schema, value: ParsedJson, into: MutableJson | undefined): MutableJson | undefined {
    switch (schema.kind) {
      case 'struct':
        return this.#struct(schema, value, into);
      case 'map':
        return this.#map(schema, value, into);
      case 'list':
        return this.#list(schema, value);
      default:
        return decodeScalar(schema, value, this);
    }
  }

  #struct(schema: StructSchema, value: ParsedJson, into: MutableJson | undefined): MutableJson | undefined {
    if (value === null) return into;
    if (jsonKind(value) !== 'object') return this.mismatch(jsonKind(value), goTypeOf(schema));
    const object: Dict = isDict(into) ? into : {};
    const outer = this.struct;
    const name = shortGoType(schema.goType);
    const struct = name.slice(name.indexOf('.') + 1);
    const entries = this.#repeated.get(value as object);
    if (entries === undefined)
      for (const key of Object.keys(value as object)) {
        this.struct = struct;
        this.#field(schema, object, key, (value as { [key: string]: ParsedJson })[key] ?? null, false);
      }
    else {
      const seen = new Set<string>();
      for (const [key, item] of entries) {
        this.struct = struct;
        this.#field(schema, object, key, item, seen.has(key));
        seen.add(key);
      }
    }
    this.struct = outer;
    return object;
  }

  #field(schema: StructSchema, object: Dict, key: string, value: ParsedJson, again: boolean): void {
    const field = schema.fields.get(key);
    if (field === undefined) {
      this.#complain('unknown', key);
      return;
    }
    if (again) this.#complain('duplicate', key);
    if (value === null) {
      if (field.pointer || field.schema.kind === 'list' || field.schema.kind === 'map') delete object[key];
      return;
    }
    this.fields.push(key);
    this.#path.push(`.${key}`);
    const decoded = this.value(field.schema, value, again ? object[key] : undefined);
    this.#path.pop();
    this.fields.pop();
    if (decoded !== undefined) object[key] = decoded;
  }

  #map(schema: MapSchema, value: ParsedJson, into: MutableJson | undefined): MutableJson | undefined {
    if (value === null) return undefined;
    if (jsonKind(value) !== 'object') return this.mismatch(jsonKind(value), goTypeOf(schema));
    const object: Dict = isDict(into) ? into : {};
    const seen = new Set<string>();
    const entries = this.#repeated.get(value as object);
    for (const [key, item] of entries ?? Object.entries(value as { [key: string]: ParsedJson })) {
      if (entries !== undefined) {
        if (seen.has(key)) this.#complain('duplicate', key);
        seen.add(key);
      }
      this.#path.push(`.${key}`);
      const decoded = this.value(schema.values, item, undefined);
      this.#path.pop();
      // Go's null is the zero of the type, and a value of a wrong type leaves it too (the error is told at the end).
      setKey(object, key, decoded ?? zeroOf(schema.values));
    }
    return object;
  }

  #list(schema: ListSchema, value: ParsedJson): MutableJson | undefined {
    if (value === null) return undefined;
    if (!Array.isArray(value)) return this.mismatch(jsonKind(value), goTypeOf(schema));
    const list: MutableJson[] = [];
    const { items } = schema;
    for (let i = 0; i < value.length; i += 1) {
      this.#path.push(`[${i}]`);
      list.push(this.value(items, value[i] ?? null, undefined) ?? zeroOf(items));
      this.#path.pop();
    }
    return list;
  }

  #complain(what: 'unknown' | 'duplicate', key: string): void {
    if (this.complaints.length >= mostComplaints) return;
    const path = [...this.#path, `.${key}`].join('');
    this.complaints.push(`${what} field ${goQuote(path.startsWith('.') ? path.slice(1) : path)}`);
  }
}

/** What Go has where nothing was given. */
export function zeroOf(schema: Schema): MutableJson {
  if (schema.kind === 'struct') return {};
  if (schema.kind !== 'scalar') return null;
  switch (schema.scalar) {
    case 'string':
      return '';
    case 'int32':
    case 'int64':
    case 'float64':
    case 'intOrString':
      return 0;
    case 'bool':
      return false;
    case 'quantity':
      return '0';
    case 'duration':
      return '0s';
    default:
      return null;
  }
}
