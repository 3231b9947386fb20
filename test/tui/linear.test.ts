import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../src/checks/verdict.ts';
import type { SessionEvent } from '../../src/course/session/event.ts';
import type { SessionState } from '../../src/course/session/state.ts';
import { newLines } from '../../src/tui/linear.tsx';
import { screenOf } from '../../src/tui/screen.ts';
import { checkSentence } from '../../src/tui/screens/work.ts';
import { lookAt } from '../helpers/screens.tsx';
import { atExercise, atPage, diagrams, newSession, play } from '../helpers/session.ts';

const look = lookAt(80, 10_000, { linear: true });
const screen = (state: SessionState) => screenOf(state, diagrams, look);

/** What is said when this happens. */
function said(before: SessionState, ...events: readonly SessionEvent[]): readonly string[] {
  const after = play(before, ...events);
  return newLines(before, screen(before), after, screen(after));
}

const verdict = (why: string): SessionEvent => ({
  type: 'verdicts',
  exerciseId: '1.2.b',
  checks: [
    {
      id: 'existe',
      description: 'el cgroup pan-7f3c existe',
      verdict: {
        verdict: 'failed',
        object: 'el cgroup',
        field: '',
        expected: 'que exista',
        found: 'no existe',
        command: '',
        why,
        next: 'Mira `mount`.',
      },
    },
  ],
  passed: false,
  afterword: '',
});

describe('the course told line by line', () => {
  it('says a whole screen when it is another one, in words and without drawing', () => {
    const lines = newLines(undefined, undefined, newSession(), screen(newSession()));
    expect(lines).toContain('elegida: 0.1 Tu laboratorio, sin empezar, 20 min');
    expect(lines.at(-1)).toContain('Teclas: Enter abrir, flechas arriba y abajo elegir');
    for (const state of [newSession(), atPage('p1'), atPage('grupo'), atExercise(), atPage('quiz')]) {
      expect(newLines(undefined, undefined, state, screen(state)).join('')).not.toMatch(/[─│┌█░▸●○]/);
    }
  });

  it('ends each part of what it says of a check with one stop', () => {
    const check = (verdict: Verdict) => ({ id: 'c', description: 'el cgroup existe', verdict });
    expect(checkSentence(check({ verdict: 'skipped', because: 'Antes, esto otro.' }))).toBe(
      'el cgroup existe: Antes, esto otro.',
    );
    expect(checkSentence(check({ verdict: 'waiting', progress: 'falta poco' }))).toBe(
      'el cgroup existe: todavía no: falta poco.',
    );
  });

  it('says a verdict once, with its message, and again only when it says something else', () => {
    const first = said(atExercise(), verdict('Todavía no hay ninguno.'));
    expect(first).toEqual([
      'el cgroup pan-7f3c existe: falta. Veo: el cgroup: no existe. Esperaba: que exista. Por qué: Todavía no hay ninguno. Sigue por aquí: Mira mount.',
    ]);
    const seen = play(atExercise(), verdict('Todavía no hay ninguno.'));
    expect(said(seen, verdict('Todavía no hay ninguno.'))).toEqual([]);
    expect(said(seen, verdict('Está en otro sitio.')).join('')).toContain('Está en otro sitio.');
  });

  it('says what it meant when everything passed, and where to go on', () => {
    const passed: SessionEvent = {
      type: 'verdicts',
      exerciseId: '1.2.b',
      checks: [
        {
          id: 'existe',
          description: 'el cgroup existe',
          verdict: { verdict: 'passed', evidence: '{"largo": true}', level: 'real' },
        },
      ],
      passed: true,
      afterword: 'Un grupo es `una carpeta`.',
    };
    const lines = said(atExercise(), passed);
    expect(lines.slice(0, 3)).toEqual([
      'el cgroup existe: conseguido.',
      'Lo que significa',
      'Un grupo es una carpeta.',
    ]);
    expect(lines.at(-1)).toContain('Todo en verde.');
  });

  it('marks the chosen cheat sheet in words', () => {
    const asked = play(newSession(), { type: 'sheets' });
    expect(said(asked, { type: 'sheetsListed', names: ['docker', 'compose'] })).toContain('elegida: docker');
  });

  it('says where the cursor of a list is', () => {
    expect(said(atPage('p1'), { type: 'highlight', index: 1 })).toEqual(['2 de 3: Un grupo']);
    expect(said(newSession(), { type: 'move', by: 1 })[0]).toContain('elegida: 1.2 cgroups');
  });

  it('says a hint, and the question that comes next', () => {
    const asked = play(atExercise(), { type: 'hint' });
    expect(
      said(asked, { type: 'hintGiven', exerciseId: '1.2.b', level: 1, total: 4, text: 'Mira arriba.' }),
    ).toEqual(expect.arrayContaining(['Pista 1 de 4', 'Mira arriba.']));
    const next = said(play(atPage('quiz'), { type: 'choose', index: 0 }), { type: 'open' });
    expect(next).toEqual(
      expect.arrayContaining([
        'Pregunta 2 de 6',
        '¿Cuáles aíslan?',
        expect.stringMatching(/^\d\. \[ \] namespaces$/),
      ]),
    );
  });
});
