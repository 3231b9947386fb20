import type { Pod } from '../pods/pod-state.ts';
import { allFailuresBefore, finishedMs } from './job-pods.ts';

const firstMs = 10_000;
const longestMs = 600_000;

/** How often Pods of a Job failed since the last one that did not. */
export interface BackoffRecord {
  readonly failures: number;
  readonly lastFailureMs: number;
}

const noFailures: BackoffRecord = { failures: 0, lastFailureMs: 0 };

/** With Pods that have just ended. Mirrors newBackoffRecord of pkg/controller/job/backoff_utils.go. */
export function nextBackoff(
  before: BackoffRecord = noFailures,
  succeeded: readonly Pod[],
  failed: readonly Pod[],
): BackoffRecord {
  const failures = failed.map(finishedMs).sort((a, b) => a - b);
  if (succeeded.length === 0) {
    const lastFailureMs = failures.at(-1);
    if (lastFailureMs === undefined) return before;
    return { failures: before.failures + failures.length, lastFailureMs };
  }
  const successMs = Math.max(...succeeded.map(finishedMs));
  const later = failures.filter((ms) => ms >= successMs);
  return { failures: later.length, lastFailureMs: later.at(-1) ?? 0 };
}

/** Milliseconds until the next Pod may be created. */
export function backoffMs({ failures, lastFailureMs }: BackoffRecord, nowMs: number): number {
  if (failures === 0) return 0;
  const pause = Math.min(longestMs, firstMs * 2 ** Math.min(failures - 1, 20));
  return Math.max(0, lastFailureMs + pause - nowMs);
}

/** The same for one index, by the Pod that is to be replaced. */
export function indexBackoffMs(replaced: Pod | undefined, nowMs: number): number {
  if (replaced === undefined) return 0;
  return backoffMs({ failures: allFailuresBefore(replaced) + 1, lastFailureMs: finishedMs(replaced) }, nowMs);
}
