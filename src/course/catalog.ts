import path from 'node:path';
import { readJson } from '../base/files.ts';
import {
  type CourseIndex,
  compileCourse,
  compiledFiles,
  type LessonSummary,
  type SearchPage,
} from './compiled.ts';
import type { Problem } from './load/problem.ts';
import type { Diagram, Exercise, GlossaryTerm, Lesson } from './model.ts';

/**
 * The open course. The bundled one comes from JSON made at build time, piece by piece; a folder of somebody else goes
 * through the loader (YAML and schemas are only imported then).
 */
export interface Catalog {
  readonly index: CourseIndex;
  /** What is wrong in the files of the course; empty for the bundled one. */
  readonly problems: readonly Problem[];
  /** Relative folders of lessons that are left out because of their problems. */
  readonly leftOut: readonly string[];
  /** By id or alias. Undefined when there is no such lesson. */
  lesson(name: string): Promise<Lesson | undefined>;
  /** `1.2.b`, `1.2/b` or `cgroups/b`. */
  exercise(name: string): Promise<{ readonly lesson: Lesson; readonly exercise: Exercise } | undefined>;
  diagrams(): Promise<{ readonly [id: string]: Diagram }>;
  glossary(): Promise<readonly GlossaryTerm[]>;
  /** Every page as search sees it; give it to `searchPages`. */
  searchable(): Promise<readonly SearchPage[]>;
}

/** The bundled course cannot be read: the installation is damaged. The message is Spanish and says what to do. */
export class CourseUnreadable extends Error {}

/** Above any compiled file; more means that it is not one. */
const maxBytes = 16 * 1024 * 1024;

/** `packageRoot`: absolute folder with `dist/curso`, `lessons/` and `assets/`. */
export async function openBundledCourse(packageRoot: string): Promise<Catalog> {
  const read = async (file: string): Promise<unknown> => {
    const full = path.join(packageRoot, 'dist', 'curso', file);
    const result = await readJson(full, maxBytes);
    if (result.state === 'read') return result.value;
    const why = result.state === 'missing' ? 'no existe' : result.why;
    throw new CourseUnreadable(
      `No se puede abrir el curso: ${full} ${why}. Vuelve a instalarlo, o ejecuta npm run build si es tu copia del repositorio.`,
    );
  };
  const index = (await read(compiledFiles.index)) as CourseIndex;
  return catalogOf(index, {
    lesson: async (id) => {
      const lesson = (await read(compiledFiles.lesson(id))) as Lesson;
      return { ...lesson, folder: path.join(packageRoot, 'lessons', lesson.folder) };
    },
    diagrams: async () => (await read(compiledFiles.diagrams)) as { readonly [id: string]: Diagram },
    glossary: async () => (await read(compiledFiles.glossary)) as readonly GlossaryTerm[],
    searchable: async () => (await read(compiledFiles.search)) as readonly SearchPage[],
  });
}

/**
 * A course in a folder: `--curso DIR`. Its own `assets/` (diagrams, glossary), if any, win over the program's. Opens
 * whatever is sound; the rest is in `problems`.
 */
export async function openCourseFolder(folder: string, packageRoot: string): Promise<Catalog> {
  const { loadCourse } = await import('./load/course.ts');
  const lessons = path.resolve(folder);
  const loaded = await loadCourse({
    lessons,
    assets: [path.join(lessons, 'assets'), path.join(packageRoot, 'assets')],
  });
  const compiled = compileCourse(loaded.course);
  return {
    ...catalogOf(compiled.index, {
      lesson: async (id) => compiled.lessons.find((lesson) => lesson.id === id),
      diagrams: async () => compiled.diagrams,
      glossary: async () => compiled.glossary,
      searchable: async () => compiled.search,
    }),
    problems: loaded.problems,
    leftOut: loaded.leftOut,
  };
}

/** Every lesson of an index, in order. */
export function lessonsOf(index: CourseIndex): readonly LessonSummary[] {
  return index.modules.flatMap((module) => module.lessons);
}

/** The lesson that a person means by `name`: its id or its alias, in any case. */
function findLesson(index: CourseIndex, name: string): LessonSummary | undefined {
  const wanted = name.trim().toLowerCase();
  return lessonsOf(index).find(({ id, alias }) => id.toLowerCase() === wanted || alias === wanted);
}

interface Pieces {
  lesson(id: string): Promise<Lesson | undefined>;
  diagrams(): Promise<{ readonly [id: string]: Diagram }>;
  glossary(): Promise<readonly GlossaryTerm[]>;
  searchable(): Promise<readonly SearchPage[]>;
}

/** Each piece is read once. */
function catalogOf(index: CourseIndex, pieces: Pieces): Catalog {
  const lessons = new Map<string, Promise<Lesson | undefined>>();
  const lesson = (name: string): Promise<Lesson | undefined> => {
    const summary = findLesson(index, name);
    if (summary === undefined) return Promise.resolve(undefined);
    const open = lessons.get(summary.id) ?? pieces.lesson(summary.id);
    lessons.set(summary.id, open);
    return open;
  };
  return {
    index,
    problems: [],
    leftOut: [],
    lesson,
    exercise: async (name) => {
      const wanted = name.trim().toLowerCase();
      const summary = lessonsOf(index).find(({ id, alias, exercises }) =>
        exercises.some((exercise) =>
          [
            exercise.id.toLowerCase(),
            ...[id, alias].map((own) => `${own}/${suffix(exercise.id, id)}`.toLowerCase()),
          ].includes(wanted),
        ),
      );
      const found = summary === undefined ? undefined : await lesson(summary.id);
      const exercise = found?.exercises.find(
        ({ id }) => id.toLowerCase() === wanted || wanted.endsWith(`/${suffix(id, found.id).toLowerCase()}`),
      );
      return found === undefined || exercise === undefined ? undefined : { lesson: found, exercise };
    },
    diagrams: once(pieces.diagrams),
    glossary: once(pieces.glossary),
    searchable: once(pieces.searchable),
  };
}

/** `b` of `1.2.b`. */
function suffix(exerciseId: string, lessonId: string): string {
  return exerciseId.slice(lessonId.length + 1);
}

function once<T>(read: () => Promise<T>): () => Promise<T> {
  let pending: Promise<T> | undefined;
  return () => {
    pending ??= read();
    return pending;
  };
}
