import type { Pod, PodSpec } from '../../../kube/api/core-v1.ts';
import type { RuntimeClass } from '../../../kube/api/node-v1.ts';
import { asKind, equalJson, type KubeObject } from '../../../kube/object.ts';
import type { AdmissionPlugin, AdmissionRequest, ObjectReader } from '../contracts.ts';
import { creates, refusal } from './attributes.ts';

/** Overhead and placement that a runtime class brings. Mirrors plugin/pkg/admission/runtimeclass. */
export const runtimeClass: AdmissionPlugin = {
  name: 'RuntimeClass',
  mutate(request, reader) {
    const spec = specOf(request);
    const found = spec && find(request, spec, reader);
    if (spec === undefined || found === undefined) return;
    const fixed = found.overhead?.podFixed;
    if (fixed !== undefined) {
      if (spec.overhead !== undefined && !equalJson(spec.overhead, fixed))
        throw refusal(request, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
      spec.overhead = { ...fixed };
    }
    place(request, spec, found);
  },
  validate(request, reader) {
    const spec = specOf(request);
    if (spec?.overhead === undefined || Object.keys(spec.overhead).length === 0) return;
    const found = find(request, spec, reader);
    if (found?.overhead?.podFixed === undefined)
      throw refusal(
        request,
        'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead',
      );
    if (!equalJson(spec.overhead, found.overhead.podFixed))
      throw refusal(request, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
  },
};

function specOf(request: AdmissionRequest): PodSpec | undefined {
  if (request.object === undefined || !creates(request, '', 'pods')) return undefined;
  return asKind<Pod>(request.object).spec;
}

function find(request: AdmissionRequest, spec: PodSpec, reader: ObjectReader): RuntimeClass | undefined {
  const name = spec.runtimeClassName ?? '';
  if (name === '') return undefined;
  const object = reader.get<KubeObject>('node.k8s.io', 'runtimeclasses', '', name);
  if (object === undefined)
    throw refusal(request, `pod rejected: RuntimeClass ${JSON.stringify(name)} not found`);
  return asKind<RuntimeClass>(object);
}

function place(request: AdmissionRequest, spec: PodSpec, { scheduling }: RuntimeClass): void {
  if (scheduling === undefined) return;
  const selector = { ...spec.nodeSelector };
  for (const [key, value] of Object.entries(scheduling.nodeSelector ?? {})) {
    const own = Object.hasOwn(selector, key) ? selector[key] : undefined;
    if (own !== undefined && own !== value)
      throw refusal(
        request,
        `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own}`,
      );
    selector[key] = value;
  }
  if (Object.keys(selector).length > 0) spec.nodeSelector = selector;
  const added = (scheduling.tolerations ?? []).filter(
    (toleration) => !(spec.tolerations ?? []).some((own) => equalJson(own, toleration)),
  );
  if (added.length > 0) spec.tolerations = [...(spec.tolerations ?? []), ...added];
}
