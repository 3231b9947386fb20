import type { Lesson, Page } from '../../course/model.ts';
import { allLessons, type LessonPlace, type SessionState } from '../../course/session/state.ts';
import type { Key } from '../frame.ts';
import { type Look, longestLine } from '../look.ts';
import { texts } from '../texts.ts';

/** What all pages of a lesson share: their keys, their heading, and what comes next. */

export const readingKeys: readonly Key[] = [
  { key: '→', does: 'seguir' },
  { key: '←', does: 'atrás' },
  { key: '↑↓', does: 'desplazar' },
  { key: '/', does: 'buscar' },
  { key: 'g', does: 'glosario' },
  { key: 't', does: 'terminal' },
  { key: 'Esc', does: 'inicio' },
  { key: '?', does: 'ayuda' },
];
export const choosingKeys: readonly Key[] = [
  { key: '↑↓', does: 'elegir' },
  { key: 'Enter', does: 'contestar' },
  { key: '→', does: 'seguir' },
  { key: '←', does: 'atrás' },
  { key: 'Esc', does: 'inicio' },
  { key: '?', does: 'ayuda' },
];

/** Columns for reading: the width of the terminal, up to what is comfortable. */
export function readingWidth(look: Look): number {
  return Math.min(look.columns - 2, longestLine);
}

/** «1.2 cgroups v1 y v2 · Un grupo es una carpeta» */
export function headTitle(lesson: Lesson, page: Page, look: Look): string {
  const first = look.style('titulo', `${lesson.id} ${lesson.title}`);
  return page.title === '' || page.title === lesson.title
    ? first
    : `${look.style('titulo', lesson.id)} ${look.glyphs.dot} ${page.title}`;
}

/** What comes after this page, or whatever the learner must know first. */
export function nextLine(state: SessionState, lesson: Lesson, view: LessonPlace, look: Look): string {
  if (state.notice !== '') return look.style('acento', state.notice);
  if (state.unsaved !== '') return look.style('espera', `! ${state.unsaved}`);
  const next = lesson.pages[view.page + 1];
  if (next) return look.style('acento', texts.nextPage(next.title));
  const lessons = allLessons(state.catalog);
  const following = lessons[lessons.findIndex((entry) => entry.id === lesson.id) + 1];
  return look.style(
    'acento',
    following ? texts.nextLesson(following.id, following.title) : texts.endOfCourse,
  );
}
