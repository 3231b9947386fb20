import type { Exercise } from '../../src/course/model.ts';

/** A small exercise of files and answers that is right; a test breaks one thing in it. */
export function exerciseOf(change: Partial<Exercise>): Exercise {
  const wrong = (
    id: string,
    fails: string,
    why: string,
    steps: readonly string[],
    answers: Exercise['solution']['answers'] = {},
  ): Exercise['wrong'][number] => ({ id, fails, message: { why }, steps, answers, rungs: [] });
  return {
    id: 'X.a',
    lessonId: 'X',
    title: 'La receta',
    style: 'libre',
    world: 'nada',
    task: 'Escribe la receta de `@{masa}`.',
    parameters: { masa: { type: 'name', prefix: 'masa' } },
    start: { files: [], steps: [] },
    questions: [{ id: 'kilos', text: 'Kilos', type: 'numero', options: [] }],
    checks: [
      {
        id: 'receta',
        description: 'la receta de @{masa} está escrita',
        kind: 'archivo',
        params: { ruta: 'receta.txt' },
        requires: [],
        mode: 'level',
        expect: { texto: '@{masa}\n2 kg' },
        holdMs: 0,
        advice: { why: 'Así no.', next: 'Léela otra vez.' },
        absent: { why: 'Falta la receta.', next: 'Escríbela.' },
        slips: [{ id: 'sin-peso', when: { texto: '@{masa}' }, why: 'Falta el peso.', next: 'Añádelo.' }],
      },
      {
        id: 'peso',
        description: 'contestas cuántos kilos son',
        kind: 'respuesta',
        params: { pregunta: 'kilos' },
        requires: ['receta'],
        mode: 'level',
        expect: { numero: 2 },
        holdMs: 0,
        advice: { why: 'Ese no es el peso.', next: 'Mira la receta.' },
        slips: [{ id: 'gramos', when: { numero: 2000 }, why: 'Son kilos, no gramos.', next: 'Divide.' }],
      },
    ],
    hints: ['Mira.', 'Piensa.', 'Casi.', 'Así: …'],
    afterword: 'Bien hecho.',
    solution: {
      steps: ['pon receta.txt @{masa};2 kg', 'pon peso.txt 2'],
      answers: { kilos: '$(lee peso.txt)' },
      rungs: [],
    },
    wrong: [
      wrong('otra-masa', 'receta', 'Así no.', ['pon receta.txt x@{masa};2 kg']),
      wrong('sin-peso', 'receta', 'Falta el peso.', ['pon receta.txt @{masa}']),
      wrong('en-gramos', 'peso', 'Son kilos, no gramos.', ['pon receta.txt @{masa};2 kg'], {
        kilos: '2.000',
      }),
      wrong('nada', 'receta', 'Falta la receta.', []),
    ],
    unusual: [
      {
        id: 'en-dos-veces',
        steps: ['pon receta.txt @{masa}', 'pon receta.txt @{masa};2 kg'],
        answers: { kilos: '2 kg' },
        rungs: [],
      },
    ],
    ...change,
  };
}
