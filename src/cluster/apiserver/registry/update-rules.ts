import type { FieldError } from '../../../kube/field-error.ts';
import { equalJson, type KubeObject } from '../../../kube/object.ts';
import type { ResourceDefinition, WriteContext } from '../../../kube/resources/definition.ts';
import { validateStandardFinalizers } from '../../../kube/validation/finalizers.ts';

/** What an endpoint lets change: the main one's or a subresource's strategy. */
export interface UpdateRules {
  readonly allowUnconditional: boolean;
  /** Generation goes up with every change of what is neither metadata nor status. */
  readonly countsGeneration?: boolean;
  prepare(draft: KubeObject, old: KubeObject, context: WriteContext): void;
  validate(draft: KubeObject, old: KubeObject, context: WriteContext): readonly FieldError[];
  warnings?(draft: KubeObject, old: KubeObject): readonly string[];
}

/** A subresource that is the whole object, changed under rules of its own (finalize, approval). */
export interface ObjectSubresource {
  readonly group: string;
  readonly resource: string;
  readonly name: string;
  readonly verbs: readonly string[];
  rulesOf(definition: ResourceDefinition): UpdateRules;
}

export function mainRules(definition: ResourceDefinition): UpdateRules {
  return {
    allowUnconditional: definition.allowUnconditionalUpdate !== false,
    countsGeneration: definition.tracksGeneration === true,
    prepare(draft, old, context) {
      definition.prepareForUpdate?.(draft, old, context);
    },
    validate: (draft, old, context) => [
      ...validateStandardFinalizers(definition, draft.metadata.finalizers),
      ...(definition.validateUpdate === undefined
        ? definition.validate(draft, context)
        : definition.validateUpdate(draft, old, context)),
    ],
    ...(definition.warnings === undefined
      ? {}
      : { warnings: (draft, old) => definition.warnings?.(draft, old) ?? [] }),
  };
}

/** Only `status` changes, and what the kind lets through besides. */
export function statusRules(definition: ResourceDefinition): UpdateRules {
  const status = definition.subresources?.status;
  return {
    allowUnconditional: definition.allowUnconditionalUpdate !== false,
    prepare(draft, old, context) {
      if (status?.prepareForUpdate !== undefined) status.prepareForUpdate(draft, old, context);
      else
        onlyChange(draft, old, (sent, into) => {
          const from = sent as { readonly status?: unknown };
          const to = into as { status?: unknown };
          if (from.status === undefined) delete to.status;
          else to.status = from.status;
        });
    },
    validate: (draft, old) => status?.validateUpdate?.(draft, old) ?? [],
  };
}

/** Everything of the draft becomes what it was, but for the field managers and what `keep` takes over from it. */
export function onlyChange(
  draft: KubeObject,
  old: KubeObject,
  keep: (sent: KubeObject, into: KubeObject) => void,
): void {
  const sent = { ...draft };
  const { managedFields, resourceVersion } = draft.metadata;
  const into = draft as unknown as { [key: string]: unknown };
  for (const key of Object.keys(into)) delete into[key];
  Object.assign(into, old, { metadata: { ...old.metadata } });
  if (managedFields === undefined) delete draft.metadata.managedFields;
  else draft.metadata.managedFields = managedFields;
  if (resourceVersion !== undefined) draft.metadata.resourceVersion = resourceVersion;
  keep(sent, draft);
}

/** Both as they are stored: only so are equal things equal. */
export function specChanged(next: KubeObject, old: KubeObject): boolean {
  const left = next as unknown as { readonly [key: string]: unknown };
  const right = old as unknown as { readonly [key: string]: unknown };
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    if (key === 'metadata' || key === 'status' || key === 'apiVersion' || key === 'kind') continue;
    if (!equalJson(left[key], right[key])) return true;
  }
  return false;
}
