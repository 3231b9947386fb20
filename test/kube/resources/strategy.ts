import type { FieldError } from '../../../src/kube/field-error.ts';
import { cloneJson, type KubeObject } from '../../../src/kube/object.ts';
import type { ResourceDefinition, WriteContext } from '../../../src/kube/resources/definition.ts';

export const context: WriteContext = {
  now: '2026-01-02T03:04:05Z',
  user: { name: 'ana', groups: [] },
  dryRun: false,
};

export interface Outcome {
  readonly object: KubeObject;
  /** `spec.replicas: Invalid value: -1: …` */
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

const told = (errors: readonly FieldError[]) => errors.map(({ field, body }) => `${field}: ${body}`);

/** What the registry asks of a definition, without metadata's own rules. */
export function create(definition: ResourceDefinition, body: object): Outcome {
  const object = cloneJson(body) as KubeObject;
  object.metadata.uid ??= 'u-1';
  definition.defaults?.(object);
  definition.prepareForCreate?.(object, context);
  return {
    object,
    errors: told(definition.validate(object, context)),
    warnings: definition.warnings?.(object, undefined) ?? [],
  };
}

export function update(
  definition: ResourceDefinition,
  old: KubeObject,
  change: (draft: KubeObject) => void,
): Outcome {
  const object = cloneJson(old);
  change(object);
  definition.defaults?.(object);
  definition.prepareForUpdate?.(object, old, context);
  const errors = definition.validateUpdate?.(object, old, context) ?? definition.validate(object, context);
  return { object, errors: told(errors), warnings: definition.warnings?.(object, old) ?? [] };
}

export function updateStatus(
  definition: ResourceDefinition,
  old: KubeObject,
  change: (draft: KubeObject) => void,
): Outcome {
  const object = cloneJson(old);
  change(object);
  const status = definition.subresources?.status;
  status?.prepareForUpdate?.(object, old, context);
  return { object, errors: told(status?.validateUpdate?.(object, old) ?? []), warnings: [] };
}
