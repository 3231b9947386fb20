import fc from 'fast-check';
import type { Change, KeyValue, StoreEvent } from '../../../src/cluster/store/store.ts';

/** The store in the plainest words: the whole map of every revision. Slow and obviously right. */
export class Model {
  /** Position n is revision n; 0 and 1 are empty. */
  readonly revisions: ReadonlyMap<string, KeyValue>[] = [new Map(), new Map()];
  readonly events: StoreEvent[][] = [[], []];

  get revision(): number {
    return this.revisions.length - 1;
  }

  commit(changes: readonly Change[]): { done: boolean } {
    const now = this.revisions.at(-1) ?? new Map();
    for (const { key, expectedRevision } of changes)
      if (expectedRevision !== undefined && (now.get(key)?.modRevision ?? 0) !== expectedRevision)
        return { done: false };
    const next = new Map(now);
    const events: StoreEvent[] = [];
    const revision = this.revision + 1;
    for (const { key, value } of changes) {
      const previous = now.get(key);
      if (value === undefined && previous === undefined) continue;
      if (value === undefined) {
        next.delete(key);
        events.push({ type: 'delete', key, current: undefined, previous, revision });
      } else {
        const current = {
          key,
          value,
          createRevision: previous?.createRevision ?? revision,
          modRevision: revision,
          version: (previous?.version ?? 0) + 1,
        };
        next.set(key, current);
        events.push({ type: 'put', key, current, previous, revision });
      }
    }
    if (events.length > 0) {
      this.revisions.push(next);
      this.events.push(events);
    }
    return { done: true };
  }

  list(prefix: string, revision: number): KeyValue[] {
    return [...(this.revisions[revision] ?? new Map<string, KeyValue>()).values()]
      .filter((item) => item.key.startsWith(prefix))
      .sort((left, right) => (left.key < right.key ? -1 : 1));
  }

  /** What a watcher of `prefix` that began after `after` has to have seen. */
  seen(prefix: string, after: number): StoreEvent[] {
    return this.events.slice(after + 1).flatMap((of) => of.filter((event) => event.key.startsWith(prefix)));
  }
}

/** Few keys, so that they collide; prefixes of each other; ones that other languages would trip over. */
export const someKey = fc.constantFrom(
  '/a',
  '/a/',
  '/a/1',
  '/a/10',
  '/a/2',
  '/ab',
  '/b/1',
  '/b/\uffff',
  '/b/\uffffz',
  '__proto__',
  '',
);
export const somePrefix = fc.constantFrom('', '/', '/a', '/a/', '/a/1', '/b/\uffff', '/c', '__proto__');

export interface PlannedChange {
  readonly key: string;
  readonly value: number | undefined;
  /** Of the key: as it is, wrong by one, or whatever. */
  readonly expect: 'right' | 'wrong' | 'any';
}

export const someChanges: fc.Arbitrary<readonly PlannedChange[]> = fc.uniqueArray(
  fc.record({
    key: someKey,
    value: fc.option(fc.nat(255), { nil: undefined, freq: 3 }),
    expect: fc.constantFrom<PlannedChange['expect']>('right', 'right', 'any', 'any', 'any', 'wrong'),
  }),
  { selector: (change) => change.key, minLength: 1, maxLength: 4 },
);

export function planned(
  changes: readonly PlannedChange[],
  get: (key: string) => KeyValue | undefined,
): Change[] {
  return changes.map(({ key, value, expect }) => {
    const revision = get(key)?.modRevision ?? 0;
    return {
      key,
      value: value === undefined ? undefined : Uint8Array.of(value),
      ...(expect === 'any' ? {} : { expectedRevision: expect === 'right' ? revision : revision + 1 }),
    };
  });
}
