import { setKey } from '../object.ts';
import { badRequest, failure, tooLarge } from '../status.ts';
import { jsonKind } from './body.ts';
import { cloneValue, equalValue, getKey, isDict, type Value, type ValueDict } from './dict.ts';

const maxOperations = 10_000;
/** Upstream's JSONPatchMaxCopyBytes: what all `copy` of a patch may add up to. */
const maxCopyBytes = 3 * 1024 * 1024;

const fields: ReadonlySet<string> = new Set(['op', 'path', 'from', 'value']);

/** Why an operation does not apply. The API does not tell: every failure is the same 422. */
class OperationError extends Error {}

/**
 * Refuses (400) what upstream cannot decode. `strict` (Warn or Strict): unknown members are answered, in the words of
 * upstream's strict decoder.
 */
export function checkJsonPatch(patch: Value, strict: boolean): string[] {
  if (patch === null) return [];
  const fail = (what: string) =>
    badRequest(`${strict ? 'error decoding patch: ' : ''}json: cannot unmarshal ${what}`);
  if (!Array.isArray(patch))
    throw fail(
      `${jsonKind(patch)} into Go value of type ${strict ? '[]handlers.jsonPatchOp' : 'jsonpatch.Patch'}`,
    );
  const unknown: string[] = [];
  for (const [i, operation] of patch.entries()) {
    if (operation === null) continue;
    if (!isDict(operation))
      throw fail(
        `${jsonKind(operation)} into Go value of type ${strict ? 'handlers.jsonPatchOp' : 'jsonpatch.Operation'}`,
      );
    if (!strict) continue;
    for (const key of Object.keys(operation)) {
      const value = operation[key] ?? null;
      if (!fields.has(key)) unknown.push(`json patch unknown field "[${i}].${key}"`);
      else if (key !== 'value' && value !== null && typeof value !== 'string')
        throw fail(`${jsonKind(value)} into Go struct field jsonPatchOp.${key} of type string`);
    }
  }
  return unknown;
}

/**
 * JSON patch (RFC 6902) with the API server's habits: negative indices count from the end, `replace` of an absent member
 * adds it, `copy` of one adds null. `doc` is not changed and the result shares nothing with it. Throws 400 for what is not
 * a patch, 413 for more than 10,000 operations and 422 when an operation does not apply.
 */
export function applyJsonPatch(doc: ValueDict, patch: Value): Value {
  checkJsonPatch(patch, false);
  const operations = (patch ?? []) as Value[];
  if (operations.length > maxOperations)
    throw tooLarge(
      `The allowed maximum operations in a JSON patch is ${maxOperations}, got ${operations.length}`,
    );
  const run = new Run(doc);
  try {
    for (const operation of operations) run.apply(isDict(operation) ? operation : {});
  } catch (error) {
    if (!(error instanceof OperationError)) throw error;
    throw failure(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
  }
  return run.result();
}

interface Place {
  readonly container: ValueDict | Value[];
  readonly key: string;
}

const decodeToken = (token: string) => token.replaceAll('~1', '/').replaceAll('~0', '~');

/** strconv.Atoi */
function parseIndex(key: string): number {
  if (!/^[+-]?[0-9]{1,18}$/.test(key)) throw new OperationError(`not an index: ${key}`);
  return Number(key);
}

/** Where an existing element is; `length` is one more when one is to be inserted. */
function indexIn(length: number, key: string): number {
  const index = parseIndex(key);
  if (index >= length || index < -length) throw new OperationError(`no element ${index}`);
  return index < 0 ? index + length : index;
}

class Run {
  #root: Value;
  #copied = 0;
  /** Containers that were looked into: upstream writes their keys sorted, and the others as they were. */
  readonly #touched = new Set<Value>();

  constructor(doc: ValueDict) {
    this.#root = cloneValue(doc);
  }

  result(): Value {
    this.#touched.add(this.#root);
    return this.#sorted(this.#root);
  }

  apply(operation: ValueDict): void {
    switch (getKey(operation, 'op')) {
      case 'add':
        this.#add(this.#at(operation, 'path'), this.#value(operation));
        break;
      case 'remove':
        this.#remove(this.#at(operation, 'path'));
        break;
      case 'replace':
        this.#replace(this.#text(operation, 'path'), this.#value(operation));
        break;
      case 'move': {
        const from = this.#at(operation, 'from');
        const value = this.#get(from) ?? null;
        this.#remove(from);
        this.#add(this.#at(operation, 'path'), value);
        break;
      }
      case 'copy':
        this.#copy(operation);
        break;
      case 'test':
        this.#test(this.#text(operation, 'path'), this.#value(operation));
        break;
      default:
        throw new OperationError('unexpected kind of operation');
    }
  }

  #copy(operation: ValueDict): void {
    const value = this.#get(this.#at(operation, 'from')) ?? null;
    const to = this.#at(operation, 'path');
    this.#copied += value === null ? 0 : JSON.stringify(value).length;
    if (this.#copied > maxCopyBytes) throw new OperationError('copies too much');
    this.#add(to, cloneValue(value));
  }

  #at(operation: ValueDict, key: 'from' | 'path'): Place {
    return this.#find(this.#text(operation, key));
  }

  #text(operation: ValueDict, key: string): string {
    const text = getKey(operation, key);
    if (typeof text !== 'string') throw new OperationError(`missing ${key}`);
    return text;
  }

  /** The patch belongs to the request, but one value may be added at several places. */
  #value(operation: ValueDict): Value {
    return cloneValue(getKey(operation, 'value') ?? null);
  }

  #find(path: string): Place {
    const tokens = path.split('/');
    // As upstream: what stands before the first slash does not matter.
    if (tokens.length < 2) throw new OperationError('the whole document');
    let container = this.#root;
    for (const token of tokens.slice(1, -1)) {
      this.#touched.add(container);
      const next = this.#get({ container: asContainer(container), key: decodeToken(token) });
      container = next ?? null;
    }
    this.#touched.add(container);
    return { container: asContainer(container), key: decodeToken(tokens.at(-1) ?? '') };
  }

  #get({ container, key }: Place): Value | undefined {
    if (!Array.isArray(container)) return getKey(container, key);
    return container[indexIn(container.length, key)];
  }

  #add({ container, key }: Place, value: Value): void {
    if (!Array.isArray(container)) setKey(container, key, value);
    else if (key === '-') container.push(value);
    else container.splice(indexIn(container.length + 1, key), 0, value);
  }

  #remove({ container, key }: Place): void {
    if (Array.isArray(container)) container.splice(indexIn(container.length, key), 1);
    else {
      if (!Object.hasOwn(container, key)) throw new OperationError(`no member ${key}`);
      delete container[key];
    }
  }

  #replace(path: string, value: Value): void {
    if (path === '') {
      this.#root = asContainer(value);
      return;
    }
    const { container, key } = this.#find(path);
    if (Array.isArray(container)) container[indexIn(container.length, key)] = value;
    else setKey(container, key, value);
  }

  #test(path: string, value: Value): void {
    const actual = path === '' ? this.#root : (this.#get(this.#find(path)) ?? null);
    if (!equalValue(actual, value)) throw new OperationError('test failed');
  }

  #sorted(value: Value): Value {
    if (!this.#touched.has(value)) return value;
    if (Array.isArray(value)) return value.map((item) => this.#sorted(item));
    if (!isDict(value)) return value;
    const copy: ValueDict = {};
    for (const key of Object.keys(value).sort()) setKey(copy, key, this.#sorted(value[key] ?? null));
    return copy;
  }
}

function asContainer(value: Value): ValueDict | Value[] {
  if (Array.isArray(value) || isDict(value)) return value;
  throw new OperationError('neither an object nor a list');
}
