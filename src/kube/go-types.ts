import { goPackages, goStructs } from './go-structs.ts';

/** A type of Go, with what JSON has for its values. */
export type GoType =
  | { readonly kind: 'pointer' | 'slice'; readonly name: string; readonly of: GoType }
  | { readonly kind: 'map'; readonly name: string; readonly key: string; readonly of: GoType }
  | { readonly kind: 'struct' | 'basic'; readonly name: string; readonly bare: string };

interface GoField {
  readonly name: string;
  readonly type: GoType;
  /** Its fields are those of the object around it. */
  readonly embedded: boolean;
}

const primitives: ReadonlySet<string> = new Set(['string', 'bool', 'int32', 'int64']);
const opaque: ReadonlySet<string> = new Set(['Quantity', 'ObjectMeta']);
const known = new Map<string, GoType>();
const fields = new Map<string, readonly GoField[]>();

/** `*int64`, `[]Container`, `map[string]string`, `ResourceList`. */
export function goType(text: string): GoType {
  const before = known.get(text);
  if (before !== undefined) return before;
  const type = parsed(text);
  known.set(text, type);
  return type;
}

function parsed(text: string): GoType {
  if (text === 'ResourceList')
    return { kind: 'map', name: 'core.ResourceList', key: 'ResourceName', of: goType('Quantity') };
  if (text.startsWith('*')) {
    const of = goType(text.slice(1));
    return { kind: 'pointer', name: `*${of.name}`, of };
  }
  if (text.startsWith('[]')) {
    const of = goType(text.slice(2));
    return { kind: 'slice', name: `[]${of.name}`, of };
  }
  const [, key = '', value = ''] = /^map\[(\w+)\](.+)$/.exec(text) ?? [];
  if (key !== '') {
    const of = goType(value);
    return { kind: 'map', name: `map[${nameOf(key)}]${of.name}`, key, of };
  }
  const isStruct = text in goStructs || opaque.has(text) || text.endsWith('Source');
  return { kind: isStruct ? 'struct' : 'basic', name: nameOf(text), bare: text };
}

const nameOf = (text: string) => (primitives.has(text) ? text : `${goPackages[text] ?? 'core'}.${text}`);

/** In their order; none of a type that is not known. */
export function fieldsOf(type: string): readonly GoField[] {
  const before = fields.get(type);
  if (before !== undefined) return before;
  const list = (goStructs[type] ?? '')
    .split('; ')
    .filter((one) => one !== '')
    .map((one) => {
      const [name = '', text = ''] = one.split(' ');
      const embedded = text.startsWith('@');
      return { name, embedded, type: goType(embedded ? text.slice(1) : text) };
    });
  fields.set(type, list);
  return list;
}

/** The value of a field in an object as JSON has it: the same name, but for its case. */
export function fieldValue(object: unknown, { name, embedded, type }: GoField): unknown {
  if (embedded) return object;
  if (object === null || typeof object !== 'object') return undefined;
  const wanted = name.toLowerCase();
  for (const [key, value] of Object.entries(object)) {
    if (key.toLowerCase() !== wanted) continue;
    if (type.name !== 'intstr.IntOrString') return value;
    return typeof value === 'string' ? { type: 1, strVal: value } : { intVal: value };
  }
  return undefined;
}

/** Whether it is what Go has when nothing was said. Empty lists and maps do not outlive being stored. */
export function isZero(type: GoType, value: unknown): boolean {
  if (value === undefined || value === null) return true;
  switch (type.kind) {
    case 'pointer':
      return false;
    case 'slice':
      return !Array.isArray(value) || value.length === 0;
    case 'map':
      return typeof value !== 'object' || Object.keys(value).length === 0;
    case 'struct':
      if (!(type.bare in goStructs)) return typeof value === 'object' && Object.keys(value).length === 0;
      return fieldsOf(type.bare).every((field) => isZero(field.type, fieldValue(value, field)));
    default:
      return value === '' || value === 0 || value === false;
  }
}
