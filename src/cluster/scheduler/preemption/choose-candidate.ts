import type { Random } from '../../../base/random.ts';
import { startMs, type Victims } from './victims.ts';

/** So that a sum over negative priorities also grows with the number of Pods. */
const shift = 2 ** 31;

/**
 * Where it hurts least: fewest broken budgets, then the lowest of the highest victims, then the lowest sum, then the fewest,
 * then the youngest; among equals any. Mirrors pickOneNodeForPreemption.
 */
export function chooseCandidate(
  candidates: readonly Victims[],
  nowMs: number,
  random: Random,
): Victims | undefined {
  const highest = ({ pods }: Victims) => pods[0]?.priority ?? 0;
  const costs: readonly ((victims: Victims) => number)[] = [
    ({ violations }) => violations,
    highest,
    ({ pods }) => pods.reduce((sum, { priority }) => sum + priority + shift, 0),
    ({ pods }) => pods.length,
    (victims) =>
      -Math.min(
        ...victims.pods
          .filter(({ priority }) => priority === highest(victims))
          .map((pod) => startMs(pod, nowMs)),
      ),
  ];
  let left = candidates;
  for (const cost of costs) {
    if (left.length <= 1) break;
    const rated = left.map((victims) => ({ victims, cost: cost(victims) }));
    const least = rated.reduce((lowest, one) => Math.min(lowest, one.cost), Number.POSITIVE_INFINITY);
    left = rated.filter((one) => one.cost === least).map(({ victims }) => victims);
  }
  return left.length > 1 ? left[random.int(left.length)] : left[0];
}
