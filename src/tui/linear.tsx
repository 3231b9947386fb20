import { useRef, useSyncExternalStore } from 'react';
import { cleanText } from '../base/text.ts';
import { currentPage } from '../course/session/place.ts';
import type { SessionState } from '../course/session/state.ts';
import { type AppProps, lookOf } from './app.tsx';
import type { Screen } from './frame.ts';
import { Static, Text, useApp, useInput, usePaste } from './ink.ts';
import { eventsFor, isWriting, type Key } from './keymap.ts';
import { keysOf, pastedLine } from './keys.ts';
import type { Look } from './look.ts';
import { screenOf } from './screen.ts';
import { checkSentence } from './screens/work.ts';
import { toAscii } from './style.ts';
import { onlyStyles, stripStyles, wrapStyled } from './styled.ts';
import { texts } from './texts.ts';

/** What stands for the arrow that points at the chosen one. */
const chosenMark = 'elegida: ';

/** Tall enough for any page to be whole: nothing scrolls by itself when it is read aloud. */
const everything = 10_000;

/**
 * The course for those who listen to it or read it in braille: each screen is said once, as plain lines one below
 * the other; a change is one more line. Nothing is ever repainted.
 */
export function LinearApp({ store, ports, means, ascii, onControl, onReady }: AppProps) {
  const snapshot = useSyncExternalStore(store.subscribe, store.get);
  const { suspendTerminal } = useApp();
  onReady(suspendTerminal);
  const said = useRef<{
    lines: string[];
    before: SessionState | undefined;
    screen: Screen | undefined;
    marked: boolean;
  }>({
    lines: [],
    before: undefined,
    screen: undefined,
    marked: false,
  });
  const look: Look = { ...lookOf(snapshot, means), rows: everything };
  const screen = screenOf(snapshot.state, ports.diagrams(), look);
  const past = said.current;
  const { state } = snapshot;
  if (past.before !== state) {
    const fresh = newLines(past.before, past.screen, state, screen);
    past.lines.push(...fresh.flatMap((line) => wrapStyled(line, snapshot.columns - 1)));
    past.before = state;
    past.screen = screen;
  }

  const press = (key: Key) => {
    if (key === 'ctrl-l' || key === 'ctrl-z') return onControl(key, suspendTerminal);
    const now = store.get();
    const nowLook: Look = { ...lookOf(now, means), rows: everything };
    const nowScreen = screenOf(now.state, ports.diagrams(), nowLook);
    const chosen = pick(now.state, nowScreen, key);
    for (const event of chosen ?? eventsFor(now.state, key, nowScreen, nowLook)) store.dispatch(event);
  };
  useInput((input, key) => {
    for (const each of keysOf(input, key)) press(each);
  });
  usePaste((text) => {
    const line = pastedLine(text, cleanText);
    if (line !== '' && isWriting(store.get().state)) store.dispatch({ type: 'type', text: line });
  });
  return (
    <Static items={past.lines.map((line, index) => ({ id: index, line }))}>
      {({ id, line }) => <Text key={id}>{ascii ? toAscii(line) : line}</Text>}
    </Static>
  );
}

/** Lists are chosen from without a widget that repaints itself. */
function pick(state: SessionState, screen: Screen, key: Key) {
  const { body } = screen;
  if (body.kind !== 'select' || isWriting(state)) return undefined;
  const count = body.options.length;
  const to = (index: number) => [{ type: 'highlight', index: (index + count) % count } as const];
  if (key === 'up') return to(body.index - 1);
  if (key === 'down') return to(body.index + 1);
  if (key === 'enter') return [{ type: 'choose', index: body.index } as const];
  if (typeof key === 'object' && /^[1-9]$/.test(key.character) && Number(key.character) <= count) {
    return [{ type: 'choose', index: Number(key.character) - 1 } as const];
  }
  return undefined;
}

/** What there is to say after a change: the whole screen when it is another one, else only what changed. */
export function newLines(
  before: SessionState | undefined,
  beforeScreen: Screen | undefined,
  state: SessionState,
  screen: Screen,
): readonly string[] {
  if (!before || !beforeScreen || placeOf(before) !== placeOf(state)) return wholeScreen(screen);
  const lines: string[] = [];
  if (state.work && before.work) {
    const known = new Set(before.work.checks.map(checkSentence));
    const changed = state.work.checks.map(checkSentence).filter((sentence) => !known.has(sentence));
    // The sentence of a check says where to go on: nothing else needs saying.
    if (changed.length > 0) {
      const told = changed.map((sentence) => tidy(sentence).replaceAll('`', ''));
      return state.work.passed && !before.work.passed ? [...told, ...whatItMeant(screen)] : told;
    }
    if (state.work.hints !== before.work.hints || state.work.pane !== before.work.pane)
      lines.push(...freshLines(beforeScreen, screen));
    if (before.work.phase !== state.work.phase || before.work.message !== state.work.message)
      return wholeScreen(screen);
  }
  if (screen.body.kind === 'select' && beforeScreen.body.kind === 'select') {
    const moved = screen.body.index !== beforeScreen.body.index;
    if (moved)
      lines.push(
        `${screen.body.index + 1} de ${screen.body.options.length}: ${screen.body.options[screen.body.index] ?? ''}`,
      );
    else lines.push(...freshLines(beforeScreen, screen));
  } else if (!state.work || state.overlay) {
    lines.push(...freshLines(beforeScreen, screen));
  }
  if (screen.next !== beforeScreen.next && screen.next !== '') lines.push(screen.next);
  return withoutEchoes(lines.map(tidy).filter((line) => line !== ''));
}

/** The explanation that comes with everything passed, and where to go on. */
function whatItMeant({ body, next }: Screen): readonly string[] {
  const lines = body.kind === 'lines' ? body.lines.map(tidy) : [];
  const at = lines.indexOf(texts.work.meaning);
  return [...(at < 0 ? [] : lines.slice(at)), tidy(next)].filter((line) => line !== '');
}

/** A screen is another one when what it is about changes, not when something in it does. */
function placeOf(state: SessionState): string {
  const { overlay, view } = state;
  const run = view.kind === 'home' ? undefined : view.quiz;
  return [
    overlay?.kind ?? '',
    overlay?.kind === 'sheets' ? (overlay.open?.name ?? '') : '',
    overlay?.kind === 'answers' ? overlay.index : '',
    view.kind,
    view.kind === 'lesson' ? `${view.lessonId}/${view.page}/${currentPage(state)?.id ?? ''}` : '',
    run ? `${run.index}/${run.picked.length}/${run.outcome ? 'o' : ''}` : '',
    state.work?.attempt ? 'ready' : '',
    String(state.inShell),
  ].join('|');
}

function wholeScreen(screen: Screen): readonly string[] {
  const { body } = screen;
  const lines =
    body.kind === 'lines'
      ? body.lines
      : [...body.before, ...body.options.map((option, index) => `${index + 1}. ${option}`), ...body.after];
  const keys = `Teclas: ${screen.keys.map(({ key, does }) => `${spoken[key] ?? key} ${does}`).join(', ')}.`;
  const all = ['', screen.title, screen.right, ...lines, screen.next, keys].map(tidy);
  return withoutEchoes(all);
}

function freshLines(before: Screen, after: Screen): readonly string[] {
  if (before.body.kind !== 'lines' || after.body.kind !== 'lines') return [];
  const old = new Set(before.body.lines.map(tidy));
  const fresh = after.body.lines.filter((line) => !old.has(tidy(line)));
  // Moving within a list changes two lines, and only the one arrived at says something.
  const chosen = fresh.filter((line) => tidy(line).startsWith(chosenMark));
  return chosen.length > 0 ? chosen : fresh;
}

/** What stands twice on a screen, in its place and in the line below, is said once. */
function withoutEchoes(lines: readonly string[]): readonly string[] {
  return lines.filter((line, index) => line !== lines[index - 1]);
}

/** Keys that are drawn, in words. */
const spoken: { readonly [key: string]: string } = {
  '↑↓': 'flechas arriba y abajo',
  '→': 'flecha derecha',
  '←': 'flecha izquierda',
};

/** Without styles nor the columns that only make sense to the eye. */
function tidy(line: string): string {
  return onlyStyles(stripStyles(line))
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/^[▸>] /, chosenMark);
}
