import { describe, expect, it } from 'vitest';
import type { Question } from '../../../src/course/model.ts';
import { choices, judge } from '../../../src/course/session/judge.ts';

const question: Question = {
  id: 'q1',
  text: '¿Cuál?',
  answer: {
    type: 'opcion',
    options: ['bien', 'mal', 'peor'].map((text) => ({ text, correct: text === 'bien', because: text })),
  },
  because: '',
};

describe('the options of a question', () => {
  const orders = Array.from({ length: 40 }, (_, seed) => choices(question, seed));

  it('do not always begin with the one the author wrote first', () => {
    expect(new Set(orders.map((order) => order[0]?.text)).size).toBe(3);
  });

  it('keep the order of one session', () => {
    expect(choices(question, 7)).toEqual(choices(question, 7));
  });

  it('are judged by what they say, wherever they stand', () => {
    for (const order of orders) {
      for (const { index, text } of order) {
        expect(judge(question, { picked: [index], text: '' }).right).toBe(text === 'bien');
      }
    }
  });
});
