import type { Diagram } from '../course/model.ts';
import type { Effect, SessionEvent } from '../course/session/event.ts';

export type Dispatch = (event: SessionEvent) => void;

/** What the session asks the world for, but the terminal's own matters. */
export type WorldEffect = Exclude<Effect, { type: 'openShell' | 'quit' }>;

/** What the screens need from outside; `commands/tui.ts` wires it to the services. */
export interface TuiPorts {
  /** The screen is up: time to look at what this machine has. */
  start(): void;
  /** Starts doing it and reports back with events. Never throws: trouble comes back as an event too. */
  perform(effect: WorldEffect, dispatch: Dispatch): void;
  /** Lets a shell use the terminal until it ends; resolves with one line for the learner ('' when all is well). */
  shell(exerciseId: string | undefined): Promise<string>;
  /** Diagrams of the course, by id; empty until they are loaded. */
  diagrams(): { readonly [id: string]: Diagram };
}
