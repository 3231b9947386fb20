import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { LoadedCourse } from '../src/course/load/course.ts';
import { replaceBetweenMarks } from '../src/course/load/jsonSchema.ts';
import { formatProblem } from '../src/course/load/problem.ts';
import { reviewCourse } from '../src/course/load/wording.ts';
import { generatedFiles } from '../src/dev/compile.ts';

const root = path.resolve(import.meta.dirname, '..');
const folders = { lessons: path.join(root, 'lessons'), assets: [path.join(root, 'assets')] };
let loaded: LoadedCourse;

beforeAll(async () => {
  loaded = await reviewCourse(folders);
});

describe('the lessons of the course', () => {
  it('have no problems, of form or of words', () => {
    expect(loaded.problems.map(formatProblem)).toEqual([]);
  });

  it('are those of containers, of Docker and the first ones of Kubernetes', () => {
    expect(loaded.course.modules.map(({ id, lessons }) => [id, lessons.map((lesson) => lesson.id)])).toEqual([
      ['M0', ['0.1']],
      ['M1', ['1.1', '1.2', '1.3', '1.4', '1.5', '1.6', '1.7', '1.8', '1.9']],
      ['M2', ['2.1', '2.2', '2.3', '2.4']],
      ['M3', ['3.1']],
      ['M4', ['4.1', '4.2']],
      ['M5', ['5.2']],
      ['M7', ['7.2']],
      ['M8', ['8.2']],
      ['M9', ['9.3']],
    ]);
  });

  it('begin by a prediction and, but for the first two, ask two earlier questions', () => {
    const lessons = loaded.course.modules.flatMap((module) => module.lessons);
    for (const lesson of lessons) expect(lesson.predictions.length, lesson.id).toBeGreaterThan(0);
    for (const lesson of lessons.slice(2)) expect(lesson.review, lesson.id).toHaveLength(2);
  });

  it('answer every row of the old notes that they are about, S01 to S20 but the two about Pods', () => {
    const rows = loaded.lessons.flatMap(({ lesson, body }) => {
      const shown = new Set(body.noteRows.map(({ name }) => name));
      return lesson.notes.filter(({ row }) => shown.has(row)).map(({ row }) => row);
    });
    const about = Array.from({ length: 20 }, (_, index) => `S${String(index + 1).padStart(2, '0')}`);
    const missing = about.filter((row) => !rows.includes(row) && !['S15', 'S18'].includes(row));
    expect(missing).toEqual([]);
  });

  it('use every diagram that there is', () => {
    const used = new Set(loaded.lessons.flatMap(({ body }) => body.diagrams.map(({ name }) => name)));
    expect(Object.keys(loaded.course.diagrams).filter((id) => !used.has(id))).toEqual([]);
  });
});

describe('what is generated from the code and committed', () => {
  it('is up to date: `npm run build` writes it', async () => {
    for (const [file, content] of await generatedFiles(root)) {
      expect(await readFile(path.join(root, file), 'utf8'), file).toBe(content);
    }
  });

  it('cannot be put in a document without its marks', () => {
    expect(() => replaceBetweenMarks('# Nada', 'tipos', '')).toThrow('tipos:inicio');
    expect(replaceBetweenMarks('a <!-- x:inicio -->old<!-- x:fin --> b', 'x', 'new')).toBe(
      'a <!-- x:inicio -->\nnew\n<!-- x:fin --> b',
    );
  });
});
