import type { CourseIndex } from '../compiled.ts';
import { answerQuestion, type Progress, predict, visitPage } from '../progress.ts';
import { emptyLessonRecord, type LearnerRecord, type LessonRecord, type RecordChange } from './state.ts';

/** What the screens show of a learner's progress. */
export function recordOf(progress: Progress, index: CourseIndex): LearnerRecord {
  const lessons: { [lessonId: string]: LessonRecord } = {};
  for (const lesson of index.modules.flatMap((module) => module.lessons)) {
    const pageId = progress.places[lesson.id]?.pageId;
    const answers = ofLesson(progress.quiz, lesson.id, (entry) => entry.correct);
    const begun = lesson.exercises.map(({ id }) => id).filter((id) => Object.hasOwn(progress.exercises, id));
    const own: LessonRecord = {
      ...emptyLessonRecord,
      ...(begun.length === 0 ? {} : { begun }),
      ...(pageId === undefined ? {} : { pageId }),
      finished: progress.places[lesson.id]?.finished === true,
      passed: lesson.exercises
        .map(({ id }) => id)
        .filter((id) => progress.exercises[id]?.passedAt !== undefined),
      predictions: ofLesson(progress.predictions, lesson.id, (entry) => entry.option),
      answers,
    };
    if (pageId !== undefined || begun.length > 0 || own.finished) lessons[lesson.id] = own;
  }
  const { current } = progress;
  const place = current && progress.places[current.lessonId];
  return {
    lessons,
    ...(current ? { last: { lessonId: current.lessonId, pageId: place?.pageId ?? '' } } : {}),
  };
}

/** Progress after one thing the session wants kept. `at`: Unix time in ms. */
export function keepChange(progress: Progress, change: RecordChange, at: number): Progress {
  switch (change.kind) {
    case 'place':
      return visitPage(progress, change.lessonId, change.pageId, at, change.finished);
    case 'prediction':
      return predict(progress, `${change.lessonId}/${change.predictionId}`, change.option, at);
    case 'answer':
      return answerQuestion(progress, `${change.lessonId}/${change.questionId}`, change.right, at);
    // The exercise service keeps passes itself: it knows their evidence.
    case 'passed':
      return progress;
  }
}

function ofLesson<T, V>(
  table: { readonly [key: string]: T },
  lessonId: string,
  value: (entry: T) => V,
): { [id: string]: V } {
  const prefix = `${lessonId}/`;
  return Object.fromEntries(
    Object.entries(table)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, entry]) => [key.slice(prefix.length), value(entry)]),
  );
}
