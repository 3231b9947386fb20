import type { Effect } from './event.ts';
import { applyChange, type RecordChange, type SessionState } from './state.ts';

/** What a step of the session gives back. */
export interface Step {
  readonly state: SessionState;
  readonly effects: readonly Effect[];
}

export const stay = (state: SessionState): Step => ({ state, effects: [] });

export const withEffects = (state: SessionState, ...effects: readonly Effect[]): Step => ({ state, effects });

/** Keeps a change in the session's own record and asks for it to be saved. */
export function remember(state: SessionState, change: RecordChange, ...more: readonly Effect[]): Step {
  const record = applyChange(state.record, change);
  return { state: { ...state, record }, effects: [{ type: 'record', change }, ...more] };
}

/** Runs a second step on the result of the first and keeps the effects of both, in order. */
export function andThen(first: Step, second: (state: SessionState) => Step): Step {
  const next = second(first.state);
  return { state: next.state, effects: [...first.effects, ...next.effects] };
}

/** `value` kept between 0 and `max` (0 when there is nothing). */
export function clamp(value: number, max: number): number {
  return Math.max(0, Math.min(value, max));
}

/** The state without its overlay (optional keys are absent, never undefined). */
export function closeOverlay(state: SessionState): SessionState {
  const { overlay: _closed, ...rest } = state;
  return rest;
}
