import type { KubeObject } from '../../../kube/object.ts';
import { setKey } from '../../../kube/object.ts';
import type { ReplicaSet } from '../replicaset/replica-kind.ts';
import { type Deployment, maxSurge, replicasOf } from './arithmetic.ts';

/** Mirrors pkg/controller/deployment/util. */
const revisionKey = 'deployment.kubernetes.io/revision';
const historyKey = 'deployment.kubernetes.io/revision-history';
const desiredKey = 'deployment.kubernetes.io/desired-replicas';
const maxKey = 'deployment.kubernetes.io/max-replicas';
/** What belongs to the Deployment alone, or to one ReplicaSet. */
const notCopied: ReadonlySet<string> = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  revisionKey,
  historyKey,
  desiredKey,
  maxKey,
  'deprecated.deployment.rollback.to',
]);
const historyLength = 2000;

type Annotations = { [key: string]: string };
const annotationsOf = (object: KubeObject): Annotations => object.metadata.annotations ?? {};
const whole = /^[+-]?\d{1,18}$/;

/** Undefined: it has none, or it makes no sense. */
function numberAt(object: KubeObject, key: string): number | undefined {
  const text = annotationsOf(object)[key];
  return text !== undefined && whole.test(text) ? Number(text) : undefined;
}

export const revisionOf = (object: KubeObject): number => numberAt(object, revisionKey) ?? 0;
export const revisionTextOf = (object: KubeObject): string => annotationsOf(object)[revisionKey] ?? '';
export const desiredReplicasOf = (set: ReplicaSet): number | undefined => numberAt(set, desiredKey);
export const maxReplicasOf = (set: ReplicaSet): number | undefined => numberAt(set, maxKey);
export const maxRevision = (sets: readonly ReplicaSet[]): number => Math.max(0, ...sets.map(revisionOf));

function withAnnotations<T extends KubeObject>(object: T, annotations: Annotations): T {
  return { ...object, metadata: { ...object.metadata, annotations } };
}

/** The Deployment with that revision on it; the same object when it has it already. */
export function withRevision(deployment: Deployment, revision: string): Deployment {
  if (annotationsOf(deployment)[revisionKey] === revision) return deployment;
  return withAnnotations(deployment, { ...annotationsOf(deployment), [revisionKey]: revision });
}

/** How large the Deployment was when this ReplicaSet got its size; undefined when it says so already. */
export function replicaAnnotations(set: ReplicaSet, deployment: Deployment): Annotations | undefined {
  const desired = String(replicasOf(deployment));
  const most = String(replicasOf(deployment) + maxSurge(deployment));
  const before = annotationsOf(set);
  if (before[desiredKey] === desired && before[maxKey] === most) return undefined;
  return { ...before, [desiredKey]: desired, [maxKey]: most };
}

/**
 * The annotations of the ReplicaSet that has the Deployment's template: those of the Deployment, and the newest revision.
 * Undefined when nothing changes.
 */
export function newSetAnnotations(
  deployment: Deployment,
  set: ReplicaSet,
  newRevision: number,
  exists: boolean,
): Annotations | undefined {
  const annotations: Annotations = { ...annotationsOf(set) };
  let changed = false;
  for (const [key, value] of Object.entries(annotationsOf(deployment))) {
    if (notCopied.has(key) || (Object.hasOwn(annotations, key) && annotations[key] === value)) continue;
    setKey(annotations, key, value);
    changed = true;
  }
  const before = annotations[revisionKey];
  if (before !== undefined && before !== '' && !whole.test(before)) return changed ? annotations : undefined;
  if (Number(before ?? 0) < newRevision) {
    annotations[revisionKey] = String(newRevision);
    changed = true;
    if (before !== undefined) remember(annotations, before);
  }
  if (!exists) {
    const sizes = replicaAnnotations({ ...set, metadata: { ...set.metadata, annotations } }, deployment);
    if (sizes !== undefined) return sizes;
  }
  return changed ? annotations : undefined;
}

/** It served as that revision once; the oldest are forgotten. */
function remember(annotations: Annotations, revision: string): void {
  const history = annotations[historyKey] ?? '';
  if (history === '') {
    annotations[historyKey] = revision;
    return;
  }
  const revisions = history.split(',');
  let length = history.length + revision.length + 1;
  while (length > historyLength && revisions.length > 0) length -= (revisions.shift() ?? '').length + 1;
  if (length <= historyLength) annotations[historyKey] = [...revisions, revision].join(',');
}
