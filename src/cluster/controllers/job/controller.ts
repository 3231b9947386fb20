import { createEventRecorder } from '../../../kube/event-recorder.ts';
import { keyOf } from '../../../kube/informer.ts';
import { equalJson, type KubeObject } from '../../../kube/object.ts';
import { type LabelSelector, labelSelectorFrom } from '../../../kube/selectors/labels.ts';
import { type Controller, ignoring, isNotFound, splitKey, startLoop } from '../controller.ts';
import { indexByLabel, inNamespace } from '../label-index.ts';
import { claim } from '../pods/claim.ts';
import { createExpectations } from '../pods/expectations.ts';
import {
  controlledBy,
  controllerOf,
  indexByController,
  orphansIn,
  resolveController,
} from '../pods/owner.ts';
import { createPodControl } from '../pods/pod-control.ts';
import { isTerminating, type Pod } from '../pods/pod-state.ts';
import { jobs as jobsRef, pods as podsRef } from '../refs.ts';
import { type BackoffRecord, nextBackoff } from './backoff.ts';
import { isJobFinished, isManagedElsewhere, isTracked, type LiveJob, trackingFinalizer } from './job-pods.ts';
import { releasePod } from './manage.ts';
import { syncJob } from './sync.ts';
import { lookAt } from './sync-state.ts';
import { cloneStatus, type TrackParts } from './track.ts';

/** Changes of Pods, and of the status, are gathered for this long. */
const batchMs = 1000;
const retry = { firstMs: 1000, lastMs: 60_000 };

/** Runs Pods until as many have succeeded as a Job asks for. Mirrors pkg/controller/job. */
export const jobController: Controller = {
  name: 'job-controller',
  account: 'job-controller',
  start(context) {
    const { client, clock } = context;
    const jobs = context.informer<LiveJob>(jobsRef);
    const pods = context.informer<Pod>(podsRef);
    indexByController(pods);
    indexByLabel(jobs);
    const recorder = createEventRecorder({ client, clock, component: 'job-controller' });
    const expectations = createExpectations(clock);
    const backoffs = new Map<string, BackoffRecord>();
    const released = new Map<string, Set<string>>();
    /** A copy from before would have Pods made again that are counted already. */
    const written = new Map<string, number>();
    const parts: TrackParts = {
      client,
      control: createPodControl(client, recorder),
      expectations,
      recorder,
      now: () => clock.now(),
      expectReleased(key, uids) {
        const known = released.get(key) ?? new Set();
        for (const uid of uids) known.add(uid);
        if (known.size > 0) released.set(key, known);
      },
      wrote: (key, job) => written.set(key, versionOf(job)),
      stillTracked: (key, uid) => noLongerAwaited(key, uid),
      counted: (key, state) => {
        if (state.backoff.failures > 0) backoffs.set(key, state.backoff);
        else backoffs.delete(key);
      },
    };
    const noLongerAwaited = (key: string, uid: string) => {
      const known = released.get(key);
      known?.delete(uid);
      if (known?.size === 0) released.delete(key);
    };
    const forget = (key: string) => {
      expectations.forget(key);
      released.delete(key);
      written.delete(key);
      backoffs.delete(key);
    };
    const loop = startLoop(
      context,
      this.name,
      async (key) => {
        const { namespace, name } = splitKey(key);
        const job = jobs.get(namespace, name);
        if (job === undefined) {
          forget(key);
          return undefined;
        }
        if (isManagedElsewhere(job)) return undefined;
        // The copy that is awaited wakes it.
        if (versionOf(job) < (written.get(key) ?? 0)) return batchMs;
        if (isJobFinished(job)) {
          backoffs.delete(key);
          written.delete(key);
          return undefined;
        }
        const satisfied = expectations.satisfied(key);
        const own = await podsOf(job);
        const draft: LiveJob = { ...job, status: cloneStatus(job.status) };
        const state = lookAt(draft, own, released.get(key) ?? new Set(), (succeeded, failed) =>
          nextBackoff(backoffs.get(key), succeeded, failed),
        );
        return syncJob(parts, key, state, satisfied);
      },
      { ready: [jobs, pods], retry },
    );
    const podsOf = async (job: LiveJob): Promise<readonly Pod[]> => {
      const candidates = [
        ...controlledBy(pods, job.metadata.uid ?? ''),
        ...orphansIn(pods, job.metadata.namespace ?? ''),
      ];
      const claimed = await claim(candidates, {
        client,
        owner: job,
        ownerRef: jobsRef,
        ref: podsRef,
        selector: labelSelectorFrom(job.spec?.selector),
        finalizers: [trackingFinalizer],
      });
      return claimed.map((pod) => (controllerOf(pod) === undefined ? adopted(pod) : pod));
    };
    /** Pods with a finalizer that no Job will take away any more. */
    const orphans = startLoop(
      context,
      `${this.name} orphans`,
      async (key) => {
        const { namespace, name } = splitKey(key);
        const pod = pods.get(namespace, name);
        if (pod === undefined || !isTracked(pod)) return undefined;
        const owner = controllerOf(pod);
        if (owner !== undefined && (owner.kind !== 'Job' || owner.apiVersion !== 'batch/v1'))
          return undefined;
        const job = resolveController(jobs, 'Job', namespace, owner);
        if (job !== undefined && (isManagedElsewhere(job) || !isJobFinished(job))) return undefined;
        await ignoring(isNotFound, releasePod(client, pod));
        return undefined;
      },
      { ready: [jobs, pods] },
    );
    const wakeOwner = (pod: Pod, final: boolean) => {
      const owner = controllerOf(pod);
      const job = resolveController(jobs, 'Job', pod.metadata.namespace ?? '', owner);
      const tracked = isTracked(pod);
      if (job === undefined || isJobFinished(job)) {
        // Looked at again when the Jobs are there: before that nobody can tell an orphan.
        if (tracked && !final && (owner === undefined || owner.kind === 'Job'))
          orphans.queue.add(keyFor(pod));
        return;
      }
      const key = keyFor(job);
      if (final || isTerminating(pod)) expectations.deletionObserved(key, pod.metadata.name ?? '');
      if (final || !tracked) noLongerAwaited(key, pod.metadata.uid ?? '');
      loop.queue.addAfter(key, batchMs);
    };
    const jobsThatTake = ({ metadata }: Pod) =>
      inNamespace(jobs, metadata.namespace ?? '').filter(
        (job) => !isManagedElsewhere(job) && selectorOf(job)?.matches(metadata.labels) === true,
      );
    pods.onChange((after, before) => {
      if (after === undefined) {
        if (before !== undefined) wakeOwner(before, true);
        return;
      }
      const owner = controllerOf(after);
      const replaced = before !== undefined && before.metadata.uid !== after.metadata.uid;
      if (before !== undefined && (replaced || controllerOf(before)?.uid !== owner?.uid))
        wakeOwner(before, replaced || controllerOf(before) !== undefined);
      if ((before === undefined || replaced) && !isTerminating(after)) {
        const job = resolveController(jobs, 'Job', after.metadata.namespace ?? '', owner);
        if (job !== undefined) expectations.creationObserved(keyFor(job));
      }
      wakeOwner(after, false);
      const known = before !== undefined && equalJson(before.metadata.labels, after.metadata.labels);
      if (owner === undefined && !isTerminating(after) && (!known || controllerOf(before) !== undefined))
        for (const one of jobsThatTake(after)) loop.queue.addAfter(keyFor(one), batchMs);
    });
    jobs.onChange((after, before) => {
      const job = after ?? before;
      if (job === undefined) return;
      const key = keyFor(job);
      if (before !== undefined && before.metadata.uid !== after?.metadata.uid) forget(key);
      const onlyStatus =
        after !== undefined &&
        before !== undefined &&
        after.metadata.generation === before.metadata.generation &&
        after.metadata.uid === before.metadata.uid;
      loop.queue.addAfter(key, onlyStatus ? batchMs : 0);
      // No Pod should have one any more: a second look, in case something went between.
      if (after === undefined || isJobFinished(after))
        for (const pod of controlledBy(pods, job.metadata.uid ?? ''))
          if (isTracked(pod)) orphans.queue.add(keyFor(pod));
    });
    return {
      async stop() {
        await Promise.all([loop.stop(), orphans.stop()]);
      },
    };
  },
};

const keyFor = ({ metadata }: KubeObject) => keyOf(metadata.namespace ?? '', metadata.name ?? '');

const versionOf = ({ metadata }: KubeObject) => Number(metadata.resourceVersion);

function selectorOf({ spec }: LiveJob): LabelSelector | undefined {
  try {
    return labelSelectorFrom(spec?.selector);
  } catch {
    return undefined;
  }
}

function adopted(pod: Pod): Pod {
  if (isTracked(pod)) return pod;
  const finalizers = [...(pod.metadata.finalizers ?? []), trackingFinalizer];
  return { ...pod, metadata: { ...pod.metadata, finalizers } };
}
