import type { Lesson, Page } from '../../course/model.ts';
import type { LessonPlace, SessionState, Work } from '../../course/session/state.ts';
import { bodyRows, hiddenText, type Key, type Screen, type Scrolled, viewport } from '../frame.ts';
import { inline } from '../inline.ts';
import { type Look, longestLine, twoColumns } from '../look.ts';
import { clip, padStyled, styledWidth, wrapStyled } from '../styled.ts';
import { texts } from '../texts.ts';
import { headTitle, nextLine } from './page.ts';
import { evidenceText, workLines } from './work.ts';

/** The task on the left and the work on the right; one below the other when the terminal is narrow. */
export function exerciseScreen(
  state: SessionState,
  view: LessonPlace,
  lesson: Lesson,
  page: Extract<Page, { kind: 'exercise' }>,
  look: Look,
): Screen {
  const { work } = state;
  const rows = bodyRows(look);
  const sides = look.columns >= twoColumns && !look.linear;
  const widths = columnWidths(look, sides);
  const task = taskLines(lesson, page.exerciseId, work, widths.task, look);
  const side = work ? workLines(work, widths.work, look) : [];
  const heights = sides ? { task: rows, work: rows } : splitRows(task.length, side.length, rows);
  const top = viewport(task, view.scroll, heights.task);
  const bottom = viewport(side, view.workScroll, heights.work);
  // One of the two has the arrows; when only one has more than it shows, it needs no asking.
  const focus = top.max > 0 && bottom.max > 0 ? view.focus : bottom.max > 0 ? 'work' : 'task';
  const focused = focus === 'work' ? bottom : top;
  const both = top.max > 0 && bottom.max > 0;
  // Stacked, each half tells under it what it hides, and the rule below both belongs to the work.
  const lines = sides
    ? besides(top.lines, bottom.lines, widths.task, rows, look)
    : [...pad(top.lines, heights.task), divider(top, both && focus === 'work', look), ...bottom.lines];
  const told = sides ? focused : bottom;
  return {
    title: headTitle(lesson, page, look),
    right: look.style('tenue', work ? evidenceText(work) : ''),
    body: { kind: 'lines', lines, above: told.above, below: told.below, max: focused.max },
    next: exerciseNext(state, lesson, view, look),
    keys: exerciseKeys(work, worldOf(lesson, page.exerciseId) === 'cluster', both, focused.max > 0),
  };
}

/** Which half the arrows scroll: the one asked for, or the only one with something hidden. */
export function scrolledHalf(
  state: SessionState,
  view: LessonPlace,
  lesson: Lesson,
  exerciseId: string,
  look: Look,
): 'task' | 'work' {
  const sides = look.columns >= twoColumns && !look.linear;
  const widths = columnWidths(look, sides);
  const rows = bodyRows(look);
  const task = taskLines(lesson, exerciseId, state.work, widths.task, look).length;
  const side = state.work ? workLines(state.work, widths.work, look).length : 0;
  const heights = sides ? { task: rows, work: rows } : splitRows(task, side, rows);
  if (task > heights.task && side > heights.work) return view.focus;
  return side > heights.work ? 'work' : 'task';
}

function columnWidths(look: Look, sides: boolean): { readonly task: number; readonly work: number } {
  if (!sides) {
    const width = Math.min(look.columns - 2, longestLine);
    return { task: width, work: width };
  }
  const task = Math.floor((look.columns - 3) / 2);
  return { task: task - 1, work: look.columns - task - 4 };
}

/** Rows for each half when they are stacked (one more goes to the divider): the work gets up to 60 %, or what is left over. */
function splitRows(
  task: number,
  work: number,
  rows: number,
): { readonly task: number; readonly work: number } {
  const room = rows - 1;
  const share = Math.max(Math.floor(room * 0.6), room - task);
  const forWork = Math.min(work, share);
  return { task: room - forWork, work: forWork };
}

function taskLines(
  lesson: Lesson,
  exerciseId: string,
  work: Work | undefined,
  width: number,
  look: Look,
): readonly string[] {
  const exercise = lesson.exercises.find((entry) => entry.id === exerciseId);
  const title = `${exerciseId} ${work?.attempt?.title ?? exercise?.title ?? ''}`;
  const style = exercise ? texts.work.style[exercise.style] : '';
  const lines = [` ${look.style('fuerte', title)} ${look.style('tenue', `${look.glyphs.dot} ${style}`)}`, ''];
  const { attempt } = work ?? {};
  if (!attempt) return lines.flatMap((line) => wrapStyled(line, width));
  lines.push(...look.markdown(attempt.task, width - 1).map((line) => (line === '' ? '' : ` ${line}`)));
  if (attempt.announcement !== '') {
    lines.push(
      '',
      ...wrapStyled(look.style('tenue', attempt.announcement), width, { first: ' ', rest: ' ' }),
    );
  }
  lines.push(
    ...wrapStyled(look.style('tenue', texts.work.folder(attempt.folder)), width, { first: ' ', rest: ' ' }),
  );
  return lines.flatMap((line) => wrapStyled(line, width));
}

function besides(
  left: readonly string[],
  right: readonly string[],
  width: number,
  rows: number,
  look: Look,
): readonly string[] {
  const bar = look.style('tenue', look.glyphs.bar);
  return Array.from(
    { length: rows },
    (_, row) => `${padStyled(left[row] ?? '', width + 1)}${bar} ${right[row] ?? ''}`,
  );
}

function pad(lines: readonly string[], rows: number): readonly string[] {
  return Array.from({ length: rows }, (_, row) => lines[row] ?? '');
}

/** Between the task and the work: what the task hides, and how to get to it when the arrows are the work's. */
function divider(task: Scrolled, elsewhere: boolean, look: Look): string {
  if (look.linear) return texts.work.checks;
  const hidden = hiddenText(task, look);
  const tail =
    hidden === '' ? '' : ` ${hidden}${elsewhere ? `: ${texts.work.tab}` : ''} ${look.glyphs.rule.repeat(2)}`;
  const label = `${look.glyphs.rule.repeat(2)} ${texts.work.checks} `;
  const room = Math.max(0, look.columns - styledWidth(label) - styledWidth(tail));
  return look.style('tenue', label + look.glyphs.rule.repeat(room) + tail);
}

function exerciseNext(state: SessionState, lesson: Lesson, view: LessonPlace, look: Look): string {
  const { work } = state;
  if (state.notice !== '' || state.unsaved !== '' || !work) return nextLine(state, lesson, view, look);
  const say = (text: string) => (look.linear ? text : clip(look.style('acento', text), look.columns - 1));
  if (work.phase === 'opening') return say(work.message === '' ? texts.work.opening : work.message);
  if (work.phase === 'blocked') return say(work.message.split('\n')[1] ?? '');
  if (work.checking) return say(texts.work.checking);
  if (work.passed)
    return `${look.style('acierto', `${look.glyphs.passed} ${texts.work.allPassed}`)} ${nextLine(state, lesson, view, look)}`;
  const pending = work.checks.find(
    ({ verdict }) => verdict?.verdict === 'failed' || verdict?.verdict === 'unknown',
  );
  const verdict = pending?.verdict;
  const next = verdict?.verdict === 'failed' || verdict?.verdict === 'unknown' ? verdict.next : '';
  return say(
    next === '' ? texts.work.doIt : `${texts.work.next} ${inline(next, { style: (_, text) => text })}`,
  );
}

const worldOf = (lesson: Lesson, exerciseId: string) =>
  lesson.exercises.find(({ id }) => id === exerciseId)?.world;

function exerciseKeys(
  work: Work | undefined,
  onCluster: boolean,
  both: boolean,
  scrolls: boolean,
): readonly Key[] {
  const attempt = work?.attempt;
  const hints = work?.pane === 'hints';
  return [
    { key: 't', does: 'terminal' },
    { key: 'p', does: `pista (${work?.hints.length ?? 0}/${work?.hintTotal ?? 4})` },
    ...(hints ? [{ key: 'Esc', does: 'cerrar pistas' }] : []),
    ...(attempt && attempt.questions.length > 0 ? [{ key: 'e', does: 'responder' }] : []),
    ...(both ? [{ key: 'Tab', does: 'otra mitad' }] : []),
    { key: '→', does: 'seguir' },
    ...(onCluster ? [{ key: 'm', does: 'mapa' }] : []),
    { key: 'c', does: 'comprobar' },
    ...(scrolls ? [{ key: '↑↓', does: 'desplazar' }] : []),
    { key: 'r', does: 'reiniciar' },
    { key: 'h', does: 'chuletas' },
    { key: 'g', does: 'glosario' },
    ...(hints ? [] : [{ key: 'Esc', does: 'inicio' }]),
    { key: '?', does: 'ayuda' },
  ];
}
