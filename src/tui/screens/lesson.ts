import type { Block, Diagram, Lesson, Page } from '../../course/model.ts';
import { currentLesson, currentPage } from '../../course/session/place.ts';
import { allLessons, type LessonPlace, type SessionState } from '../../course/session/state.ts';
import { bodyRows, type Screen, viewport } from '../frame.ts';
import { inline } from '../inline.ts';
import type { Look } from '../look.ts';
import { wrapStyled } from '../styled.ts';
import { texts } from '../texts.ts';
import { exerciseScreen } from './exercise.ts';
import { explainLines } from './explain.ts';
import { choosingKeys, headTitle, nextLine, readingKeys, readingWidth } from './page.ts';
import { predictionBody } from './prediction.ts';
import { quizBody } from './quiz.ts';

/** Diagrams by id, as the pages need them. */
export type Diagrams = { readonly [id: string]: Diagram };

/** The page of a lesson on which the learner is. */
export function lessonScreen(state: SessionState, view: LessonPlace, diagrams: Diagrams, look: Look): Screen {
  const lesson = currentLesson(state);
  const page = currentPage(state);
  if (!lesson || !page) return waitingScreen(state, view, look);
  if (page.kind === 'exercise') return exerciseScreen(state, view, lesson, page, look);
  const rows = bodyRows(look);
  const head = {
    title: headTitle(lesson, page, look),
    right: look.style('tenue', texts.page(view.page + 1, lesson.pages.length)),
    next: nextLine(state, lesson, view, look),
  };
  switch (page.kind) {
    case 'prediction':
      return {
        ...head,
        body: predictionBody(state, lesson, page.predictionId, view.cursor, rows, look),
        keys: choosingKeys,
      };
    case 'quiz':
    case 'review':
      return quizBody(state, view, head, rows, look);
    case 'explain':
      return {
        ...head,
        body: viewport(explainLines(state, lesson, look), view.scroll, rows),
        keys: readingKeys,
      };
    case 'text':
      return {
        ...head,
        body: viewport(
          pageLines(lesson, page, page === lesson.pages.find(({ kind }) => kind === 'text'), diagrams, look),
          view.scroll,
          rows,
        ),
        keys: readingKeys,
      };
  }
}

function waitingScreen(state: SessionState, view: LessonPlace, look: Look): Screen {
  const loaded = state.lessons[view.lessonId];
  const summary = allLessons(state.catalog).find((lesson) => lesson.id === view.lessonId);
  const broken = loaded?.state === 'broken';
  const lines = broken
    ? [look.style('fallo', texts.broken), '', ...wrapStyled(loaded.problem, readingWidth(look))]
    : [look.style('tenue', texts.loading)];
  return {
    title: look.style('titulo', `${view.lessonId} ${summary?.title ?? ''}`),
    right: '',
    body: viewport(lines, 0, bodyRows(look)),
    next: broken ? texts.brokenNext : '',
    keys: [{ key: 'Esc', does: 'inicio' }],
  };
}

function pageLines(
  lesson: Lesson,
  page: Extract<Page, { kind: 'text' }>,
  first: boolean,
  diagrams: Diagrams,
  look: Look,
): readonly string[] {
  const width = readingWidth(look);
  const lines: string[] = [''];
  if (first && lesson.goals.length > 0) {
    lines.push(look.style('fuerte', texts.goals));
    for (const goal of lesson.goals) {
      lines.push(...wrapStyled(inline(goal, look), width, { first: `  ${look.glyphs.dot} `, rest: '    ' }));
    }
    lines.push('');
  }
  for (const block of page.blocks) {
    lines.push(...blockLines(lesson, block, diagrams, width, look), '');
  }
  return lines.map((line) => (line === '' ? '' : ` ${line}`));
}

function blockLines(
  lesson: Lesson,
  block: Block,
  diagrams: Diagrams,
  width: number,
  look: Look,
): readonly string[] {
  switch (block.kind) {
    case 'markdown':
      return look.markdown(block.text, width);
    case 'diagram':
      return diagramLines(diagrams[block.diagramId], width, look);
    case 'notes':
      return lesson.notes
        .filter((note) => block.rows.includes(note.row))
        .flatMap((note) => noteLines(note.said, note.now, width, look));
  }
}

/** Drawn where it can be seen; told where it cannot (linear, or too narrow). */
function diagramLines(diagram: Diagram | undefined, width: number, look: Look): readonly string[] {
  if (!diagram) return [];
  const widest = Math.max(...diagram.lines.map((line) => line.length));
  const title = look.style('cursiva', texts.diagram(diagram.title));
  if (look.linear || widest + 2 > width) return [title, ...wrapStyled(diagram.alt, width)];
  return [title, ...diagram.lines.map((line) => `  ${look.style('acento', line)}`)];
}

function noteLines(said: string, now: string, width: number, look: Look): readonly string[] {
  const bar = look.linear ? '' : `${look.style('tenue', look.glyphs.bar)} `;
  const part = (label: string, text: string) =>
    wrapStyled(`${look.style('fuerte', label)} ${inline(text, look)}`, width, { first: bar, rest: bar });
  return [...part(texts.said, said), ...part(texts.now, now), ''];
}
