import fc from 'fast-check';
import { expect, it } from 'vitest';
import { tellInOrder } from '../../../src/course/proof/in-order.ts';

it('tells at once what the first tells that has not ended, and the rest in its turn', () => {
  const told: string[] = [];
  const { tell, end } = tellInOrder(['a', 'b', 'c'], (event: string) => told.push(event));
  tell('b', 'b1');
  tell('a', 'a1');
  expect(told).toEqual(['a1']);
  end('b');
  tell('a', 'a2');
  tell('c', 'c1');
  end('a');
  expect(told).toEqual(['a1', 'a2', 'b1', 'c1']);
  tell('c', 'c2');
  expect(told.at(-1)).toBe('c2');
});

it('loses nothing and mixes nothing, whoever speaks when', () => {
  const members = [0, 1, 2, 3, 4];
  const turns = fc.shuffledSubarray(
    members.flatMap((one) => [one, one, one]),
    { minLength: 15 },
  );
  fc.assert(
    fc.property(turns, (order) => {
      const told: string[] = [];
      const inOrder = tellInOrder(members, (event: string) => told.push(event));
      const spoken = new Map<number, number>();
      for (const one of order) {
        const times = (spoken.get(one) ?? 0) + 1;
        spoken.set(one, times);
        inOrder.tell(one, `${one}.${times}`);
        if (times === 3) inOrder.end(one);
      }
      expect(told).toEqual(members.flatMap((one) => [`${one}.1`, `${one}.2`, `${one}.3`]));
    }),
  );
});
