import { expect, it } from 'vitest';
import { type Timer, TimerHeap } from '../../src/base/timer-heap.ts';

const timer = (atMs: number, order: number, action: () => void): Timer => ({
  atMs,
  order,
  action,
  cancelled: false,
});

it('lets go of what a cancelled timer would have done, long before its time', () => {
  const heap = new TimerHeap();
  const action = () => undefined;
  const [first, last] = [timer(1, 0, action), timer(60_000, 1, action)];
  heap.add(first);
  heap.add(last);
  heap.cancel(last);
  expect(last.action).not.toBe(action);
  expect(heap.first()).toBe(first);
  heap.cancel(first);
  expect(heap.first()).toBeUndefined();
});

it('goes on in order when many of them were cancelled, some twice', () => {
  const heap = new TimerHeap();
  const timers = Array.from({ length: 300 }, (_, n) => timer((n * 7919) % 300, n, () => undefined));
  for (const one of timers) heap.add(one);
  const left = timers.filter(({ order }) => order % 3 === 0);
  for (const one of timers)
    if (one.order % 3 !== 0) {
      heap.cancel(one);
      heap.cancel(one);
    }
  const seen: Timer[] = [];
  for (let next = heap.first(); next !== undefined; next = heap.first()) {
    seen.push(next);
    heap.take();
  }
  expect(seen.map(({ atMs }) => atMs)).toEqual(left.map(({ atMs }) => atMs).sort((a, b) => a - b));
});
