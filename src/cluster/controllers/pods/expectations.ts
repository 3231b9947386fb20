import type { Clock } from '../../../base/clock.ts';

/** What does not show up within this time is no longer waited for. */
const timeoutMs = 5 * 60_000;

interface Awaited {
  creations: number;
  /** Deletions are known by name, and counted once: as a deletion timestamp or as being gone. */
  readonly deletions: Set<string>;
  readonly atMs: number;
}

/**
 * What a controller did and its informer has not shown yet: while anything is missing it must not act on what it sees, or it
 * would do it twice. Mirrors UIDTrackingControllerExpectations of pkg/controller.
 */
export interface Expectations {
  expectCreations(key: string, count: number): void;
  expectDeletions(key: string, names: readonly string[]): void;
  /** Both at once. */
  expect(key: string, creations: number, deletions: readonly string[]): void;
  /** Seen, or failed: `count` fewer to wait for. */
  creationObserved(key: string, count?: number): void;
  deletionObserved(key: string, name: string): void;
  /** All seen, waited for long enough, or nothing expected. */
  satisfied(key: string): boolean;
  forget(key: string): void;
}

export function createExpectations(clock: Clock): Expectations {
  const awaited = new Map<string, Awaited>();
  const expect = (key: string, creations: number, deletions: readonly string[]) => {
    awaited.set(key, { creations, deletions: new Set(deletions), atMs: clock.now() });
  };
  return {
    expectCreations: (key, count) => expect(key, count, []),
    expectDeletions: (key, names) => expect(key, 0, names),
    expect,
    creationObserved(key, count = 1) {
      const one = awaited.get(key);
      if (one !== undefined) one.creations -= count;
    },
    deletionObserved(key, name) {
      awaited.get(key)?.deletions.delete(name);
    },
    satisfied(key) {
      const one = awaited.get(key);
      if (one === undefined) return true;
      return (one.creations <= 0 && one.deletions.size === 0) || clock.now() - one.atMs > timeoutMs;
    },
    forget(key) {
      awaited.delete(key);
    },
  };
}
