import type { ParsedJson } from './parse-json.ts';
import { parseJson } from './parse-json.ts';

/** To come: until then only JSON is read. */
export function yamlToParsed(text: string): {
  value: ParsedJson;
  repeated: ReadonlyMap<object, readonly (readonly [string, ParsedJson])[]>;
  complaints: readonly string[];
} {
  return { ...parseJson(text), complaints: [] };
}
