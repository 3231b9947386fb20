import { cloneJson, type KubeObject } from '../../src/kube/object.ts';
import type { ResourceDefinition } from '../../src/kube/resources/definition.ts';

const context = { now: '2026-01-01T00:00:00Z', user: { name: 'ana', groups: ['g'] }, dryRun: false };

export interface Written {
  // biome-ignore lint/suspicious/noExplicitAny: tests look at whatever part they are about
  readonly object: any;
  /** `path: message` of everything that is wrong with it. */
  readonly errors: readonly string[];
}

const texts = (errors: readonly { readonly field: string; readonly body: string }[]) =>
  errors.map(({ field, body }) => `${field}: ${body}`);

/** What becomes of a new object between decoding and storing. */
export function created(definition: ResourceDefinition, given: object): Written {
  const object = cloneJson({
    apiVersion: definition.group === '' ? definition.version : `${definition.group}/${definition.version}`,
    kind: definition.kind,
    metadata: { name: 'a', namespace: 'ns' },
    ...given,
  }) as KubeObject;
  definition.defaults?.(object);
  definition.prepareForCreate?.(object, context);
  return { object, errors: texts(definition.validate(object, context)) };
}

/** What becomes of an object that `change` turns into another. */
export function updated(
  definition: ResourceDefinition,
  given: object,
  change: (draft: Written['object']) => void,
): Written {
  const old: KubeObject = created(definition, given).object;
  const object = cloneJson(old);
  change(object);
  definition.defaults?.(object);
  definition.prepareForUpdate?.(object, old, context);
  return { object, errors: texts(definition.validateUpdate?.(object, old, context) ?? []) };
}
