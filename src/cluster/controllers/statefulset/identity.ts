import type { StatefulSet as AppsStatefulSet } from '../../../kube/api/apps-v1.ts';
import type {
  PersistentVolumeClaim as CoreClaim,
  PodTemplateSpec,
  Volume,
} from '../../../kube/api/core-v1.ts';
import { cloneJson, type KubeObject } from '../../../kube/object.ts';
import { podFromTemplate } from '../pods/pod-control.ts';
import type { Pod } from '../pods/pod-state.ts';

export type StatefulSet = AppsStatefulSet & KubeObject;
export type Claim = CoreClaim & KubeObject;

const podNameLabel = 'statefulset.kubernetes.io/pod-name';
const podIndexLabel = 'apps.kubernetes.io/pod-index';
const revisionLabel = 'controller-revision-hash';

/** Mirrors stateful_set_utils.go of pkg/controller/statefulset. */
export const startOf = (set: StatefulSet): number => set.spec?.ordinals?.start ?? 0;
export const countOf = (set: StatefulSet): number => set.spec?.replicas ?? 1;
export const revisionOfPod = (pod: Pod): string => pod.metadata.labels?.[revisionLabel] ?? '';
const podNameOf = (set: StatefulSet, ordinal: number): string => `${set.metadata.name ?? ''}-${ordinal}`;

/** -1: it has none. */
export function ordinalOf(pod: Pod): number {
  return nameParts(pod)?.ordinal ?? -1;
}

/** Named as one of this set's. */
export function isMember(set: StatefulSet, pod: Pod): boolean {
  return nameParts(pod)?.parent === set.metadata.name;
}

function nameParts(pod: Pod): { readonly parent: string; readonly ordinal: number } | undefined {
  const name = pod.metadata.name ?? '';
  const dash = name.lastIndexOf('-');
  const digits = name.slice(dash + 1);
  if (dash < 0 || !/^\d{1,10}$/.test(digits)) return undefined;
  const ordinal = Number(digits);
  return { parent: name.slice(0, dash), ordinal: ordinal < 2 ** 31 ? ordinal : -1 };
}

export function isInRange(set: StatefulSet, pod: Pod): boolean {
  const ordinal = ordinalOf(pod);
  return ordinal >= startOf(set) && ordinal < startOf(set) + countOf(set);
}

/** A Pod of the set as `template` has it, with the name, labels, host name and claims of its ordinal. */
export function newPod(set: StatefulSet, template: PodTemplateSpec, revision: string, ordinal: number): Pod {
  const pod = podFromTemplate(template, set);
  const name = podNameOf(set, ordinal);
  const { generateName: _, ...metadata } = pod.metadata;
  const spec = { ...pod.spec, containers: pod.spec?.containers ?? [] };
  return {
    ...pod,
    metadata: {
      ...metadata,
      name,
      labels: { ...metadata.labels, ...identityLabels(set, ordinal), [revisionLabel]: revision },
    },
    spec: {
      ...spec,
      hostname: name,
      subdomain: set.spec?.serviceName ?? '',
      ...volumesWith(set, ordinal, spec.volumes),
    },
  };
}

function identityLabels(set: StatefulSet, ordinal: number): { [key: string]: string } {
  return { [podNameLabel]: podNameOf(set, ordinal), [podIndexLabel]: String(ordinal) };
}

function volumesWith(
  set: StatefulSet,
  ordinal: number,
  volumes: readonly Volume[] | undefined,
): { readonly volumes?: Volume[] } {
  const claims = claimsOf(set, ordinal);
  if (claims.length === 0) return volumes === undefined ? {} : { volumes: [...volumes] };
  const own = claims.map(
    ({ volume, claim }): Volume => ({
      name: volume,
      persistentVolumeClaim: { claimName: claim.metadata.name ?? '' },
    }),
  );
  const names = new Set(claims.map(({ volume }) => volume));
  return { volumes: [...own, ...(volumes ?? []).filter(({ name }) => !names.has(name))] };
}

/** The claims that the templates ask for, for the Pod of that ordinal. */
export function claimsOf(
  set: StatefulSet,
  ordinal: number,
): readonly { readonly volume: string; readonly claim: Claim }[] {
  const { name = '', namespace = '' } = set.metadata;
  return (set.spec?.volumeClaimTemplates ?? []).map((template) => {
    const { metadata, spec } = cloneJson(template);
    const volume = metadata?.name ?? '';
    const claim: Claim = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: {
        ...metadata,
        name: `${volume}-${name}-${ordinal}`,
        namespace,
        labels: { ...metadata?.labels, ...set.spec?.selector?.matchLabels },
      },
      ...(spec === undefined ? {} : { spec }),
    };
    return { volume, claim };
  });
}

export function identityMatches(set: StatefulSet, pod: Pod): boolean {
  const labels = pod.metadata.labels ?? {};
  return Object.entries(identityLabels(set, ordinalOf(pod))).every(([key, value]) => labels[key] === value);
}

export function storageMatches(set: StatefulSet, pod: Pod): boolean {
  return claimsOf(set, ordinalOf(pod)).every(({ volume, claim }) =>
    (pod.spec?.volumes ?? []).some(
      ({ name, persistentVolumeClaim }) =>
        name === volume && persistentVolumeClaim?.claimName === claim.metadata.name,
    ),
  );
}

/** The Pod with what it lost of its identity. */
export function withIdentity(set: StatefulSet, pod: Pod): Pod {
  const ordinal = ordinalOf(pod);
  return {
    ...pod,
    metadata: { ...pod.metadata, labels: { ...pod.metadata.labels, ...identityLabels(set, ordinal) } },
    spec: {
      ...pod.spec,
      containers: pod.spec?.containers ?? [],
      ...volumesWith(set, ordinal, pod.spec?.volumes),
    },
  };
}
