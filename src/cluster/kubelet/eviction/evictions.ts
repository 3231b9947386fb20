import type { Pod, PodCondition } from '../../../kube/api/core-v1.ts';
import type { KubeletContext } from '../context.ts';
import { podReference, specOf, uidOf } from '../pods/pod.ts';
import type { PodWorker } from '../pods/pod-worker.ts';
import { hasStorageLimits, overStorage } from './local-storage.ts';
import type { EvictionParts } from './parts.ts';
import { evictionMessage, type Shortage, shortages, victimOf } from './pressure.ts';
import { type PodUsage, usageOf } from './usage.ts';

/** The eviction manager's period, how often volumes are measured, and how long a pressure is held. */
const lookMs = 10_000;
const measureMs = 60_000;
const holdMs = 300_000;

interface Measured {
  readonly atMs: number;
  readonly volumes: ReadonlyMap<string, number>;
}

/** Ends Pods that use more than they may, or more than the node has. Mirrors pkg/kubelet/eviction. */
export class Evictions {
  readonly #context: KubeletContext;
  readonly #parts: EvictionParts;
  readonly #measured = new Map<string, Measured>();
  /** Until when each pressure is held, ms. */
  readonly #heldMs = new Map<Shortage['condition'], number>();
  #cancel: (() => void) | undefined;
  #told = '';
  #stopped = false;

  constructor(context: KubeletContext, parts: EvictionParts) {
    this.#context = context;
    this.#parts = parts;
  }

  /** Conditions of the Node that are True. */
  pressures(): readonly string[] {
    const nowMs = this.#context.clock.now();
    return [...this.#heldMs].flatMap(([condition, untilMs]) => (untilMs > nowMs ? [condition] : []));
  }

  /** From here on there is something to look at. */
  watch(pod: Pod): void {
    const { clock, random } = this.#context;
    if (hasStorageLimits(pod))
      this.#measured.set(uidOf(pod), {
        atMs: clock.now() - measureMs + lookMs + random.int(measureMs - 2 * lookMs),
        volumes: new Map(),
      });
    this.#arm();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  #arm(): void {
    if (this.#cancel !== undefined || this.#stopped) return;
    this.#cancel = this.#context.clock.after(lookMs, () => {
      this.#cancel = undefined;
      try {
        // Nobody can say what is used.
        if (this.#context.runtime.serving) this.#look();
        else this.#arm();
      } catch (error) {
        this.#context.trouble(`evictions of ${this.#context.settings.name}`, error);
        this.#arm();
      }
    });
  }

  #look(): void {
    const usages: PodUsage[] = [];
    for (const worker of this.#parts.workers()) {
      if (worker.stage === 'finished') this.#measured.delete(uidOf(worker.pod));
      if (worker.mayRun) usages.push(usageOf(this.#context, this.#parts, worker));
    }
    const short = shortages(this.#context, usages);
    for (const { condition } of short) this.#heldMs.set(condition, this.#context.clock.now() + holdMs);
    if (!this.#storage(usages)) this.#relieve(short, usages);
    const known = this.pressures().join(' ');
    if (known !== this.#told) this.#parts.pressed();
    this.#told = known;
    if (usages.length > 0 || known !== '') this.#arm();
  }

  /** Whether somebody had to go for what they wrote. */
  #storage(usages: readonly PodUsage[]): boolean {
    let evicted = false;
    for (const usage of usages) {
      const { worker } = usage;
      if (worker.stage !== 'syncing' || !this.#measured.has(uidOf(worker.pod))) continue;
      const message = overStorage(usage, this.#volumes(worker.pod));
      if (message === undefined) continue;
      this.#evict(worker, message);
      evicted = true;
    }
    return evicted;
  }

  #volumes(pod: Pod): ReadonlyMap<string, number> | undefined {
    const uid = uidOf(pod);
    const nowMs = this.#context.clock.now();
    const known = this.#measured.get(uid);
    if (known === undefined || nowMs - known.atMs < measureMs) return known?.volumes;
    const mounted = this.#parts.volumesOf(uid);
    const volumes = new Map<string, number>();
    for (const { name, emptyDir } of specOf(pod).volumes ?? [])
      if (emptyDir !== undefined) volumes.set(name, mounted?.get(name)?.volume.usedBytes() ?? 0);
    this.#measured.set(uid, { atMs: nowMs, volumes });
    return volumes;
  }

  /** One Pod at a time, when nothing else helps. */
  #relieve([worst]: readonly Shortage[], usages: readonly PodUsage[]): void {
    if (worst === undefined) return;
    const { settings } = this.#context;
    const about = { kind: 'Node', name: settings.name, uid: settings.name, apiVersion: 'v1' };
    this.#context.event(about, 'Warning', 'EvictionThresholdMet', `Attempting to reclaim ${worst.resource}`);
    if (worst.resource === 'ephemeral-storage') {
      this.#removeUnusedImages();
      if (!shortages(this.#context, usages).some(({ resource }) => resource === worst.resource)) return;
    }
    const victim = victimOf(worst, usages);
    if (victim === undefined) return;
    const message = evictionMessage(worst, victim);
    this.#evict(victim.worker, message, {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'TerminationByKubelet',
      message,
    });
  }

  #removeUnusedImages(): void {
    const { runtime, trouble } = this.#context;
    const used = new Set(
      runtime
        .sandboxes()
        .flatMap(({ containers }) => containers.flatMap(({ image, imageId }) => [image, imageId])),
    );
    for (const { names, id } of runtime.images()) {
      const [name] = names;
      if (name === undefined || names.some((one) => used.has(one)) || used.has(id)) continue;
      runtime.removeImage(name).catch((error: unknown) => trouble(`image ${name}`, error));
    }
  }

  #evict(worker: PodWorker, message: string, condition?: PodCondition): void {
    this.#context.event(podReference(worker.pod), 'Warning', 'Evicted', message);
    worker.terminate({
      reason: 'Evicted',
      message,
      graceSeconds: 0,
      ...(condition === undefined ? {} : { condition }),
    });
  }
}
