import { describe, expect, it } from 'vitest';
import { emptyProgress, failExercise, passExercise, visitPage } from '../../src/course/progress.ts';
import { currentPage } from '../../src/course/session/place.ts';
import { recordOf } from '../../src/course/session/record.ts';
import { allLessons, lessonRecord, marksOf, resumeIndex } from '../../src/course/session/state.ts';
import { step } from '../../src/course/session.ts';
import { lessonStanding, nextLesson, percentDone } from '../../src/course/standing.ts';
import { atExercise, atPage, attempt, index, lesson, newSession, play } from '../helpers/session.ts';

describe('the home', () => {
  it('moves within the list and never out of it', () => {
    const up = play(newSession(), { type: 'move', by: -1 });
    expect(up.view).toEqual({ kind: 'home', cursor: 0 });
    expect(play(up, { type: 'move', by: 100 }).view).toEqual({ kind: 'home', cursor: 2 });
  });

  it('asks for a lesson once, shows it when it arrives, and keeps the place', () => {
    const asked = step(play(newSession(), { type: 'move', by: 1 }), { type: 'open' });
    expect(asked.effects).toEqual([{ type: 'loadLesson', lessonId: '1.2' }]);
    const shown = step(asked.state, { type: 'lessonLoaded', lesson, reviews: [] });
    expect(currentPage(shown.state)?.id).toBe('p1');
    expect(shown.effects).toContainEqual({
      type: 'record',
      change: { kind: 'place', lessonId: '1.2', pageId: 'p1', finished: false },
    });
  });

  it('says what is broken and lets the learner go back', () => {
    const broken = play(
      newSession(),
      { type: 'open' },
      { type: 'lessonBroken', lessonId: '0.1', problem: 'falta id' },
    );
    expect(broken.lessons['0.1']).toEqual({ state: 'broken', problem: 'falta id' });
    expect(play(broken, { type: 'back' }).view.kind).toBe('home');
  });

  it('goes on with the lesson left unfinished, and with the next one when it is done', () => {
    const last = { lessonId: '1.2', pageId: 'grupo' };
    const own = { pageId: 'grupo', passed: [], predictions: {}, answers: {} };
    expect(resumeIndex(index, { last, lessons: { '1.2': own } })).toBe(1);
    expect(resumeIndex(index, { last, lessons: { '1.2': { ...own, passed: ['1.2.b'] } } })).toBe(2);
  });
});

describe('how far somebody is', () => {
  it('is the same in the screens and in the commands, also for what a command began', () => {
    const begun = failExercise(emptyProgress, '1.2.b', 1);
    for (const progress of [
      emptyProgress,
      begun,
      visitPage(emptyProgress, '0.1', 'p', 1, true),
      passExercise(begun, '1.2.b', 'real', 2),
      visitPage(passExercise(emptyProgress, '1.2.b', 'real', 1), '1.2', 'p1', 2, false),
    ]) {
      const marks = marksOf(recordOf(progress, index));
      for (const each of allLessons(index)) {
        expect(lessonStanding(marks, each)).toBe(lessonStanding(progress, each));
      }
      expect(nextLesson(marks, allLessons(index))).toEqual(nextLesson(progress, allLessons(index)));
      expect(percentDone(marks, allLessons(index))).toBe(percentDone(progress, allLessons(index)));
    }
    expect(lessonStanding(marksOf(recordOf(begun, index)), allLessons(index)[1] ?? lesson)).toBe('started');
  });
});

describe('answers', () => {
  it('that are refused leave what was there, and say why', () => {
    const kept = play(atExercise(), {
      type: 'answered',
      exerciseId: '1.2.b',
      answers: { version: 'v1' },
      problem: '',
    });
    const refused = play(kept, {
      type: 'answered',
      exerciseId: '1.2.b',
      answers: {},
      problem: 'Aquí hace falta un número.',
    });
    expect(refused.work?.attempt?.answers).toMatchObject({ version: 'v1' });
    expect(refused.notice).toBe('Aquí hace falta un número.');
  });
});

describe('the pages of a lesson', () => {
  it('turns pages, past the end to the next lesson, and before the beginning to the home', () => {
    expect(currentPage(play(atPage('p1'), { type: 'nextPage' }))?.id).toBe('grupo');
    const next = step(atPage('repaso'), { type: 'nextPage' });
    expect(next.effects).toContainEqual({ type: 'loadLesson', lessonId: '1.3' });
    expect(play(atPage('p1'), { type: 'previousPage' }).view).toEqual({ kind: 'home', cursor: 1 });
  });

  it('opens where the learner was', () => {
    const left = play(atPage('grupo'), { type: 'back' });
    expect(currentPage(play(left, { type: 'openLesson', lessonId: '1.2' }))?.id).toBe('grupo');
  });

  it('keeps a prediction and shows it again', () => {
    const { state, effects } = step(atPage('p1'), { type: 'choose', index: 2 });
    expect(effects).toEqual([
      { type: 'record', change: { kind: 'prediction', lessonId: '1.2', predictionId: 'p1', option: 2 } },
    ]);
    const back = play(state, { type: 'nextPage' }, { type: 'previousPage' });
    expect(back.view).toMatchObject({ cursor: 2 });
  });

  it('scrolls no further than the screen says', () => {
    const down = play(atPage('grupo'), { type: 'scroll', by: 50, max: 7 });
    expect(down.view).toMatchObject({ scroll: 7 });
    expect(play(down, { type: 'scroll', by: -50, max: 7 }).view).toMatchObject({ scroll: 0 });
  });

  it('marks the lesson as read at its last page', () => {
    const { effects } = step(atPage('quiz'), { type: 'nextPage' });
    expect(effects).toContainEqual({
      type: 'record',
      change: { kind: 'place', lessonId: '1.2', pageId: 'repaso', finished: true },
    });
  });
});

describe('an exercise', () => {
  const failed = {
    verdict: 'failed',
    object: 'el cgroup pan-7f3c',
    field: '',
    expected: 'que exista',
    found: 'no existe',
    command: 'ls',
    why: 'Todavía no hay ninguno.',
    next: 'Mira `mount`.',
  } as const;
  const verdicts = (
    first: typeof failed | { verdict: 'passed'; evidence: string; level: 'real' },
    passed = false,
  ) =>
    ({
      type: 'verdicts',
      exerciseId: '1.2.b',
      checks: [{ id: 'existe', description: 'existe', verdict: first }],
      passed,
      afterword: passed ? 'Un grupo es una carpeta.' : '',
    }) as const;

  it('asks for its attempt when its page is shown and lets go of it when left', () => {
    const shown = step(atPage('grupo'), { type: 'nextPage' });
    expect(shown.effects).toContainEqual({ type: 'openAttempt', lessonId: '1.2', exerciseId: '1.2.b' });
    const left = step(shown.state, { type: 'nextPage' });
    expect(left.effects).toContainEqual({ type: 'closeAttempt', exerciseId: '1.2.b' });
    expect(left.state.work).toBeUndefined();
  });

  it('turns green only when the verdicts say so, and records it once', () => {
    const seen = step(atExercise(), verdicts(failed));
    expect(seen.state.work?.passed).toBe(false);
    expect(seen.effects).toEqual([]);
    const green = step(seen.state, verdicts({ verdict: 'passed', evidence: 'existe', level: 'real' }, true));
    expect(green.state.work?.passed).toBe(true);
    expect(green.effects).toEqual([
      { type: 'record', change: { kind: 'passed', lessonId: '1.2', exerciseId: '1.2.b' } },
    ]);
    expect(lessonRecord(green.state.record, '1.2').passed).toEqual(['1.2.b']);
    expect(percentDone(marksOf(green.state.record), allLessons(index))).toBe(33);
  });

  it('ignores the verdicts of another exercise, which arrive late', () => {
    const before = atExercise();
    expect(play(before, { ...verdicts(failed), exerciseId: '0.1.a' })).toEqual(before);
  });

  it('spends a hint only when one is asked for with the hints in sight', () => {
    const first = step(atExercise(), { type: 'hint' });
    expect(first.effects).toEqual([{ type: 'giveHint', exerciseId: '1.2.b' }]);
    const given = play(first.state, {
      type: 'hintGiven',
      exerciseId: '1.2.b',
      level: 1,
      total: 4,
      text: 'una',
    });
    expect(given.work?.hints).toEqual(['una']);
    const closed = play(given, { type: 'back' });
    expect(closed.work?.pane).toBe('detail');
    const again = step(closed, { type: 'hint' });
    expect(again.effects).toEqual([]);
    expect(step(again.state, { type: 'hint' }).effects).toEqual([{ type: 'giveHint', exerciseId: '1.2.b' }]);
  });

  it('lets good news push away an older notice', () => {
    const back = play(atExercise(), { type: 'notice', text: 'De vuelta en el curso.' });
    expect(play(back, verdicts(failed)).notice).toBe('De vuelta en el curso.');
    const passed = verdicts({ verdict: 'passed', evidence: 'existe', level: 'real' }, true);
    expect(play(back, passed).notice).toBe('');
  });

  it('leaves whoever reads a hint at it, whatever the checks say meanwhile, until all pass', () => {
    const reading = play(atExercise(), { type: 'hint' });
    const given = { type: 'hintGiven', exerciseId: '1.2.b', level: 1, total: 4, text: 'una' } as const;
    const told = play(reading, given, verdicts(failed));
    expect(told.work?.pane).toBe('hints');
    const passed = verdicts({ verdict: 'passed', evidence: 'existe', level: 'real' }, true);
    expect(play(told, passed).work?.pane).toBe('detail');
  });

  it('asks before resetting, and forgets the attempt but not the pass', () => {
    const green = play(
      atExercise(),
      verdicts({ verdict: 'passed', evidence: 'existe', level: 'real' }, true),
    );
    const asked = step(green, { type: 'reset' });
    expect(asked.effects).toEqual([]);
    expect(play(asked.state, { type: 'back' })).toEqual(green);
    const reset = step(asked.state, { type: 'confirm' });
    expect(reset.effects).toEqual([{ type: 'resetAttempt', lessonId: '1.2', exerciseId: '1.2.b' }]);
    expect(reset.state.work).toMatchObject({ phase: 'opening', checks: [], passed: false });
    expect(lessonRecord(reset.state.record, '1.2').passed).toEqual(['1.2.b']);
  });

  it('sends the answers written, question by question', () => {
    const form = play(
      atExercise(),
      { type: 'answer' },
      { type: 'type', text: 'v1x' },
      { type: 'erase' },
      { type: 'submit' },
    );
    expect(form.overlay).toMatchObject({ kind: 'answers', index: 1, drafts: ['v1', ''] });
    const sent = step(form, { type: 'choose', index: 1 });
    expect(sent.effects).toEqual([
      { type: 'answer', exerciseId: '1.2.b', answers: { version: 'v1', tipo: 'v2' } },
    ]);
    expect(sent.state.overlay).toBeUndefined();
  });

  it('tells why it cannot be prepared, and tries again with «comprobar»', () => {
    const blocked = play(atExercise(), {
      type: 'attemptBlocked',
      exerciseId: '1.2.b',
      why: 'Docker está parado.',
      next: 'Arráncalo.',
    });
    expect(blocked.work).toMatchObject({ phase: 'blocked', message: 'Docker está parado.\nArráncalo.' });
    expect(step(blocked, { type: 'verify' }).effects).toEqual([
      { type: 'openAttempt', lessonId: '1.2', exerciseId: '1.2.b' },
    ]);
    expect(attempt.exerciseId).toBe('1.2.b');
  });
});

describe('overlays', () => {
  it('searches as it is written and drops answers to older queries', () => {
    const typed = step(play(atPage('grupo'), { type: 'search' }), { type: 'type', text: 'pid' });
    expect(typed.effects).toEqual([{ type: 'search', query: 'pid' }]);
    const hit = { lessonId: '1.2', pageId: 'quiz', title: 'Preguntas', snippet: '…' };
    const late = play(typed.state, { type: 'searched', query: 'pi', hits: [hit] });
    expect(late.overlay).toMatchObject({ hits: undefined });
    const found = play(typed.state, { type: 'searched', query: 'pid', hits: [hit] });
    expect(currentPage(play(found, { type: 'submit' }))?.id).toBe('quiz');
  });

  it('goes back exactly where it was opened', () => {
    const before = atExercise();
    for (const type of ['help', 'search', 'glossary', 'sheets', 'diagnosis'] as const) {
      expect(play(before, { type }, { type: 'back' })).toEqual(before);
    }
  });

  it('hears verdicts behind it', () => {
    const open = play(atExercise(), { type: 'help' });
    const after = play(open, {
      type: 'verdicts',
      exerciseId: '1.2.b',
      checks: [],
      passed: true,
      afterword: '',
    });
    expect(after.work?.passed).toBe(true);
    expect(after.overlay?.kind).toBe('help');
  });
});

describe('the terminal', () => {
  it('belongs to the shell until it ends; keys do nothing meanwhile', () => {
    const { state, effects } = step(atExercise(), { type: 'shell' });
    expect(effects).toEqual([{ type: 'openShell', exerciseId: '1.2.b' }]);
    expect(play(state, { type: 'nextPage' })).toEqual(state);
    expect(play(state, { type: 'shellClosed', notice: 'De vuelta.' })).toMatchObject({
      inShell: false,
      notice: 'De vuelta.',
    });
  });

  it('ends once, letting go of the exercise', () => {
    const { state, effects } = step(atExercise(), { type: 'quit' });
    expect(effects).toEqual([{ type: 'closeAttempt', exerciseId: '1.2.b' }, { type: 'quit' }]);
    expect(step(state, { type: 'quit' }).effects).toEqual([]);
  });
});
