import type { Container, PodTemplateSpec } from '../../../kube/api/core-v1.ts';
import type { KubeClient } from '../../../kube/client.ts';
import { isNotFound } from '../controller.ts';
import { slowStart } from '../pods/batches.ts';
import type { Expectations } from '../pods/expectations.ts';
import { isNamespaceTerminating, type PodControl, podFromTemplate } from '../pods/pod-control.ts';
import { isPodReady, type Pod } from '../pods/pod-state.ts';
import { rankedForDeletion } from '../pods/ranking.ts';
import { pods as podsRef } from '../refs.ts';
import { backoffMs, indexBackoffMs } from './backoff.ts';
import { firstOutside, intervalsOf, union } from './intervals.ts';
import {
  completionsOf,
  failureCounts,
  hasLimitPerIndex,
  indexKey,
  isIndexed,
  isOnItsWayOut,
  isSuspended,
  isTracked,
  type LiveJob,
  replacesFailedOnly,
  trackingFinalizer,
  validIndex,
} from './job-pods.ts';
import type { SyncState } from './sync-state.ts';

/** As many Pods are made or removed in one go. */
const maxPerSync = 500;
const longestGenerateName = 58;

export interface JobParts {
  readonly client: KubeClient;
  readonly control: PodControl;
  readonly expectations: Expectations;
  now(): number;
}

export interface Managed {
  /** How many Pods are active now, as the status tells it. */
  readonly active: number;
  /** Milliseconds after which Pods may be made. */
  readonly waitMs?: number;
  readonly failure?: unknown;
}

/** Makes and removes Pods until as many run as should. Mirrors manageJob. */
export async function managePods(parts: JobParts, key: string, state: SyncState): Promise<Managed> {
  const { job } = state;
  const { spec } = job;
  const active = state.active.length;
  if (isSuspended(job)) return removePods(parts, key, state, surplus(state, active, parts.now()));
  const parallelism = spec?.parallelism ?? 1;
  const wanted =
    spec?.completions === undefined
      ? state.succeeded > 0
        ? active
        : parallelism
      : Math.max(0, Math.min(parallelism, spec.completions - state.succeeded));
  const extra = surplus(state, Math.max(0, active - wanted), parts.now()).slice(0, maxPerSync);
  if (extra.length > 0) return removePods(parts, key, state, extra);
  const missing = wanted - active - (replacesFailedOnly(job) ? state.terminating : 0);
  if (missing <= 0) return { active };
  const nowMs = parts.now();
  const waitMs = hasLimitPerIndex(job) ? 0 : backoffMs(state.backoff, nowMs);
  // Upstream tells of no active Pods at all while it waits.
  if (waitMs > 0) return { active: 0, waitMs };
  if (!isIndexed(job))
    return createPods(
      parts,
      key,
      state,
      Array.from({ length: Math.min(missing, maxPerSync) }, () => undefined),
    );
  const pending = pendingIndexes(state, Math.min(missing, maxPerSync));
  if (!hasLimitPerIndex(job)) return createPods(parts, key, state, pending);
  const waits = pending.map((index) => indexBackoffMs(state.replaced.get(index), nowMs));
  const now = pending.filter((_, i) => waits[i] === 0);
  if (now.length === 0 && waits.length > 0) return { active: 0, waitMs: Math.min(...waits) };
  return createPods(parts, key, state, now);
}

/** Those that go first: second Pods of an index, then as many as must, the least useful. Mirrors activePodsForRemoval. */
function surplus({ job, active }: SyncState, count: number, nowMs: number): readonly Pod[] {
  const rank = (pods: readonly Pod[]) => rankedForDeletion(pods, () => 0, nowMs);
  if (!isIndexed(job)) return rank(active).slice(0, count);
  const byIndex = new Map<number | undefined, Pod[]>();
  for (const pod of active) {
    const index = validIndex(job, pod);
    byIndex.set(index, [...(byIndex.get(index) ?? []), pod]);
  }
  const gone: Pod[] = [];
  const left: Pod[] = [];
  for (const [index, pods] of byIndex) {
    const ranked = rank(pods);
    const kept = index === undefined ? 0 : 1;
    gone.push(...ranked.slice(0, ranked.length - kept));
    left.push(...ranked.slice(ranked.length - kept));
  }
  return [...gone, ...rank(left).slice(0, Math.max(0, count - gone.length))];
}

/** Mirrors firstPendingIndexes. */
function pendingIndexes(state: SyncState, count: number): number[] {
  const { job } = state;
  const taken = replacesFailedOnly(job)
    ? [...state.active, ...state.pods.filter(isOnItsWayOut)]
    : state.active;
  const indexes = intervalsOf(taken.flatMap((pod) => validIndex(job, pod) ?? []));
  const over = union(state.succeededIndexes, state.failedIndexes ?? []);
  return firstOutside(union(over, indexes), count, completionsOf(job));
}

/** Removed Pods count neither as failed nor as done: they lose the finalizer first. Mirrors deleteJobPods. */
async function removePods(
  { client, control, expectations }: JobParts,
  key: string,
  state: SyncState,
  gone: readonly Pod[],
): Promise<Managed> {
  const active = state.active.length;
  if (gone.length === 0) return { active };
  expectations.expectDeletions(
    key,
    gone.map(({ metadata }) => metadata.name ?? ''),
  );
  let removed = 0;
  let failure: unknown;
  await Promise.all(
    gone.map(async (pod) => {
      try {
        await releasePod(client, pod);
        await control.delete(pod, state.job);
      } catch (error) {
        expectations.deletionObserved(key, pod.metadata.name ?? '');
        if (!isNotFound(error)) {
          failure = error;
          return;
        }
      }
      removed += 1;
      if (isPodReady(pod)) state.ready -= 1;
    }),
  );
  state.terminating += removed;
  return { active: active - removed, ...(failure === undefined ? {} : { failure }) };
}

/** Takes away the tracking finalizer. */
export async function releasePod(client: KubeClient, pod: Pod): Promise<void> {
  if (!isTracked(pod)) return;
  const { namespace = '', name = '' } = pod.metadata;
  await client.patch(podsRef, namespace, name, 'strategic', {
    metadata: { '$deleteFromPrimitiveList/finalizers': [trackingFinalizer] },
  });
}

async function createPods(
  { control, expectations }: JobParts,
  key: string,
  { job, active, replaced }: SyncState,
  indexes: readonly (number | undefined)[],
): Promise<Managed> {
  const count = indexes.length;
  expectations.expectCreations(key, count);
  let ignored = 0;
  const { done, failure } = await slowStart(count, async (i) => {
    const index = indexes[i];
    try {
      await control.create(podFor(job, index, index === undefined ? undefined : replaced.get(index)), job);
    } catch (error) {
      if (!isNamespaceTerminating(error)) throw error;
      ignored += 1;
    }
  });
  // What was not made will not show up.
  expectations.creationObserved(key, count - done + ignored);
  return { active: active.length + done, ...(failure === undefined ? {} : { failure: failure.error }) };
}

function podFor(job: LiveJob, index: number | undefined, replaced: Pod | undefined): Pod {
  const template: PodTemplateSpec | undefined = job.spec?.template;
  const pod = podFromTemplate(template, job);
  const finalizers = pod.metadata.finalizers ?? [];
  if (!finalizers.includes(trackingFinalizer)) pod.metadata.finalizers = [...finalizers, trackingFinalizer];
  if (index === undefined) return pod;
  const { metadata, spec } = pod;
  const name = job.metadata.name ?? '';
  const tail = `-${index}-`;
  metadata.generateName = `${name.slice(0, longestGenerateName - tail.length)}${tail}`;
  metadata.labels = { ...metadata.labels, [indexKey]: String(index) };
  metadata.annotations = {
    ...metadata.annotations,
    [indexKey]: String(index),
    ...(hasLimitPerIndex(job) ? failureCounts(job, replaced) : {}),
  };
  if (spec === undefined) return pod;
  spec.hostname = `${name}-${index}`;
  for (const container of [...(spec.initContainers ?? []), ...spec.containers]) tellIndex(container);
  return pod;
}

const indexVariable = 'JOB_COMPLETION_INDEX';

function tellIndex(container: Container): void {
  if (container.env?.some(({ name }) => name === indexVariable)) return;
  container.env = [
    ...(container.env ?? []),
    { name: indexVariable, valueFrom: { fieldRef: { fieldPath: `metadata.labels['${indexKey}']` } } },
  ];
}
