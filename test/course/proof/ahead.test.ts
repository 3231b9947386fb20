import { describe, expect, it } from 'vitest';
import { ahead } from '../../../src/course/proof/ahead.ts';

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

const turns = async (count: number) => {
  for (let turn = 0; turn < count; turn++) await Promise.resolve();
};

describe('working ahead', () => {
  it('gives results in order, however long each takes, within its bound', async () => {
    let running = 0;
    let most = 0;
    const results = ahead([50, 1, 20, 1, 1, 9], 3, async (length) => {
      most = Math.max(most, ++running);
      await turns(length);
      running--;
      return length;
    });
    expect(await collect(results)).toEqual([50, 1, 20, 1, 1, 9]);
    expect(most).toBe(3);
  });

  it('starts the next as soon as there is room, whoever is still at the first', async () => {
    const ended: number[] = [];
    const results = ahead([200, 1, 2, 3, 4], 2, async (length) => {
      await turns(length);
      ended.push(length);
      return length;
    });
    expect(await collect(results)).toEqual([200, 1, 2, 3, 4]);
    expect(ended).toEqual([1, 2, 3, 4, 200]);
  });

  it('tells a rejection in its turn, after what had started has ended, and starts nothing more', async () => {
    const ended: number[] = [];
    const results = ahead([1, 2, 3, 4, 5], 2, async (item) => {
      await turns(item * item * 10);
      if (item === 2) throw new Error('dos');
      ended.push(item);
      return item;
    });
    await expect(collect(results)).rejects.toThrow('dos');
    expect(ended).toEqual([1, 3]);
  });

  it('waits for what had started when the consumer leaves', async () => {
    const ended: number[] = [];
    for await (const item of ahead([1, 2, 3, 4], 2, async (one) => {
      await turns(one * 30);
      ended.push(one);
      return one;
    })) {
      if (item === 1) break;
    }
    // The third began when the first had ended; the fourth never does.
    expect(ended).toEqual([1, 2, 3]);
  });
});
