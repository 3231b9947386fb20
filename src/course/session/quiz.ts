import type { SessionEvent } from './event.ts';
import { choices, isTyped, judge, picksNeeded } from './judge.ts';
import type { QuizItem, QuizRun, SessionState } from './state.ts';
import { remember, type Step, stay } from './step.ts';

/** A round over these questions, from the first one. */
export function startRun(items: readonly QuizItem[]): QuizRun {
  return { items, index: 0, picked: [], text: '', right: 0 };
}

export function currentItem(run: QuizRun): QuizItem | undefined {
  return run.items[run.index];
}

/** What a list of options shows now, in order: `index` is the author's; `last` confirms a multiple choice. */
export function offered(run: QuizRun, seed: number) {
  const item = currentItem(run);
  if (!item || run.outcome) return [];
  const all = choices(item.question, seed);
  const repeats = item.question.answer.type === 'varias' || item.question.answer.type === 'opcion';
  return repeats ? all : all.filter((choice) => !run.picked.includes(choice.index));
}

/** The run after the event, or undefined when the event is not for a round of questions. */
export function stepRun(
  state: SessionState,
  run: QuizRun,
  event: SessionEvent,
  put: (state: SessionState, run: QuizRun) => SessionState,
): Step | undefined {
  const item = currentItem(run);
  if (!item) return undefined;
  const to = (next: QuizRun): Step => stay(put(state, next));
  if (run.outcome) {
    if (event.type !== 'open' && event.type !== 'submit' && event.type !== 'choose') return undefined;
    const { outcome: _seen, ...rest } = run;
    return to({ ...rest, index: run.index + 1, picked: [], text: '' });
  }
  const finish = (answered: QuizRun): Step => {
    const outcome = judge(item.question, answered);
    const next = { ...answered, outcome, right: run.right + (outcome.right ? 1 : 0) };
    return remember(put(state, next), {
      kind: 'answer',
      lessonId: item.lessonId,
      questionId: item.question.id,
      right: outcome.right,
    });
  };
  switch (event.type) {
    case 'choose':
      return choose(run, item, event.index, state.seed, to, finish);
    case 'type':
      return isTyped(item.question) ? to({ ...run, text: (run.text + event.text).slice(0, 200) }) : undefined;
    case 'erase':
      if (isTyped(item.question)) return to({ ...run, text: [...run.text].slice(0, -1).join('') });
      return to({ ...run, picked: run.picked.slice(0, -1) });
    case 'submit':
      if (isTyped(item.question)) return run.text.trim() === '' ? stay(state) : finish(run);
      return item.question.answer.type === 'varias' && run.picked.length > 0 ? finish(run) : stay(state);
    default:
      return undefined;
  }
}

/** `place` counts what is on the screen: the options offered and, for a multiple choice, «listo» after them. */
function choose(
  run: QuizRun,
  item: QuizItem,
  place: number,
  seed: number,
  to: (run: QuizRun) => Step,
  finish: (run: QuizRun) => Step,
): Step | undefined {
  const list = offered(run, seed);
  const picked = list[place];
  if (item.question.answer.type === 'varias') {
    if (!picked) return run.picked.length > 0 ? finish(run) : to(run);
    const without = run.picked.filter((index) => index !== picked.index);
    return to({
      ...run,
      picked: without.length < run.picked.length ? without : [...run.picked, picked.index],
    });
  }
  if (!picked) return undefined;
  const next = { ...run, picked: [...run.picked, picked.index] };
  // The last of an ordering or pairing is forced: it is picked with the one before.
  const needed = picksNeeded(item.question);
  const forced = needed > 1 && next.picked.length === needed - 1 ? offered(next, seed) : [];
  const complete = { ...next, picked: [...next.picked, ...forced.map((choice) => choice.index)] };
  return complete.picked.length >= needed ? finish(complete) : to(complete);
}
