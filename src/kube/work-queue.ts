import type { Clock } from '../base/clock.ts';

/**
 * Keys to be worked on, each once at a time: added again while it is worked on, it comes back afterwards. Mirrors
 * client-go/util/workqueue with its default rate limiter.
 */
export interface WorkQueue {
  add(key: string): void;
  /** After `delayMs`; an earlier one of the same key wins. */
  addAfter(key: string, delayMs: number): void;
  /** After a failure: the retry's first delay, doubling to its last one. */
  addRateLimited(key: string): void;
  /** After a success: the next failure starts with the first delay again. */
  forget(key: string): void;
  /** How many wait to be worked on now. */
  readonly length: number;
  /** Works on keys, `workers` at a time, until stopped. `work` must not reject. */
  run(workers: number, work: (key: string) => Promise<void>): void;
  /** Drops what waits. Resolves when nobody works any more. */
  stop(): Promise<void>;
}

/** How long what failed has to wait. */
export interface Retry {
  readonly firstMs: number;
  readonly lastMs: number;
}

/** client-go's. */
const defaultRetry: Retry = { firstMs: 5, lastMs: 1_000_000 };

export function createWorkQueue(clock: Clock, retry: Retry = defaultRetry): WorkQueue {
  const waiting = new Set<string>();
  const working = new Set<string>();
  const again = new Set<string>();
  const delayed = new Map<string, { readonly atMs: number; readonly cancel: () => void }>();
  const failures = new Map<string, number>();
  let worker: { readonly limit: number; readonly work: (key: string) => Promise<void> } | undefined;
  let stopped = false;
  let idle: (() => void) | undefined;

  const next = () => {
    if (worker === undefined || stopped) return;
    for (const key of waiting) {
      if (working.size >= worker.limit) return;
      waiting.delete(key);
      working.add(key);
      void worker.work(key).finally(() => done(key));
    }
  };
  const done = (key: string) => {
    working.delete(key);
    if (again.delete(key)) waiting.add(key);
    if (working.size === 0) idle?.();
    next();
  };
  const queue: WorkQueue = {
    add(key) {
      if (stopped) return;
      if (working.has(key)) again.add(key);
      else waiting.add(key);
      next();
    },
    addAfter(key, delayMs) {
      if (stopped) return;
      if (delayMs <= 0) {
        queue.add(key);
        return;
      }
      const atMs = clock.now() + delayMs;
      const before = delayed.get(key);
      if (before !== undefined && before.atMs <= atMs) return;
      before?.cancel();
      const cancel = clock.after(delayMs, () => {
        delayed.delete(key);
        queue.add(key);
      });
      delayed.set(key, { atMs, cancel });
    },
    addRateLimited(key) {
      const count = failures.get(key) ?? 0;
      failures.set(key, count + 1);
      queue.addAfter(key, Math.min(retry.lastMs, retry.firstMs * 2 ** Math.min(count, 30)));
    },
    forget(key) {
      failures.delete(key);
    },
    get length() {
      return waiting.size;
    },
    run(limit, work) {
      worker = { limit, work };
      next();
    },
    async stop() {
      stopped = true;
      waiting.clear();
      again.clear();
      for (const { cancel } of delayed.values()) cancel();
      delayed.clear();
      if (working.size > 0) {
        await new Promise<void>((resolve) => {
          idle = resolve;
        });
      }
    },
  };
  return queue;
}
