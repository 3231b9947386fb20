import type { LearnerEvent, ServiceEvent, SessionEvent } from './session/event.ts';
import { openOverlay, stepOverlay } from './session/overlays.ts';
import {
  currentPage,
  goHome,
  leaveWork,
  movePlace,
  openLesson,
  pageIndex,
  predict,
  showPage,
  turnPage,
} from './session/place.ts';
import { startRun, stepRun } from './session/quiz.ts';
import { allLessons, type QuizRun, resumeIndex, type SessionState } from './session/state.ts';
import { andThen, clamp, closeOverlay, type Step, stay, withEffects } from './session/step.ts';
import { stepWork } from './session/work.ts';

/**
 * The learner's session: a pure function of what was and what happened. The screen derives from `state`; `effects` are
 * what the world must be asked for, as values. An event that makes no sense where the learner is changes nothing.
 */
export function step(state: SessionState, event: SessionEvent): Step {
  if (state.finished) return stay(state);
  // A notice lives until the learner does something else.
  const from = isFromService(event) || state.notice === '' ? state : { ...state, notice: '' };
  if (event.type === 'quit') return quit(from);
  if (from.inShell && !isFromService(event)) return stay(from);
  if (from.overlay) {
    const taken = stepOverlay(from, from.overlay, event);
    if (taken) return taken;
    if (!isFromService(event)) return stay(from);
  }
  return isFromService(event) ? fromService(from, event) : fromLearner(from, event);
}

const serviceEvents: { readonly [type in ServiceEvent['type']]: true } = {
  lessonLoaded: true,
  lessonBroken: true,
  attemptProgress: true,
  attemptOpened: true,
  attemptBlocked: true,
  verdicts: true,
  hintGiven: true,
  answered: true,
  statusChanged: true,
  searched: true,
  glossaryLoaded: true,
  sheetsListed: true,
  sheetLoaded: true,
  diagnosed: true,
  mapChanged: true,
  reviewLoaded: true,
  shellClosed: true,
  saveFailed: true,
  saved: true,
  notice: true,
};

function isFromService(event: SessionEvent): event is ServiceEvent {
  return event.type in serviceEvents;
}

function fromService(state: SessionState, event: ServiceEvent): Step {
  switch (event.type) {
    case 'lessonLoaded': {
      const lessons = {
        ...state.lessons,
        [event.lesson.id]: { state: 'ready' as const, lesson: event.lesson, reviews: event.reviews },
      };
      const next = { ...state, lessons };
      const waiting = state.view.kind === 'lesson' && state.view.lessonId === event.lesson.id;
      const alreadyShown = state.lessons[event.lesson.id]?.state === 'ready';
      return waiting && !alreadyShown ? showPage(next, pageIndex(next, event.lesson)) : stay(next);
    }
    case 'lessonBroken':
      return stay({
        ...state,
        lessons: { ...state.lessons, [event.lessonId]: { state: 'broken', problem: event.problem } },
      });
    case 'statusChanged':
      return stay({ ...state, status: event.status });
    case 'reviewLoaded':
      return state.view.kind === 'review' && !state.view.quiz
        ? stay({ ...state, view: { ...state.view, quiz: startRun(event.items) } })
        : stay(state);
    case 'shellClosed':
      return stay({ ...state, inShell: false, notice: event.notice });
    case 'saveFailed':
      return stay({ ...state, unsaved: event.problem });
    case 'saved':
      return state.unsaved === '' ? stay(state) : stay({ ...state, unsaved: '' });
    case 'notice':
      return stay({ ...state, notice: event.text });
    default:
      return (state.work && stepWork(state, state.work, event)) ?? stay(state);
  }
}

function fromLearner(state: SessionState, event: LearnerEvent): Step {
  const opened = openOverlay(state, event);
  if (opened) return opened;
  if (event.type === 'openLesson') return openLesson(state, event.lessonId, event.pageId);
  if (event.type === 'review') return openReview(state);
  if (event.type === 'shell') {
    return withEffects(
      { ...state, inShell: true },
      { type: 'openShell', exerciseId: state.work?.exerciseId },
    );
  }
  switch (state.view.kind) {
    case 'home':
      return atHome(state, state.view.cursor, event);
    case 'review':
      return atReview(state, event);
    case 'lesson':
      return inLesson(state, event);
  }
}

function atHome(state: SessionState, cursor: number, event: LearnerEvent): Step {
  const lessons = allLessons(state.catalog);
  switch (event.type) {
    case 'move':
      return stay({ ...state, view: { kind: 'home', cursor: clamp(cursor + event.by, lessons.length - 1) } });
    case 'highlight':
      return stay({ ...state, view: { kind: 'home', cursor: clamp(event.index, lessons.length - 1) } });
    case 'open':
    case 'submit':
    case 'nextPage': {
      const lesson = lessons[cursor];
      return lesson ? openLesson(state, lesson.id) : stay(state);
    }
    default:
      return stay(state);
  }
}

function inLesson(state: SessionState, event: LearnerEvent): Step {
  if (state.view.kind !== 'lesson') return stay(state);
  const { view } = state;
  if (view.quiz) {
    const put = (from: SessionState, quiz: QuizRun): SessionState =>
      from.view.kind === 'lesson' ? { ...from, view: { ...from.view, quiz, cursor: 0, scroll: 0 } } : from;
    const taken = stepRun(state, view.quiz, event, put);
    if (taken) return taken;
  }
  if (state.work) {
    const taken = stepWork(state, state.work, event);
    if (taken) return taken;
  }
  switch (event.type) {
    case 'nextPage':
    case 'open':
    case 'submit':
      return turnPage(state, 1);
    case 'previousPage':
      return turnPage(state, -1);
    case 'back':
      return goHome(state);
    case 'choose':
      return currentPage(state)?.kind === 'prediction' ? predict(state, event.index) : stay(state);
    default:
      return movePlace(state, view, event);
  }
}

function openReview(state: SessionState): Step {
  return andThen(leaveWork(state), (from) =>
    withEffects(closeOverlay({ ...from, view: { kind: 'review', cursor: 0, scroll: 0 } }), {
      type: 'loadReview',
    }),
  );
}

function atReview(state: SessionState, event: LearnerEvent): Step {
  if (state.view.kind !== 'review') return stay(state);
  const { view } = state;
  if (view.quiz) {
    const put = (from: SessionState, quiz: QuizRun): SessionState =>
      from.view.kind === 'review' ? { ...from, view: { ...from.view, quiz, cursor: 0, scroll: 0 } } : from;
    const taken = stepRun(state, view.quiz, event, put);
    if (taken) return taken;
  }
  switch (event.type) {
    case 'highlight':
      return stay({ ...state, view: { ...view, cursor: Math.max(0, event.index) } });
    case 'scroll':
      return stay({ ...state, view: { ...view, scroll: clamp(view.scroll + event.by, event.max) } });
    case 'back':
    case 'open':
    case 'submit':
    case 'nextPage':
      return stay({
        ...state,
        view: { kind: 'home', cursor: resumeIndex(state.catalog, state.record) },
      });
    default:
      return stay(state);
  }
}

/** Everything is already saved as it happens; quitting stops the watch and says goodbye. */
function quit(state: SessionState): Step {
  return andThen(leaveWork(state), (from) => withEffects({ ...from, finished: true }, { type: 'quit' }));
}
