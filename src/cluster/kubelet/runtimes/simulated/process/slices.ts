/** Steps before others have their turn, and the cpu time they stand for; the longer a process works, the fewer. */
export const slices = [
  { afterMs: 0, steps: 2000, cpuMs: 10 },
  { afterMs: 1000, steps: 400, cpuMs: 20 },
  { afterMs: 10_000, steps: 200, cpuMs: 100 },
  { afterMs: 120_000, steps: 100, cpuMs: 500 },
] as const;

export interface Blocked {
  cancel: (() => void) | undefined;
  readonly fail: (error: unknown) => void;
}

/** The process is gone: its waits end with it. */
export function breakOff(waits: Set<Blocked>, end: unknown): void {
  for (const wait of waits) {
    wait.cancel?.();
    wait.fail(end);
  }
  waits.clear();
}
