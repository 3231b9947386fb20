import type { EventRecorder } from '../../../kube/event-recorder.ts';
import type { Informer } from '../../../kube/informer.ts';
import { labelSelectorFrom } from '../../../kube/selectors/labels.ts';
import { isNotFound } from '../controller.ts';
import { slowStart } from '../pods/batches.ts';
import { claim } from '../pods/claim.ts';
import type { Expectations } from '../pods/expectations.ts';
import { controlledBy, orphansIn } from '../pods/owner.ts';
import { isNamespaceTerminating, type PodControl, podFromTemplate } from '../pods/pod-control.ts';
import { isPodFinished, isTerminating, type Pod } from '../pods/pod-state.ts';
import { daemonSets, pods as podsRef } from '../refs.ts';
import { type DaemonSet, daemonTemplate, revisionLabel, targetNode } from './daemon-pods.ts';
import type { FailedPods } from './failed-pods.ts';
import { cleanUpHistory, type HistoryParts, syncHistory } from './history.ts';
import { fitOf, type Node } from './node-fit.ts';
import { type Plan, placementPlan, rollingPlan, type Scene } from './placement.ts';
import { statusOf, writeStatus } from './status.ts';

/** As many Pods are created or deleted at a time at most. */
const burst = 250;

export interface DaemonParts extends HistoryParts {
  readonly recorder: EventRecorder;
  readonly pods: Informer<Pod>;
  readonly nodes: Informer<Node>;
  readonly control: PodControl;
  readonly expectations: Expectations;
  readonly failedPods: FailedPods;
  now(): number;
}

/**
 * One look at one DaemonSet. Resolves with the milliseconds after which to look again. Mirrors syncDaemonSet of
 * pkg/controller/daemon.
 */
export async function syncDaemonSet(
  parts: DaemonParts,
  key: string,
  set: DaemonSet,
): Promise<number | undefined> {
  const { client, expectations } = parts;
  const selector = labelSelectorFrom(set.spec?.selector);
  if (selector.empty) {
    const message = 'This daemon set is selecting all pods. A non-empty selector is required.';
    parts.recorder.event(set, 'Warning', 'SelectingAll', message);
    return undefined;
  }
  if (isTerminating(set)) return undefined;
  const candidates = [
    ...controlledBy(parts.pods, set.metadata.uid ?? ''),
    ...orphansIn(parts.pods, set.metadata.namespace ?? ''),
  ];
  const own = await claim(candidates, { client, owner: set, ownerRef: daemonSets, ref: podsRef, selector });
  const { current, old } = await syncHistory(parts, set, selector, own);
  const scene = sceneOf(parts, set, own, current.metadata.labels?.[revisionLabel] ?? '');
  if (!expectations.satisfied(key)) return tell(parts, scene, false);
  let failure: { readonly error: unknown } | undefined;
  let againMs: number | undefined;
  try {
    againMs = await place(parts, key, scene);
    if (expectations.satisfied(key) && set.spec?.updateStrategy?.type === 'RollingUpdate')
      await carryOut(parts, key, scene, rollingPlan(scene));
    await cleanUpHistory(client, set, old, own);
  } catch (error) {
    failure = { error };
  }
  try {
    const laterMs = await tell(parts, scene, true);
    if (laterMs !== undefined) againMs = Math.min(againMs ?? laterMs, laterMs);
  } catch (error) {
    failure ??= { error };
  }
  if (failure !== undefined) throw failure.error;
  return againMs;
}

function sceneOf(parts: DaemonParts, set: DaemonSet, own: readonly Pod[], hash: string): Scene {
  const podsOn = new Map<string, Pod[]>();
  for (const pod of own) {
    if (isPodFinished(pod) && isTerminating(pod)) continue;
    const node = targetNode(pod);
    if (node === undefined) continue;
    const there = podsOn.get(node);
    if (there === undefined) podsOn.set(node, [pod]);
    else there.push(pod);
  }
  const nodes = parts.nodes.list();
  const decide = fitOf(set);
  const fits = new Map(nodes.map((node) => [node, decide(node)]));
  const neither = { run: false, stay: false };
  return { set, nodes, podsOn, hash, nowMs: parts.now(), suits: (node) => fits.get(node) ?? neither };
}

async function tell(parts: DaemonParts, scene: Scene, observed: boolean): Promise<number | undefined> {
  const { set } = scene;
  const status = statusOf(scene, observed);
  await writeStatus(parts.client, set, status);
  const minReady = set.spec?.minReadySeconds ?? 0;
  return minReady > 0 && status.numberReady !== (status.numberAvailable ?? 0) ? minReady * 1000 : undefined;
}

/** A Pod on every node that should have one and nowhere else; finished ones make room for others, later and later. */
async function place(parts: DaemonParts, key: string, scene: Scene): Promise<number | undefined> {
  const { set, nowMs } = scene;
  let againMs: number | undefined;
  const plan = placementPlan(scene, (pod, node) => {
    const name = `${pod.metadata.namespace ?? ''}/${pod.metadata.name ?? ''}`;
    if (pod.status?.phase === 'Succeeded') {
      const message = `Found succeeded daemon pod ${name} on node ${node}, will try to delete it`;
      parts.recorder.event(set, 'Normal', 'SucceededDaemonPod', message);
      return true;
    }
    const backOffKey = `${set.metadata.uid ?? ''}/${set.status?.observedGeneration ?? 0}/${node}`;
    const waitMs = parts.failedPods.waitMs(backOffKey, nowMs);
    if (waitMs > 0) {
      againMs = Math.min(againMs ?? waitMs, waitMs);
      return false;
    }
    const message = `Found failed daemon pod ${name} on node ${node}, will try to kill it`;
    parts.recorder.event(set, 'Warning', 'FailedDaemonPod', message);
    return true;
  });
  await carryOut(parts, key, scene, plan);
  return againMs;
}

/** Mirrors syncNodes. */
async function carryOut(parts: DaemonParts, key: string, { set, hash }: Scene, plan: Plan): Promise<void> {
  const { control, expectations } = parts;
  const create = plan.create.slice(0, burst);
  const remove = plan.remove.slice(0, burst);
  const nameOf = ({ metadata }: Pod) => metadata.name ?? '';
  expectations.expect(key, create.length, remove.map(nameOf));
  const { done, failure } = await slowStart(create.length, async (index) => {
    try {
      await control.create(podFromTemplate(daemonTemplate(set, hash, create[index] ?? ''), set), set);
    } catch (error) {
      if (!isNamespaceTerminating(error)) throw error;
    }
  });
  if (done < create.length) expectations.creationObserved(key, create.length - done);
  let first = failure;
  await Promise.all(
    remove.map(async (pod) => {
      try {
        await control.delete(pod, set);
      } catch (error) {
        expectations.deletionObserved(key, nameOf(pod));
        if (!isNotFound(error)) first ??= { error };
      }
    }),
  );
  if (first !== undefined) throw first.error;
}
