import type { SessionState } from '../course/session/state.ts';
import { bodyRows, type Screen } from './frame.ts';
import type { Look } from './look.ts';
import { homeScreen } from './screens/home.ts';
import { type Diagrams, lessonScreen } from './screens/lesson.ts';
import { overlayScreen } from './screens/overlays.ts';
import { quizBody } from './screens/quiz.ts';
import { texts } from './texts.ts';

/** What the learner sees: a pure function of the session and of the room there is. */
export function screenOf(state: SessionState, diagrams: Diagrams, look: Look): Screen {
  if (state.overlay) return overlayScreen(state.overlay, look);
  switch (state.view.kind) {
    case 'home':
      return homeScreen(state, look);
    case 'lesson':
      return lessonScreen(state, state.view, diagrams, look);
    case 'review': {
      const { quiz } = state.view;
      const head = { title: look.style('titulo', texts.quiz.reviewTitle), right: '', next: '' };
      if (quiz && quiz.items.length > 0) return quizBody(state, state.view, head, bodyRows(look), look);
      const text = quiz ? texts.quiz.reviewEmpty : texts.quiz.reviewLoading;
      return {
        ...head,
        body: { kind: 'lines', lines: ['', ` ${text}`], above: 0, below: 0, max: 0 },
        keys: [{ key: 'Esc', does: 'volver' }],
      };
    }
  }
}
