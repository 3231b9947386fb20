import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Mvcc } from '../../../src/cluster/store/mvcc.ts';
import { trimHistory } from '../../../src/cluster/store/retention.ts';
import { StoreError } from '../../../src/cluster/store/store.ts';
import { Model, planned, someChanges, someKey, somePrefix } from './model.ts';

const value = Uint8Array.of(1);

function codeOf(action: () => unknown): string | undefined {
  try {
    action();
  } catch (error) {
    if (error instanceof StoreError) return error.code;
    throw error;
  }
  return undefined;
}

describe('versioned state', () => {
  it('gives at every kept revision what a naive model gives', () => {
    const query = fc.record({
      prefix: somePrefix,
      revision: fc.nat(40),
      limit: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
      after: fc.option(someKey, { nil: undefined }),
    });
    fc.assert(
      fc.property(
        fc.array(someChanges, { maxLength: 40 }),
        fc.array(query, { minLength: 1, maxLength: 20 }),
        fc.nat(20),
        (steps, queries, compactAt) => {
          const state = new Mvcc();
          const model = new Model();
          for (const step of steps) {
            const changes = planned(step, (key) => model.revisions.at(-1)?.get(key));
            const { result, events } = state.commit(changes);
            const before = model.revision;
            expect(result.done).toBe(model.commit(changes).done);
            expect(events).toEqual(model.revision > before ? model.events.at(-1) : []);
            expect(state.revision).toBe(model.revision);
          }
          const compacted = Math.min(compactAt, state.revision);
          state.compact(compacted);
          expect(state.compactedRevision).toBe(compacted);
          for (const { prefix, revision, limit, after } of queries) {
            const options = {
              revision,
              ...(limit === undefined ? {} : { limit }),
              ...(after === undefined ? {} : { after }),
            };
            if (revision < compacted) {
              expect(codeOf(() => state.list(prefix, options))).toBe('compacted');
            } else if (revision > model.revision) {
              expect(codeOf(() => state.list(prefix, options))).toBe('future');
            } else {
              const all = model
                .list(prefix, revision)
                .filter((item) => after === undefined || item.key > after);
              const items = all.slice(0, limit ?? all.length);
              const remaining = all.length - items.length;
              expect(state.list(prefix, options)).toEqual({
                items,
                revision,
                more: remaining > 0,
                remaining,
              });
            }
            const now = model.list(prefix, model.revision);
            expect(state.count(prefix)).toBe(now.length);
            expect(state.list(prefix).items).toEqual(now);
          }
          for (let revision = compacted + 1; revision <= model.revision; revision += 1)
            expect(state.eventsAt(revision)).toEqual(model.events[revision]);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('changes nothing when one of the expectations fails, and says which', () => {
    const state = new Mvcc();
    state.commit([{ key: 'a', value, expectedRevision: 0 }]);
    const { result, events } = state.commit([
      { key: 'b', value, expectedRevision: 0 },
      { key: 'a', value, expectedRevision: 7 },
    ]);
    expect(result).toEqual({ done: false, key: 'a', current: state.get('a') });
    expect(events).toEqual([]);
    expect(state.get('b')).toBeUndefined();
    expect(state.revision).toBe(2);
  });

  it('takes no revision for what changes nothing', () => {
    const state = new Mvcc();
    expect(state.commit([{ key: 'a', value: undefined }]).result).toEqual({ done: true, revision: 1 });
    expect(state.commit([]).result).toEqual({ done: true, revision: 1 });
  });

  it('refuses the same key twice in one commit', () => {
    const state = new Mvcc();
    const change = { key: 'a', value };
    expect(() => state.commit([change, change])).toThrow('duplicate key');
    expect(state.revision).toBe(1);
  });

  it('counts versions from 1 again after a deletion', () => {
    const state = new Mvcc();
    state.commit([{ key: 'a', value }]);
    state.commit([{ key: 'a', value }]);
    expect(state.get('a')).toMatchObject({ createRevision: 2, modRevision: 3, version: 2 });
    state.commit([{ key: 'a', value: undefined }]);
    state.commit([{ key: 'a', value }]);
    expect(state.get('a')).toMatchObject({ createRevision: 5, modRevision: 5, version: 1 });
  });

  it('does not compact what is not there yet, and never goes back', () => {
    const state = new Mvcc();
    for (let n = 0; n < 5; n += 1) state.commit([{ key: 'a', value }]);
    expect(codeOf(() => state.compact(99))).toBe('future');
    state.compact(4);
    state.compact(2);
    expect(state.compactedRevision).toBe(4);
    state.compact(6);
    expect(state.historyBytes).toBe(0);
    expect(state.list('', { revision: 6 }).items).toHaveLength(1);
  });

  it('begins from a snapshot without its history', () => {
    const first = new Mvcc();
    for (const key of ['b', 'a', 'c']) first.commit([{ key, value }]);
    const second = new Mvcc({ revision: first.revision, items: [...first.items()] });
    expect(second.list('')).toEqual(first.list(''));
    expect(codeOf(() => second.list('', { revision: 3 }))).toBe('compacted');
    expect(second.commit([{ key: 'a', value, expectedRevision: 3 }]).result).toEqual({
      done: true,
      revision: 5,
    });
    expect(second.list('', { revision: 4 })).toEqual(first.list(''));
  });

  it('keeps history within its limits, by number and by bytes', () => {
    const state = new Mvcc();
    for (let n = 0; n < 500; n += 1) {
      state.commit([{ key: 'a', value: new Uint8Array(1000) }]);
      trimHistory(state, { revisions: 100, bytes: 1e9 });
      expect(state.revision - state.compactedRevision).toBeLessThanOrEqual(110);
    }
    expect(state.revision - state.compactedRevision).toBeGreaterThanOrEqual(100);
    for (let n = 0; n < 500; n += 1) {
      state.commit([{ key: 'a', value: new Uint8Array(1000) }]);
      trimHistory(state, { revisions: 1e9, bytes: 20_000 });
      expect(state.historyBytes).toBeLessThanOrEqual(22_000);
    }
    expect(state.revision - state.compactedRevision).toBeGreaterThan(10);
  });
});
