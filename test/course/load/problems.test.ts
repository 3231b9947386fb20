import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { ZodType } from 'zod';
import type { Problem } from '../../../src/course/load/problem.ts';
import { exercisesSchema, quizSchema } from '../../../src/course/load/schemas.ts';
import { validate } from '../../../src/course/load/validate.ts';
import { parseYaml } from '../../../src/course/load/yamlFile.ts';
import { copyOfCourse, edit, load, soundCourse } from '../../helpers/courses.ts';
import { brokenCourses } from './brokenCourses.ts';

function inOneLine({ file, line, column, rule, message, remedy }: Problem): string {
  return `${file}:${line}:${column} ${rule}: ${message} → ${remedy}`;
}

describe('a mistake of an author is told with its file, line, rule and remedy', () => {
  it.each(brokenCourses)('$name', async ({ file, from, to, problems }) => {
    const folder = await copyOfCourse();
    await edit(folder, file, from, to);
    const loaded = await load(folder);
    expect(loaded.problems.map(inOneLine)).toEqual(problems);
  });
});

describe('whatever the type of a value', () => {
  const cases: readonly (readonly [string, ZodType])[] = [
    ['ejercicios.yaml', exercisesSchema],
    ['quiz.yaml', quizSchema],
  ];

  it.each(cases)('%s is told in Spanish, inside the file', async (file, schema) => {
    const text = await readFile(path.join(soundCourse, '01-uno/01-saludo', file), 'utf8');
    const said = new Set<string>();
    for (const variant of variants(parse(text))) {
      const written = stringify(variant);
      const parsed = parseYaml(file, written);
      if (!parsed.ok) throw new Error(`Not YAML: ${written}`);
      const checked = validate(schema, parsed.yaml, 'prueba');
      if (checked.ok) continue;
      for (const { message, remedy, line, rule } of checked.problems) {
        said.add(`${message} ${remedy}`);
        expect(line).toBeLessThanOrEqual(written.split('\n').length);
        expect(rule).toMatch(/^prueba\/[a-z-]+$/);
      }
    }
    expect(said.size).toBeGreaterThan(20);
    for (const sentence of said) {
      expect(sentence).not.toMatch(
        /\b(expected|invalid|required|must|unexpected|received|string|input|too)\b/i,
      );
      expect(sentence).toMatch(/^[A-ZÁÉÍÓÚ`].*[.:].*\.$|\?$/);
    }
  });
});

/** The same value with each of its parts, in turn, changed into something of another type. */
function* variants(value: unknown): Generator<unknown> {
  yield* [null, 5, 'x', true, [], {}];
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      for (const other of variants(item)) yield value.with(index, other);
    }
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      for (const other of variants(item)) yield { ...value, [key]: other };
    }
  }
}

describe('what is broken is left out and the rest opens', () => {
  it('a broken lesson', async () => {
    const folder = await copyOfCourse();
    await edit(folder, '01-uno/01-saludo/ejercicios.yaml', 'estilo: guiado', 'estilo: guidado');
    const loaded = await load(folder);
    expect(loaded.course.modules[0]?.lessons.map(({ id }) => id)).toEqual(['a.2']);
    expect(loaded.leftOut).toEqual(['01-uno/01-saludo']);
  });

  it('a lesson whose style could be better stays', async () => {
    const folder = await copyOfCourse();
    await edit(folder, '01-uno/01-saludo/leccion.md', '```sh ejecutable', '```');
    const loaded = await load(folder);
    expect(loaded.problems).toHaveLength(1);
    expect(loaded.leftOut).toEqual([]);
  });

  it('a lesson with a missing file, and a module without its description', async () => {
    const folder = await copyOfCourse();
    await rm(path.join(folder, '01-uno/01-saludo/quiz.yaml'));
    expect((await load(folder)).problems.map(inOneLine)).toEqual([
      '01-uno/01-saludo/quiz.yaml:1:1 archivo/falta: Este archivo no existe. → Una lección lleva `quiz.yaml` con dos o tres preguntas.',
    ]);
    await rm(path.join(folder, '01-uno/modulo.yaml'));
    const loaded = await load(folder);
    expect(loaded.problems.map(inOneLine)).toEqual([
      '01-uno/modulo.yaml:1:1 archivo/falta: Este archivo no existe. → Créalo con `id`, `titulo` y `resumen`.',
    ]);
    expect(loaded.leftOut).toEqual(['01-uno/01-saludo', '01-uno/02-copia']);
  });

  it('a file that is not UTF-8, a folder in the place of a file and a folder that does not exist', async () => {
    const folder = await copyOfCourse();
    await writeFile(
      path.join(folder, '01-uno/01-saludo/quiz.yaml'),
      Buffer.from('a: 1\nb: a\xf1o\n', 'latin1'),
    );
    expect((await load(folder)).problems[0]).toMatchObject({ line: 2, rule: 'archivo/utf8' });
    expect((await load(path.join(folder, 'nada'))).problems).toMatchObject([{ rule: 'curso/vacio' }]);
    expect((await load(path.join(folder, '01-uno/modulo.yaml'))).problems).toMatchObject([
      { rule: 'curso/vacio' },
    ]);
  });
});
