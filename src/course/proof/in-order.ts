/** What several tell at the same time, as if each had waited for the one before. */
export interface InOrder<T, E> {
  tell(one: T, event: E): void;
  /** It tells nothing more. */
  end(one: T): void;
}

/** Events of the first that has not ended go on at once; the others' when it is their turn. */
export function tellInOrder<T, E>(members: readonly T[], tell: (event: E) => void): InOrder<T, E> {
  const kept = new Map<T, E[]>();
  const ended = new Set<T>();
  let turn = 0;
  const tellKept = (one: T) => {
    for (const event of kept.get(one) ?? []) tell(event);
    kept.delete(one);
  };
  return {
    tell(one, event) {
      if (members[turn] === one) tell(event);
      else kept.set(one, [...(kept.get(one) ?? []), event]);
    },
    end(one) {
      ended.add(one);
      for (let next = members[turn]; next !== undefined && ended.has(next); next = members[turn]) {
        tellKept(next);
        turn++;
      }
      const now = members[turn];
      if (now !== undefined) tellKept(now);
    },
  };
}
