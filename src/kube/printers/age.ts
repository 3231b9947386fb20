import { humanDuration } from '../duration.ts';
import { timeToMs } from '../time.ts';

/**
 * The time since `timestamp` (RFC 3339) as tables print it, `<unknown>` without one. `now` in milliseconds since the epoch.
 * Mirrors translateTimestampSince of pkg/printers/internalversion.
 */
export function ageSince(timestamp: string | null | undefined, now: number): string {
  const then = timeToMs(timestamp);
  return Number.isNaN(then) ? '<unknown>' : humanDuration(now - then);
}
