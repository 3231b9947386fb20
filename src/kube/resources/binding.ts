import type { Binding, Pod, PodCondition } from '../api/core-v1.ts';
import { type FieldError, notSupported, required } from '../field-error.ts';

/** A Pod gets its node. Mirrors ValidatePodBinding and assignPod of pkg/registry/core/pod/storage. */

export function validateBinding(binding: Binding): FieldError[] {
  const { kind = '', name = '' } = binding.target ?? {};
  const errors: FieldError[] = [];
  if (kind !== '' && kind !== 'Node') errors.push(notSupported('target.kind', kind, ['Node', '<empty>']));
  if (name === '') errors.push(required('target.name'));
  return errors;
}

/** Why this Pod cannot be bound, for a conflict on `pods/binding`; undefined when it can. */
export function bindingProblem(pod: Pod): string | undefined {
  const name = pod.metadata?.name ?? '';
  if (pod.metadata?.deletionTimestamp !== undefined)
    return `pod ${name} is being deleted, cannot be assigned to a host`;
  const node = pod.spec?.nodeName ?? '';
  if (node !== '') return `pod ${name} is already assigned to node "${node}"`;
  return pod.spec?.schedulingGates?.length ? `pod ${name} has non-empty .spec.schedulingGates` : undefined;
}

/** Writes into `draft`. `now`: RFC 3339 with seconds. */
export function bindPod(draft: Pod, binding: Binding, now: string): void {
  draft.spec = { ...(draft.spec ?? { containers: [] }), nodeName: binding.target?.name ?? '' };
  const annotations = binding.metadata?.annotations;
  if (annotations !== undefined && Object.keys(annotations).length > 0)
    draft.metadata = {
      ...draft.metadata,
      annotations: { ...draft.metadata?.annotations, ...annotations },
    };
  draft.status ??= {};
  const scheduled: PodCondition = { type: 'PodScheduled', status: 'True', lastTransitionTime: now };
  const others = (draft.status.conditions ?? []).filter(({ type }) => type !== 'PodScheduled');
  draft.status.conditions = [...others, scheduled];
}
