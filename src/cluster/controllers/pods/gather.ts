import { afterIo } from '../../../base/clock.ts';
import type { WorkQueue } from '../../../kube/work-queue.ts';

/**
 * Adds keys to a queue once all that has arrived together is seen: a hundred Pods that become ready are one reason to look, and
 * one status to write.
 */
export function gathering(queue: WorkQueue): (key: string) => void {
  const keys = new Set<string>();
  return (key) => {
    keys.add(key);
    if (keys.size > 1) return;
    afterIo(() => {
      const all = [...keys];
      keys.clear();
      for (const one of all) queue.add(one);
    });
  };
}
