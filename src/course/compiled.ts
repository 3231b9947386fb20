import type { Json } from '../base/json.ts';
import type { Course, Diagram, GlossaryTerm, Lesson } from './model.ts';

/** The course in the pieces in which it is opened: a tiny index first, each lesson when somebody goes in. */
export interface CourseIndex {
  readonly modules: readonly ModuleSummary[];
}

export interface ModuleSummary {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  readonly lessons: readonly LessonSummary[];
}

/** What lists, progress and commands need to know of a lesson without opening it. */
export interface LessonSummary {
  readonly id: string;
  readonly alias: string;
  readonly moduleId: string;
  readonly title: string;
  readonly minutes: number;
  readonly optional: boolean;
  readonly pageIds: readonly string[];
  readonly exercises: readonly { readonly id: string; readonly title: string }[];
  readonly questionIds: readonly string[];
}

/** One page as search sees it. */
export interface SearchPage {
  readonly lessonId: string;
  readonly pageId: string;
  readonly title: string;
  /** Plain text, spaces collapsed; NFC, so that folding keeps positions. */
  readonly text: string;
}

/** Everything that is compiled, by the name of its JSON file. */
export interface CompiledCourse {
  readonly index: CourseIndex;
  readonly lessons: readonly Lesson[];
  readonly diagrams: { readonly [id: string]: Diagram };
  readonly glossary: readonly GlossaryTerm[];
  readonly search: readonly SearchPage[];
}

export function compileCourse(course: Course): CompiledCourse {
  const lessons = course.modules.flatMap((module) => module.lessons);
  return {
    index: {
      modules: course.modules.map((module) => ({
        id: module.id,
        title: module.title,
        summary: module.summary,
        lessons: module.lessons.map(summarise),
      })),
    },
    lessons,
    diagrams: course.diagrams,
    glossary: course.glossary,
    search: lessons.flatMap((lesson) => searchPages(lesson, course)),
  };
}

/** Names of the compiled files, for who writes and who reads them. */
export const compiledFiles = {
  index: 'indice.json',
  diagrams: 'diagramas.json',
  glossary: 'glosario.json',
  search: 'busqueda.json',
  lesson: (id: string) => `leccion-${id}.json`,
} as const;

/** The files of a compiled course. Folders inside become relative to `lessonsFolder`: the package moves. */
export function compiledDocuments(
  compiled: CompiledCourse,
  relativeFolder: (folder: string) => string,
): { readonly [file: string]: Json } {
  const asJson = (value: unknown) => JSON.parse(JSON.stringify(value)) as Json;
  return {
    [compiledFiles.index]: asJson(compiled.index),
    [compiledFiles.diagrams]: asJson(compiled.diagrams),
    [compiledFiles.glossary]: asJson(compiled.glossary),
    [compiledFiles.search]: asJson(compiled.search),
    ...Object.fromEntries(
      compiled.lessons.map((lesson) => [
        compiledFiles.lesson(lesson.id),
        asJson({ ...lesson, folder: relativeFolder(lesson.folder) }),
      ]),
    ),
  };
}

function summarise(lesson: Lesson): LessonSummary {
  return {
    id: lesson.id,
    alias: lesson.alias,
    moduleId: lesson.moduleId,
    title: lesson.title,
    minutes: lesson.minutes,
    optional: lesson.optional,
    pageIds: lesson.pages.map(({ id }) => id),
    exercises: lesson.exercises.map(({ id, title }) => ({ id, title })),
    questionIds: lesson.questions.map(({ id }) => id),
  };
}

function searchPages(lesson: Lesson, course: Course): readonly SearchPage[] {
  return lesson.pages.flatMap((page): SearchPage[] => {
    const text = pageText(lesson, course, page);
    if (text === '') return [];
    return [{ lessonId: lesson.id, pageId: page.id, title: page.title, text: plain(text) }];
  });
}

function pageText(lesson: Lesson, course: Course, page: Lesson['pages'][number]): string {
  switch (page.kind) {
    case 'text':
      return page.blocks
        .map((block) => {
          if (block.kind === 'markdown') return block.text;
          if (block.kind === 'diagram') {
            const diagram = course.diagrams[block.diagramId];
            return diagram === undefined ? '' : `${diagram.title}. ${diagram.alt}`;
          }
          const rows = lesson.notes.filter(({ row }) => block.rows.includes(row));
          return rows.map(({ said, now }) => `${said} ${now}`).join(' ');
        })
        .join(' ');
    case 'exercise':
      return lesson.exercises.find(({ id }) => id === page.exerciseId)?.task ?? '';
    case 'quiz':
      return lesson.questions.map(({ text }) => text).join(' ');
    // A prediction's answer and other lessons' questions would only give things away.
    case 'prediction':
      return lesson.predictions.find(({ id }) => id === page.predictionId)?.question ?? '';
    case 'explain':
    case 'review':
      return '';
  }
}

/** A result shows prose: no marks of Markdown, no rules of tables, and an ellipsis where each attempt has its own name. */
function plain(markdown: string): string {
  return markdown
    .normalize('NFC')
    .replace(/^\s*(```|~~~).*$/gm, ' ')
    .replace(/^(?=.*-)[\s|:-]+$/gm, ' ')
    .replace(/@\{([^}]*)\}/g, (_, expression: string) => (/^\s*\w+\s*$/.test(expression) ? '…' : ''))
    .replace(/\[\[([^\]]*)\]\]/g, '$1')
    .replace(/\[([^\]]*)\]\([^)\s]*\)/g, '$1')
    .replace(/^\s*(?:#+|[-*>]|\d+\.)\s+/gm, ' ')
    .replace(/[`*|]/g, ' ')
    .replace(/\s+/g, ' ')
    .replace(/ ([.,;:!?)»])/g, '$1')
    .trim();
}
