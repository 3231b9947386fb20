import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/base/random.ts';
import { OrderedIndex, prefixEnd } from '../../../src/cluster/store/ordered-index.ts';
import { someKey, somePrefix } from './model.ts';

type Item = { readonly key: string; readonly n: number };

function sorted(map: ReadonlyMap<string, Item>): Item[] {
  return [...map.values()].sort((left, right) => (left.key < right.key ? -1 : 1));
}

describe('ordered index', () => {
  it('holds what a sorted map holds, over several runs', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 0, max: 4000 }), (seed, operations) => {
        const random = seededRandom(seed);
        const index = new OrderedIndex<Item>();
        const model = new Map<string, Item>();
        for (let n = 0; n < operations; n += 1) {
          const key = String(random.int(3000));
          if (random.int(4) > 0) {
            const item = { key, n };
            index.set(item);
            model.set(key, item);
          } else expect(index.delete(key)).toBe(model.delete(key));
        }
        const all = sorted(model);
        expect([...index.all()]).toEqual(all);
        expect(index.size).toBe(all.length);
        for (const prefix of ['', '1', '29', '2999', '9']) {
          const end = prefixEnd(prefix);
          const within = all.filter((item) => item.key.startsWith(prefix));
          expect(index.range(prefix, end)).toEqual(within);
          expect(index.range(prefix, end, 7)).toEqual(within.slice(0, 7));
          expect(index.countRange(prefix, end)).toBe(within.length);
        }
        for (const item of all) expect(index.get(item.key)).toBe(item);
      }),
      { numRuns: 30 },
    );
  });

  it('keeps keys that arrive in order, and in the opposite order', () => {
    for (const step of [1, -1]) {
      const index = new OrderedIndex<Item>();
      for (let n = 0; n < 5000; n += 1) index.set({ key: String(100_000 + (step === 1 ? n : 4999 - n)), n });
      expect(index.range('', undefined).map((item) => item.key)).toEqual(
        Array.from({ length: 5000 }, (_, n) => String(100_000 + n)),
      );
    }
  });

  it('takes a whole sorted list, and refuses one that is not', () => {
    const index = new OrderedIndex<Item>();
    const items = Array.from({ length: 2000 }, (_, n) => ({ key: String(10_000 + n), n }));
    index.load(items);
    expect(index.range('', undefined)).toEqual(items);
    expect(() => index.load([...items].reverse())).toThrow('not in order');
    expect(() => index.load([items[0] as Item, items[0] as Item])).toThrow('not in order');
    expect(index.size).toBe(2000);
  });

  it('ends a prefix exactly after its last key', () => {
    fc.assert(
      fc.property(fc.oneof(somePrefix, fc.string()), fc.oneof(someKey, fc.string()), (prefix, key) => {
        const end = prefixEnd(prefix);
        expect(key >= prefix && (end === undefined || key < end)).toBe(key.startsWith(prefix));
      }),
    );
  });
});
