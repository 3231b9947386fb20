/** What an autoscaler remembers between two looks. All times in milliseconds of the clock. */
export interface Sized {
  readonly replicas: number;
  readonly atMs: number;
}

export interface History {
  /** What was recommended, before any rule. */
  recommendations: Sized[];
  /** By how much it was scaled, each way. */
  readonly up: Sized[];
  readonly down: Sized[];
}

const mostRemembered = 1000;

export const newHistory = (replicas: number, atMs: number): History => ({
  recommendations: [{ replicas, atMs }],
  up: [],
  down: [],
});

/** Adds one and drops what is older than `windowMs`. */
export function remember(list: readonly Sized[], one: Sized, windowMs: number): Sized[] {
  return [...list.filter(({ atMs }) => atMs >= one.atMs - windowMs), one].slice(-mostRemembered);
}

/** How many replicas came or went in the last seconds. */
export function changeWithin(list: readonly Sized[], seconds: number, nowMs: number): number {
  return list
    .filter(({ atMs }) => atMs > nowMs - seconds * 1000)
    .reduce((sum, { replicas }) => sum + replicas, 0);
}
