import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copyOfCourse, load } from '../../helpers/courses.ts';

const lesson = '01-uno/01-saludo';

/** Pieces that mean something to YAML, to Markdown or to a terminal, among others. */
const piece = fc.oneof(
  fc.constantFrom(
    '\n',
    '  ',
    '\t',
    '- ',
    ': ',
    '{',
    '}',
    '[',
    '"',
    "'",
    '|',
    '>',
    '@',
    '@{',
    '}',
    '&a',
    '*a',
    '!x',
  ),
  fc.constantFrom(
    '---\n',
    '```',
    '##',
    '@ejercicio',
    '[[',
    ']]',
    '\u0000',
    '\u001b[2J',
    '\ufeff',
    '\r',
    'null',
    '<<: ',
  ),
  fc.string({ unit: 'grapheme', maxLength: 8 }),
);

describe('whatever is written in a lesson', () => {
  it('the course opens, and every problem has a place in a file and says what to do', async () => {
    const folder = await copyOfCourse();
    const names = ['leccion.md', 'ejercicios.yaml', 'quiz.yaml'] as const;
    const originals = new Map<string, string>();
    for (const name of names) originals.set(name, await readFile(path.join(folder, lesson, name), 'utf8'));
    const change = fc.record({
      name: fc.constantFrom(...names),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      removed: fc.nat({ max: 12 }),
      added: fc.array(piece, { maxLength: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(change, async ({ name, at, removed, added }) => {
        const text = originals.get(name) ?? '';
        const start = Math.floor(at * text.length);
        const changed = text.slice(0, start) + added.join('') + text.slice(start + removed);
        const target = path.join(folder, lesson, name);
        await writeFile(target, changed);
        const { course, problems, leftOut } = await load(folder);
        await writeFile(target, text);
        const ids = course.modules.flatMap((module) => module.lessons.map(({ id }) => id));
        expect(ids).toContain('a.2');
        expect(ids.length + leftOut.length).toBe(2);
        if (leftOut.length > 0) expect(problems).not.toEqual([]);
        const lines = Math.max(changed.split('\n').length, 60);
        for (const problem of problems) {
          expect(problem.line).toBeGreaterThanOrEqual(1);
          expect(problem.line).toBeLessThanOrEqual(lines);
          expect(problem.column).toBeGreaterThanOrEqual(1);
          expect(problem.rule).toMatch(/^[a-z]+\/[a-z0-9-]+$/);
          expect(problem.message).not.toBe('');
          expect(problem.remedy).not.toBe('');
        }
      }),
      { numRuns: 120 },
    );
  }, 120_000);
});
