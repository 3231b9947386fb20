import { goQuote } from '../field-error.ts';
import { goPrint, goTypeOf, isDict, type Value } from '../patch/dict.ts';
import { RawNumber } from '../schema/parse-json.ts';
import type { Schema } from '../schema/schema.ts';
import {
  type Atom,
  atomOf,
  deduce,
  ElementError,
  elementOf,
  type ListAtom,
  type MapAtom,
  memberSchema,
} from './atoms.ts';
import { fieldElement, indexElement, printElement, printPath } from './element.ts';

/** A value that is not of its type; the message is upstream's, all complaints in one. */
export class TypedError extends Error {}

/**
 * Checks what a client applies against the schema: unknown fields, wrong types, elements that are there twice. Live objects
 * may have duplicates. Throws a TypedError. Mirrors typed/validate.go.
 */
export function validateTyped(schema: Schema, value: Value, allowDuplicates: boolean): void {
  const walker = new Walker(allowDuplicates);
  walker.walk(schema, value);
  const { errors } = walker;
  if (errors.length === 0) return;
  throw new TypedError(
    errors.length === 1 ? errors[0] : ['errors:', ...errors.map((error) => `  ${error}`)].join('\n'),
  );
}

/** `%v` of a value.Value. */
const shown = (value: Value): string => `&{${goPrint(value)}}`;

/** `%#v` of one. */
function goSyntax(value: Value): string {
  if (typeof value === 'string') return goQuote(value);
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`;
  if (!isDict(value)) return goPrint(value);
  const members = Object.keys(value)
    .sort()
    .map((key) => `${goQuote(key)}:${goSyntax(value[key] ?? null)}`);
  return `map[string]interface {}{${members.join(', ')}}`;
}

class Walker {
  readonly errors: string[] = [];
  readonly #path: string[] = [];
  readonly #allowDuplicates: boolean;

  constructor(allowDuplicates: boolean) {
    this.#allowDuplicates = allowDuplicates;
  }

  #complain(message: string): void {
    this.errors.push(this.#path.length === 0 ? message : `${printPath(this.#path)}: ${message}`);
  }

  walk(schema: Schema, value: Value): void {
    const { map, scalar, list } = deduce(atomOf(schema), value);
    if (value === null) return;
    if (map !== undefined) this.#map(map, value);
    else if (scalar !== undefined) this.#scalar(scalar, value);
    else if (list !== undefined) this.#list(list, value);
  }

  #map(map: MapAtom, value: Value): void {
    if (!isDict(value)) {
      this.#complain(`expected map, got ${shown(value)}`);
      return;
    }
    for (const key of Object.keys(value)) {
      const schema = memberSchema(map, key);
      this.#path.push(fieldElement(key));
      if (schema === undefined) this.#complain('field not declared in schema');
      else this.walk(schema, value[key] ?? null);
      this.#path.pop();
      if (schema === undefined) return;
    }
  }

  #list(list: ListAtom, value: Value): void {
    if (!Array.isArray(value)) {
      this.#complain(`expected list, got ${shown(value)}`);
      return;
    }
    const seen = new Set<string>();
    for (const [i, item] of value.entries()) {
      const element = list.atomic ? indexElement(i) : this.#element(list, item, i);
      if (element === undefined) return;
      if (seen.has(element) && !this.#allowDuplicates)
        this.#complain(`duplicate entries for key ${printElement(element)}`);
      seen.add(element);
      this.#path.push(element);
      this.walk(list.items, item);
      this.#path.pop();
    }
  }

  #element(list: ListAtom, item: Value, index: number): string | undefined {
    try {
      return elementOf(list, item);
    } catch (error) {
      if (!(error instanceof ElementError)) throw error;
      this.#complain(`element ${index}: ${error.message}`);
      return undefined;
    }
  }

  #scalar(kind: NonNullable<Atom['scalar']>, value: Value): void {
    const type = typeof value;
    switch (kind) {
      case 'numeric':
        if (type !== 'number' && !(value instanceof RawNumber))
          this.#complain(`expected numeric (int or float), got ${goTypeOf(value)}`);
        break;
      case 'string':
        if (type !== 'string')
          this.#complain(`expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`);
        break;
      case 'boolean':
        if (type !== 'boolean') this.#complain(`expected boolean, got ${shown(value)}`);
        break;
      default:
        if (Array.isArray(value) || isDict(value)) this.#complain(`expected any scalar, got ${shown(value)}`);
    }
  }
}
