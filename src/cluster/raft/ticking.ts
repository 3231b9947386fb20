import type { Clock } from '../../base/clock.ts';

/**
 * Calls `action` every `periodMs`, at multiples of it on the clock: the members of one process tick together, and an idle
 * process is woken once instead of once per member. The returned function stops it.
 */
export function tickTogether(clock: Clock, periodMs: number, action: () => void): () => void {
  let stop = clock.after(periodMs - (clock.now() % periodMs), () => {
    stop = clock.every(periodMs, action);
  });
  return () => stop();
}
