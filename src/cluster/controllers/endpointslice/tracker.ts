import type { Clock } from '../../../base/clock.ts';
import type { LiveSlice } from './slice.ts';

const expectedGone = -1;
/** What does not show up within this time is no longer waited for. */
const patienceMs = 30_000;

/**
 * What was written of the slices of each Service, to tell when an informer is behind, and whose change an event tells of.
 * Mirrors endpointslice/util/endpointslice_tracker.go.
 */
export class SliceTracker {
  readonly #clock: Clock;
  readonly #generations = new Map<
    string,
    Map<string, { readonly generation: number; readonly atMs: number }>
  >();
  readonly #waiting = new Set<string>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  wrote(key: string, slice: LiveSlice): void {
    this.#set(key, slice, slice.metadata.generation ?? 0);
  }

  removed(key: string, slice: LiveSlice): void {
    this.#set(key, slice, expectedGone);
  }

  #set(key: string, { metadata }: LiveSlice, generation: number): void {
    let known = this.#generations.get(key);
    if (known === undefined) {
      known = new Map();
      this.#generations.set(key, known);
    }
    known.set(metadata.uid ?? '', { generation, atMs: this.#clock.now() });
  }

  /** The slices that the informer shows lack something that was written. */
  isBehind(key: string, slices: readonly LiveSlice[]): boolean {
    const known = this.#generations.get(key);
    this.#waiting.delete(key);
    if (known === undefined) return false;
    const shown = new Map(slices.map(({ metadata }) => [metadata.uid ?? '', metadata.generation ?? 0]));
    const deadlineMs = this.#clock.now() - patienceMs;
    for (const [uid, { generation, atMs }] of known) {
      const seen = shown.get(uid);
      const behind = seen === undefined ? generation !== expectedGone : isOlder(seen, generation);
      if (!behind) continue;
      if (atMs < deadlineMs) {
        known.delete(uid);
        continue;
      }
      this.#waiting.add(key);
      return true;
    }
    return false;
  }

  /** Whether this event is news: not of a write of ours, or one that somebody waits for. */
  isNews(key: string, after: LiveSlice | undefined, before: LiveSlice | undefined): boolean {
    const { metadata } = (after ?? before) as LiveSlice;
    const known = this.#generations.get(key);
    const tracked = known?.get(metadata.uid ?? '');
    if (after === undefined) {
      known?.delete(metadata.uid ?? '');
      if (known?.size === 0) this.#generations.delete(key);
      return this.#waiting.has(key) || (tracked !== undefined && tracked.generation !== expectedGone);
    }
    return this.#waiting.has(key) || tracked === undefined || (metadata.generation ?? 0) > tracked.generation;
  }

  forget(key: string): void {
    this.#generations.delete(key);
    this.#waiting.delete(key);
  }
}

const isOlder = (seen: number, written: number) => written === expectedGone || seen < written;
