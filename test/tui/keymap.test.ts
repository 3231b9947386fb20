import { describe, expect, it } from 'vitest';
import type { SessionState } from '../../src/course/session/state.ts';
import { eventsFor, type Key } from '../../src/tui/keymap.ts';
import { screenOf } from '../../src/tui/screen.ts';
import { lookAt } from '../helpers/screens.tsx';
import { atExercise, atPage, diagrams, newSession, play } from '../helpers/session.ts';

function pressed(state: SessionState, key: Key, rows = 24) {
  const look = lookAt(80, rows);
  return eventsFor(state, key, screenOf(state, diagrams, look), look);
}

const letter = (character: string): Key => ({ character });

describe('keys', () => {
  it('of each screen: those its last line shows do something', () => {
    const names: { readonly [shown: string]: Key } = {
      Enter: 'enter',
      Esc: 'escape',
      Tab: 'tab',
      '→': 'right',
      '←': 'left',
      '↑↓': 'down',
    };
    for (const state of [newSession(), atPage('grupo'), atExercise(), play(newSession(), { type: 'help' })]) {
      const look = lookAt(120, 24);
      const screen = screenOf(state, diagrams, look);
      for (const { key } of screen.keys) {
        const events = eventsFor(state, names[key] ?? letter(key), screen, look);
        expect(events.length, key).toBeGreaterThan(0);
      }
    }
  });

  it('quit from the home alone, but Ctrl-C from anywhere', () => {
    expect(pressed(newSession(), letter('q'))).toEqual([{ type: 'quit' }]);
    expect(pressed(atPage('grupo'), letter('q'))).toEqual([{ type: 'back' }]);
    const writing = play(atPage('grupo'), { type: 'search' });
    expect(pressed(writing, letter('q'))).toEqual([{ type: 'type', text: 'q' }]);
    expect(pressed(writing, 'ctrl-c')).toEqual([{ type: 'quit' }]);
  });

  it('leave to a list what is its own', () => {
    for (const key of ['up', 'down', 'enter'] as const) expect(pressed(atPage('quiz'), key)).toEqual([]);
    expect(pressed(atPage('quiz'), letter('1'))).toEqual([]);
    expect(pressed(atPage('quiz'), 'right')).toEqual([{ type: 'nextPage' }]);
  });

  it('confirm a reset with s and leave it with n', () => {
    const asked = play(atExercise(), { type: 'reset' });
    expect(pressed(asked, letter('s'))).toEqual([{ type: 'confirm' }]);
    expect(pressed(asked, letter('n'))).toEqual([{ type: 'back' }]);
    expect(pressed(asked, letter('x'))).toEqual([]);
  });

  it('scroll with the limit of what is drawn', () => {
    expect(pressed(atPage('grupo'), 'down', 20)).toEqual([
      { type: 'scroll', by: 1, max: expect.any(Number) },
    ]);
    const [scroll] = pressed(atPage('grupo'), 'end', 20);
    expect(scroll?.type === 'scroll' && scroll.max).toBeGreaterThan(0);
  });

  it('write letters, and nothing else, in a field', () => {
    const form = play(atExercise(), { type: 'answer' });
    expect(pressed(form, letter('?'))).toEqual([{ type: 'type', text: '?' }]);
    expect(pressed(form, 'backspace')).toEqual([{ type: 'erase' }]);
    expect(pressed(form, 'enter')).toEqual([{ type: 'submit' }]);
    expect(pressed(form, 'right')).toEqual([]);
  });
});
