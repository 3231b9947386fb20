import type { StatefulSetStatus } from '../../../kube/api/apps-v1.ts';
import { isNotFound } from '../controller.ts';
import { templateOf } from '../history/revisions.ts';
import { slowStart } from '../pods/batches.ts';
import { isPodAvailable, isPodFinished, isTerminating, type Pod } from '../pods/pod-state.ts';
import {
  countOf,
  identityMatches,
  isInRange,
  newPod,
  ordinalOf,
  revisionOfPod,
  type StatefulSet,
  startOf,
  storageMatches,
} from './identity.ts';
import type { SetRevisions } from './revisions.ts';
import type { StatefulPods } from './stateful-pods.ts';
import { isCreated, isRunningAndReady, isUnavailable, statusOf } from './status.ts';

/** What came of a look at the Pods: the status to tell, also when something failed. */
export interface Outcome {
  readonly status: StatefulSetStatus;
  readonly failure: { readonly error: unknown } | undefined;
}

type Step = 'go on' | 'wait';

/** One look at the Pods of a set. Mirrors updateStatefulSet of stateful_set_control.go. */
export async function updateReplicas(
  control: StatefulPods,
  set: StatefulSet,
  pods: readonly Pod[],
  revisions: SetRevisions,
  nowMs: number,
): Promise<Outcome> {
  const look = new Look(control, set, pods, revisions, nowMs);
  if (isTerminating(set)) return { status: statusOf(set, pods, revisions, 0, nowMs), failure: undefined };
  try {
    await look.run();
    return { status: look.status(), failure: undefined };
  } catch (error) {
    return { status: look.status(), failure: { error } };
  }
}

/** Whoever asks for millions gets them a few hundred at a time. */
const mostMissing = 500;

/** Those of the set, lowest first: all that are there, and the first that are not. */
function ordinalsOf(set: StatefulSet, there: readonly number[]): readonly number[] {
  const start = startOf(set);
  const length = Math.min(countOf(set), there.length + mostMissing);
  const first = Array.from({ length }, (_, index) => start + index);
  return [...first, ...there.filter((ordinal) => ordinal >= start + length).sort((a, b) => a - b)];
}

class Look {
  readonly #control: StatefulPods;
  readonly #set: StatefulSet;
  readonly #revisions: SetRevisions;
  readonly #nowMs: number;
  /** By ordinal; those that are missing as they should be created. */
  readonly #replicas: readonly Pod[];
  /** Beyond the count, highest first. */
  readonly #condemned: readonly Pod[];
  readonly #inOrder: boolean;
  #leaving = 0;

  constructor(
    control: StatefulPods,
    set: StatefulSet,
    pods: readonly Pod[],
    revisions: SetRevisions,
    nowMs: number,
  ) {
    this.#control = control;
    this.#set = set;
    this.#revisions = revisions;
    this.#nowMs = nowMs;
    this.#inOrder = set.spec?.podManagementPolicy !== 'Parallel';
    const there = new Map(pods.filter((pod) => isInRange(set, pod)).map((pod) => [ordinalOf(pod), pod]));
    this.#replicas = ordinalsOf(set, [...there.keys()]).map(
      (ordinal) => there.get(ordinal) ?? this.#missing(ordinal),
    );
    this.#condemned = pods
      .filter((pod) => !isInRange(set, pod) && ordinalOf(pod) >= 0)
      .sort((a, b) => ordinalOf(b) - ordinalOf(a));
  }

  status(): StatefulSetStatus {
    const pods = [...this.#replicas, ...this.#condemned];
    return statusOf(this.#set, pods, this.#revisions, this.#leaving, this.#nowMs);
  }

  async run(): Promise<void> {
    const unavailable = (pod: Pod) => isUnavailable(this.#set, pod, this.#nowMs);
    const firstUnavailable =
      this.#replicas.find(unavailable) ?? [...this.#condemned].reverse().find(unavailable);
    if ((await this.#forAll(this.#replicas, (pod) => this.#keep(pod))) === 'wait') return;
    await this.#forAll(this.#condemned, async (pod) => {
      if (!this.#control.retentionMatches(this.#set, pod))
        await this.#control.updateRetention(this.#set, pod);
      return 'go on';
    });
    const drop = (pod: Pod) => this.#drop(pod, firstUnavailable);
    if ((await this.#forAll(this.#condemned, drop)) === 'wait') return;
    if (this.#set.spec?.updateStrategy?.type !== 'OnDelete') await this.#replaceOld();
  }

  /** With the template of before, or the new one, depending on how far the update has come. */
  #missing(ordinal: number): Pod {
    const { current, update } = this.#revisions;
    const { updateStrategy } = this.#set.spec ?? {};
    const partition = updateStrategy?.rollingUpdate?.partition ?? 0;
    const untouched =
      updateStrategy?.rollingUpdate === undefined
        ? updateStrategy?.type === 'RollingUpdate'
          ? (this.#set.status?.currentReplicas ?? 0)
          : 0
        : partition;
    const revision = ordinal < startOf(this.#set) + untouched ? current : update;
    return newPod(this.#set, templateOf(revision), revision.metadata.name ?? '', ordinal);
  }

  /** In order one after the other, each only when the one before lets go on; else several at a time. */
  async #forAll(pods: readonly Pod[], step: (pod: Pod) => Promise<Step>): Promise<Step> {
    if (this.#inOrder) {
      for (const pod of pods) if ((await step(pod)) === 'wait') return 'wait';
      return 'go on';
    }
    const { failure } = await slowStart(pods.length, async (index) => {
      const pod = pods[index];
      if (pod !== undefined) await step(pod);
    });
    if (failure !== undefined) throw failure.error;
    return 'go on';
  }

  async #keep(pod: Pod): Promise<Step> {
    if (isPodFinished(pod)) {
      if (!isTerminating(pod)) await this.#control.delete(this.#set, pod);
      return 'wait';
    }
    if (!isCreated(pod)) {
      if (this.#control.hasStaleClaim(this.#set, pod)) return 'wait';
      await this.#control.create(this.#set, pod);
      if (this.#inOrder) return 'wait';
    }
    if (pod.status?.phase === 'Pending') await this.#control.createClaims(this.#set, pod);
    if (this.#inOrder) {
      if (isTerminating(pod) || !isRunningAndReady(pod)) return 'wait';
      if (!isPodAvailable(pod, this.#set.spec?.minReadySeconds ?? 0, this.#nowMs)) return 'wait';
    }
    const fits =
      identityMatches(this.#set, pod) &&
      storageMatches(this.#set, pod) &&
      this.#control.retentionMatches(this.#set, pod);
    if (!fits && isCreated(pod)) await this.#control.repair(this.#set, pod);
    return 'go on';
  }

  async #drop(pod: Pod, firstUnavailable: Pod | undefined): Promise<Step> {
    if (isTerminating(pod)) return this.#inOrder ? 'wait' : 'go on';
    if (this.#inOrder && pod !== firstUnavailable) {
      if (!isRunningAndReady(pod)) return 'wait';
      if (!isPodAvailable(pod, this.#set.spec?.minReadySeconds ?? 0, this.#nowMs)) return 'wait';
    }
    await this.#control.delete(this.#set, pod);
    return 'wait';
  }

  /** The highest that is not new yet goes, once all above it are available. */
  async #replaceOld(): Promise<void> {
    const partition = this.#set.spec?.updateStrategy?.rollingUpdate?.partition ?? 0;
    for (const pod of [...this.#replicas].reverse()) {
      if (ordinalOf(pod) < startOf(this.#set) + partition) return;
      if (revisionOfPod(pod) !== this.#revisions.update.metadata.name && !isTerminating(pod)) {
        try {
          await this.#control.delete(this.#set, pod);
        } catch (error) {
          if (!isNotFound(error)) throw error;
        }
        // Only what counts as a Pod of the revision of before.
        if (revisionOfPod(pod) === this.#revisions.current.metadata.name) this.#leaving += 1;
        return;
      }
      if (isUnavailable(this.#set, pod, this.#nowMs)) return;
    }
  }
}
