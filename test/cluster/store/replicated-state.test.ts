import { expect, it } from 'vitest';
import { encodeEntry } from '../../../src/cluster/store/entry-codec.ts';
import { ReplicatedState } from '../../../src/cluster/store/replicated-state.ts';
import { defaultHistoryLimits } from '../../../src/cluster/store/retention.ts';
import type { Change } from '../../../src/cluster/store/store.ts';

const value = (text: string) => new TextEncoder().encode(text.repeat(50));

/** Two members of one process, which are fed the same entries. */
function members() {
  const twins = new Set<ReplicatedState>();
  const outcomes: string[] = [];
  const onApplied = (session: string, sequence: number) => outcomes.push(`${session} ${sequence}`);
  const one = new ReplicatedState({ history: defaultHistoryLimits, twins: () => twins, onApplied });
  const other = new ReplicatedState({ history: defaultHistoryLimits, twins: () => twins, onApplied });
  twins.add(one).add(other);
  let index = 0;
  const commit = (...commits: readonly (readonly Change[])[]) => {
    index += 1;
    const data = encodeEntry({ session: 's', sequence: index, command: { kind: 'commits', commits } });
    for (const member of twins) member.apply({ index, term: 1, data });
    return data;
  };
  return { one, other, commit, outcomes };
}

it('holds values in the memory of their entry, until the log may go', () => {
  const { one, other, commit } = members();
  const first = commit([{ key: 'a', value: value('uno') }], [{ key: 'b', value: value('dos') }]);
  commit([{ key: 'b', value: value('tres') }], [{ key: 'c', value: value('x') }]);
  expect(one.state.get('a')?.value.buffer).toBe(first.buffer);
  const before = [one.state.list('').items, one.state.list('', { revision: 3 }).items];
  const texts = (list: typeof before) =>
    list.map((items) => items.map((item) => Buffer.from(item.value).toString()));
  const were = texts(before);

  // The other's log still has them.
  other.snapshot();
  expect(one.state.get('a')?.value.buffer).toBe(first.buffer);
  const snapshot = one.snapshot();
  expect(texts([one.state.list('').items, one.state.list('', { revision: 3 }).items])).toEqual(were);
  for (const member of [one, other])
    for (const revision of [3, 4, 5])
      for (const item of member.state.list('', { revision }).items)
        expect(item.value.buffer.byteLength).toBe(item.value.byteLength);
  for (const key of ['a', 'b', 'c']) expect(one.state.get(key)).toBe(other.state.get(key));

  const third = new ReplicatedState({
    history: defaultHistoryLimits,
    twins: () => [],
    onApplied: () => undefined,
  });
  third.restore(snapshot, 2);
  expect(third.state.list('').items).toEqual(one.state.list('').items);
});

it('applies an entry that comes twice once', () => {
  const { one, outcomes } = members();
  const data = encodeEntry({
    session: 's',
    sequence: 7,
    command: { kind: 'commits', commits: [[{ key: 'a', value: value('x') }]] },
  });
  one.apply({ index: 1, term: 1, data });
  one.apply({ index: 2, term: 1, data });
  expect(one.state.get('a')?.version).toBe(1);
  expect([one.appliedIndex, outcomes]).toEqual([2, ['s 7']]);
});
