import { fold, joinWords, nearestNames } from '../base/text.ts';

/** What is needed to find a lesson or an exercise by what somebody types. */
export interface SelectableLesson {
  readonly id: string;
  readonly alias: string;
  readonly title: string;
  readonly exercises: readonly { readonly id: string; readonly title: string }[];
}

export type Selection<L extends SelectableLesson> =
  | { readonly ok: true; readonly lesson: L; readonly exerciseId?: string }
  /** Spanish: what does not exist, and the nearest names or where to find them. */
  | { readonly ok: false; readonly message: string; readonly remedy: string };

/**
 * Finds `1.2`, `cgroups`, `1.2.b`, `1.2/b`, `cgroups/b` or `1.2/1.2.b`. Case and accents do not count.
 */
export function select<L extends SelectableLesson>(
  course: { readonly modules: readonly { readonly lessons: readonly L[] }[] },
  written: string,
): Selection<L> {
  const lessons = course.modules.flatMap((module) => module.lessons);
  const [lessonPart = '', exercisePart, ...more] = written.trim().replace(/\/$/, '').split('/').map(fold);
  const lesson = lessons.find((each) => fold(each.id) === lessonPart || fold(each.alias) === lessonPart);
  if (exercisePart === undefined) {
    if (lesson !== undefined) return { ok: true, lesson };
    for (const owner of lessons) {
      const exercise = owner.exercises.find(({ id }) => fold(id) === lessonPart);
      if (exercise !== undefined) return { ok: true, lesson: owner, exerciseId: exercise.id };
    }
    return missing(lessons, written, lessonPart);
  }
  if (lesson === undefined || more.length > 0) return missing(lessons, written, lessonPart);
  const exercise = lesson.exercises.find(
    ({ id }) => fold(id) === exercisePart || fold(id) === `${fold(lesson.id)}.${exercisePart}`,
  );
  if (exercise !== undefined) return { ok: true, lesson, exerciseId: exercise.id };
  return {
    ok: false,
    message: `La lección ${lesson.id} no tiene el ejercicio \`${written.split('/')[1] ?? ''}\`.`,
    remedy: exercisesOf(lesson),
  };
}

/** «Sus ejercicios son 1.2.a, 1.2.b y 1.2.c.» */
export function exercisesOf(lesson: SelectableLesson): string {
  const ids = lesson.exercises.map(({ id }) => id);
  if (ids.length === 0) return 'Esa lección no tiene ejercicios.';
  return ids.length === 1 ? `Su ejercicio es ${ids[0]}.` : `Sus ejercicios son ${joinWords(ids)}.`;
}

function missing<L extends SelectableLesson>(
  lessons: readonly L[],
  written: string,
  typed: string,
): Selection<L> {
  const names = lessons.flatMap((lesson) => [
    lesson.id,
    lesson.alias,
    ...lesson.exercises.map(({ id }) => id),
  ]);
  const near = nearestNames(typed, names);
  return {
    ok: false,
    message: `No existe la lección ni el ejercicio \`${written}\`.`,
    remedy:
      near.length > 0
        ? `Lo más parecido: ${joinWords(near, 'o')}. Todos los nombres: \`curso lecciones\`.`
        : 'Los nombres están en `curso lecciones`.',
  };
}
