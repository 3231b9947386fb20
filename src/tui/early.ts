import type { SessionState } from '../course/session/state.ts';
import { step } from '../course/session.ts';
import type { KeySource } from './key-source.ts';

/** Keys that only move the cursor of the home, which needs nothing that is not already here. */
const moves: { readonly [key: string]: number } = {
  '\u001b[A': -1,
  '\u001bOA': -1,
  k: -1,
  '\u001b[B': 1,
  '\u001bOB': 1,
  j: 1,
};

/**
 * Answers keys while the screens are still loading. The first one that does more than move stays in the queue, with all
 * that follow, for whoever comes next. The result stops it and gives the state it left.
 */
export function answerEarly(
  keys: KeySource,
  initial: SessionState,
  paint: (state: SessionState) => void,
): () => SessionState {
  let state = initial;
  const onReadable = () => {
    const key = keys.read();
    if (key === null) return;
    const by = moves[key];
    if (by === undefined) {
      keys.unread(key);
      keys.removeListener('readable', onReadable);
      return;
    }
    const next = step(state, { type: 'move', by }).state;
    if (next !== state) paint(next);
    state = next;
  };
  keys.addListener('readable', onReadable);
  return () => {
    keys.removeListener('readable', onReadable);
    return state;
  };
}
