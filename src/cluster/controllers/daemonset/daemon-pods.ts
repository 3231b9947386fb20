import type { DaemonSet as AppsDaemonSet } from '../../../kube/api/apps-v1.ts';
import type { Affinity, PodTemplateSpec, Toleration } from '../../../kube/api/core-v1.ts';
import { equalJson, type KubeObject } from '../../../kube/object.ts';
import type { Pod } from '../pods/pod-state.ts';

export type DaemonSet = AppsDaemonSet & KubeObject;

export const revisionLabel = 'controller-revision-hash';
const generationLabel = 'pod-template-generation';
const generationAnnotation = 'deprecated.daemonset.template.generation';
const nodeNameField = 'metadata.name';

/** What every daemon puts up with: it belongs to its node, well or not. Mirrors AddOrUpdateDaemonPodTolerations. */
const tolerated: readonly (readonly [key: string, effect: string])[] = [
  ['node.kubernetes.io/not-ready', 'NoExecute'],
  ['node.kubernetes.io/unreachable', 'NoExecute'],
  ['node.kubernetes.io/disk-pressure', 'NoSchedule'],
  ['node.kubernetes.io/memory-pressure', 'NoSchedule'],
  ['node.kubernetes.io/pid-pressure', 'NoSchedule'],
  ['node.kubernetes.io/unschedulable', 'NoSchedule'],
];

export function daemonTolerations(template: PodTemplateSpec | undefined): Toleration[] {
  const own = template?.spec?.tolerations ?? [];
  const network = ['node.kubernetes.io/network-unavailable', 'NoSchedule'] as const;
  const wanted = template?.spec?.hostNetwork === true ? [...tolerated, network] : tolerated;
  const added = wanted
    .map(([key, effect]): Toleration => ({ key, operator: 'Exists', effect }))
    .filter((toleration) => !own.some((one) => equalJson(withoutSeconds(one), toleration)));
  // What is there for good replaces what is there for a while.
  const kept = own.map((one) => {
    const same = wanted.find(([key, effect]) =>
      equalJson(withoutSeconds(one), { key, operator: 'Exists', effect }),
    );
    return same === undefined ? one : withoutSeconds(one);
  });
  return [...kept, ...added];
}

function withoutSeconds({ tolerationSeconds: _, ...toleration }: Toleration): Toleration {
  return toleration;
}

/** The template of a Pod for that node, of the revision with that hash. */
export function daemonTemplate(set: DaemonSet, hash: string, node: string): PodTemplateSpec {
  const { template } = set.spec ?? {};
  const generation = generationOf(set);
  const labels = {
    ...template?.metadata?.labels,
    ...(generation === undefined ? {} : { [generationLabel]: generation }),
    [revisionLabel]: hash,
  };
  const spec = template?.spec ?? { containers: [] };
  return {
    ...template,
    metadata: { ...template?.metadata, labels },
    spec: { ...spec, tolerations: daemonTolerations(template), affinity: onNode(spec.affinity, node) },
  };
}

function generationOf({ metadata }: DaemonSet): string | undefined {
  const text = metadata.annotations?.[generationAnnotation];
  return text !== undefined && /^-?\d{1,18}$/.test(text) ? text : undefined;
}

/** The scheduler binds it, but there is only one node that it may choose. */
function onNode(affinity: Affinity | undefined, node: string): Affinity {
  const term = { matchFields: [{ key: nodeNameField, operator: 'In', values: [node] }] };
  return {
    ...affinity,
    nodeAffinity: {
      ...affinity?.nodeAffinity,
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] },
    },
  };
}

/** Where it is, or where it is to be; undefined: it does not say. */
export function targetNode({ spec }: Pod): string | undefined {
  if ((spec?.nodeName ?? '') !== '') return spec?.nodeName;
  const required = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  for (const { matchFields = [] } of required?.nodeSelectorTerms ?? [])
    for (const { key, operator, values } of matchFields)
      if (key === nodeNameField && operator === 'In' && values?.length === 1) return values[0];
  return undefined;
}

export function isUpdated(set: DaemonSet, pod: Pod, hash: string): boolean {
  const labels = pod.metadata.labels ?? {};
  const generation = generationOf(set);
  return (
    (hash !== '' && labels[revisionLabel] === hash) ||
    (generation !== undefined && labels[generationLabel] === generation)
  );
}

/** Scheduled ones first, then the oldest. */
export function byAge(a: Pod, b: Pod): number {
  const scheduled = Number((b.spec?.nodeName ?? '') !== '') - Number((a.spec?.nodeName ?? '') !== '');
  if (scheduled !== 0) return scheduled;
  const [one, other] = [a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? ''];
  if (one !== other) return one < other ? -1 : 1;
  return (a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1;
}
