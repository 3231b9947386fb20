import type { Question } from '../../course/model.ts';
import { isTyped, rightAnswer } from '../../course/session/judge.ts';
import { currentItem, offered } from '../../course/session/quiz.ts';
import type { LessonPlace, QuizItem, QuizRun, SessionState, View } from '../../course/session/state.ts';
import { type Body, type Key, type Screen, viewport } from '../frame.ts';
import { inline } from '../inline.ts';
import type { Look } from '../look.ts';
import { wrapStyled } from '../styled.ts';
import { texts } from '../texts.ts';
import { choosingKeys, readingWidth } from './page.ts';

type Head = Pick<Screen, 'title' | 'right' | 'next'>;

const typingKeys: readonly Key[] = [
  { key: 'Enter', does: 'contestar' },
  { key: 'Esc', does: 'volver' },
];
const resultKeys: readonly Key[] = [
  { key: 'Enter', does: 'siguiente' },
  { key: '←', does: 'atrás' },
  { key: 'Esc', does: 'volver' },
  { key: '?', does: 'ayuda' },
];

/** A round of questions: a lesson's quiz or review, or the spaced review. */
export function quizBody(
  state: SessionState,
  view: LessonPlace | Extract<View, { kind: 'review' }>,
  head: Head,
  rows: number,
  look: Look,
): Screen {
  const run = view.quiz;
  const item = run && currentItem(run);
  if (!run || run.items.length === 0) {
    return { ...head, body: viewport(['', ` ${texts.quiz.empty}`], 0, rows), keys: resultKeys };
  }
  if (!item) return { ...head, body: viewport(doneLines(run, look), 0, rows), keys: resultKeys };
  const before = questionLines(run, item, look);
  if (run.outcome) {
    const lines = [...before, ...outcomeLines(run, item, look)];
    return {
      ...head,
      next: look.style('acento', texts.quiz.next),
      body: viewport(lines, view.scroll, rows),
      keys: resultKeys,
    };
  }
  if (isTyped(item.question)) {
    const lines = [
      ...before,
      ` ${look.style('acento', look.glyphs.cursor)} ${run.text}${look.style('elegido', look.linear ? '' : '_')}`,
    ];
    const ask = item.question.answer.type === 'numero' ? texts.quiz.typeNumber : texts.quiz.typeText;
    return { ...head, next: look.style('acento', ask), body: viewport(lines, 0, rows), keys: typingKeys };
  }
  return {
    ...head,
    next: look.style('acento', howTo(run, item.question)),
    body: selectBody(state, run, item, before, view.cursor, look),
    keys: choosingKeys,
  };
}

function selectBody(
  state: SessionState,
  run: QuizRun,
  item: QuizItem,
  before: readonly string[],
  cursor: number,
  look: Look,
): Body {
  const several = item.question.answer.type === 'varias';
  const options = offered(run, state.seed).map((choice) => {
    const text = inline(choice.text, look);
    if (!several) return text;
    return run.picked.includes(choice.index) ? `[${look.glyphs.passed}] ${text}` : `[ ] ${text}`;
  });
  if (several) options.push(look.style('fuerte', texts.quiz.checkSeveral));
  return {
    kind: 'select',
    before: [...before, ...pickedLines(run, item.question, look)],
    options,
    index: Math.min(cursor, options.length - 1),
    // Marking an option of several must not move the cursor; picking one of an order makes a new list.
    listKey: `${item.lessonId}/${item.question.id}/${run.index}/${several ? '' : run.picked.length}`,
    after: [],
  };
}

function questionLines(run: QuizRun, item: QuizItem, look: Look): readonly string[] {
  const width = readingWidth(look) - 1;
  const count = texts.quiz.question(run.index + 1, run.items.length);
  const others = new Set(run.items.map((entry) => entry.lessonId)).size > 1;
  return [
    '',
    ` ${look.style('tenue', others ? `${count} ${look.glyphs.dot} ${texts.quiz.from(item.lessonId)}` : count)}`,
    '',
    ...wrapStyled(look.style('fuerte', inline(item.question.text, look)), width, { first: ' ', rest: ' ' }),
    '',
  ];
}

/** What has been put in order or paired so far. */
function pickedLines(run: QuizRun, question: Question, look: Look): readonly string[] {
  const { answer } = question;
  if (answer.type === 'orden' && run.picked.length > 0) {
    return [
      ...run.picked.map((index, place) => `   ${place + 1}. ${inline(answer.items[index] ?? '', look)}`),
      '',
    ];
  }
  if (answer.type === 'parejas' && run.picked.length > 0) {
    const lines = run.picked.map(
      (index, place) =>
        `   ${inline(answer.pairs[place]?.[0] ?? '', look)}: ${inline(answer.pairs[index]?.[1] ?? '', look)}`,
    );
    return [...lines, ''];
  }
  return [];
}

function howTo(run: QuizRun, question: Question): string {
  const { answer } = question;
  if (answer.type === 'orden') return texts.quiz.order;
  if (answer.type === 'varias') return texts.quiz.several;
  if (answer.type === 'parejas') return texts.quiz.pairs(answer.pairs[run.picked.length]?.[0] ?? '');
  return texts.quiz.one;
}

function outcomeLines(run: QuizRun, item: QuizItem, look: Look): readonly string[] {
  const width = readingWidth(look) - 3;
  const { question } = item;
  const right = run.outcome?.right === true;
  const sign = right
    ? look.style('acierto', `${look.glyphs.passed} ${texts.quiz.right}`)
    : look.style('fallo', `${look.glyphs.failed} ${texts.quiz.wrong}`);
  const lines = [` ${sign}`, ''];
  const given = givenText(run, question);
  const label = (name: string, text: string) =>
    wrapStyled(`${look.style('fuerte', name)} ${inline(text, look)}`, width, { first: '   ', rest: '   ' });
  if (given !== '') lines.push(...label(texts.quiz.given, given));
  if (!right) lines.push(...label(texts.quiz.answer, rightAnswer(question)));
  const note = look.markdown(run.outcome?.note ?? '', width - 3).map((line) => `   ${line}`);
  return [...lines, '', ...note];
}

function givenText(run: QuizRun, question: Question): string {
  const { answer } = question;
  switch (answer.type) {
    case 'numero':
    case 'texto':
      return run.text;
    case 'opcion':
    case 'varias':
      return run.picked.map((index) => answer.options[index]?.text ?? '').join(' · ');
    case 'orden':
      return run.picked.map((index) => answer.items[index] ?? '').join(' → ');
    case 'parejas':
      return run.picked
        .map((index, place) => `${answer.pairs[place]?.[0]}: ${answer.pairs[index]?.[1]}`)
        .join(' · ');
  }
}

function doneLines(run: QuizRun, look: Look): readonly string[] {
  const all = run.right === run.items.length;
  return [
    '',
    ` ${look.style(all ? 'acierto' : 'fuerte', texts.quiz.done(run.right, run.items.length))}`,
    ...(all ? [] : ['', ` ${look.style('tenue', texts.quiz.doneNote)}`]),
  ];
}
