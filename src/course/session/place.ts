import type { Lesson, Page } from '../model.ts';
import type { LearnerEvent } from './event.ts';
import { startRun } from './quiz.ts';
import { allLessons, type LessonPlace, lessonRecord, resumeIndex, type SessionState } from './state.ts';
import { andThen, clamp, closeOverlay, remember, type Step, stay, withEffects } from './step.ts';

/** The lesson on the screen, when its content is there. */
export function currentLesson(state: SessionState): Lesson | undefined {
  if (state.view.kind !== 'lesson') return undefined;
  const loaded = state.lessons[state.view.lessonId];
  return loaded?.state === 'ready' ? loaded.lesson : undefined;
}

export function currentPage(state: SessionState): Page | undefined {
  return state.view.kind === 'lesson' ? currentLesson(state)?.pages[state.view.page] : undefined;
}

/** Opens a lesson at a page, or where the learner left it. Loads it first when it is not there. */
export function openLesson(state: SessionState, lessonId: string, pageId?: string): Step {
  const known = allLessons(state.catalog).some((lesson) => lesson.id === lessonId);
  if (!known) return stay({ ...state, notice: `No existe la lección ${lessonId}.` });
  const left = leaveWork(state);
  const view: LessonPlace = {
    kind: 'lesson',
    lessonId,
    page: 0,
    scroll: 0,
    workScroll: 0,
    focus: 'task',
    cursor: 0,
  };
  return andThen(left, (from) => {
    const base = closeOverlay({ ...from, view });
    const loaded = state.lessons[lessonId];
    if (loaded?.state === 'ready') return showPage(base, pageIndex(base, loaded.lesson, pageId));
    return withEffects(
      {
        ...base,
        view,
        lessons: { ...base.lessons, [lessonId]: { state: 'loading' } },
        // The page asked for waits in the record, which is where a loaded lesson looks for its place.
        record:
          pageId === undefined
            ? base.record
            : {
                ...base.record,
                lessons: {
                  ...base.record.lessons,
                  [lessonId]: { ...lessonRecord(base.record, lessonId), pageId },
                },
              },
      },
      { type: 'loadLesson', lessonId },
    );
  });
}

/** Index of the page to show: the one asked for, else where the learner was, else the first. */
export function pageIndex(state: SessionState, lesson: Lesson, pageId?: string): number {
  const wanted = pageId ?? lessonRecord(state.record, lesson.id).pageId;
  return Math.max(
    0,
    lesson.pages.findIndex((page) => page.id === wanted),
  );
}

/** Puts a page of the loaded lesson on the screen, keeps the place, and opens its attempt or round of questions. */
export function showPage(state: SessionState, index: number): Step {
  const lesson = currentLesson(state);
  if (!lesson || state.view.kind !== 'lesson') return stay(state);
  const page = clamp(index, lesson.pages.length - 1);
  const shown = lesson.pages[page];
  if (!shown) return stay(state);
  return andThen(leaveWork(state), (from) => {
    const { quiz: _old, ...view } = { ...(state.view as LessonPlace) };
    const items = roundOf(from, lesson, shown);
    const placed: SessionState = {
      ...from,
      view: {
        ...view,
        page,
        scroll: 0,
        workScroll: 0,
        focus: 'task',
        cursor: chosenBefore(from, lesson, shown),
        ...(items ? { quiz: startRun(items) } : {}),
      },
    };
    const finished = page === lesson.pages.length - 1;
    const kept = remember(placed, { kind: 'place', lessonId: lesson.id, pageId: shown.id, finished });
    return shown.kind === 'exercise'
      ? andThen(kept, (next) => openWork(next, lesson.id, shown.exerciseId))
      : kept;
  });
}

/** The page is an exercise: its attempt is asked for, and nothing is known of it yet. */
export function openWork(state: SessionState, lessonId: string, exerciseId: string): Step {
  return withEffects(
    {
      ...state,
      work: {
        lessonId,
        exerciseId,
        phase: 'opening',
        message: '',
        checks: [],
        passed: false,
        hints: [],
        hintTotal: 4,
        afterword: '',
        pane: 'detail',
        checking: false,
      },
    },
    { type: 'openAttempt', lessonId, exerciseId },
  );
}

/** Stops watching the exercise on the screen, if any. The attempt itself is kept. */
export function leaveWork(state: SessionState): Step {
  const { work, ...rest } = state;
  return work ? withEffects(rest, { type: 'closeAttempt', exerciseId: work.exerciseId }) : stay(state);
}

export function goHome(state: SessionState): Step {
  return andThen(leaveWork(state), (from) => {
    const lessonId = from.view.kind === 'lesson' ? from.view.lessonId : undefined;
    const index = allLessons(from.catalog).findIndex((lesson) => lesson.id === lessonId);
    const cursor = index < 0 ? resumeIndex(from.catalog, from.record) : index;
    return stay(closeOverlay({ ...from, view: { kind: 'home', cursor } }));
  });
}

/** Next or previous page; past the end comes the next lesson, before the beginning the home. */
export function turnPage(state: SessionState, by: 1 | -1): Step {
  const lesson = currentLesson(state);
  if (!lesson || state.view.kind !== 'lesson') return stay(state);
  const page = state.view.page + by;
  if (page < 0) return goHome(state);
  if (page < lesson.pages.length) return showPage(state, page);
  const lessons = allLessons(state.catalog);
  const next = lessons[lessons.findIndex((entry) => entry.id === lesson.id) + 1];
  return next ? openLesson(state, next.id) : goHome(state);
}

/** Moving within a page: scrolling either half, and the highlighted option. */
export function movePlace(state: SessionState, view: LessonPlace, event: LearnerEvent): Step {
  const put = (changes: Partial<LessonPlace>) => stay({ ...state, view: { ...view, ...changes } });
  switch (event.type) {
    case 'scroll':
      return view.focus === 'work'
        ? put({ workScroll: clamp(view.workScroll + event.by, event.max) })
        : put({ scroll: clamp(view.scroll + event.by, event.max) });
    case 'focus':
      return put({ focus: view.focus === 'task' ? 'work' : 'task' });
    case 'highlight':
      return put({ cursor: Math.max(0, event.index) });
    default:
      return stay(state);
  }
}

/** Choosing an option of a prediction: kept, and shown again when it is explained. */
export function predict(state: SessionState, option: number): Step {
  const lesson = currentLesson(state);
  const page = currentPage(state);
  if (!lesson || page?.kind !== 'prediction') return stay(state);
  const prediction = lesson.predictions.find((entry) => entry.id === page.predictionId);
  if (!prediction?.options[option]) return stay(state);
  return remember(state, {
    kind: 'prediction',
    lessonId: lesson.id,
    predictionId: prediction.id,
    option,
  });
}

function roundOf(state: SessionState, lesson: Lesson, page: Page) {
  if (page.kind === 'quiz') {
    return lesson.questions.map((question) => ({ lessonId: lesson.id, question }));
  }
  const loaded = state.lessons[lesson.id];
  return page.kind === 'review' && loaded?.state === 'ready' ? loaded.reviews : undefined;
}

function chosenBefore(state: SessionState, lesson: Lesson, page: Page): number {
  if (page.kind !== 'prediction') return 0;
  return lessonRecord(state.record, lesson.id).predictions[page.predictionId] ?? 0;
}
