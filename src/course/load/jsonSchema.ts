import * as z from 'zod';
import type { Json, JsonObject } from '../../base/json.ts';
import type { CheckKind, ParamSpec } from '../../checks/check.ts';
import { checkKinds } from '../../checks/kinds/index.ts';
import {
  diagramSchema,
  exercisesSchema,
  frontMatterSchema,
  glossarySchema,
  moduleSchema,
  quizSchema,
  terminologySchema,
} from './schemas.ts';

const written = {
  'ejercicios.schema.json': { schema: exercisesSchema, title: 'ejercicios.yaml de una lección' },
  'quiz.schema.json': { schema: quizSchema, title: 'quiz.yaml de una lección' },
  'modulo.schema.json': { schema: moduleSchema, title: 'modulo.yaml de un módulo' },
  'leccion.schema.json': { schema: frontMatterSchema, title: 'Cabecera de `leccion.md`' },
  'diagrama.schema.json': { schema: diagramSchema, title: 'Un diagrama de assets/diagramas' },
  'glosario.schema.json': { schema: glossarySchema, title: 'assets/glosario.yaml' },
  'terminologia.schema.json': { schema: terminologySchema, title: 'assets/terminologia.yaml' },
} as const;

/** The JSON Schemas that editors use, by file name. They come from the very schemas the loader validates with. */
export function editorSchemas(): { readonly [file: string]: JsonObject } {
  return Object.fromEntries(
    Object.entries(written).map(([file, { schema, title }]) => {
      const plain = z.toJSONSchema(schema, {
        io: 'input',
        override: ({ jsonSchema }) => {
          // The check is the only object with `mira`: its kinds and their parameters come from the code.
          if (jsonSchema.properties?.['mira'] !== undefined) addKinds(jsonSchema);
        },
      });
      return [file, { title: `curso-k8s: ${title}`, ...(plain as JsonObject) }];
    }),
  );
}

function addKinds(check: z.core.JSONSchema.BaseSchema): void {
  const properties = check.properties ?? {};
  properties['mira'] = {
    type: 'string',
    enum: checkKinds.map(({ name }) => name),
    description: 'Tipo de comprobación',
  };
  check.allOf = checkKinds.map((kind) => ({
    if: { properties: { mira: { const: kind.name } } },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { properties: { con: paramsSchema(kind) } },
  }));
}

function paramsSchema(kind: CheckKind): z.core.JSONSchema.BaseSchema {
  const required = Object.entries(kind.params).flatMap(([name, spec]) => (spec.required ? [name] : []));
  return {
    type: 'object',
    description: kind.doc,
    additionalProperties: false,
    properties: Object.fromEntries(
      Object.entries(kind.params).map(([name, spec]) => [
        name,
        { description: spec.doc, ...paramType(spec) },
      ]),
    ),
    ...(required.length > 0 ? { required } : {}),
  };
}

/** A parameter may always be a template, which is text. */
function paramType({ type }: ParamSpec): {
  readonly type: ('string' | 'number' | 'boolean' | 'array' | 'object')[];
} {
  switch (type) {
    case 'text':
      return { type: ['string', 'number'] };
    case 'number':
      return { type: ['number', 'string'] };
    case 'boolean':
      return { type: ['boolean', 'string'] };
    case 'list':
      return { type: ['array', 'string'] };
    case 'map':
      return { type: ['object', 'string'] };
  }
}

/** The table of `lessons/README.md` between the marks `tipos`. */
export function kindsTable(): string {
  const rows = (checkKinds as readonly CheckKind[]).map(
    (kind) =>
      `| \`${kind.name}\` | ${cell(kind.doc)} | ${paramList(kind.params)} | ${fieldList(kind.fields)} |`,
  );
  return ['| `mira` | qué mira | `con` | campos de `o` |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function paramList(params: CheckKind['params']): string {
  const items = Object.entries(params).map(
    ([name, { doc, required }]) => `\`${name}\`${required ? '' : ' (opcional)'}: ${cell(doc)}`,
  );
  return items.join('<br>') || '—';
}

function fieldList(fields: CheckKind['fields']): string {
  return (
    Object.entries(fields)
      .map(([name, doc]) => `\`${name}\`: ${cell(doc)}`)
      .join('<br>') || '—'
  );
}

/** A bar would end the cell. */
function cell(text: Json): string {
  return String(text).replaceAll('|', '\\|').replaceAll('\n', ' ').replace(/\.$/, '');
}

/** `document` with what is between `<!-- name:inicio -->` and `<!-- name:fin -->` replaced. Throws without the marks. */
export function replaceBetweenMarks(document: string, name: string, content: string): string {
  const start = `<!-- ${name}:inicio -->`;
  const end = `<!-- ${name}:fin -->`;
  const from = document.indexOf(start);
  const to = document.indexOf(end);
  if (from < 0 || to < from) throw new Error(`The marks ${start} and ${end} are missing`);
  return `${document.slice(0, from + start.length)}\n${content}\n${document.slice(to)}`;
}
