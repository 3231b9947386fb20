import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatProblem } from '../../../src/course/load/problem.ts';
import { lessonSkeleton, moduleSkeleton } from '../../../src/course/load/skeleton.ts';
import { copyOfCourse, edit, load, soundCourse } from '../../helpers/courses.ts';

describe('a sound course', () => {
  it('loads without problems, in order', async () => {
    const { course, problems, leftOut } = await load(soundCourse);
    expect(problems.map(formatProblem)).toEqual([]);
    expect(leftOut).toEqual([]);
    expect(course.modules).toMatchObject([
      {
        id: 'A',
        title: 'Archivos',
        lessons: [
          { id: 'a.1', moduleId: 'A' },
          { id: 'a.2', alias: 'copia' },
        ],
      },
    ]);
  });

  it('cuts the text into pages and adds those of the program', async () => {
    const { course } = await load(soundCourse);
    const [first, second] = course.modules[0]?.lessons ?? [];
    expect(first?.pages.map(({ kind, id, title }) => [kind, id, title])).toEqual([
      ['prediction', 'prediccion-p1', 'Antes de leer: ¿qué crees?'],
      ['text', 'que-es-un-archivo', 'Qué es un archivo'],
      ['exercise', 'ejercicio-a.1.a', 'Escribe un saludo'],
      ['text', 'que-es-un-archivo-2', 'Qué es un archivo (sigue)'],
      ['text', 'lo-que-decian-los-apuntes', 'Lo que decían los apuntes'],
      ['explain', 'explica', 'Lo que creías y lo que pasa'],
      ['quiz', 'quiz', 'Preguntas'],
    ]);
    expect(second?.pages.map(({ kind }) => kind)).toEqual([
      'text',
      'exercise',
      'text',
      'text',
      'quiz',
      'review',
    ]);
    expect(first?.pages[1]).toMatchObject({
      blocks: [
        { kind: 'markdown' },
        { kind: 'diagram', diagramId: 'F1' },
        { kind: 'markdown', text: 'Sigue la misma página, y después viene [[copia]].' },
      ],
    });
    expect(first?.pages[4]).toMatchObject({
      blocks: [
        { kind: 'notes', rows: ['S1'] },
        { kind: 'markdown', text: expect.stringContaining('## esto no es un título') },
      ],
    });
  });

  it('turns the Spanish keys of an exercise into the model', async () => {
    const { course } = await load(soundCourse);
    const exercise = course.modules[0]?.lessons[0]?.exercises[0];
    expect(exercise).toMatchObject({
      id: 'a.1.a',
      lessonId: 'a.1',
      style: 'guiado',
      world: 'nada',
      parameters: { nombre: { type: 'name', prefix: 'pan' }, veces: { type: 'number', min: 1, max: 3 } },
      start: {
        files: [
          { from: 'inicio/plantilla.txt', to: 'plantilla.txt', template: true },
          { from: 'inicio/datos.bin', to: 'datos.bin', template: false },
        ],
        steps: [],
      },
      questions: [{ id: 'letras', type: 'numero' }],
      solution: { answers: { letras: 4 }, rungs: [] },
      wrong: [
        { id: 'vacio', fails: 'saludo' },
        { fails: 'letras', message: { found: '5' } },
      ],
      unusual: [{ id: 'printf' }],
    });
    expect(exercise?.checks).toMatchObject([
      { id: 'saludo', kind: 'archivo', mode: 'level', holdMs: 500, requires: [], slips: [] },
      {
        id: 'letras',
        params: { pregunta: 'letras' },
        requires: ['saludo'],
        holdMs: 0,
        slips: [{ id: 'con-salto' }],
      },
    ]);
    expect(exercise?.hints).toHaveLength(4);
  });

  it('keeps every kind of question, the notes and the drawings as they were written', async () => {
    const { course } = await load(soundCourse);
    const [first, second] = course.modules[0]?.lessons ?? [];
    expect(second?.questions.map(({ answer }) => answer.type)).toEqual(['orden', 'texto', 'parejas']);
    expect(first?.questions[1]?.answer).toEqual({ type: 'numero', value: 4, tolerance: 0 });
    expect(first?.notes).toEqual([
      { row: 'S1', said: 'Un archivo es una caja.', now: 'Es una secuencia de bytes con nombre.' },
    ]);
    expect(course.diagrams['F1']?.lines).toEqual(['  carpeta', '└── saludo.txt']);
    expect(second?.review).toEqual(['a.1/q1', 'a.1/q2']);
  });

  it('is the same with the line ends and the byte-order mark of Windows', async () => {
    const folder = await copyOfCourse();
    const plain = await load(folder);
    for (const file of ['leccion.md', 'ejercicios.yaml', 'quiz.yaml']) {
      const target = path.join(folder, '01-uno/01-saludo', file);
      const text = await readFile(target, 'utf8');
      await writeFile(target, `\uFEFF${text.replaceAll('\n', '\r\n')}`);
    }
    const windows = await load(folder);
    expect(windows.course).toEqual(plain.course);
    expect(windows.problems).toEqual([]);
  });

  it('does not mind other folders and hidden files', async () => {
    const folder = await copyOfCourse();
    await mkdir(path.join(folder, '.git/x'), { recursive: true });
    await mkdir(path.join(folder, 'fotos/verano'), { recursive: true });
    expect((await load(folder)).problems).toEqual([]);
  });
});

describe('the skeleton of a lesson', () => {
  it('validates as it is written', async () => {
    const folder = await copyOfCourse();
    await mkdir(path.join(folder, '02-dos/01-nueva'), { recursive: true });
    await writeFile(path.join(folder, '02-dos/modulo.yaml'), moduleSkeleton('B'));
    const files = lessonSkeleton({ id: 'b.1', alias: 'nueva', title: 'Título: con «comillas" y dos puntos' });
    for (const [file, text] of Object.entries(files)) {
      await writeFile(path.join(folder, '02-dos/01-nueva', file), text);
    }
    const { course, problems } = await load(folder);
    expect(problems.map(formatProblem)).toEqual([]);
    expect(course.modules[1]?.lessons[0]).toMatchObject({
      id: 'b.1',
      title: 'Título: con «comillas" y dos puntos',
      exercises: [{ id: 'b.1.a' }],
    });
    expect(Object.values(files).join('')).toContain('PENDIENTE');
  });

  it('says where its author left something wrong', async () => {
    const folder = await copyOfCourse();
    await edit(folder, '01-uno/modulo.yaml', 'resumen', 'resumne');
    expect((await load(folder)).problems).toMatchObject([{ file: '01-uno/modulo.yaml', line: 3, column: 1 }]);
  });
});
