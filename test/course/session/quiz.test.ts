import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Question } from '../../../src/course/model.ts';
import { choices, judge, rightAnswer } from '../../../src/course/session/judge.ts';
import { currentItem, offered } from '../../../src/course/session/quiz.ts';
import type { QuizRun, SessionState } from '../../../src/course/session/state.ts';
import { step } from '../../../src/course/session.ts';
import { atPage, play, questions } from '../../helpers/session.ts';

function question(id: string): Question {
  const found = questions.find((each) => each.id === id);
  if (!found) throw new Error(`no question ${id}`);
  return found;
}

function runOf(state: SessionState): QuizRun {
  if (state.view.kind !== 'lesson' || !state.view.quiz) throw new Error('no quiz');
  return state.view.quiz;
}

describe('a round of questions', () => {
  it('answers every type right, one after another, and counts', () => {
    let state = atPage('quiz');
    const pick = (text: string) => {
      const place = offered(runOf(state), state.seed).findIndex((choice) => choice.text === text);
      expect(place).toBeGreaterThanOrEqual(0);
      state = play(state, { type: 'choose', index: place });
    };
    const next = () => {
      expect(runOf(state).outcome?.right).toBe(true);
      state = play(state, { type: 'open' });
    };
    pick('Ninguna: son varias juntas');
    next();
    pick('namespaces');
    pick('chroot');
    state = play(state, { type: 'choose', index: 3 });
    next();
    state = play(state, { type: 'type', text: '9' }, { type: 'submit' });
    next();
    state = play(state, { type: 'type', text: ' sigkill' }, { type: 'submit' });
    next();
    for (const item of ['docker', 'dockerd', 'containerd']) pick(item);
    next();
    for (const item of ['el nombre', 'los procesos']) pick(item);
    next();
    expect(runOf(state)).toMatchObject({ right: 6, index: 6 });
    expect(currentItem(runOf(state))).toBeUndefined();
  });

  it('refutes the option taken, keeps the answer, and goes on only when asked', () => {
    const { state, effects } = step(atPage('quiz'), { type: 'choose', index: 1 });
    expect(runOf(state).outcome).toEqual({
      right: false,
      note: 'Esa llamada no existe.\n\nEl kernel no conoce contenedores.',
    });
    expect(effects).toEqual([
      { type: 'record', change: { kind: 'answer', lessonId: '1.2', questionId: 'q1', right: false } },
    ]);
    expect(runOf(play(state, { type: 'highlight', index: 0 })).index).toBe(0);
    expect(runOf(play(state, { type: 'submit' })).index).toBe(1);
  });

  it('does not take an empty answer, and a pick can be undone', () => {
    const typed = play(atPage('quiz'), { type: 'choose', index: 0 }, { type: 'open' });
    expect(runOf(play(typed, { type: 'choose', index: 3 })).outcome).toBeUndefined();
    const marked = play(typed, { type: 'choose', index: 0 }, { type: 'choose', index: 0 });
    expect(runOf(marked).picked).toEqual([]);
  });
});

describe('judging', () => {
  it('accepts a decimal comma, and any case, accent or quotes in a text', () => {
    const half: Question = {
      id: 'n',
      text: '',
      answer: { type: 'numero', value: 0.5, tolerance: 0.01 },
      because: '',
    };
    expect(judge(half, { picked: [], text: '0,5' }).right).toBe(true);
    expect(judge(half, { picked: [], text: '' }).right).toBe(false);
    expect(judge(half, { picked: [], text: 'medio' }).right).toBe(false);
    const term: Question = {
      id: 't',
      text: '',
      answer: { type: 'texto', accepts: ['Clúster'] },
      because: '',
    };
    expect(judge(term, { picked: [], text: ' `CLUSTER` ' }).right).toBe(true);
    expect(judge(term, { picked: [], text: 'nodo' }).right).toBe(false);
  });

  it('never offers an order that is already right', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const order = choices(question('q5'), seed).map(({ index }) => index);
        expect([...order].sort()).toEqual([0, 1, 2, 3]);
        expect(order).not.toEqual([0, 1, 2, 3]);
      }),
    );
  });

  it('takes one right side for another that says the same', () => {
    const pairs: Question = {
      id: 'p',
      text: '',
      answer: {
        type: 'parejas',
        pairs: [
          ['mkdir', 'carpeta'],
          ['rmdir', 'carpeta'],
          ['rm', 'archivo'],
        ],
      },
      because: '',
    };
    expect(judge(pairs, { picked: [1, 0, 2], text: '' }).right).toBe(true);
    expect(judge(pairs, { picked: [2, 0, 1], text: '' }).right).toBe(false);
  });

  it('says the right answer in words', () => {
    expect(rightAnswer(question('q5'))).toBe('docker → dockerd → containerd → runc');
    expect(rightAnswer(question('q2'))).toBe('namespaces · chroot');
  });
});
