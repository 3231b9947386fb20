import type { Json } from '../../base/json.ts';
import type { SessionEvent } from './event.ts';
import { openWork } from './place.ts';
import type { CheckView, Overlay, SessionState, Work } from './state.ts';
import { clamp, closeOverlay, remember, type Step, stay, withEffects } from './step.ts';

/** What the learner and the services do to the exercise on the screen; undefined when the event is not for it. */
export function stepWork(state: SessionState, work: Work, event: SessionEvent): Step | undefined {
  const put = (changes: Partial<Work>): SessionState => ({ ...state, work: { ...work, ...changes } });
  const { exerciseId, lessonId, attempt } = work;
  switch (event.type) {
    case 'hint': {
      if (work.phase !== 'ready')
        return stay({ ...state, notice: 'Las pistas llegan cuando el ejercicio está listo.' });
      // Seeing again what was asked for before spends no hint; asking with them on the screen does.
      if (work.pane === 'detail' && work.hints.length > 0) return stay(put({ pane: 'hints' }));
      return work.hints.length >= work.hintTotal
        ? stay(put({ pane: 'hints' }))
        : withEffects(put({ pane: 'hints' }), { type: 'giveHint', exerciseId });
    }
    case 'hintGiven': {
      if (event.exerciseId !== exerciseId) return stay(state);
      const hints = [...work.hints.slice(0, event.level - 1), event.text];
      return stay(scrollWork(put({ hints, hintTotal: event.total, pane: 'hints' }), 0));
    }
    case 'answered': {
      if (event.exerciseId !== exerciseId || !attempt) return stay(state);
      // An answer is replaced and never removed: one that was refused leaves the one before.
      const answers = { ...attempt.answers, ...event.answers };
      return event.problem === ''
        ? stay(put({ attempt: { ...attempt, answers } }))
        : stay({
            ...put({ attempt: { ...attempt, answers }, checking: false }),
            notice: event.problem,
          });
    }
    case 'verify':
      if (work.phase === 'opening') return stay(state);
      if (work.phase === 'blocked') return openWork(state, lessonId, exerciseId);
      return withEffects(put({ checking: true, pane: 'detail' }), { type: 'verify', exerciseId });
    case 'reset':
      return stay({ ...state, overlay: { kind: 'reset', exerciseId } });
    case 'answer': {
      const slots = attempt?.questions ?? [];
      if (slots.length === 0)
        return stay({ ...state, notice: 'Este ejercicio no pide respuestas: se mira lo que haces.' });
      const drafts = slots.map((slot) => showAnswer(attempt?.answers[slot.id]));
      return stay({ ...state, overlay: { kind: 'answers', exerciseId, slots, index: 0, drafts } });
    }
    case 'attemptProgress':
      if (event.exerciseId !== exerciseId) return stay(state);
      return stay(
        put({ phase: event.message === '' && attempt ? 'ready' : 'opening', message: event.message }),
      );
    case 'attemptOpened': {
      if (event.attempt.exerciseId !== exerciseId) return stay(state);
      const { hints, hintTotal } = event.attempt;
      const checks = event.attempt.checks.map(
        (check): CheckView => work.checks.find((seen) => seen.id === check.id) ?? check,
      );
      return stay(put({ phase: 'ready', message: '', attempt: event.attempt, checks, hints, hintTotal }));
    }
    case 'attemptBlocked':
      if (event.exerciseId !== exerciseId) return stay(state);
      return stay(put({ phase: 'blocked', message: `${event.why}\n${event.next}`, checking: false }));
    case 'verdicts': {
      if (event.exerciseId !== exerciseId) return stay(state);
      const changed = changedChecks(work.checks, event.checks).length > 0;
      const next = put({
        checks: event.checks,
        passed: event.passed,
        afterword: event.afterword,
        checking: false,
        // Whoever reads a hint goes on reading it, and Esc goes on closing it, until there is nothing left to hint at.
        ...(event.passed && changed ? { pane: 'detail' as const } : {}),
      });
      const shown = changed && next.work?.pane !== 'hints' ? scrollWork(next, 0) : next;
      if (!event.passed) return stay(shown);
      // Good news push away whatever was said before.
      const told = work.passed ? shown : { ...shown, notice: '' };
      return remember(told, { kind: 'passed', lessonId, exerciseId });
    }
    case 'back':
      return work.pane === 'hints' ? stay(put({ pane: 'detail' })) : undefined;
    default:
      return undefined;
  }
}

/** Checks whose verdict's name is not the one seen before: what is worth announcing. */
function changedChecks(before: readonly CheckView[], after: readonly CheckView[]): readonly CheckView[] {
  const known = new Map(before.map((check) => [check.id, check.verdict?.verdict]));
  return after.filter((check) => check.verdict && known.get(check.id) !== check.verdict.verdict);
}

/** The confirmation of a reset, and the form of answers. */
export function stepWorkOverlay(
  state: SessionState,
  overlay: Extract<Overlay, { kind: 'reset' | 'answers' }>,
  event: SessionEvent,
): Step | undefined {
  if (event.type === 'back') return stay(closeOverlay(state));
  if (overlay.kind === 'reset') return confirmReset(state, overlay.exerciseId, event);
  const slot = overlay.slots[overlay.index];
  const draft = overlay.drafts[overlay.index] ?? '';
  const put = (changes: Partial<typeof overlay>) => stay({ ...state, overlay: { ...overlay, ...changes } });
  const write = (text: string) => overlay.drafts.map((old, index) => (index === overlay.index ? text : old));
  switch (event.type) {
    case 'type':
      return slot?.type === 'opcion'
        ? stay(state)
        : put({ drafts: write((draft + event.text).slice(0, 400)) });
    case 'erase':
      return slot?.type === 'opcion' ? stay(state) : put({ drafts: write([...draft].slice(0, -1).join('')) });
    case 'move':
      return put({ index: clamp(overlay.index + event.by, overlay.slots.length - 1) });
    case 'choose':
      return advance(state, overlay, write(slot?.options[event.index] ?? draft));
    case 'submit':
      return advance(state, overlay, overlay.drafts);
    default:
      return undefined;
  }
}

function advance(
  state: SessionState,
  overlay: Extract<Overlay, { kind: 'answers' }>,
  drafts: readonly string[],
): Step {
  if (overlay.index < overlay.slots.length - 1) {
    return stay({ ...state, overlay: { ...overlay, drafts, index: overlay.index + 1 } });
  }
  const given = overlay.slots.map((slot, index) => [slot.id, drafts[index]?.trim() ?? ''] as const);
  const answers: Record<string, Json> = Object.fromEntries(given.filter(([, text]) => text !== ''));
  const { work } = state;
  const closed = closeOverlay(state);
  if (!work?.attempt || work.exerciseId !== overlay.exerciseId) return stay(closed);
  return withEffects(
    {
      ...closed,
      work: {
        ...work,
        checking: true,
        pane: 'detail',
      },
    },
    { type: 'answer', exerciseId: overlay.exerciseId, answers },
  );
}

function confirmReset(state: SessionState, exerciseId: string, event: SessionEvent): Step | undefined {
  if (event.type !== 'confirm' && event.type !== 'submit' && event.type !== 'open') return undefined;
  const closed = closeOverlay(state);
  const { work } = closed;
  if (work?.exerciseId !== exerciseId) return stay(closed);
  const { attempt: _forgotten, ...kept } = work;
  return withEffects(
    {
      ...closed,
      work: {
        ...kept,
        phase: 'opening',
        message: '',
        checks: [],
        passed: false,
        pane: 'detail',
        checking: false,
      },
    },
    { type: 'resetAttempt', lessonId: work.lessonId, exerciseId },
  );
}

function scrollWork(state: SessionState, workScroll: number): SessionState {
  return state.view.kind === 'lesson' ? { ...state, view: { ...state.view, workScroll } } : state;
}

function showAnswer(answer: Json | undefined): string {
  if (answer === undefined || answer === null) return '';
  return Array.isArray(answer) ? answer.join(', ') : String(answer);
}
