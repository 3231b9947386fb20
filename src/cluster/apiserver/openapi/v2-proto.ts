import type { Json, JsonObject } from '../../../base/json.ts';
import { ProtoWriter } from './proto-writer.ts';

/**
 * The OpenAPI 2 document in the protobuf form that kubectl reads: gnostic's openapi.v2.Document. What kubectl does not look
 * at (tags, responses' headers, licences) is not written.
 */
export function encodeOpenApi2(document: JsonObject): Uint8Array {
  const info = objectOf(document.info);
  return new ProtoWriter()
    .text(1, textOf(document.swagger))
    .message(2, new ProtoWriter().text(1, textOf(info.title)).text(2, textOf(info.version)))
    .message(8, named(document.paths, 2, pathItem))
    .message(9, named(document.definitions, 1, schema))
    .finish();
}

function objectOf(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function numberOf(value: Json | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function textsOf(value: Json | undefined): readonly string[] {
  return listOf(value).filter((item) => typeof item === 'string');
}

/** A map of protobuf's kind: repeated messages of a name and a value. */
function named(
  value: Json | undefined,
  number: number,
  write: (value: JsonObject) => ProtoWriter,
): ProtoWriter | undefined {
  if (value === undefined) return undefined;
  const writer = new ProtoWriter();
  for (const [name, item] of Object.entries(objectOf(value)))
    writer.message(number, new ProtoWriter().text(1, name).message(2, write(objectOf(item))));
  return writer;
}

/** Any value, as the YAML (here JSON) of it. */
function any(value: Json): ProtoWriter {
  return new ProtoWriter().text(2, `${JSON.stringify(value)}\n`);
}

function extensions(writer: ProtoWriter, number: number, from: JsonObject): ProtoWriter {
  for (const [name, value] of Object.entries(from))
    if (name.startsWith('x-')) writer.message(number, new ProtoWriter().text(1, name).message(2, any(value)));
  return writer;
}

const operations: readonly (readonly [string, number])[] = [
  ['get', 2],
  ['put', 3],
  ['post', 4],
  ['delete', 5],
  ['options', 6],
  ['head', 7],
  ['patch', 8],
];

function pathItem(item: JsonObject): ProtoWriter {
  const writer = new ProtoWriter();
  for (const [method, number] of operations)
    if (item[method] !== undefined) writer.message(number, operation(objectOf(item[method])));
  for (const one of listOf(item.parameters)) writer.message(9, parameterItem(objectOf(one)));
  return writer;
}

function operation(said: JsonObject): ProtoWriter {
  const writer = new ProtoWriter()
    .text(3, textOf(said.description))
    .text(5, textOf(said.operationId))
    .texts(6, textsOf(said.produces))
    .texts(7, textsOf(said.consumes));
  for (const one of listOf(said.parameters)) writer.message(8, parameterItem(objectOf(one)));
  writer.message(9, responses(objectOf(said.responses)));
  return extensions(writer, 13, said);
}

/** ParametersItem{parameter: Parameter{body_parameter | non_body_parameter}}. */
function parameterItem(parameter: JsonObject): ProtoWriter {
  const inside = new ProtoWriter();
  if (parameter.in === 'body')
    inside.message(
      1,
      new ProtoWriter()
        .text(2, textOf(parameter.name))
        .text(3, 'body')
        .bool(4, parameter.required === true)
        .message(5, schema(objectOf(parameter.schema))),
    );
  else {
    const plain = new ProtoWriter()
      .bool(1, parameter.required === true)
      .text(2, textOf(parameter.in))
      .text(3, textOf(parameter.description))
      .text(4, textOf(parameter.name));
    // A query parameter has one field more (allow_empty_value) before its type than a path parameter.
    const query = parameter.in === 'query';
    plain.text(query ? 6 : 5, textOf(parameter.type));
    inside.message(2, new ProtoWriter().message(query ? 3 : 4, plain));
  }
  return new ProtoWriter().message(1, inside);
}

/** Responses{response_code: NamedResponseValue{name, value: ResponseValue{response: Response{description, schema: SchemaItem}}}}. */
function responses(codes: JsonObject): ProtoWriter {
  const writer = new ProtoWriter();
  for (const [code, said] of Object.entries(codes)) {
    const response = objectOf(said);
    const inside = new ProtoWriter().text(1, textOf(response.description));
    if (response.schema !== undefined)
      inside.message(2, new ProtoWriter().message(1, schema(objectOf(response.schema))));
    writer.message(1, new ProtoWriter().text(1, code).message(2, new ProtoWriter().message(1, inside)));
  }
  return writer;
}

function schema(from: JsonObject): ProtoWriter {
  const writer = new ProtoWriter()
    .text(1, textOf(from.$ref))
    .text(2, textOf(from.format))
    .text(3, textOf(from.title))
    .text(4, textOf(from.description));
  if (from.default !== undefined) writer.message(5, any(from.default));
  writer
    .double(6, numberOf(from.multipleOf))
    .double(7, numberOf(from.maximum))
    .bool(8, from.exclusiveMaximum === true)
    .double(9, numberOf(from.minimum))
    .bool(10, from.exclusiveMinimum === true)
    .integer(11, numberOf(from.maxLength))
    .integer(12, numberOf(from.minLength))
    .text(13, textOf(from.pattern))
    .integer(14, numberOf(from.maxItems))
    .integer(15, numberOf(from.minItems))
    .bool(16, from.uniqueItems === true)
    .integer(17, numberOf(from.maxProperties))
    .integer(18, numberOf(from.minProperties))
    .texts(19, textsOf(from.required));
  for (const value of listOf(from.enum)) writer.message(20, any(value));
  const { additionalProperties, type, items } = from;
  if (additionalProperties !== undefined)
    writer.message(
      21,
      typeof additionalProperties === 'boolean'
        ? new ProtoWriter().bool(2, additionalProperties)
        : new ProtoWriter().message(1, schema(objectOf(additionalProperties))),
    );
  if (typeof type === 'string') writer.message(22, new ProtoWriter().text(1, type));
  if (items !== undefined) writer.message(23, new ProtoWriter().message(1, schema(objectOf(items))));
  for (const one of listOf(from.allOf)) writer.message(24, schema(objectOf(one)));
  writer.message(25, named(from.properties, 1, schema));
  return extensions(writer, 31, from);
}
