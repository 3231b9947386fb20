import type { Json } from '../../base/json.ts';
import type { GlossaryTerm, Lesson } from '../model.ts';
import type { SearchHit } from '../search.ts';
import type { ClusterMap } from './map.ts';
import type { AttemptView, CheckView, QuizItem, RecordChange, SystemStatus } from './state.ts';

/** Everything that can happen to a session: what the learner asks for, and what the services report. */
export type SessionEvent = LearnerEvent | ServiceEvent;

export type LearnerEvent =
  /** Moves the cursor of whatever list is on the screen. */
  | { readonly type: 'move'; readonly by: number }
  /** Scrolls the page in lines; `max` is the furthest offset the screen has room for. */
  | { readonly type: 'scroll'; readonly by: number; readonly max: number }
  | { readonly type: 'focus' }
  | { readonly type: 'open' }
  | { readonly type: 'openLesson'; readonly lessonId: string; readonly pageId?: string }
  | { readonly type: 'nextPage' }
  | { readonly type: 'previousPage' }
  /** One step outwards: overlay → page → home. */
  | { readonly type: 'back' }
  | { readonly type: 'help' }
  | { readonly type: 'search' }
  | { readonly type: 'glossary' }
  | { readonly type: 'sheets' }
  | { readonly type: 'diagnosis' }
  | { readonly type: 'map' }
  /** The clock of the cluster on the map: stop it or let it run, or move it a little while it stands. */
  | { readonly type: 'clock'; readonly move: 'toggle' | 'step' }
  | { readonly type: 'review' }
  | { readonly type: 'highlight'; readonly index: number }
  | { readonly type: 'choose'; readonly index: number }
  | { readonly type: 'type'; readonly text: string }
  | { readonly type: 'erase' }
  | { readonly type: 'submit' }
  | { readonly type: 'hint' }
  | { readonly type: 'verify' }
  | { readonly type: 'reset' }
  | { readonly type: 'confirm' }
  | { readonly type: 'answer' }
  | { readonly type: 'shell' }
  | { readonly type: 'quit' };

export type ServiceEvent =
  | { readonly type: 'lessonLoaded'; readonly lesson: Lesson; readonly reviews: readonly QuizItem[] }
  | { readonly type: 'lessonBroken'; readonly lessonId: string; readonly problem: string }
  | { readonly type: 'attemptProgress'; readonly exerciseId: string; readonly message: string }
  | { readonly type: 'attemptOpened'; readonly attempt: AttemptView }
  | {
      readonly type: 'attemptBlocked';
      readonly exerciseId: string;
      readonly why: string;
      readonly next: string;
    }
  | {
      readonly type: 'verdicts';
      readonly exerciseId: string;
      readonly checks: readonly CheckView[];
      /** All checks passed. */
      readonly passed: boolean;
      /** What it meant; '' unless passed. Markdown. */
      readonly afterword: string;
    }
  | {
      readonly type: 'hintGiven';
      readonly exerciseId: string;
      readonly level: number;
      readonly total: number;
      readonly text: string;
    }
  | {
      readonly type: 'answered';
      readonly exerciseId: string;
      /** What is kept now. */
      readonly answers: { readonly [questionId: string]: Json };
      /** What is wrong with the form of one of them; '' when nothing is. */
      readonly problem: string;
    }
  | { readonly type: 'statusChanged'; readonly status: SystemStatus }
  | { readonly type: 'searched'; readonly query: string; readonly hits: readonly SearchHit[] }
  | { readonly type: 'glossaryLoaded'; readonly terms: readonly GlossaryTerm[] }
  | { readonly type: 'sheetsListed'; readonly names: readonly string[] }
  | { readonly type: 'sheetLoaded'; readonly name: string; readonly text: string }
  | { readonly type: 'diagnosed'; readonly lines: readonly string[] }
  | { readonly type: 'mapChanged'; readonly map: ClusterMap }
  | { readonly type: 'reviewLoaded'; readonly items: readonly QuizItem[] }
  | { readonly type: 'shellClosed'; readonly notice: string }
  | { readonly type: 'saveFailed'; readonly problem: string }
  | { readonly type: 'saved' }
  | { readonly type: 'notice'; readonly text: string };

/** What the session wants done. Values: whoever runs them reports back with events. */
export type Effect =
  | { readonly type: 'loadLesson'; readonly lessonId: string }
  | { readonly type: 'record'; readonly change: RecordChange }
  | { readonly type: 'openAttempt'; readonly lessonId: string; readonly exerciseId: string }
  | { readonly type: 'closeAttempt'; readonly exerciseId: string }
  | { readonly type: 'verify'; readonly exerciseId: string }
  | { readonly type: 'giveHint'; readonly exerciseId: string }
  | { readonly type: 'resetAttempt'; readonly lessonId: string; readonly exerciseId: string }
  | {
      readonly type: 'answer';
      readonly exerciseId: string;
      readonly answers: { readonly [questionId: string]: Json };
    }
  | { readonly type: 'openShell'; readonly exerciseId: string | undefined }
  | { readonly type: 'search'; readonly query: string }
  | { readonly type: 'loadGlossary' }
  | { readonly type: 'listSheets' }
  | { readonly type: 'loadSheet'; readonly name: string }
  | { readonly type: 'diagnose' }
  /** Tells the map now and at each change, until `leaveMap`. */
  | { readonly type: 'followMap' }
  | { readonly type: 'leaveMap' }
  | { readonly type: 'moveClock'; readonly action: 'pausar' | 'seguir' | 'avanzar' }
  | { readonly type: 'loadReview' }
  | { readonly type: 'quit' };
