import { describe, expect, it } from 'vitest';
import { emptyProgress, passExercise, visitPage } from '../../src/course/progress.ts';
import { select } from '../../src/course/select.ts';
import { lessonStanding, nextExercise, nextLesson, percentDone } from '../../src/course/standing.ts';

const lesson = (id: string, alias: string, letters: string, optional = false) => ({
  id,
  alias,
  title: `Lección ${id}`,
  optional,
  exercises: [...letters].map((letter) => ({ id: `${id}.${letter}`, title: letter })),
});
const lessons = [
  lesson('1.1', 'proceso', 'ab'),
  lesson('1.2', 'cgroups', 'abc', true),
  lesson('1.3', 'raíz', ''),
];
const course = { modules: [{ lessons }] };

describe('finding what was typed', () => {
  it.each([
    ['1.2', '1.2', undefined],
    ['cgroups', '1.2', undefined],
    ['CGroups/', '1.2', undefined],
    ['raiz', '1.3', undefined],
    ['1.2.b', '1.2', '1.2.b'],
    ['1.2/b', '1.2', '1.2.b'],
    ['1.2/1.2.b', '1.2', '1.2.b'],
    ['cgroups/C', '1.2', '1.2.c'],
    [' 1.1.a ', '1.1', '1.1.a'],
  ])('%j is lesson %s, exercise %s', (written, lessonId, exerciseId) => {
    const found = select(course, written);
    expect(found.ok && [found.lesson.id, found.exerciseId]).toEqual([lessonId, exerciseId]);
  });

  it.each([
    ['cgrups', 'cgroups'],
    ['1.2.z', '1.2'],
    ['1.2/z', '1.2.a, 1.2.b y 1.2.c'],
    ['1.3/a', 'no tiene ejercicios'],
    ['loquesea', 'curso lecciones'],
    ['', 'curso lecciones'],
    ['1.2/b/c', '1.2'],
  ])('%j is nothing, and says %j', (written, near) => {
    const found = select(course, written);
    expect(found.ok).toBe(false);
    expect(!found.ok && found.remedy).toContain(near);
  });
});

describe('how far somebody is', () => {
  const pass = (...ids: string[]) =>
    ids.reduce((progress, id) => passExercise(progress, id, 'real', 1), emptyProgress);

  it('is pending, started, passed', () => {
    expect(lessons.map((each) => lessonStanding(emptyProgress, each))).toEqual([
      'pending',
      'pending',
      'pending',
    ]);
    expect(lessonStanding(pass('1.1.a'), lessons[0] ?? lesson('', '', ''))).toBe('started');
    expect(lessonStanding(pass('1.1.a', '1.1.b'), lessons[0] ?? lesson('', '', ''))).toBe('passed');
    const read = visitPage(emptyProgress, '1.3', 'p', 1, true);
    expect(lessonStanding(read, lessons[2] ?? lesson('', '', ''))).toBe('passed');
  });

  it('goes on where something is left, without forcing what is optional', () => {
    expect(nextLesson(emptyProgress, lessons)?.id).toBe('1.1');
    const done = visitPage(pass('1.1.a', '1.1.b'), '1.1', 'p', 2);
    expect(nextLesson(done, lessons)?.id).toBe('1.3');
    const all = visitPage(done, '1.3', 'p', 3, true);
    expect(nextLesson(all, lessons)?.id).toBe('1.2');
    expect(nextExercise(pass('1.1.a'), lessons[0] ?? lesson('', '', ''))?.id).toBe('1.1.b');
  });

  it('counts in percent what must be done, and says 100 only at the end', () => {
    expect(percentDone(emptyProgress, lessons)).toBe(0);
    expect(percentDone(pass('1.1.a', '1.2.a'), lessons)).toBe(50);
    expect(percentDone(pass('1.1.a', '1.1.b'), lessons)).toBe(100);
    expect(percentDone(emptyProgress, [])).toBe(0);
  });
});
