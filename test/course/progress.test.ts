import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evidenceLevels } from '../../src/checks/verdict.ts';
import {
  answerQuestion,
  emptyProgress,
  failExercise,
  mergeProgress,
  type Progress,
  passExercise,
  predict,
  spendTime,
  useHint,
  visitPage,
} from '../../src/course/progress.ts';
import { parseProgress } from '../../src/course/progress-format.ts';
import { boxDays, dueQuestions, nextDueAt, reviewed } from '../../src/course/review.ts';

const time = fc.integer({ min: 0, max: 50 });
const count = fc.integer({ min: 0, max: 4 });
const id = fc.constantFrom('1.1.a', '1.1.b', '1.2.a', '__proto__x', 'constructor');
const table = <T>(entry: fc.Arbitrary<T>) => fc.dictionary(id, entry, { maxKeys: 4 });

const anyProgress: fc.Arbitrary<Progress> = fc
  .record({
    current: fc.option(fc.record({ lessonId: id, at: time }), { nil: undefined }),
    places: table(
      fc.record(
        { pageId: id, at: time, finished: fc.constant(true as const) },
        { requiredKeys: ['pageId', 'at'] },
      ),
    ),
    exercises: table(
      fc.record(
        {
          startedAt: time,
          passedAt: time,
          evidenceLevel: fc.constantFrom(...evidenceLevels),
          failures: count,
          hintsUsed: count,
          timeMs: count,
        },
        { requiredKeys: ['startedAt', 'failures', 'hintsUsed', 'timeMs'] },
      ),
    ),
    predictions: table(fc.record({ option: count, at: time })),
    quiz: table(fc.record({ at: time, correct: fc.boolean(), timesRight: count, timesWrong: count })),
    review: table(fc.record({ at: time, box: count, dueAt: time })),
  })
  .map(({ current, ...rest }) => ({ version: 1, ...rest, ...(current === undefined ? {} : { current }) }));

describe('merging progress', () => {
  it('is commutative', () => {
    fc.assert(
      fc.property(anyProgress, anyProgress, (a, b) => {
        expect(mergeProgress(a, b)).toEqual(mergeProgress(b, a));
      }),
    );
  });

  it('is associative', () => {
    fc.assert(
      fc.property(anyProgress, anyProgress, anyProgress, (a, b, c) => {
        expect(mergeProgress(mergeProgress(a, b), c)).toEqual(mergeProgress(a, mergeProgress(b, c)));
      }),
    );
  });

  it('is idempotent, and the empty one adds nothing', () => {
    fc.assert(
      fc.property(anyProgress, anyProgress, (a, b) => {
        const merged = mergeProgress(a, b);
        expect(mergeProgress(merged, b)).toEqual(merged);
        expect(mergeProgress(a, a)).toEqual(a);
        expect(mergeProgress(a, emptyProgress)).toEqual(a);
      }),
    );
  });

  it('never loses a pass nor lowers its evidence', () => {
    fc.assert(
      fc.property(anyProgress, anyProgress, (a, b) => {
        const merged = mergeProgress(a, b);
        for (const [exerciseId, entry] of Object.entries(a.exercises)) {
          const after = merged.exercises[exerciseId];
          if (entry.passedAt !== undefined) expect(after?.passedAt).toBeLessThanOrEqual(entry.passedAt);
          expect(after?.failures).toBeGreaterThanOrEqual(entry.failures);
          if (entry.evidenceLevel === undefined) continue;
          const strength = (level = entry.evidenceLevel) => evidenceLevels.indexOf(level ?? 'estático');
          expect(strength(after?.evidenceLevel)).toBeLessThanOrEqual(strength());
        }
      }),
    );
  });

  it('survives the file', () => {
    fc.assert(
      fc.property(anyProgress, (progress) => {
        const parsed = parseProgress(JSON.parse(JSON.stringify(progress)));
        expect(parsed).toEqual({ state: 'good', progress, dropped: [] });
      }),
    );
  });
});

describe('what is recorded', () => {
  it('keeps the first pass and the strongest evidence', () => {
    const twice = passExercise(passExercise(emptyProgress, '1.1.a', 'estático', 10), '1.1.a', 'real', 20);
    expect(twice.exercises['1.1.a']).toMatchObject({ startedAt: 10, passedAt: 10, evidenceLevel: 'real' });
    expect(passExercise(twice, '1.1.a', 'simulado', 30).exercises['1.1.a']?.evidenceLevel).toBe('real');
  });

  it('counts failures and time, and the highest hint', () => {
    let progress = failExercise(failExercise(emptyProgress, 'x', 1), 'x', 2);
    progress = spendTime(spendTime(progress, 'x', 500, 3), 'x', 250, 4);
    progress = useHint(useHint(progress, 'x', 3, 5), 'x', 1, 6);
    expect(progress.exercises['x']).toEqual({ startedAt: 1, failures: 2, hintsUsed: 3, timeMs: 750 });
  });

  it('remembers the last page, and that the last one was reached', () => {
    const end = visitPage(emptyProgress, '1.1', 'fin', 5, true);
    expect(visitPage(end, '1.1', 'inicio', 6)).toMatchObject({
      current: { lessonId: '1.1', at: 6 },
      places: { '1.1': { pageId: 'inicio', at: 6, finished: true } },
    });
  });

  it('keeps predictions and answers', () => {
    const progress = answerQuestion(
      answerQuestion(predict(emptyProgress, '1.1/p1', 2, 1), '1.1/q1', false, 2),
      '1.1/q1',
      true,
      3,
    );
    expect(progress.predictions['1.1/p1']).toEqual({ option: 2, at: 1 });
    expect(progress.quiz['1.1/q1']).toEqual({ at: 3, correct: true, timesRight: 1, timesWrong: 1 });
  });
});

describe('files written by others', () => {
  it.each([
    [null, 'no es un documento'],
    [[], 'no es un documento'],
    [{}, 'versión'],
    [{ version: '1' }, 'versión'],
    [{ version: 0 }, 'versión'],
    [{ version: 1.5 }, 'versión'],
  ])('%j is damaged', (value, why) => {
    const parsed = parseProgress(value as never);
    expect(parsed.state).toBe('damaged');
    expect(parsed.state === 'damaged' && parsed.why).toContain(why);
  });

  it('keeps what is good and names what is not', () => {
    const parsed = parseProgress({
      version: 1,
      current: { lessonId: 3 },
      places: [],
      exercises: {
        '1.1.a': { startedAt: 1, failures: 0, hintsUsed: 0, timeMs: 0, sobra: true },
        '1.1.b': { startedAt: 1, failures: -1, hintsUsed: 0, timeMs: 0 },
        '1.1.c': { startedAt: 1, failures: 0, hintsUsed: 9, timeMs: 0 },
        '1.1.d': { startedAt: 1, passedAt: 'ayer', failures: 0, hintsUsed: 0, timeMs: 0 },
      },
      review: { x: { at: 1, dueAt: 9e99, box: 0 } },
    });
    expect(parsed).toMatchObject({
      state: 'good',
      dropped: ['places', 'exercises.1.1.b', 'exercises.1.1.c', 'exercises.1.1.d', 'review.x', 'current'],
    });
    expect(parsed.state === 'good' && Object.keys(parsed.progress.exercises)).toEqual(['1.1.a']);
  });

  it('reads what it can of a later version', () => {
    const parsed = parseProgress({ version: 7, places: { '1.1': { pageId: 'x', at: 3 } }, nuevo: {} });
    expect(parsed).toMatchObject({ state: 'future', version: 7, progress: { places: { '1.1': { at: 3 } } } });
  });
});

describe('spaced review', () => {
  const day = 86_400_000;

  it('waits 1, 3, 7, 16 and 35 days, and goes back to the first box after a miss', () => {
    let card = reviewed(undefined, false, 0);
    const waits: number[] = [];
    for (let turn = 0; turn < 6; turn += 1) {
      waits.push((card.dueAt - card.at) / day);
      card = reviewed(card, true, card.dueAt);
    }
    expect(waits).toEqual([...boxDays, 35]);
    expect(reviewed(card, false, card.dueAt)).toMatchObject({ box: 0, dueAt: card.dueAt + day });
  });

  it('does not move a card that is right before its day', () => {
    const card = reviewed(undefined, true, 0);
    expect(reviewed(card, true, day)).toBe(card);
    expect(reviewed(card, false, day).box).toBe(0);
  });

  it('asks for the longest overdue first, and no more than a sitting', () => {
    const review = Object.fromEntries(
      Array.from({ length: 15 }, (_, index) => [`1.1/q${index}`, { at: 0, box: 0, dueAt: 100 - index }]),
    );
    const due = dueQuestions({ review }, 95, 5);
    expect(due).toEqual(['1.1/q14', '1.1/q13', '1.1/q12', '1.1/q11', '1.1/q10']);
    expect(dueQuestions({ review }, 80)).toEqual([]);
    expect(nextDueAt({ review })).toBe(86);
    expect(nextDueAt({ review: {} })).toBeUndefined();
  });
});
