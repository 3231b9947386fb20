import type { KubeObject } from '../../../kube/object.ts';
import type { FieldSelector } from '../../../kube/selectors/fields.ts';
import type { Endpoint } from './endpoint.ts';
import type { ListOptions } from './list-options.ts';

export type Selects = (object: KubeObject) => boolean;

/** Undefined: everything is wanted, so that nobody needs to look into the objects. */
export function selectorOf(endpoint: Endpoint, options: ListOptions): Selects | undefined {
  const { labels, fields } = options;
  if (labels === undefined && fields === undefined) return undefined;
  return (object) =>
    (labels === undefined || labels.matches(object.metadata.labels ?? {})) &&
    (fields === undefined || fields.matches(fieldsOf(endpoint, fields, object)));
}

function fieldsOf(
  endpoint: Endpoint,
  selector: FieldSelector,
  object: KubeObject,
): { readonly [path: string]: string } {
  const { name = '', namespace = '' } = object.metadata;
  const meta = { 'metadata.name': name, 'metadata.namespace': namespace };
  const own = selector.requirements.some(({ field }) => !Object.hasOwn(meta, field));
  return own ? { ...endpoint.definition.selectableFields?.(object), ...meta } : meta;
}
