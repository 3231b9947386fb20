import type { Json } from '../../base/json.ts';
import type { JSONSchemaProps } from '../api/apiextensions-v1.ts';
import {
  type FieldError,
  GoText,
  goQuote,
  invalid,
  notSupported,
  required,
  tooLong,
  tooMany,
  typeInvalid,
} from '../field-error.ts';
import { utf8Length } from '../names.ts';
import { equalJson } from '../object.ts';
import { compileRegex } from '../regex/regex.ts';
import { hasFormat } from './formats.ts';
import { additionalOf, itemsOf } from './structure.ts';

/**
 * A custom resource against its schema, in the words of kube-openapi/pkg/validation/validate. With `old`, parts that did
 * not change are let through (upstream's ratcheting).
 */
export function validateInstance(schema: JSONSchemaProps, value: unknown, old?: unknown): FieldError[] {
  const run: Run = { errors: [] };
  check(schema, value, '', run, old);
  return run.errors;
}

/** A default inside a schema: the field's own path stands before everything. */
export function validateDefault(schema: JSONSchemaProps, value: unknown, field: string): FieldError[] {
  return validateInstance(schema, value).map((error) => {
    if (error.field === noField) return { ...error, field };
    const suffix = error.field.startsWith('[') ? error.field : `.${error.field}`;
    return { ...error, field: error.field === '' ? field : `${field}${suffix}` };
  });
}

interface Run {
  errors: FieldError[];
}

/** As Go prints a missing path. */
export const noField = '<nil>';

const fieldOf = (path: string) => {
  const name = path.startsWith('.') ? path.slice(1) : path;
  return name === '' ? noField : name;
};

function typesOf(schema: JSONSchemaProps): string[] {
  if (schema['x-kubernetes-int-or-string'] === true) return ['integer', 'string'];
  return schema.type === undefined || schema.type === '' ? [] : [schema.type];
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value === 'object' ? 'object' : typeof value;
}

/** Go's `%v` of a number. */
function goNumber(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e21
    ? String(value)
    : String(value).replace(/e([+-])(\d)$/, 'e$10$2');
}

function check(schema: JSONSchemaProps, value: unknown, path: string, run: Run, old: unknown): void {
  if (old !== undefined && equalJson(value, old)) return;
  const types = typesOf(schema);
  const kind = kindOf(value);
  if (value === null) {
    if (types.length > 0 && schema.nullable !== true) run.errors.push(wrongType(path, types, 'null'));
    checkEnum(schema, value, path, run);
    return;
  }
  const fits = types.length === 0 || types.includes(kind) || (kind === 'integer' && types.includes('number'));
  if (
    !fits &&
    !(typeof value === 'string' && schema.format && !types.includes('number') && !types.includes('integer'))
  )
    run.errors.push(wrongType(path, types, kind));
  checkCombined(schema, value, path, run);
  if (typeof value === 'string') checkString(schema, value, path, run);
  if (typeof value === 'number') checkNumber(schema, value, path, run);
  if (Array.isArray(value)) checkList(schema, value, path, run, old);
  checkEnum(schema, value, path, run);
  if (kind === 'object') checkObject(schema, value as { [key: string]: unknown }, path, run, old);
}

function wrongType(path: string, types: readonly string[], found: string): FieldError {
  return typeInvalid(
    fieldOf(path),
    found,
    `${path.replace(/^\./, '')} in body must be of type ${types.join(',')}: ${goQuote(found)}`,
  );
}

function shown(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? new GoText(goJson(value)) : value;
}

/** Go's `%#v` of decoded JSON. */
export function goJson(value: unknown): string {
  if (value === null || value === undefined) return 'interface {}(nil)';
  if (typeof value === 'string') return goQuote(value);
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[]interface {}{${value.map(goJson).join(', ')}}`;
  const entries = Object.keys(value)
    .sort()
    .map((key) => `${goQuote(key)}:${goJson((value as { [key: string]: unknown })[key])}`);
  return `map[string]interface {}{${entries.join(', ')}}`;
}

function checkString(schema: JSONSchemaProps, value: string, path: string, run: Run): void {
  const at = fieldOf(path);
  const say = (what: string) => `${path.replace(/^\./, '')} in body ${what}`;
  const length = [...value].length;
  if (schema.maxLength !== undefined && length > schema.maxLength)
    run.errors.push(tooLong(at, value, schema.maxLength));
  if (schema.minLength !== undefined && length < schema.minLength)
    run.errors.push(invalid(at, value, say(`should be at least ${schema.minLength} chars long`)));
  if (schema.pattern && !compileRegex(schema.pattern).test(value))
    run.errors.push(invalid(at, value, say(`should match '${schema.pattern}'`)));
  if (schema.format && utf8Length(value) <= 1 << 20 && hasFormat(schema.format, value) === false)
    run.errors.push(typeInvalid(at, value, say(`must be of type ${schema.format}: ${goQuote(value)}`)));
}

function checkNumber(schema: JSONSchemaProps, value: number, path: string, run: Run): void {
  const at = fieldOf(path);
  const { minimum, maximum, multipleOf } = schema;
  const say = (what: string) =>
    run.errors.push(invalid(at, value, `${path.replace(/^\./, '')} in body ${what}`));
  if (multipleOf !== undefined && multipleOf > 0 && !Number.isInteger(value / multipleOf))
    say(`should be a multiple of ${goNumber(multipleOf)}`);
  if (maximum !== undefined) {
    if (schema.exclusiveMaximum === true ? value >= maximum : value > maximum)
      say(
        `should be less than ${schema.exclusiveMaximum === true ? '' : 'or equal to '}${goNumber(maximum)}`,
      );
  }
  if (minimum !== undefined) {
    if (schema.exclusiveMinimum === true ? value <= minimum : value < minimum)
      say(
        `should be greater than ${schema.exclusiveMinimum === true ? '' : 'or equal to '}${goNumber(minimum)}`,
      );
  }
}

function checkEnum(schema: JSONSchemaProps, value: unknown, path: string, run: Run): void {
  if (schema.enum === undefined || schema.enum.length === 0) return;
  if (schema.enum.some((allowed) => equalJson(allowed, value))) return;
  const texts = schema.enum.map((allowed: Json) =>
    typeof allowed === 'string' ? allowed : JSON.stringify(allowed),
  );
  run.errors.push(notSupported(fieldOf(path), shown(value), texts));
}

function checkList(
  schema: JSONSchemaProps,
  value: readonly unknown[],
  path: string,
  run: Run,
  old: unknown,
): void {
  const items = itemsOf(schema);
  const before = Array.isArray(old) ? (old as unknown[]) : [];
  if (items !== undefined)
    for (const [i, item] of value.entries())
      check(items, item, `${path}[${i}]`, run, correlated(schema, item, i, before));
  if (schema.minItems !== undefined && value.length < schema.minItems)
    run.errors.push(
      invalid(
        fieldOf(path),
        value.length,
        `${path.replace(/^\./, '')} in body should have at least ${schema.minItems} items`,
      ),
    );
  if (schema.maxItems !== undefined && value.length > schema.maxItems)
    run.errors.push(tooMany(fieldOf(path), value.length, schema.maxItems));
}

/** The old item that this one was: by its keys in a map list, by nothing else. */
export function correlated(
  schema: JSONSchemaProps,
  item: unknown,
  _index: number,
  before: readonly unknown[],
): unknown {
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  if (schema['x-kubernetes-list-type'] !== 'map' || keys.length === 0) return undefined;
  const of = (value: unknown, key: string) =>
    typeof value === 'object' && value !== null ? (value as { [key: string]: unknown })[key] : undefined;
  return before.find((other) => keys.every((key) => equalJson(of(other, key), of(item, key))));
}

function checkObject(
  schema: JSONSchemaProps,
  value: { [key: string]: unknown },
  path: string,
  run: Run,
  old: unknown,
): void {
  const names = Object.keys(value);
  const before = (typeof old === 'object' && old !== null ? old : {}) as { [key: string]: unknown };
  const was = (key: string) => (Object.hasOwn(before, key) ? before[key] : undefined);
  const bare = path.replace(/^\./, '');
  if (schema.minProperties !== undefined && names.length < schema.minProperties)
    run.errors.push(
      invalid(
        fieldOf(path),
        names.length,
        `${bare} in body should have at least ${schema.minProperties} properties`,
      ),
    );
  if (schema.maxProperties !== undefined && names.length > schema.maxProperties)
    run.errors.push(tooMany(fieldOf(path), names.length, schema.maxProperties));
  const properties = schema.properties ?? {};
  const more = additionalOf(schema);
  for (const key of names)
    if (!Object.hasOwn(properties, key)) {
      if (schema.additionalProperties === false)
        run.errors.push(invalid(`${bare}.${key}`, '', `${bare}.${key} in body is a forbidden property`));
      else if (more !== undefined) check(more, value[key], `${path}.${key}`, run, was(key));
    }
  for (const [key, property] of Object.entries(properties))
    if (Object.hasOwn(value, key) && value[key] !== undefined)
      check(property, value[key], path === '' ? key : `${path}.${key}`, run, was(key));
  for (const key of schema.required ?? [])
    if (!Object.hasOwn(value, key)) run.errors.push(required(fieldOf(`${path}.${key}`)));
}

function checkCombined(schema: JSONSchemaProps, value: unknown, path: string, run: Run): void {
  const attempt = (part: JSONSchemaProps): FieldError[] => {
    const inner: Run = { errors: [] };
    check(part, value, path, inner, undefined);
    return inner.errors;
  };
  const say = (what: string) => run.errors.push(invalid(noField, '', `${goQuote(path)} ${what}`));
  const best = (results: readonly FieldError[][]) =>
    [...results].sort((a, b) => a.length - b.length)[0] ?? [];
  if (
    schema.anyOf?.length &&
    !(schema['x-kubernetes-int-or-string'] === true && isIntOrStringPattern(schema))
  ) {
    const results = schema.anyOf.map(attempt);
    if (!results.some((errors) => errors.length === 0)) {
      say('must validate at least one schema (anyOf)');
      run.errors.push(...best(results));
    }
  }
  if (schema.oneOf?.length) {
    const results = schema.oneOf.map(attempt);
    const valid = results.filter((errors) => errors.length === 0).length;
    if (valid !== 1) {
      const how = valid === 0 ? 'Found none valid' : `Found ${valid} valid alternatives`;
      say(`must validate one and only one schema (oneOf). ${how}`);
      if (valid === 0) run.errors.push(...best(results));
    }
  }
  if (schema.allOf?.length) {
    const results = schema.allOf.map(attempt);
    const failed = results.filter((errors) => errors.length > 0);
    for (const errors of failed) run.errors.push(...errors);
    if (failed.length > 0)
      say(
        `must validate all the schemas (allOf)${failed.length === results.length ? '. None validated' : ''}`,
      );
  }
  if (schema.not !== undefined && attempt(schema.not).length === 0) say('must not validate the schema (not)');
}

function isIntOrStringPattern({ anyOf }: JSONSchemaProps): boolean {
  return anyOf?.length === 2 && anyOf[0]?.type === 'integer' && anyOf[1]?.type === 'string';
}
