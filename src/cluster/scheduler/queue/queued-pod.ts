import type { PodInfo } from '../framework/pod-info.ts';

/** A Pod that waits for a node. Mirrors QueuedPodInfo of pkg/scheduler/framework. */
export interface QueuedPod {
  info: PodInfo;
  /** When it came into the queue, or its last attempt failed. */
  sinceMs: number;
  /** Older of two at the same millisecond. */
  readonly order: number;
  attempts: number;
  /** Who refused it the last time; empty: an accident, or it was never tried. */
  refusedBy: ReadonlySet<string>;
  /** A plugin does not let it into the queue at all. */
  gated: boolean;
}

/** Who is next: the higher priority, then who waits longer. Mirrors the PrioritySort plugin. */
export function goesFirst(a: QueuedPod, b: QueuedPod): boolean {
  if (a.info.priority !== b.info.priority) return a.info.priority > b.info.priority;
  return a.sinceMs < b.sinceMs || (a.sinceMs === b.sinceMs && a.order < b.order);
}

const firstBackoffMs = 1000;
const lastBackoffMs = 10_000;

/** Until when a Pod that was refused waits at least: a second after the first attempt, doubling to ten. */
export function backoffUntilMs({ attempts, sinceMs }: QueuedPod): number {
  if (attempts === 0) return sinceMs;
  return sinceMs + Math.min(lastBackoffMs, firstBackoffMs * 2 ** Math.min(attempts - 1, 10));
}
