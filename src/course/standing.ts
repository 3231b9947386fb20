/** How far somebody is with something, from its progress. `started`: opened and not finished. */
export type Standing = 'passed' | 'started' | 'pending';

/** What of a progress tells how far somebody is. The progress file has it, and so does the record of a session. */
export interface Marks {
  /** The lesson that was open last. */
  readonly current?: { readonly lessonId: string };
  readonly places: { readonly [lessonId: string]: { readonly finished?: boolean } };
  /** Begun exercises; `passedAt` in those that were passed. */
  readonly exercises: { readonly [exerciseId: string]: { readonly passedAt?: number } };
}

interface LessonIds {
  readonly id: string;
  readonly optional: boolean;
  readonly exercises: readonly { readonly id: string }[];
}

export function exerciseStanding(progress: Marks, exerciseId: string): Standing {
  const entry = Object.hasOwn(progress.exercises, exerciseId) ? progress.exercises[exerciseId] : undefined;
  if (entry === undefined) return 'pending';
  return entry.passedAt === undefined ? 'started' : 'passed';
}

/** A lesson is passed with all its exercises; one that has none, when its last page was reached. */
export function lessonStanding(progress: Marks, lesson: LessonIds): Standing {
  const place = Object.hasOwn(progress.places, lesson.id) ? progress.places[lesson.id] : undefined;
  if (lesson.exercises.length === 0) return place?.finished ? 'passed' : place ? 'started' : 'pending';
  const standings = lesson.exercises.map(({ id }) => exerciseStanding(progress, id));
  if (standings.every((standing) => standing === 'passed')) return 'passed';
  return place !== undefined || standings.some((standing) => standing !== 'pending') ? 'started' : 'pending';
}

/** Passed exercises of a lesson. */
export function passedCount(progress: Marks, lesson: Pick<LessonIds, 'exercises'>): number {
  return lesson.exercises.filter(({ id }) => exerciseStanding(progress, id) === 'passed').length;
}

/** The lesson to go on with: the current one while something is left in it, then the first unfinished one. */
export function nextLesson<L extends LessonIds>(progress: Marks, lessons: readonly L[]): L | undefined {
  const unfinished = (lesson: L) => lessonStanding(progress, lesson) !== 'passed';
  const current = lessons.findIndex(({ id }) => id === progress.current?.lessonId);
  const now = lessons[current];
  if (now !== undefined && unfinished(now)) return now;
  const after = lessons.slice(current + 1).find((lesson) => unfinished(lesson) && !lesson.optional);
  return (
    after ?? lessons.find((lesson) => unfinished(lesson) && !lesson.optional) ?? lessons.find(unfinished)
  );
}

/** The first exercise that is left in a lesson. */
export function nextExercise<E extends { readonly id: string }>(
  progress: Marks,
  lesson: { readonly exercises: readonly E[] },
): E | undefined {
  return lesson.exercises.find(({ id }) => exerciseStanding(progress, id) !== 'passed');
}

/** 0–100, over the exercises of lessons that are not optional. Whole numbers; 100 only when nothing is left. */
export function percentDone(progress: Marks, lessons: readonly LessonIds[]): number {
  const ids = lessons.filter(({ optional }) => !optional).flatMap(({ exercises }) => exercises);
  if (ids.length === 0) return 0;
  const passed = ids.filter(({ id }) => exerciseStanding(progress, id) === 'passed').length;
  return Math.floor((passed * 100) / ids.length);
}
