import { formatTime, timeToMs } from '../../kube/time.ts';
import { type LiveService, triggerMsOf } from './endpoint-pod.ts';
import type { Pod } from './pods/pod-state.ts';

export const triggerTimeAnnotation = 'endpoints.kubernetes.io/last-change-trigger-time';

/** Remembers what was seen, to say what a change goes back to. Mirrors endpointslice/util/trigger_time_tracker.go. */
export class TriggerTimes {
  readonly #known = new Map<string, { readonly serviceMs: number; readonly pods: Map<string, number> }>();

  /** The value of the annotation; undefined: it is to be left out. */
  next(key: string, service: LiveService, pods: readonly Pod[]): string | undefined {
    const before = this.#known.get(key);
    const serviceMs = timeToMs(service.metadata.creationTimestamp);
    const seen = new Map<string, number>();
    let earliest = Number.POSITIVE_INFINITY;
    for (const pod of pods) {
      const atMs = triggerMsOf(pod);
      if (Number.isNaN(atMs)) continue;
      const name = pod.metadata.name ?? '';
      seen.set(name, atMs);
      if (atMs > (before?.pods.get(name) ?? Number.NEGATIVE_INFINITY)) earliest = Math.min(earliest, atMs);
    }
    if (serviceMs > (before?.serviceMs ?? Number.NEGATIVE_INFINITY)) earliest = Math.min(earliest, serviceMs);
    this.#known.set(key, { serviceMs, pods: seen });
    const ms = before === undefined ? serviceMs : earliest;
    return Number.isFinite(ms) ? formatTime(ms) : undefined;
  }

  /**
   * How long to gather changes of the Pods of this Service: writing a thousand endpoints for each of a thousand Pods that
   * start together would be a million. Milliseconds; small Services are written at once, as upstream does.
   */
  gatherMs(key: string): number {
    const pods = this.#known.get(key)?.pods.size ?? 0;
    return pods <= 20 ? 0 : Math.min(500, 2 * pods);
  }

  forget(key: string): void {
    this.#known.delete(key);
  }
}
