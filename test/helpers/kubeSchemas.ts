import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type BuiltinSchemas, loadBuiltinSchemas } from '../../src/kube/schema/load.ts';
import type { StructSchema } from '../../src/kube/schema/schema.ts';

const assets = path.resolve(import.meta.dirname, '../../assets/kubernetes');

/** The built-in kinds as the course ships them. */
export const builtinSchemas: BuiltinSchemas = loadBuiltinSchemas({
  fields: readFileSync(path.join(assets, 'fields.tsv'), 'utf8'),
  aliases: readFileSync(path.join(assets, 'aliases.tsv'), 'utf8'),
});

export function schemaOf(group: string, version: string, kind: string): StructSchema {
  const schema = builtinSchemas.schemaOf(group, version, kind);
  if (schema === undefined) throw new Error(`no schema of ${group}/${version} ${kind}`);
  return schema;
}
