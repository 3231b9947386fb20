import { goQuote } from '../field-error.ts';
import { DecodeError } from './decode-error.ts';
import { JsonSyntaxError, type ParsedJson, type ParsedObject, parseJson, RawNumber } from './parse-json.ts';
import { composeYaml, type MappingNode, type Node } from './yaml/compose.ts';
import { type Resolved, resolveScalar } from './yaml/resolve.ts';
import { YamlError } from './yaml/token.ts';

export interface YamlDocument {
  readonly value: ParsedJson;
  /** Keys are in order and there once: nothing is repeated. */
  readonly repeated: ReadonlyMap<object, readonly (readonly [string, ParsedJson])[]>;
  /** Keys that were there twice, in go-yaml's words: `line 7: key "peso" already set in map`. */
  readonly complaints: readonly string[];
}

/**
 * The first document of the text as JSON, as sigs.k8s.io/yaml converts it: keys sorted, the last of equal ones wins.
 * Throws a DecodeError with upstream's text, `yaml: line 4: did not find expected key`.
 */
export function yamlToParsed(text: string): YamlDocument {
  const json = asJson(text);
  if (json !== undefined) return { value: json, repeated: new Map(), complaints: [] };
  try {
    const node = composeYaml(text);
    const converter = new Converter();
    const value = node === undefined ? null : converter.convert(node);
    return { value, repeated: new Map(), complaints: converter.complaints };
  } catch (error) {
    if (error instanceof YamlError) throw new DecodeError(error.message);
    throw error;
  }
}

/** Most YAML that programs send is JSON, which is read ten times faster. */
function asJson(text: string): ParsedJson | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const { value, repeated } = parseJson(text);
    return repeated.size > 0 ? undefined : sorted(value);
  } catch (error) {
    if (error instanceof JsonSyntaxError) return undefined;
    throw error;
  }
}

function sorted(value: ParsedJson): ParsedJson {
  if (value instanceof RawNumber) return numberOf(Number(value.text), value.text);
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return sortedObject(Object.entries(value).map(([key, item]) => [key, sorted(item)]));
}

function sortedObject(entries: (readonly [string, ParsedJson])[]): ParsedObject {
  const object: ParsedObject = {};
  for (const [key, value] of entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
    Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
  return object;
}

/** Floats lose how they were written, integers do not. */
function numberOf(value: number, text: string): number | RawNumber {
  if (/^-?\d+$/.test(text)) return Number.isSafeInteger(value) ? value : new RawNumber(text);
  return Number.isSafeInteger(value) ? value : new RawNumber(String(value));
}

class Converter {
  readonly complaints: string[] = [];
  #nodes = 0;
  #aliased = 0;
  readonly #open: string[] = [];

  convert(node: Node): ParsedJson {
    this.#count();
    switch (node.kind) {
      case 'alias':
        return this.#alias(node.name, () => this.convert(node.target));
      case 'sequence':
        return node.items.map((item) => this.convert(item));
      case 'mapping':
        return sortedObject([...this.#entries(node)]);
      default:
        return jsonOf(resolveScalar(node.text, node.plain, node.tag));
    }
  }

  /** go-yaml's bound against documents that are small as text and enormous as objects. */
  #count(): void {
    this.#nodes += 1;
    if (this.#open.length > 0) this.#aliased += 1;
    if (this.#aliased <= 100 || this.#nodes <= 1000) return;
    const ratio =
      this.#nodes <= 400_000
        ? 0.99
        : this.#nodes >= 4_000_000
          ? 0.1
          : 0.99 - (0.89 * (this.#nodes - 400_000)) / 3_600_000;
    if (this.#aliased / this.#nodes > ratio || this.#nodes > 1_000_000)
      throw new YamlError('yaml: document contains excessive aliasing');
  }

  #alias<T>(name: string, inside: () => T): T {
    if (this.#open.includes(name)) throw new YamlError(`yaml: anchor '${name}' value contains itself`);
    this.#open.push(name);
    const result = inside();
    this.#open.pop();
    return result;
  }

  #entries(node: MappingNode): ReadonlyMap<string, ParsedJson> {
    const found = new Map<string, ParsedJson>();
    for (const [keyNode, valueNode] of node.entries) {
      if (isMerge(keyNode)) {
        for (const [key, value] of this.#merged(valueNode)) if (!found.has(key)) found.set(key, value);
        continue;
      }
      const [key, printed] = this.#key(keyNode);
      if (found.has(key))
        this.complaints.push(`line ${valueNode.line + 1}: key ${printed} already set in map`);
      found.set(key, this.convert(valueNode));
    }
    return found;
  }

  /** A key as JSON has it, and as Go prints it. */
  #key(node: Node): readonly [string, string] {
    const target = node.kind === 'alias' ? node.target : node;
    if (target.kind !== 'scalar') throw new YamlError(`yaml: invalid map key: ${goMap(target)}`);
    const value = resolveScalar(target.text, target.plain, target.tag);
    if (value === null)
      throw new YamlError('unsupported map key of type: %!s(<nil>), key: <nil>, value: interface {}(nil)');
    return typeof value === 'string' ? [value, goQuote(value)] : [String(value), String(value)];
  }

  #merged(node: Node): ReadonlyMap<string, ParsedJson> {
    const wrong = () => new YamlError('yaml: map merge requires map or sequence of maps as the value');
    const target = node.kind === 'alias' ? node.target : node;
    const read = () => {
      this.#count();
      if (target.kind === 'mapping') return this.#entries(target);
      if (target.kind !== 'sequence') throw wrong();
      const all = new Map<string, ParsedJson>();
      for (const item of target.items)
        for (const [key, value] of this.#merged(item)) if (!all.has(key)) all.set(key, value);
      return all;
    };
    return node.kind === 'alias' ? this.#alias(node.name, read) : read();
  }
}

function isMerge(node: Node): boolean {
  return (
    node.kind === 'scalar' && node.plain && node.text === '<<' && (node.tag === '' || node.tag === '!!merge')
  );
}

function goMap(node: Node): string {
  return node.kind === 'sequence' ? '[]interface {}{}' : 'map[interface {}]interface {}{}';
}

function jsonOf(value: Resolved): ParsedJson {
  if (typeof value === 'bigint') return new RawNumber(String(value));
  if (typeof value !== 'number') return value;
  if (!Number.isFinite(value)) {
    const text = Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
    throw new YamlError(`json: unsupported value: ${text}`);
  }
  return numberOf(value, String(value));
}
