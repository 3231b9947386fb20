import type { Clock } from '../../../base/clock.ts';
import { Action, type ClusterEvent, interestMatches, podUpdateEvents } from '../framework/cluster-event.ts';
import type { Plugin } from '../framework/plugin.ts';
import { createPodInfo, type PodInfo } from '../framework/pod-info.ts';
import type { Status } from '../framework/status.ts';
import { Heap } from './heap.ts';
import { InFlight } from './in-flight.ts';
import type { Nominator } from './nominator.ts';
import { backoffUntilMs, goesFirst, type QueuedPod } from './queued-pod.ts';

/** After this a refused Pod is tried again although nothing happened; looked at so often. */
const longestRefusedMs = 300_000;
const leftoverEveryMs = 30_000;

export interface QueueOptions {
  readonly clock: Clock;
  readonly plugins: readonly Plugin[];
  readonly nominator: Nominator;
  /** No: the Pod is not let in yet. */
  readonly admit: (info: PodInfo) => Status | undefined;
  /** There is somebody to be tried. */
  readonly onReady: () => void;
}

/**
 * Who waits to be placed: the active ones by priority, those that back off after a refusal, and those that wait for
 * something to happen in the cluster. Mirrors pkg/scheduler/backend/queue with SchedulerQueueingHints.
 */
export class SchedulingQueue {
  readonly #options: QueueOptions;
  readonly #active = new Heap<QueuedPod>(goesFirst);
  readonly #backoff = new Heap<QueuedPod>((a, b) => backoffUntilMs(a) < backoffUntilMs(b));
  readonly #unschedulable = new Set<QueuedPod>();
  readonly #byUid = new Map<string, QueuedPod>();
  readonly #inFlight = new InFlight();
  #order = 0;
  #cancelBackoff: (() => void) | undefined;
  #backoffAtMs = Number.POSITIVE_INFINITY;
  #cancelLeftover: (() => void) | undefined;
  #closed = false;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  get counts(): { readonly active: number; readonly backoff: number; readonly unschedulable: number } {
    return {
      active: this.#active.size,
      backoff: this.#backoff.size,
      unschedulable: this.#unschedulable.size,
    };
  }

  /** Whether anybody waits for something to happen. */
  get listens(): boolean {
    return this.#unschedulable.size > 0 || this.#inFlight.size > 0;
  }

  /** A Pod without node, new to us. */
  add(info: PodInfo): void {
    if (this.#byUid.has(info.uid)) return;
    const pod: QueuedPod = {
      info,
      sinceMs: this.#options.clock.now(),
      order: this.#order++,
      attempts: 0,
      refusedBy: new Set(),
      gated: false,
    };
    this.#byUid.set(info.uid, pod);
    this.#activate(pod);
    this.#options.nominator.put(info, undefined);
  }

  /** A Pod without node changed. */
  update(before: PodInfo, after: PodInfo): void {
    const events = podUpdateEvents(before.pod, after.pod);
    if (this.#inFlight.has(after.uid)) {
      for (const event of events) this.#inFlight.tell(event);
      return;
    }
    const pod = this.#byUid.get(after.uid);
    if (pod === undefined) {
      this.add(after);
      return;
    }
    pod.info = createPodInfo(after.pod, pod.info);
    this.#options.nominator.update(before, pod.info);
    if (this.#active.has(pod)) this.#active.put(pod);
    if (!this.#unschedulable.has(pod)) return;
    for (const event of events)
      if (this.#isWorthIt(pod, event)) {
        this.#requeue(pod);
        return;
      }
  }

  delete(uid: string): void {
    this.#options.nominator.remove(uid);
    const pod = this.#byUid.get(uid);
    this.#inFlight.done(uid);
    if (pod === undefined) return;
    this.#byUid.delete(uid);
    this.#leave(pod);
  }

  /** The next one to be tried; it is in flight until `done` or `refused`. */
  next(): QueuedPod | undefined {
    const pod = this.#active.take();
    if (pod === undefined) return undefined;
    this.#byUid.delete(pod.info.uid);
    pod.attempts += 1;
    pod.refusedBy = new Set();
    this.#inFlight.take(pod.info.uid);
    return pod;
  }

  /** It has its node, or is nobody's business any more. */
  done(uid: string): void {
    this.#inFlight.done(uid);
  }

  /** The attempt failed. `info`: how the Pod is now. What happened meanwhile counts. */
  refused(pod: QueuedPod, info: PodInfo): void {
    const missed = this.#inFlight.eventsFor(info.uid);
    this.#inFlight.done(info.uid);
    if (this.#closed || this.#byUid.has(info.uid)) return;
    pod.info = info;
    pod.sinceMs = this.#options.clock.now();
    this.#byUid.set(info.uid, pod);
    if (pod.refusedBy.size === 0 || missed.some((event) => this.#isWorthIt(pod, event))) this.#requeue(pod);
    else this.#wait(pod);
  }

  /** Something happened: those for whom it may make a difference are tried again. */
  happened(event: ClusterEvent, about: (info: PodInfo) => boolean = () => true): void {
    this.#inFlight.tell(event);
    // Most of what happens concerns no plugin: then nobody is asked, however many wait.
    const concerned = this.#options.plugins.filter(({ events }) =>
      events.some((interest) => interestMatches(interest, event)),
    );
    if (concerned.length === 0) return;
    for (const pod of [...this.#unschedulable])
      if (concerned.some(({ name }) => pod.refusedBy.has(name)))
        if (about(pod.info) && this.#isWorthIt(pod, event)) this.#requeue(pod);
  }

  close(): void {
    this.#closed = true;
    this.#cancelBackoff?.();
    this.#cancelLeftover?.();
  }

  #isWorthIt(pod: QueuedPod, event: ClusterEvent): boolean {
    if (pod.gated && event.resource !== 'UnscheduledPod') return false;
    if (pod.refusedBy.size === 0 || event.resource === '*') return true;
    for (const { name, events } of this.#options.plugins) {
      if (!pod.refusedBy.has(name)) continue;
      for (const interest of events)
        if (interestMatches(interest, event) && this.#hints(interest.hint, pod, event)) return true;
    }
    return false;
  }

  /** A hint that fails says yes: rather try in vain than never. */
  #hints(
    hint: ((pod: PodInfo['pod'], event: ClusterEvent) => boolean) | undefined,
    pod: QueuedPod,
    event: ClusterEvent,
  ): boolean {
    try {
      return hint === undefined || hint(pod.info.pod, event);
    } catch {
      return true;
    }
  }

  /** Out of the pool, and to be tried once its backoff is over. */
  #requeue(pod: QueuedPod): void {
    this.#unschedulable.delete(pod);
    if (backoffUntilMs(pod) > this.#options.clock.now()) {
      this.#backoff.put(pod);
      this.#planBackoff();
    } else this.#activate(pod);
  }

  #activate(pod: QueuedPod): void {
    const refusal = this.#options.admit(pod.info);
    pod.gated = refusal !== undefined;
    if (refusal !== undefined) {
      pod.refusedBy = new Set([...pod.refusedBy, refusal.plugin]);
      this.#wait(pod);
      return;
    }
    this.#active.put(pod);
    this.#options.onReady();
  }

  #wait(pod: QueuedPod): void {
    this.#unschedulable.add(pod);
    if (pod.gated || this.#cancelLeftover !== undefined || this.#closed) return;
    this.#cancelLeftover = this.#options.clock.after(leftoverEveryMs, () => this.#flushLeftover());
  }

  #leave(pod: QueuedPod): void {
    this.#active.delete(pod);
    this.#backoff.delete(pod);
    this.#unschedulable.delete(pod);
  }

  #planBackoff(): void {
    const first = this.#backoff.first();
    const atMs = first === undefined ? Number.POSITIVE_INFINITY : backoffUntilMs(first);
    if (atMs === this.#backoffAtMs || this.#closed) return;
    this.#cancelBackoff?.();
    this.#cancelBackoff = undefined;
    this.#backoffAtMs = atMs;
    if (first === undefined) return;
    this.#cancelBackoff = this.#options.clock.after(Math.max(0, atMs - this.#options.clock.now()), () => {
      this.#backoffAtMs = Number.POSITIVE_INFINITY;
      this.#flushBackoff();
    });
  }

  #flushBackoff(): void {
    const nowMs = this.#options.clock.now();
    for (let pod = this.#backoff.first(); pod !== undefined; pod = this.#backoff.first()) {
      if (backoffUntilMs(pod) > nowMs) break;
      this.#backoff.delete(pod);
      this.#activate(pod);
    }
    this.#planBackoff();
  }

  #flushLeftover(): void {
    this.#cancelLeftover = undefined;
    const nowMs = this.#options.clock.now();
    const timeout: ClusterEvent = {
      resource: '*',
      action: Action.update,
      before: undefined,
      after: undefined,
    };
    let waiting = false;
    for (const pod of [...this.#unschedulable]) {
      if (pod.gated) continue;
      if (nowMs - pod.sinceMs > longestRefusedMs && this.#isWorthIt(pod, timeout)) this.#requeue(pod);
      else waiting = true;
    }
    if (waiting && this.#cancelLeftover === undefined && !this.#closed)
      this.#cancelLeftover = this.#options.clock.after(leftoverEveryMs, () => this.#flushLeftover());
  }
}
