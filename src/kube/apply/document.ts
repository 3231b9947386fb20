import { jsonKind } from '../patch/body.ts';
import { isDict, type Value, type ValueDict } from '../patch/dict.ts';
import { DecodeError } from '../schema/decode-error.ts';
import { yamlToParsed } from '../schema/yaml.ts';
import { badRequest, type StatusError } from '../status.ts';

/** An apply configuration as the client wrote it: which fields it says is what counts, so it is not decoded by type. */
export interface ApplyDocument {
  readonly value: ValueDict;
  /** Keys that are there twice, in upstream's words: warnings, or with Strict a `strictRefusal`. */
  readonly complaints: readonly string[];
}

/** Throws the 400 of a body that is no YAML map. An empty body is an empty map. */
export function readApplyDocument(text: string): ApplyDocument {
  let parsed: ReturnType<typeof yamlToParsed>;
  try {
    parsed = yamlToParsed(text);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw badRequest(`error decoding YAML: error converting YAML to JSON: ${error.message}`);
  }
  return { value: asApplied(parsed.value as Value), complaints: parsed.complaints };
}

/** The same for a value that is already parsed. */
export function asApplied(value: Value | undefined): ValueDict {
  if (value === null || value === undefined) return {};
  if (isDict(value)) return value;
  throw badRequest(
    `error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${jsonKind(value)} into Go value of type map[string]interface {}`,
  );
}

/** The 400 of a document with complaints when fieldValidation is Strict. */
export function strictRefusal(complaints: readonly string[]): StatusError {
  return badRequest(
    `error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n  ${complaints.join('\n  ')}`,
  );
}
