import type { Clock } from '../../../base/clock.ts';
import type { Pod, PodStatus } from '../../../kube/api/core-v1.ts';
import type { KubeClient } from '../../../kube/client.ts';
import { equalJson, type KubeObject } from '../../../kube/object.ts';
import { StatusError } from '../../../kube/status.ts';
import { formatTime } from '../../../kube/time.ts';
import { crowdedMs, statusRetryMs } from '../config/constants.ts';
import { isTooMany } from '../context.ts';
import { isMirrorPod, isTerminalPhase, nameOf, namespaceOf, specOf, uidOf } from '../pods/pod.ts';
import { isKubeletCondition } from './conditions.ts';
import { mergedStatus, sharedStatus } from './merge.ts';
import { statusPatch, withTransitionTimes } from './patch.ts';
import { flagged, terminated } from './terminated.ts';

type PodObject = Pod & KubeObject;

export const pods = { group: '', version: 'v1', plural: 'pods' };

export interface StatusManagerOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  /** The ten seconds are counted from here, ms. */
  readonly startMs: number;
  /** The Pod as the API last showed it; of a static Pod its mirror. */
  readonly apiPod: (uid: string) => Pod | undefined;
  /** Whether something of the Pod may still run: then its phase does not become terminal in the API. */
  readonly mayRun: (uid: string) => boolean;
  readonly trouble: (what: string, error: unknown) => void;
}

interface Cached {
  readonly pod: Pod;
  readonly status: PodStatus;
  readonly version: number;
  /** Nothing is left of it on this node: the object may go. */
  readonly finished: boolean;
}

/**
 * The one writer of Pod statuses of a node: one after the other, the newest of each Pod; what could not be written is tried
 * again every 10 s, and what somebody else changed is put back then. Mirrors pkg/kubelet/status.
 */
export class StatusManager {
  readonly #options: StatusManagerOptions;
  readonly #cache = new Map<string, Cached>();
  readonly #dirty = new Set<string>();
  /** Answers to our own writes that the informer has not shown yet. */
  readonly #fresh = new Map<string, Pod>();
  #busy = false;
  #stopped = false;
  #retry: (() => void) | undefined;

  constructor(options: StatusManagerOptions) {
    this.#options = options;
  }

  /** What was last generated. */
  get(uid: string): PodStatus | undefined {
    return this.#cache.get(uid)?.status;
  }

  set(pod: Pod, status: PodStatus): void {
    this.#update(pod, status, false, false);
  }

  /** A probe says so: written at once, without waiting for the Pod's turn. */
  setReady(uid: string, containerId: string, ready: boolean): void {
    const cached = this.#cache.get(uid);
    if (cached === undefined) return;
    const status = flagged(cached.pod, cached.status, containerId, { ready });
    if (status !== undefined) this.#update(cached.pod, status, false, cached.finished);
  }

  setStarted(uid: string, containerId: string, started: boolean): void {
    const cached = this.#cache.get(uid);
    if (cached === undefined) return;
    const status = flagged(cached.pod, cached.status, containerId, { started });
    if (status !== undefined) this.#update(cached.pod, status, false, cached.finished);
  }

  /** All of it has ended: what is not known to have ended counts as lost, and the object may go. */
  terminate(pod: Pod): void {
    const before = this.#cache.get(uidOf(pod))?.status ?? pod.status ?? {};
    this.#update(pod, terminated(pod, before), true, true);
  }

  /** Nobody asks for this Pod any more. */
  forget(uid: string): void {
    this.#cache.delete(uid);
    this.#dirty.delete(uid);
    this.#fresh.delete(uid);
  }

  /** The API shows the Pod anew: a status that is not ours is put back at the next look, every 10 s. */
  observe(uid: string): void {
    const cached = this.#cache.get(uid);
    const api = this.#current(uid);
    if (cached === undefined || api === undefined) return;
    // One copy of each Pod is enough: what it was when its status was generated goes.
    if (uidOf(api) === uidOf(cached.pod))
      this.#cache.set(uid, { ...cached, pod: api, status: sharedStatus(api.status ?? {}, cached.status) });
    if (this.#dirty.has(uid)) return;
    if (this.#deletable(api, cached) || !sameForKubelet(api.status ?? {}, cached.status)) this.#arm();
  }

  /** There is something to write it to now. */
  push(uid: string): void {
    if (!this.#cache.has(uid)) return;
    this.#dirty.add(uid);
    void this.#flush(false);
  }

  /** What could not be written may go through now. */
  retryNow(): void {
    void this.#flush(true);
  }

  stop(): void {
    this.#stopped = true;
    this.#retry?.();
  }

  #update(pod: Pod, generated: PodStatus, force: boolean, finished: boolean): void {
    const uid = uidOf(pod);
    const cached = this.#cache.get(uid);
    const before = cached?.status ?? pod.status ?? {};
    const now = formatTime(this.#options.clock.now());
    const status: PodStatus = {
      ...generated,
      conditions: withTransitionTimes(generated.conditions ?? [], before.conditions ?? [], now),
      startTime: before.startTime ?? generated.startTime ?? now,
    };
    if (cached !== undefined && !force && sameForKubelet(cached.status, status)) {
      if (cached.pod !== pod) this.#cache.set(uid, { ...cached, pod });
      return;
    }
    this.#cache.set(uid, {
      pod,
      status,
      version: (cached?.version ?? 0) + 1,
      finished: finished || cached?.finished === true,
    });
    this.#dirty.add(uid);
    void this.#flush(false);
  }

  async #flush(all: boolean): Promise<void> {
    if (all) for (const uid of this.#cache.keys()) this.#dirty.add(uid);
    if (this.#busy) return;
    this.#busy = true;
    try {
      // What is asked for in the same turn goes out together.
      await Promise.resolve();
      for (let uid = first(this.#dirty); uid !== undefined && !this.#stopped; uid = first(this.#dirty)) {
        this.#dirty.delete(uid);
        await this.#write(uid);
      }
    } finally {
      this.#busy = false;
    }
  }

  #arm(): void {
    if (this.#retry !== undefined || this.#stopped) return;
    const { clock, startMs } = this.#options;
    const leftMs = statusRetryMs - ((clock.now() - startMs) % statusRetryMs);
    this.#retry = clock.after(leftMs, () => {
      this.#retry = undefined;
      void this.#flush(true);
    });
  }

  async #write(uid: string): Promise<void> {
    const { client, mayRun, trouble } = this.#options;
    const cached = this.#cache.get(uid);
    if (cached === undefined) return;
    try {
      // The informer's copy is as good as a GET while nobody else writes; a patch of what differs bears being late.
      let api = this.#current(uid);
      if (api === undefined) return;
      const merged = mergedStatus(api.status ?? {}, cached.status, mayRun(uid));
      const patch = statusPatch(api.status ?? {}, merged);
      if (patch !== undefined) {
        const body = { metadata: { uid: uidOf(api) }, status: patch };
        api = await client.patch<PodObject>(pods, namespaceOf(api), nameOf(api), 'strategic', body, {
          subresource: 'status',
        });
        const seen = this.#options.apiPod(uid);
        if (seen !== undefined && revisionOf(api) > revisionOf(seen)) this.#fresh.set(uid, api);
      }
      const latest = this.#cache.get(uid);
      if (latest === undefined || latest.version !== cached.version || !this.#deletable(api, latest)) return;
      await client.delete(pods, namespaceOf(api), nameOf(api), {
        gracePeriodSeconds: 0,
        preconditions: { uid: uidOf(api) },
      });
      this.forget(uid);
    } catch (error) {
      if (error instanceof StatusError && error.status.code === 404) return;
      this.#fresh.delete(uid);
      if (isTooMany(error)) {
        this.#dirty.add(uid);
        await this.#options.clock.sleep(crowdedMs);
        return;
      }
      trouble(`status of ${namespaceOf(cached.pod)}/${nameOf(cached.pod)}`, error);
      this.#arm();
    }
  }

  /** What the API has: the informer may not have seen our own last write yet. */
  #current(uid: string): Pod | undefined {
    const seen = this.#options.apiPod(uid);
    const own = this.#fresh.get(uid);
    if (seen === undefined || own === undefined) return seen;
    if (uidOf(own) === uidOf(seen) && revisionOf(own) > revisionOf(seen)) return own;
    this.#fresh.delete(uid);
    return seen;
  }

  #deletable(api: Pod, cached: Cached): boolean {
    return (
      api.metadata?.deletionTimestamp !== undefined &&
      !isMirrorPod(api) &&
      isTerminalPhase(api.status?.phase) &&
      cached.finished &&
      specOf(api).nodeName !== undefined
    );
  }
}

function first<T>(set: ReadonlySet<T>): T | undefined {
  for (const one of set) return one;
  return undefined;
}

/** Equal in all that the kubelet decides. */
function sameForKubelet(a: PodStatus, b: PodStatus): boolean {
  const own = ({ conditions, nominatedNodeName: _n, resize: _r, ...rest }: PodStatus) => ({
    ...rest,
    conditions: (conditions ?? []).filter(({ type }) => isKubeletCondition(type)),
  });
  return equalJson(own(a), own(b));
}

const revisionOf = (pod: Pod): number => Number(pod.metadata?.resourceVersion ?? 0);
