import type { LearnerEvent } from '../course/session/event.ts';
import { isTyped } from '../course/session/judge.ts';
import { currentLesson, currentPage } from '../course/session/place.ts';
import { currentItem } from '../course/session/quiz.ts';
import type { QuizRun, SessionState } from '../course/session/state.ts';
import { bodyRows, type Screen } from './frame.ts';
import type { Look } from './look.ts';
import { scrolledHalf } from './screens/exercise.ts';

/** A key as the terminal gave it: a name for those without a character, else the character. */
export type Key =
  | 'up'
  | 'down'
  | 'left'
  | 'right'
  | 'pageUp'
  | 'pageDown'
  | 'home'
  | 'end'
  | 'enter'
  | 'escape'
  | 'tab'
  | 'backspace'
  | 'ctrl-c'
  | 'ctrl-d'
  | 'ctrl-u'
  | 'ctrl-l'
  | 'ctrl-z'
  | { readonly character: string };

/**
 * What a key means where the learner is. Pure. Undefined: nothing. When a list is being picked from, arrows, Enter
 * and digits belong to the list itself.
 */
export function eventsFor(
  state: SessionState,
  key: Key,
  screen: Screen,
  look: Look,
): readonly LearnerEvent[] {
  if (key === 'ctrl-c') return [{ type: 'quit' }];
  if (isWriting(state)) return whileWriting(key);
  const picking = screen.body.kind === 'select';
  if (picking && (key === 'up' || key === 'down' || key === 'enter')) return [];
  const navigation = navigate(state, key, screen, look);
  if (navigation) return navigation;
  if (typeof key === 'string') return [];
  if (picking && /^[1-9jk]$/.test(key.character)) return [];
  if (screen.body.kind === 'select' && key.character === ' ')
    return [{ type: 'choose', index: screen.body.index }];
  return forCharacter(state, key.character, screen, look);
}

/** Whether letters are text now. */
export function isWriting(state: SessionState): boolean {
  const { overlay } = state;
  if (overlay?.kind === 'search' || overlay?.kind === 'glossary') return true;
  if (overlay?.kind === 'answers') return overlay.slots[overlay.index]?.type !== 'opcion';
  if (overlay) return false;
  const run = runOf(state);
  const item = run && currentItem(run);
  return item !== undefined && !run?.outcome && isTyped(item.question);
}

function whileWriting(key: Key): readonly LearnerEvent[] {
  switch (key) {
    case 'enter':
      return [{ type: 'submit' }];
    case 'escape':
      return [{ type: 'back' }];
    case 'backspace':
      return [{ type: 'erase' }];
    case 'ctrl-u':
      return Array.from({ length: 400 }, () => ({ type: 'erase' }) as const);
    case 'up':
      return [{ type: 'move', by: -1 }];
    case 'down':
    case 'tab':
      return [{ type: 'move', by: 1 }];
    case 'pageUp':
      return [{ type: 'move', by: -10 }];
    case 'pageDown':
      return [{ type: 'move', by: 10 }];
    default:
      return typeof key === 'string' ? [] : [{ type: 'type', text: key.character }];
  }
}

function navigate(
  state: SessionState,
  key: Key,
  screen: Screen,
  look: Look,
): readonly LearnerEvent[] | undefined {
  const page = Math.max(1, bodyRows(look) - 2);
  const inList = listLength(state) !== undefined;
  const vertical = (by: number): readonly LearnerEvent[] =>
    inList ? [{ type: 'move', by }] : scrollBy(state, by, screen, look);
  switch (key) {
    case 'up':
      return vertical(-1);
    case 'down':
      return vertical(1);
    case 'pageUp':
      return vertical(-page);
    case 'pageDown':
      return vertical(page);
    case 'home':
      return vertical(-100_000);
    case 'end':
      return vertical(100_000);
    case 'left':
      return state.overlay || state.view.kind !== 'lesson' ? [{ type: 'back' }] : [{ type: 'previousPage' }];
    case 'right':
      return state.overlay ? [] : [{ type: 'nextPage' }];
    case 'enter':
      return [{ type: 'open' }];
    case 'escape':
      return [{ type: 'back' }];
    case 'tab':
      return state.overlay ? [{ type: 'move', by: 1 }] : [{ type: 'focus' }];
    case 'backspace':
      return [{ type: 'erase' }];
    default:
      return undefined;
  }
}

function forCharacter(
  state: SessionState,
  character: string,
  screen: Screen,
  look: Look,
): readonly LearnerEvent[] {
  if (state.overlay?.kind === 'reset') {
    return /^[sy]$/i.test(character)
      ? [{ type: 'confirm' }]
      : /^n$/i.test(character)
        ? [{ type: 'back' }]
        : [];
  }
  const rows = Math.max(1, bodyRows(look) - 2);
  switch (character) {
    case 'j':
    case 'k': {
      const by = character === 'j' ? 1 : -1;
      return listLength(state) !== undefined ? [{ type: 'move', by }] : scrollBy(state, by, screen, look);
    }
    case ' ':
      return listLength(state) !== undefined ? [] : scrollBy(state, rows, screen, look);
    case '?':
      return state.overlay?.kind === 'help' ? [{ type: 'back' }] : [{ type: 'help' }];
    case '/':
      return [{ type: 'search' }];
    case 'm':
      return !state.overlay || state.overlay.kind === 'map' ? [{ type: 'map' }] : [];
    case 'q':
      return state.overlay || state.view.kind !== 'home' ? [{ type: 'back' }] : [{ type: 'quit' }];
    default:
      break;
  }
  if (state.overlay?.kind === 'map' && (character === 'p' || character === 'a'))
    return [{ type: 'clock', move: character === 'p' ? 'toggle' : 'step' }];
  if (state.overlay) return [];
  switch (character) {
    case 'g':
      return [{ type: 'glossary' }];
    case 'h':
      return [{ type: 'sheets' }];
    case 'd':
      return [{ type: 'diagnosis' }];
    case 't':
      return [{ type: 'shell' }];
    case 'r':
      return state.work ? [{ type: 'reset' }] : state.view.kind === 'home' ? [{ type: 'review' }] : [];
    case 'p':
      return state.work ? [{ type: 'hint' }] : [];
    case 'c':
      return state.work ? [{ type: 'verify' }] : [];
    case 'e':
      return state.work ? [{ type: 'answer' }] : [];
    default:
      return [];
  }
}

/** Length of the list under the cursor keys; undefined when they scroll. */
function listLength(state: SessionState): number | undefined {
  const { overlay } = state;
  if (overlay) return overlay.kind === 'sheets' && !overlay.open ? overlay.names.length : undefined;
  return state.view.kind === 'home' ? 1 : undefined;
}

function scrollBy(state: SessionState, by: number, screen: Screen, look: Look): readonly LearnerEvent[] {
  if (screen.body.kind !== 'lines') return [];
  const scroll: LearnerEvent = { type: 'scroll', by, max: screen.body.max };
  const page = currentPage(state);
  const lesson = currentLesson(state);
  if (state.overlay || state.view.kind !== 'lesson' || page?.kind !== 'exercise' || !lesson) return [scroll];
  const half = scrolledHalf(state, state.view, lesson, page.exerciseId, look);
  return half === state.view.focus ? [scroll] : [{ type: 'focus' }, scroll];
}

function runOf(state: SessionState): QuizRun | undefined {
  return state.view.kind === 'home' ? undefined : state.view.quiz;
}
