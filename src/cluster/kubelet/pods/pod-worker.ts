import type { Pod, PodCondition, PodStatus } from '../../../kube/api/core-v1.ts';
import { timeToMs } from '../../../kube/time.ts';
import { backOffMs, resyncMs, transientBackOffMs } from '../config/constants.ts';
import { jitter } from '../context.ts';
import { PodProbes } from '../probes/probe-manager.ts';
import { killPod } from '../runtime/kill.ts';
import type { PodRuntime } from '../runtime/pod-runtime.ts';
import { type SyncResult, syncContainers } from '../runtime/sync.ts';
import type { StartFailure } from '../status/container-statuses.ts';
import { podStatus } from '../status/pod-status.ts';
import type { PodVolumes } from '../volumes/pod-volumes.ts';
import { logTail } from './log-tail.ts';
import { isTerminalPhase, namespaceOf, podReference, specOf, uidOf } from './pod.ts';
import type { PodServices } from './services.ts';

/** Why a Pod is ended by its kubelet: what its status says. */
export interface EvictionReason {
  readonly reason: string;
  readonly message: string;
  readonly graceSeconds: number;
  readonly condition?: PodCondition;
}

type Stage = 'syncing' | 'terminating' | 'terminated' | 'finished';

const deadlineText = 'Pod was active on the node longer than the specified deadline';

/**
 * One Pod from its binding to its end, one step at a time: it runs, it is being ended, it has ended. Each step waits for the
 * kubelet's next look at the runtime. Mirrors pkg/kubelet/pod_workers.go with syncPod, syncTerminatingPod, syncTerminatedPod.
 */
export class PodWorker {
  readonly #services: PodServices;
  readonly #volumes: PodVolumes;
  readonly #probes: PodProbes;
  readonly #failures = new Map<string, StartFailure>();
  /** Of the sync that runs now. */
  #ending: AbortController | undefined;
  #pod: Pod;
  #stage: Stage = 'syncing';
  #pending = false;
  #working = false;
  #stopped = false;
  #lastSyncMs = 0;
  #graceSeconds = 0;
  #evicted: EvictionReason | undefined;
  #cancelRequeue: () => void = () => undefined;
  #cancelDeadline: () => void = () => undefined;

  /** `openVolumes` makes the Pod's, or finds those that an earlier kubelet made. */
  constructor(services: PodServices, pod: Pod, openVolumes: (worker: PodWorker) => PodVolumes) {
    this.#services = services;
    this.#pod = pod;
    this.#volumes = openVolumes(this);
    this.#probes = new PodProbes(services.verdicts);
  }

  get pod(): Pod {
    return this.#pod;
  }

  get stage(): Stage {
    return this.#stage;
  }

  /** Something of it may still run. */
  get mayRun(): boolean {
    return this.#stage === 'syncing' || this.#stage === 'terminating';
  }

  /** The Pod as it should be now. `matters`: more than its status changed. */
  update(pod: Pod, matters: boolean): void {
    this.#pod = pod;
    if (pod.metadata?.deletionTimestamp !== undefined) this.#end();
    else if (this.#stage === 'syncing' && this.#lastSyncMs === 0 && isTerminalPhase(pod.status?.phase))
      this.#end();
    if (matters) this.wake();
  }

  /** There may be something to do. */
  wake(): void {
    if (this.#stopped || this.#stage === 'finished') return;
    this.#pending = true;
    if (!this.#working) void this.#loop();
  }

  /** Nobody wants it any more: the object is gone, or the node needs the room. */
  terminate(why?: EvictionReason): void {
    if (!this.mayRun) return;
    if (why !== undefined && this.#evicted === undefined) {
      this.#evicted = why;
      this.#graceSeconds = why.graceSeconds;
    }
    this.#end();
    this.wake();
  }

  /** The kubelet stops; containers go on. */
  stop(): void {
    this.#stopped = true;
    this.#ending?.abort();
    this.#cancelRequeue();
    this.#cancelDeadline();
    this.#probes.stop();
  }

  #end(): void {
    if (this.#stage === 'syncing') this.#stage = 'terminating';
    this.#ending?.abort();
  }

  async #loop(): Promise<void> {
    const { pleg, context } = this.#services;
    this.#working = true;
    try {
      while (this.#pending && !this.#stopped && this.#stage !== 'finished') {
        this.#pending = false;
        const runtime = await pleg.newerThan(uidOf(this.#pod), this.#lastSyncMs);
        if (this.#stopped) return;
        this.#cancelRequeue();
        const againMs = await this.#step(runtime);
        if (this.#stopped) return;
        this.#lastSyncMs = context.clock.now();
        if (againMs === 0) this.#pending = true;
        else if (againMs !== undefined) this.#requeue(againMs);
      }
    } finally {
      this.#working = false;
    }
  }

  /** ms after which it wants another turn; 0 at once. Never rejects. */
  async #step(runtime: PodRuntime): Promise<number | undefined> {
    const { context } = this.#services;
    try {
      if (this.#stage === 'terminated') {
        this.#terminated(runtime);
        return undefined;
      }
      if (this.#stage === 'terminating') {
        await this.#terminating(runtime);
        return 0;
      }
      const result = await this.#sync(runtime);
      if (this.#stage !== 'syncing') return 0;
      if (result === 'ok') return jitter(context.random, resyncMs, 0.5);
      return jitter(context.random, result === 'network' ? transientBackOffMs : backOffMs, 0.5);
    } catch (error) {
      context.trouble(`pod ${namespaceOf(this.#pod)}/${this.#pod.metadata?.name}`, error);
      return jitter(context.random, backOffMs, 0.5);
    }
  }

  #requeue(delayMs: number): void {
    this.#cancelRequeue = this.#atTick(delayMs);
  }

  /** The kubelet looks at what waits once a second. */
  #atTick(delayMs: number): () => void {
    const { context, pleg } = this.#services;
    const untilMs = pleg.untilNextMs();
    const ticks = Math.max(0, Math.ceil((delayMs - untilMs) / 1000));
    return context.clock.after(untilMs + ticks * 1000, () => this.wake());
  }

  #generate(runtime: PodRuntime, terminal: boolean): PodStatus {
    const { context, statuses } = this.#services;
    const pod = this.#pod;
    return podStatus({
      pod,
      runtime,
      before: statuses.get(uidOf(pod)) ?? pod.status ?? {},
      failures: this.#failures,
      probes: this.#probes,
      terminal,
      evicted: this.#pastDeadline(),
      hostIP: context.settings.ip,
      logTail: (id) => logTail(context.runtime, id),
    });
  }

  /** Says so each time it is asked, as upstream's handler. */
  #pastDeadline(): EvictionReason | undefined {
    const { context, statuses } = this.#services;
    const seconds = specOf(this.#pod).activeDeadlineSeconds;
    const startTime = (statuses.get(uidOf(this.#pod)) ?? this.#pod.status)?.startTime;
    if (seconds === undefined || startTime === undefined) return undefined;
    if (timeToMs(startTime) + seconds * 1000 > context.clock.now()) return undefined;
    context.event(podReference(this.#pod), 'Normal', 'DeadlineExceeded', deadlineText);
    return { reason: 'DeadlineExceeded', message: deadlineText, graceSeconds: 0 };
  }

  async #sync(runtime: PodRuntime): Promise<SyncResult> {
    const { statuses } = this.#services;
    const pod = this.#pod;
    const status = this.#generate(runtime, false);
    statuses.set(pod, status);
    this.#armDeadline();
    if (isTerminalPhase(status.phase)) {
      this.#end();
      return 'ok';
    }
    if (!this.#services.networkReady(pod)) return 'network';
    this.#services.beforeSync(pod);
    const ending = new AbortController();
    this.#ending = ending;
    try {
      return await this.#start(pod, runtime, status, ending.signal);
    } finally {
      this.#ending = undefined;
    }
  }

  /** What of it is to run and does not, once its volumes are there. */
  async #start(pod: Pod, runtime: PodRuntime, status: PodStatus, signal: AbortSignal): Promise<SyncResult> {
    const { context, statuses, images, backoff, verdicts } = this.#services;
    if (!(await this.#volumes.ready(pod, signal))) return 'failed';
    this.#services.checkPullSecrets(pod);
    this.#probes.add(
      context,
      () => this.#pod,
      () => statuses.get(uidOf(this.#pod)),
      this.#services.startedMs,
    );
    return syncContainers(
      {
        context,
        images,
        backoff,
        volumes: this.#volumes,
        failures: this.#failures,
        verdicts: {
          liveness: (id) => verdicts.get('liveness', id),
          startup: (id) => verdicts.get('startup', id),
        },
        restartsBefore: (name) => restartsOf(status, name),
        ending: () => signal.aborted,
        signal,
      },
      pod,
      runtime,
    );
  }

  /** Wakes up when the time that the Pod may take is over; its first status began it. */
  #armDeadline(): void {
    const { context, statuses } = this.#services;
    const seconds = specOf(this.#pod).activeDeadlineSeconds;
    const startTime = statuses.get(uidOf(this.#pod))?.startTime;
    if (seconds === undefined || startTime === undefined) return;
    this.#cancelDeadline();
    const leftMs = timeToMs(startTime) + seconds * 1000 - context.clock.now();
    if (leftMs > 0) this.#cancelDeadline = this.#atTick(leftMs);
  }

  async #terminating(runtime: PodRuntime): Promise<void> {
    const { context, statuses, pleg } = this.#services;
    this.#cancelDeadline();
    const status = this.#generate(runtime, false);
    if (this.#evicted !== undefined) {
      // Its conditions follow when it has ended.
      const { reason, message, condition } = this.#evicted;
      Object.assign(status, { phase: 'Failed', reason, message });
      if (condition !== undefined) status.conditions = [...(status.conditions ?? []), condition];
    }
    statuses.set(this.#pod, status);
    this.#probes.stopKillers();
    await killPod(context, this.#pod, runtime, this.#grace());
    this.#probes.stop();
    const after = pleg.refresh(uidOf(this.#pod));
    const final = this.#generate(after, true);
    this.#stage = 'terminated';
    statuses.set(this.#pod, final);
  }

  #terminated(runtime: PodRuntime): void {
    const { statuses, onFinished } = this.#services;
    statuses.set(this.#pod, this.#generate(runtime, true));
    this.#volumes.close();
    this.#stage = 'finished';
    statuses.terminate(this.#pod);
    this.#cancelRequeue();
    onFinished(this.#pod);
  }

  /** Only ever shorter, and never none. Mirrors calculateEffectiveGracePeriod. */
  #grace(): number {
    const deletion = this.#pod.metadata?.deletionGracePeriodSeconds;
    let grace = this.#graceSeconds;
    if (deletion !== undefined && (grace === 0 || deletion < grace)) grace = deletion;
    if (grace === 0 && this.#evicted === undefined)
      grace = specOf(this.#pod).terminationGracePeriodSeconds ?? 0;
    return Math.max(1, grace);
  }
}

/** What the restart count continues from when the runtime has forgotten the container. */
function restartsOf(status: PodStatus, name: string): number | undefined {
  const all = [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])];
  return all.find((one) => one.name === name)?.restartCount;
}
