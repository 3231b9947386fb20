import { cloneJson, type Dict, type MutableJson } from '../object.ts';
import type { FieldSchema, Schema, StructSchema } from './schema.ts';

/**
 * Fills in what `+default` (or a structural schema's `default`) says, in place. In built-in types an explicit zero of a
 * field that is no pointer counts as absent, as Go cannot tell them apart; in custom ones a null that may not be null does.
 */
export function applySchemaDefaults(schema: StructSchema, draft: object): void {
  fill(schema, draft as Dict);
}

/** The fields worth visiting: those with a default, or with one somewhere below. Worked out once per struct. */
const plans = new WeakMap<StructSchema, readonly FieldSchema[]>();

function planOf(schema: StructSchema): readonly FieldSchema[] {
  const known = plans.get(schema);
  if (known !== undefined) return known;
  // A struct that leads back to itself adds nothing that its other fields do not.
  plans.set(schema, []);
  const plan = [...schema.fields.values()].filter(
    (field) => field.default !== undefined || hasDefaults(field.schema),
  );
  plans.set(schema, plan);
  return plan;
}

function hasDefaults(schema: Schema): boolean {
  if (schema.kind === 'struct') return planOf(schema).length > 0;
  if (schema.kind === 'list') return hasDefaults(schema.items);
  return schema.kind === 'map' && hasDefaults(schema.values);
}

function fill(schema: StructSchema, draft: Dict): void {
  for (const field of planOf(schema)) {
    const value = Object.hasOwn(draft, field.name) ? draft[field.name] : undefined;
    if (field.default !== undefined && isUnset(schema, field, value))
      draft[field.name] = cloneJson(field.default) as MutableJson;
    descend(field.schema, draft[field.name]);
  }
}

function isUnset(schema: StructSchema, field: FieldSchema, value: MutableJson | undefined): boolean {
  if (value === undefined) return true;
  if (value === null) return schema.goType !== '' || !isNullable(field.schema);
  if (schema.goType === '' || field.pointer) return false;
  return value === '' || value === 0 || value === false;
}

function isNullable(schema: Schema): boolean {
  return schema.kind === 'scalar' && schema.nullable === true;
}

function descend(schema: Schema, value: MutableJson | undefined): void {
  if (typeof value !== 'object' || value === null) return;
  if (schema.kind === 'list' && Array.isArray(value)) {
    if (hasDefaults(schema.items)) for (const item of value) descend(schema.items, item);
    return;
  }
  if (Array.isArray(value)) return;
  if (schema.kind === 'struct') fill(schema, value);
  else if (schema.kind === 'map' && hasDefaults(schema.values))
    for (const item of Object.values(value)) descend(schema.values, item);
}
