/** The only door to time. Everything else receives a Clock, so tests advance it by hand. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Resolves after `delayMs` (>= 0). Rejects with the signal's reason when aborted first. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
  /** Calls `action` once after `delayMs`; the returned function cancels it. Does not keep the process alive. */
  after(delayMs: number, action: () => void): () => void;
  /** Calls `action` every `periodMs` (> 0); the returned function stops it. Does not keep the process alive. */
  every(periodMs: number, action: () => void): () => void;
}

/** What a timer can hold, 24 days: of more Node makes a millisecond. */
const longestMs = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (delayMs, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const onAbort = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      }, delayMs);
      signal?.addEventListener('abort', onAbort, { once: true });
    }),
  after: (delayMs, action) => {
    const timer = setTimeout(action, Math.min(delayMs, longestMs));
    timer.unref();
    return () => clearTimeout(timer);
  },
  every: (periodMs, action) => {
    const timer = setInterval(action, periodMs);
    timer.unref();
    return () => clearInterval(timer);
  },
};

/** Calls `action` once the input and output that had already arrived are attended. It measures no time: nothing to fake. */
export function afterIo(action: () => void): void {
  waitingForIo++;
  setImmediate(() => {
    waitingForIo--;
    action();
  });
}

let waitingForIo = 0;

/** Resolves when all promises, and all that `afterIo` was asked for, have run as far as they get without time passing. */
export async function settled(): Promise<void> {
  do await new Promise<void>((resolve) => setImmediate(resolve));
  while (waitingForIo > 0);
}
