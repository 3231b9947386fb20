import type { Effect, SessionEvent } from '../course/session/event.ts';
import type { SessionState } from '../course/session/state.ts';
import { step } from '../course/session.ts';
import type { RenderMarkdown } from './markdown-plain.ts';

/** What is on the screen at one moment: the session and the means to draw it. */
export interface Snapshot {
  readonly state: SessionState;
  readonly columns: number;
  readonly rows: number;
  readonly markdown: RenderMarkdown;
}

/** Holds the session while the screens are up. Effects run after the new state is in place, in order. */
export interface Store {
  get(): Snapshot;
  dispatch(event: SessionEvent): void;
  /** Room or means that changed. */
  adapt(change: Partial<Pick<Snapshot, 'columns' | 'rows' | 'markdown'>>): void;
  subscribe(listener: () => void): () => void;
}

export function createStore(initial: Snapshot, perform: (effect: Effect) => void): Store {
  let snapshot = initial;
  const listeners = new Set<() => void>();
  const publish = (next: Snapshot) => {
    if (next === snapshot) return;
    snapshot = next;
    for (const listener of listeners) listener();
  };
  return {
    get: () => snapshot,
    dispatch(event) {
      const { state, effects } = step(snapshot.state, event);
      if (state !== snapshot.state) publish({ ...snapshot, state });
      for (const effect of effects) perform(effect);
    },
    adapt: (change) => publish({ ...snapshot, ...change }),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
