const firstMs = 1000;
const longestMs = 15 * 60_000;
const mostKept = 10_000;

/**
 * A Pod that fails again and again on a node (its kubelet refuses it) is made anew later and later. Mirrors
 * client-go/util/flowcontrol.Backoff as the DaemonSet controller uses it.
 */
export interface FailedPods {
  /** 0: it may be deleted now, and the next one has to wait longer; else how long to wait. */
  waitMs(key: string, nowMs: number): number;
}

export function createFailedPods(): FailedPods {
  const entries = new Map<string, { delayMs: number; atMs: number }>();
  return {
    waitMs(key, nowMs) {
      const entry = entries.get(key);
      const expired = entry === undefined || nowMs - entry.atMs > 2 * longestMs;
      if (!expired && nowMs - entry.atMs < entry.delayMs) return entry.delayMs;
      const delayMs = expired ? firstMs : Math.min(longestMs, entry.delayMs * 2);
      entries.delete(key);
      entries.set(key, { delayMs, atMs: nowMs });
      for (const oldest of entries.keys()) {
        if (entries.size <= mostKept) break;
        entries.delete(oldest);
      }
      return 0;
    },
  };
}
