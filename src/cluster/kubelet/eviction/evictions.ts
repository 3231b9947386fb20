import type { Pod } from '../../../kube/api/core-v1.ts';
import {
  addQuantities,
  formatQuantity,
  isZeroQuantity,
  parseQuantity,
  quantityOf,
  quantityValue,
} from '../../../kube/quantity.ts';
import type { KubeletContext } from '../context.ts';
import { containersOf, initContainersOf, podReference, specOf, uidOf } from '../pods/pod.ts';
import type { PodWorker } from '../pods/pod-worker.ts';
import { memoryVictim } from './memory.ts';
import type { EvictionParts } from './parts.ts';

/** The eviction manager's period, how often volumes are measured, and how long a pressure is held. */
const lookMs = 10_000;
const measureMs = 60_000;
const holdMs = 300_000;

/** Ends Pods that use more than they may, or more than the node has. Mirrors pkg/kubelet/eviction. */
export class Evictions {
  readonly #context: KubeletContext;
  readonly #parts: EvictionParts;
  readonly #measuredMs = new Map<string, number>();
  #cancel: (() => void) | undefined;
  #memoryUntilMs = 0;
  #stopped = false;

  constructor(context: KubeletContext, parts: EvictionParts) {
    this.#context = context;
    this.#parts = parts;
  }

  /** Conditions of the Node that are True. */
  pressures(): readonly string[] {
    return this.#memoryUntilMs > this.#context.clock.now() ? ['MemoryPressure'] : [];
  }

  /** From here on there is something to look at. */
  watch(pod: Pod): void {
    if (hasStorageLimits(pod))
      this.#measuredMs.set(
        uidOf(pod),
        this.#context.clock.now() - measureMs + lookMs + this.#context.random.int(measureMs - 2 * lookMs),
      );
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
      this.#look();
    });
  }

  #look(): void {
    let alive = false;
    for (const worker of this.#parts.workers()) {
      if (worker.stage === 'finished') this.#measuredMs.delete(uidOf(worker.pod));
      if (!worker.mayRun) continue;
      alive = true;
      if (worker.stage === 'syncing') this.#storage(worker);
    }
    this.#memory();
    if (alive) this.#arm();
  }

  #storage(worker: PodWorker): void {
    const uid = uidOf(worker.pod);
    const measuredMs = this.#measuredMs.get(uid);
    const nowMs = this.#context.clock.now();
    if (measuredMs === undefined || nowMs - measuredMs < measureMs) return;
    this.#measuredMs.set(uid, nowMs);
    const message = this.#overVolume(worker.pod) ?? this.#overLimit(worker.pod);
    if (message !== undefined) this.#evict(worker, message);
  }

  #evict(worker: PodWorker, message: string): void {
    this.#context.event(podReference(worker.pod), 'Warning', 'Evicted', message);
    worker.terminate({ reason: 'Evicted', message, graceSeconds: 0 });
  }

  #overVolume(pod: Pod): string | undefined {
    const volumes = this.#parts.volumesOf(uidOf(pod));
    for (const { name, emptyDir } of specOf(pod).volumes ?? []) {
      const limit = emptyDir?.sizeLimit;
      if (limit === undefined || limit === '0') continue;
      const used = volumes?.get(name)?.volume.usedBytes() ?? 0;
      if (BigInt(used) > quantityValue(parseQuantity(limit)))
        return `Usage of EmptyDir volume "${name}" exceeds the limit "${limit}". `;
    }
    return undefined;
  }

  #overLimit(pod: Pod): string | undefined {
    let used = 0n;
    let total = quantityOf(0, 'BinarySI');
    let limited = true;
    for (const container of containersOf(pod)) {
      const text = container.resources?.limits?.['ephemeral-storage'];
      const disk = BigInt(this.#diskOf(uidOf(pod), container.name));
      used += disk;
      if (text === undefined) {
        limited = false;
        continue;
      }
      const limit = parseQuantity(text);
      total = addQuantities(total, limit);
      if (disk > quantityValue(limit))
        return `Container ${container.name} exceeded its local ephemeral storage limit "${text}". `;
    }
    const volumes = this.#parts.volumesOf(uidOf(pod));
    for (const { name, emptyDir } of specOf(pod).volumes ?? [])
      if (emptyDir !== undefined && emptyDir.medium !== 'Memory')
        used += BigInt(volumes?.get(name)?.volume.usedBytes() ?? 0);
    if (!limited || isZeroQuantity(total) || used <= quantityValue(total)) return undefined;
    return `Pod ephemeral local storage usage exceeds the total limit of containers ${formatQuantity(total)}. `;
  }

  #diskOf(uid: string, name: string): number {
    const running = this.#parts.runtimeOf(uid).containers.find(({ config }) => config.name === name);
    return running === undefined ? 0 : (this.#context.runtime.stats(running.id)?.diskBytes ?? 0);
  }

  #memory(): void {
    const found = memoryVictim(this.#context, this.#parts);
    if (found === undefined) return;
    const { clock, settings } = this.#context;
    const about = { kind: 'Node', name: settings.name, uid: settings.name, apiVersion: 'v1' };
    this.#context.event(about, 'Warning', 'EvictionThresholdMet', 'Attempting to reclaim memory');
    this.#memoryUntilMs = clock.now() + holdMs;
    if (found.worker !== undefined) this.#evict(found.worker, found.message);
  }
}

function hasStorageLimits(pod: Pod): boolean {
  return (
    (specOf(pod).volumes ?? []).some(({ emptyDir }) => emptyDir?.sizeLimit !== undefined) ||
    [...containersOf(pod), ...initContainersOf(pod)].some(
      ({ resources }) => resources?.limits?.['ephemeral-storage'] !== undefined,
    )
  );
}
