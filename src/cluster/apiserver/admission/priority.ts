import type { Pod } from '../../../kube/api/core-v1.ts';
import type { PriorityClass } from '../../../kube/api/scheduling-v1.ts';
import { asKind, type KubeObject } from '../../../kube/object.ts';
import type { AdmissionPlugin, AdmissionRequest, ObjectReader } from '../contracts.ts';
import { refusal, writes } from './attributes.ts';

const GROUP = 'scheduling.k8s.io';

/** Turns a Pod's priority class into a number. Mirrors plugin/pkg/admission/priority. */
export const priority: AdmissionPlugin = {
  name: 'Priority',
  mutate(request, reader) {
    if (request.object === undefined || !writes(request, '', 'pods')) return;
    const pod = asKind<Pod>(request.object);
    if (request.operation === 'CREATE') resolve(request, pod, reader);
    else if (request.oldObject !== undefined) keep(pod, asKind<Pod>(request.oldObject));
  },
  validate(request, reader) {
    const { object } = request;
    if (object === undefined || !writes(request, GROUP, 'priorityclasses')) return;
    if (asKind<PriorityClass>(object).globalDefault !== true) return;
    const standing = defaultClass(reader)?.metadata?.name;
    if (standing !== undefined && (request.operation === 'CREATE' || standing !== object.metadata.name))
      throw refusal(
        request,
        `PriorityClass ${standing} is already marked as default. Only one default can exist`,
      );
  },
};

function defaultClass(reader: ObjectReader): PriorityClass | undefined {
  let found: PriorityClass | undefined;
  for (const object of reader.list<KubeObject>(GROUP, 'priorityclasses')) {
    const candidate = asKind<PriorityClass>(object);
    if (candidate.globalDefault === true && (found === undefined || candidate.value < found.value))
      found = candidate;
  }
  return found;
}

function resolve(request: AdmissionRequest, { spec }: Pod, reader: ObjectReader): void {
  if (spec === undefined) return;
  const asked = spec.priorityClassName ?? '';
  const object = asked === '' ? undefined : reader.get<KubeObject>(GROUP, 'priorityclasses', '', asked);
  if (asked !== '' && object === undefined)
    throw refusal(request, `no PriorityClass with name ${asked} was found`);
  const found = object === undefined ? defaultClass(reader) : asKind<PriorityClass>(object);
  if (found?.metadata?.name !== undefined) spec.priorityClassName = found.metadata.name;
  const value = found?.value ?? 0;
  if (spec.priority !== undefined && spec.priority !== null && spec.priority !== value)
    throw refusal(
      request,
      `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`,
    );
  spec.priority = value;
  const policy = found === undefined ? 'PreemptLowerPriority' : found.preemptionPolicy;
  if (policy === undefined) return;
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== policy)
    throw refusal(
      request,
      `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${policy} from the given PriorityClass name`,
    );
  spec.preemptionPolicy = policy;
}

/** A client that does not send back what was computed at creation does not mean to change it. */
function keep({ spec }: Pod, { spec: old }: Pod): void {
  if (spec === undefined || old === undefined) return;
  if (spec.priority === undefined && old.priority !== undefined) spec.priority = old.priority;
  if (spec.preemptionPolicy === undefined && old.preemptionPolicy !== undefined)
    spec.preemptionPolicy = old.preemptionPolicy;
}
