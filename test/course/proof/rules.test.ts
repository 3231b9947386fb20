import { describe, expect, it } from 'vitest';
import type { CheckSpec } from '../../../src/checks/check.ts';
import { checkKinds, findKind } from '../../../src/checks/kinds/index.ts';
import type { Exercise } from '../../../src/course/model.ts';
import { validateExercise } from '../../../src/course/proof/rules.ts';
import { exerciseOf } from '../../helpers/exercise.ts';

const good = exerciseOf({});
const names = checkKinds.map(({ name }) => name);
const rulesOf = (exercise: Exercise) => validateExercise(exercise, findKind, names);

function withCheck(index: number, change: Partial<CheckSpec>): Exercise {
  return exerciseOf({
    checks: good.checks.map((spec, at) => (at === index ? { ...spec, ...change } : spec)),
  });
}

describe('what is wrong with an exercise before playing it', () => {
  it('is nothing, when it is right', () => {
    expect(rulesOf(good)).toEqual([]);
  });

  it.each<[string, Exercise, string, RegExp]>([
    [
      'an unknown kind',
      withCheck(0, { kind: 'archivos' }),
      'comprobaciones.0.mira',
      /¿Querías decir `archivo`\?/,
    ],
    [
      'an unknown parameter',
      withCheck(0, { params: { ruta: 'x', rut: 'y' } }),
      'comprobaciones.0.con.rut',
      /¿Querías decir `ruta`/,
    ],
    [
      'a missing parameter',
      withCheck(0, { params: {} }),
      'comprobaciones.0.con',
      /le falta el parámetro `ruta`/,
    ],
    [
      'a parameter of another type',
      withCheck(0, { params: { ruta: 3 } }),
      'comprobaciones.0.con.ruta',
      /debe ser un texto/,
    ],
    [
      'a question that is not there',
      withCheck(1, { params: { pregunta: 'kilo' } }),
      'comprobaciones.1.con.pregunta',
      /ninguna pregunta `kilo`/,
    ],
    [
      'a view that the world has not',
      withCheck(0, { kind: 'linux.anfitrion', params: {} }),
      'comprobaciones.0.mira',
      /`mundo: nada`/,
    ],
    [
      'an unknown parent',
      withCheck(1, { requires: ['recetas'] }),
      'comprobaciones.1.tras.0',
      /¿Querías decir `receta`/,
    ],
    ['a cycle', withCheck(0, { requires: ['peso'] }), 'comprobaciones.0.tras.0', /ninguna podría pasar/],
    [
      'a check that waits for itself',
      withCheck(0, { requires: ['receta'] }),
      'comprobaciones.0.tras.0',
      /ninguna podría pasar/,
    ],
    [
      'an edge under a level',
      withCheck(1, { mode: 'edge' }),
      'comprobaciones.1.tras.0',
      /puede dejar de ser verdad/,
    ],
    ['a broken expression', withCheck(0, { expect: 'o.texto ==' }), 'comprobaciones.0.espera', /incompleta/],
    [
      'what a check that is not its ancestor saw',
      withCheck(0, { expect: 'peso.numero == 2' }),
      'comprobaciones.0.espera',
      /No existe el nombre «peso»/,
    ],
    [
      'a broken slip',
      withCheck(0, { slips: [{ id: 's', when: { texto: { patron: '[' } }, why: 'x', next: 'y' }] }),
      'comprobaciones.0.deslices.0.si.texto.patron',
      /regular/,
    ],
    ['an empty condition', withCheck(0, { expect: {} }), 'comprobaciones.0.espera', /se cumpliría siempre/],
    [
      'a misspelt field',
      withCheck(0, { expect: { text: 'x' } }),
      'comprobaciones.0.espera.text',
      /¿Querías decir `texto`/,
    ],
    [
      'an unknown name in a text',
      withCheck(0, { description: 'la @{mas}' }),
      'comprobaciones.0.que',
      /«mas»/,
    ],
    [
      'an unknown name in a parameter',
      withCheck(0, { params: { ruta: '@{o.x}' } }),
      'comprobaciones.0.con.ruta',
      /«o»/,
    ],
    ['an unknown name in the task', exerciseOf({ task: '@{nombre}' }), 'pide', /«nombre»/],
    [
      'an unknown name in a step',
      exerciseOf({ solution: { ...good.solution, steps: ['pon @{x'] } }),
      'solucion.pasos.0',
      /falta la llave/,
    ],
    [
      'a check that nothing makes fail',
      exerciseOf({ wrong: good.wrong.filter(({ fails }) => fails === 'receta') }),
      'comprobaciones.1',
      /nadie sabe si sirve/,
    ],
    [
      'a question nobody looks at',
      exerciseOf({
        questions: [...good.questions, { id: 'litros', text: '?', type: 'numero', options: [] }],
      }),
      'preguntas.1',
      /Ninguna comprobación mira/,
    ],
    [
      'a hint that gives the solution away',
      exerciseOf({ hints: ['Mira.', 'Prueba `pon  receta.txt @{masa};2 kg`.', 'c', 'd'] }),
      'pistas.1',
      /contiene la solución/,
    ],
  ])('is %s', (_, exercise, path, message) => {
    const problems = rulesOf(exercise);
    const said = problems.map((problem) => `${problem.path.join('.')}: ${problem.message} ${problem.remedy}`);
    expect(said.join('\n')).toContain(`${path}: `);
    expect(said.find((text) => text.startsWith(`${path}: `))).toMatch(message);
  });

  it('points inside the text', () => {
    const [problem] = rulesOf(withCheck(0, { description: 'la @{mas}' }));
    expect(problem?.within).toEqual({ start: 5, end: 8 });
  });

  it('asks nothing of a check that says that it is exempt', () => {
    const exempt = good.checks.map((spec) => (spec.id === 'peso' ? { ...spec, exempt: true } : spec));
    expect(
      rulesOf({ ...good, checks: exempt, wrong: good.wrong.filter(({ fails }) => fails === 'receta') }),
    ).toEqual([]);
  });
});
