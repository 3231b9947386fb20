import { type Environment, Optional } from '@marcbachmann/cel-js';
import { Duration } from '@marcbachmann/cel-js/evaluator';
import { parseGoDuration } from '../duration.ts';
import { timeToMs } from '../time.ts';
import { equalCel } from './library/collections.ts';

/** What an expression may know of a value: nothing, or its structural schema. */
export type CelType =
  | 'dyn'
  | 'string'
  | 'bool'
  | 'int'
  | 'double'
  | 'list'
  | 'map'
  | { readonly schema: CelSchema }
  /** An optional of that; a binding left out is its `none`. */
  | { readonly optional: CelType };

/** The part of a structural schema (JSONSchemaProps) that types come from. */
export interface CelSchema {
  readonly type?: string | undefined;
  readonly format?: string | undefined;
  readonly nullable?: boolean | undefined;
  readonly properties?: { readonly [name: string]: CelSchema } | undefined;
  readonly additionalProperties?: unknown;
  readonly items?: unknown;
  readonly 'x-kubernetes-int-or-string'?: boolean | undefined;
  readonly 'x-kubernetes-embedded-resource'?: boolean | undefined;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean | undefined;
}

/** How a JSON value becomes what the library computes with. */
export interface Converter {
  /** The library's name of the type. */
  readonly name: string;
  convert(value: unknown): unknown;
}

/** An object that expressions call methods of, given to the library as it is. */
export class CelNative {}

/** Whole numbers are ints, the others doubles; objects are maps. */
export const dynamic: Converter = { name: 'dyn', convert: convertDynamic };

function convertDynamic(value: unknown): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  if (value === null || typeof value !== 'object') return value;
  if (
    value instanceof Map ||
    value instanceof Date ||
    value instanceof Duration ||
    value instanceof CelNative
  )
    return value;
  if (Array.isArray(value)) return value.map(convertDynamic);
  return new Map(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [key, convertDynamic(item)]),
  );
}

const reserved = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

/** How a property is written in an expression, undefined when it cannot be. Mirrors apiserver/pkg/cel/escaping.go. */
function escapeProperty(name: string): string | undefined {
  if (name === '') return undefined;
  if (reserved.has(name)) return `__${name}__`;
  if (!/^[a-zA-Z_.\-/][a-zA-Z0-9_.\-/]*$/.test(name)) return undefined;
  return name
    .replaceAll('__', '__underscores__')
    .replaceAll('.', '__dot__')
    .replaceAll('-', '__dash__')
    .replaceAll('/', '__slash__');
}

/** Registers the types of one expression's variables; each schema node becomes a type of its own. */
export class TypeRegistrar {
  readonly #environment: Environment;
  #count = 0;
  /** `self` and `oldSelf` have one schema, and must have one type to be comparable. */
  readonly #known = new Map<CelSchema, Converter>();

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  converterOf(type: CelType): Converter {
    if (typeof type === 'object' && 'optional' in type) {
      const inner = this.converterOf(type.optional);
      return {
        name: `optional<${inner.name}>`,
        convert: (value) => (value === undefined ? Optional.none() : Optional.of(inner.convert(value))),
      };
    }
    if (typeof type === 'object') return this.#ofSchema(type.schema);
    return { name: type, convert: convertDynamic };
  }

  #ofSchema(schema: CelSchema): Converter {
    const known = this.#known.get(schema);
    if (known !== undefined) return known;
    const converter = this.#build(schema);
    this.#known.set(schema, converter);
    return converter;
  }

  #build(schema: CelSchema): Converter {
    if (schema['x-kubernetes-int-or-string'] === true || schema.nullable === true) return dynamic;
    switch (schema.type) {
      case 'boolean':
        return { name: 'bool', convert: (value) => value };
      case 'integer':
        return {
          name: 'int',
          convert: (value) => (typeof value === 'number' ? BigInt(Math.trunc(value)) : value),
        };
      case 'number':
        return { name: 'double', convert: (value) => (typeof value === 'bigint' ? Number(value) : value) };
      case 'string':
        return ofFormat(schema.format);
      case 'array': {
        const items = this.#ofSchema((schema.items ?? {}) as CelSchema);
        return {
          name: `list<${items.name}>`,
          convert: (value) => (Array.isArray(value) ? value.map((item) => items.convert(item)) : value),
        };
      }
      case 'object':
        return this.#ofObject(schema);
      default:
        return dynamic;
    }
  }

  #ofObject(schema: CelSchema): Converter {
    const more = schema.additionalProperties;
    if (schema.properties === undefined && typeof more === 'object' && more !== null) {
      const values = this.#ofSchema(more as CelSchema);
      return {
        name: `map<string, ${values.name}>`,
        convert: (value) =>
          isDict(value) ? new Map(Object.entries(value).map(([k, v]) => [k, values.convert(v)])) : value,
      };
    }
    const properties = { ...schema.properties };
    if (schema['x-kubernetes-embedded-resource'] === true) Object.assign(properties, resourceProperties);
    const fields: { [name: string]: string } = {};
    const converters = new Map<string, { escaped: string; converter: Converter }>();
    for (const [name, property] of Object.entries(properties)) {
      const escaped = escapeProperty(name);
      if (escaped === undefined) continue;
      const converter = this.#ofSchema(property);
      fields[escaped] = converter.name;
      converters.set(name, { escaped, converter });
    }
    // The library tells instances apart by their constructor; entries are the fields.
    class CelObject extends Map<string, unknown> {}
    const name = `T${this.#count++}_object`;
    this.#environment
      .registerType(name, { ctor: CelObject, fields })
      .registerOperator(`${name} == ${name}`, (a: unknown, b: unknown) => equalCel(a, b));
    return {
      name,
      convert(value) {
        if (!isDict(value)) return value;
        const object = new CelObject();
        for (const [key, item] of Object.entries(value)) {
          const known = converters.get(key);
          if (known !== undefined && item !== undefined)
            object.set(known.escaped, known.converter.convert(item));
        }
        return object;
      },
    };
  }
}

const text: CelSchema = { type: 'string' };
/** What every resource lets rules see of its type and metadata. */
export const resourceProperties: { readonly [name: string]: CelSchema } = {
  apiVersion: text,
  kind: text,
  metadata: { type: 'object', properties: { name: text, generateName: text } },
};

const isDict = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function ofFormat(format: string | undefined): Converter {
  const asTime = (value: unknown) => {
    const ms =
      typeof value === 'string' ? timeToMs(value.length === 10 ? `${value}T00:00:00Z` : value) : Number.NaN;
    return Number.isNaN(ms) ? value : new Date(ms);
  };
  switch (format) {
    case 'date':
    case 'date-time':
      return { name: 'google.protobuf.Timestamp', convert: asTime };
    case 'duration':
      return {
        name: 'google.protobuf.Duration',
        convert: (value) =>
          typeof value === 'string' ? Duration.fromMilliseconds(parseGoDuration(value)) : value,
      };
    case 'byte':
      return {
        name: 'bytes',
        convert: (value) => (typeof value === 'string' ? Buffer.from(value, 'base64') : value),
      };
    default:
      return { name: 'string', convert: (value) => value };
  }
}
