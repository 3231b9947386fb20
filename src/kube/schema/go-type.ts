import type { Schema } from './schema.ts';

/** `core/v1.PodSpec` → `v1.PodSpec`, as Go prints a type. */
export function shortGoType(goType: string): string {
  return goType.slice(goType.indexOf('/') + 1);
}

/** The Go text of a schema's type: `[]v1.EnvVar`, `map[string]string`. */
export function goTypeOf(schema: Schema): string {
  if (schema.kind === 'scalar') return schema.goType;
  if (schema.kind === 'struct') return shortGoType(schema.goType);
  if (schema.goType !== undefined) return schema.goType;
  return schema.kind === 'list' ? `[]${goTypeOf(schema.items)}` : `map[string]${goTypeOf(schema.values)}`;
}
