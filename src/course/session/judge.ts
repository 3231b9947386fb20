import { seededRandom } from '../../base/random.ts';
import { fold } from '../../base/text.ts';
import type { Option, Question } from '../model.ts';

/** What the learner gave for one question. */
export interface Given {
  /** Indices of `choices(question)`, in the order picked. */
  readonly picked: readonly number[];
  readonly text: string;
}

export interface Judged {
  readonly right: boolean;
  /** What the learner reads next: why, or the refutation of the option taken. Markdown. */
  readonly note: string;
}

/** Questions answered by typing instead of by choosing. */
export function isTyped(question: Question): boolean {
  return question.answer.type === 'numero' || question.answer.type === 'texto';
}

/** How many picks complete an answer; 1 for a plain option, 0 when there is no fixed number. */
export function picksNeeded(question: Question): number {
  const { answer } = question;
  switch (answer.type) {
    case 'opcion':
      return 1;
    case 'orden':
      return answer.items.length;
    case 'parejas':
      return answer.pairs.length;
    case 'varias':
    case 'numero':
    case 'texto':
      return 0;
  }
}

/**
 * The texts offered, with their index in the author's order, shuffled with `seed`: an author writes the right option
 * wherever it comes to mind, often first. What must be ordered or paired is never shuffled into the right order.
 */
export function choices(
  question: Question,
  seed: number,
): readonly { readonly index: number; readonly text: string }[] {
  const { answer } = question;
  switch (answer.type) {
    case 'opcion':
    case 'varias':
      return mixed(
        answer.options.map((option) => option.text),
        seed,
      );
    case 'orden':
      return shuffled(answer.items, seed);
    case 'parejas':
      return shuffled(
        answer.pairs.map((pair) => pair[1]),
        seed,
      );
    case 'numero':
    case 'texto':
      return [];
  }
}

/** Pure: compares what was given with the author's answer. `picked` holds indices in the author's order. */
export function judge(question: Question, given: Given): Judged {
  const { answer, because } = question;
  switch (answer.type) {
    case 'opcion': {
      const option = answer.options[given.picked[0] ?? -1];
      return { right: option?.correct === true, note: join(option?.because ?? '', because) };
    }
    case 'varias': {
      const wrong = answer.options.filter(
        (option, index) => option.correct !== given.picked.includes(index) && option.because !== '',
      );
      const right = answer.options.every((option, index) => option.correct === given.picked.includes(index));
      return { right, note: join(...(right ? [] : wrong.map(missed)), because) };
    }
    case 'numero': {
      const number = Number(given.text.trim().replace(',', '.'));
      const right = given.text.trim() !== '' && Math.abs(number - answer.value) <= answer.tolerance;
      return { right, note: because };
    }
    case 'texto':
      return { right: answer.accepts.some((text) => loose(text) === loose(given.text)), note: because };
    case 'orden':
      return { right: inOrder(given.picked, answer.items), note: because };
    case 'parejas':
      return {
        right: inOrder(
          given.picked,
          answer.pairs.map((pair) => pair[1]),
        ),
        note: because,
      };
  }
}

/** The right answer in words, shown after a miss. */
export function rightAnswer(question: Question): string {
  const { answer } = question;
  switch (answer.type) {
    case 'opcion':
    case 'varias':
      return answer.options
        .filter((option) => option.correct)
        .map((option) => option.text)
        .join(' · ');
    case 'numero':
      return String(answer.value).replace('.', ',');
    case 'texto':
      return answer.accepts[0] ?? '';
    case 'orden':
      return answer.items.join(' → ');
    case 'parejas':
      return answer.pairs.map((pair) => `${pair[0]}: ${pair[1]}`).join(' · ');
  }
}

/** Free text is compared without case, accents, quotes or repeated spaces. */
const loose = (text: string) =>
  fold(text)
    .replace(/[`'"«»]/g, '')
    .replace(/\s+/g, ' ')
    .trim();

const missed = (option: Option) => `«${option.text}»: ${option.because}`;

/** Equal texts are interchangeable: two pairs may share their right side. */
function inOrder(picked: readonly number[], texts: readonly string[]): boolean {
  return picked.length === texts.length && picked.every((given, place) => texts[given] === texts[place]);
}

function mixed(texts: readonly string[], seed: number) {
  const random = seededRandom(seed ^ hash(texts.join('|')));
  const list = texts.map((text, index) => ({ index, text }));
  for (let last = list.length - 1; last > 0; last--) {
    const other = random.int(last + 1);
    const [a, b] = [list[last], list[other]];
    if (a && b) [list[last], list[other]] = [b, a];
  }
  return list;
}

function shuffled(texts: readonly string[], seed: number) {
  const list = mixed(texts, seed);
  const unchanged = list.every((entry, place) => entry.index === place);
  return unchanged ? [...list.slice(1), ...list.slice(0, 1)] : list;
}

/** So that two questions of one session are not shuffled alike. */
function hash(text: string): number {
  return [...text].reduce((sum, character) => (Math.imul(sum, 31) + (character.codePointAt(0) ?? 0)) | 0, 7);
}

const join = (...parts: readonly string[]) =>
  [...new Set(parts.map((part) => part.trim()).filter((part) => part !== ''))].join('\n\n');
