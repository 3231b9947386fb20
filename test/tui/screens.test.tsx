import { describe, expect, it } from 'vitest';
import type { SessionState } from '../../src/course/session/state.ts';
import { eventsFor, type Key } from '../../src/tui/keymap.ts';
import { screenOf } from '../../src/tui/screen.ts';
import { homeLines } from '../../src/tui/screens/home.ts';
import { drawn, lookAt } from '../helpers/screens.tsx';
import { atExercise, atPage, attempt, diagrams, newSession, play } from '../helpers/session.ts';

const failed = {
  type: 'verdicts',
  exerciseId: '1.2.b',
  checks: [
    {
      id: 'existe',
      description: 'el cgroup pan-7f3c existe',
      verdict: { verdict: 'passed', evidence: 'ahí está', level: 'real' },
    },
    {
      id: 'vivo',
      description: 'tiene un proceso vivo',
      verdict: {
        verdict: 'failed',
        object: 'el cgroup pan-7f3c',
        field: 'cgroup.procs',
        expected: '1 o más',
        found: '0',
        command: 'cat /sys/fs/cgroup/pids/pan-7f3c/cgroup.procs',
        why: 'Creaste el grupo, pero está vacío.',
        next: 'Escribe un PID en `cgroup.procs`.',
      },
    },
    { id: 'cpu', description: 'frena la CPU', verdict: { verdict: 'waiting', progress: '1 de 3 segundos' } },
    {
      id: 'docker',
      description: 'Docker responde',
      verdict: { verdict: 'unknown', reason: 'timeout', why: 'Tardó.', next: 'Repite.' },
    },
    {
      id: 'luego',
      description: 'lo último',
      verdict: { verdict: 'skipped', because: 'espera a «tiene un proceso vivo»' },
    },
  ],
  passed: false,
  afterword: '',
} as const;

const states: readonly (readonly [string, SessionState])[] = [
  ['home', newSession()],
  ['prediction', atPage('p1')],
  ['text', atPage('grupo')],
  ['exercise opening', atPage('1.2.b')],
  ['exercise', play(atExercise(), failed)],
  [
    'hints',
    play(
      atExercise(),
      { type: 'hint' },
      { type: 'hintGiven', exerciseId: '1.2.b', level: 1, total: 4, text: 'Mira `mount`.' },
    ),
  ],
  [
    'passed',
    play(atExercise(), {
      ...failed,
      checks: failed.checks.slice(0, 1),
      passed: true,
      afterword: 'Una carpeta y un número.',
    }),
  ],
  [
    'blocked',
    play(atExercise(), {
      type: 'attemptBlocked',
      exerciseId: '1.2.b',
      why: 'Docker está parado.',
      next: 'Arráncalo.',
    }),
  ],
  [
    'explain',
    play(
      atPage('p1'),
      { type: 'choose', index: 0 },
      { type: 'openLesson', lessonId: '1.2', pageId: 'explica' },
    ),
  ],
  ['quiz', atPage('quiz')],
  ['quiz answered', play(atPage('quiz'), { type: 'choose', index: 1 })],
  [
    'quiz several',
    play(atPage('quiz'), { type: 'choose', index: 1 }, { type: 'open' }, { type: 'choose', index: 0 }),
  ],
  ['review', atPage('repaso')],
  [
    'search',
    play(
      newSession(),
      { type: 'search' },
      { type: 'type', text: 'x' },
      {
        type: 'searched',
        query: 'x',
        hits: [{ lessonId: '1.2', pageId: 'quiz', title: 'Preguntas', snippet: 'una '.repeat(40) }],
      },
    ),
  ],
  [
    'glossary',
    play(
      newSession(),
      { type: 'glossary' },
      {
        type: 'glossaryLoaded',
        terms: [
          {
            term: 'cgroup',
            english: 'control group',
            definition: 'Un grupo de procesos que el kernel mide y limita.',
            aliases: [],
          },
        ],
      },
    ),
  ],
  ['sheets', play(newSession(), { type: 'sheets' }, { type: 'sheetsListed', names: ['docker', 'compose'] })],
  ['diagnosis', play(newSession(), { type: 'diagnosis' }, { type: 'diagnosed', lines: ['Docker: 29.1'] })],
  ['help', play(newSession(), { type: 'help' })],
  ['reset', play(atExercise(), { type: 'reset' })],
  ['answers', play(atExercise(), { type: 'answer' }, { type: 'type', text: 'v1' })],
  ['answers, option', play(atExercise(), { type: 'answer' }, { type: 'submit' })],
  [
    'broken lesson',
    play(
      newSession(),
      { type: 'open' },
      { type: 'lessonBroken', lessonId: '0.1', problem: 'falta el título' },
    ),
  ],
];

describe.each([
  [60, 20],
  [80, 24],
  [120, 40],
])('every screen at %d×%d', (columns, rows) => {
  it.each(states)('%s fills the terminal exactly, and its last cell stays empty', (_name, state) => {
    const lines = drawn(state, columns, rows);
    expect(lines).toHaveLength(rows);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
    expect(lines.at(-1)?.length).toBeLessThan(columns);
    expect(lines[0]).not.toBe('');
    expect(lines.at(-1)).toMatch(/Esc|\? ayuda/);
  });

  it.each(states)('%s says the same in ASCII', (_name, state) => {
    const lines = drawn(state, columns, rows, true);
    expect(lines).toHaveLength(rows);
    expect(lines.join('')).toMatch(/^[ -~]*$/);
  });
});

describe('the home', () => {
  it('is the same in the first frame and in Ink', () => {
    for (const [columns, rows] of [
      [60, 20],
      [80, 24],
      [120, 40],
    ] as const) {
      const first = homeLines(newSession(), lookAt(columns, rows)).map((line) => line.trimEnd());
      expect(drawn(newSession(), columns, rows)).toEqual(first);
    }
  });

  it('shows what is done, what is started and where to go on', () => {
    const own = { pageId: 'grupo', passed: ['1.2.b'], predictions: {}, answers: {} };
    const state = newSession({ last: { lessonId: '1.2', pageId: 'grupo' }, lessons: { '1.2': own } });
    const screen = drawn(state).join('\n');
    expect(screen).toContain('33 %');
    expect(screen).toMatch(/✓ 1\.2 .*1\/1 ejercicios +20 min/);
    expect(screen).toMatch(/▸ +1\.3 chroot/);
    expect(screen).toContain('Enter para empezar: 1.3');
    expect(screen).toMatch(/M1 {2}Contenedores por dentro +1\/2 {2}█████░░░░░/);
  });
});

describe('an exercise', () => {
  it('gives each state a sign and a word, and the message in its four lines', () => {
    const screen = drawn(play(atExercise(), failed), 120, 40)
      .join('\n')
      .replace(/\n[^│\n]*│/g, ' ')
      .replace(/\s+/g, ' ');
    for (const line of [
      '✓ el cgroup pan-7f3c existe · conseguido',
      '✗ tiene un proceso vivo · falta',
      '… frena la CPU · todavía no: 1 de 3 segundos',
      '? Docker responde · no se pudo mirar',
      '- lo último · espera a «tiene un proceso vivo»',
      'Veo: el cgroup pan-7f3c, cgroup.procs: 0',
      'Esperaba: 1 o más',
      'Por qué: Creaste el grupo, pero está vacío.',
      'Sigue por aquí: Escribe un PID en cgroup.procs.',
      'Para verlo: cat /sys/fs/cgroup/pids/pan-7f3c/cgroup.procs',
    ]) {
      expect(screen).toContain(line);
    }
  });

  it('goes to the right of the page when there is room, and below it when there is not', () => {
    const state = play(atExercise(), failed);
    expect(drawn(state, 120, 40).some((line) => /Crea un cgroup.*│.*✗|│ ✗/.test(line))).toBe(true);
    const narrow = drawn(state, 80, 24);
    expect(narrow.findIndex((line) => line.includes('✗'))).toBeGreaterThan(
      narrow.findIndex((line) => line.includes('Comprobaciones')),
    );
  });

  it('does not name again the only check there is to mend', () => {
    const checks = failed.checks.filter(({ id }) => id === 'vivo' || id === 'luego');
    const screen = drawn(play(atExercise(), { ...failed, checks })).join('\n');
    expect(screen).toContain('- lo último · en espera\n');
    expect(screen).not.toContain('espera a «tiene un proceso vivo»');
  });

  it.each([
    [60, 20],
    [80, 24],
  ])('has both halves within reach of Tab and the arrows at %d×%d, and says so', (columns, rows) => {
    const open = atExercise();
    const task = Array.from({ length: 30 }, (_, line) => `- paso ${line + 1} de la tarea`).join('\n');
    const long = open.work ? { ...open, work: { ...open.work, attempt: { ...attempt, task } } } : open;
    const full = play(long, failed);
    const seen = new Set<string>();
    const look = lookAt(columns, rows);
    let state = full;
    const press = (...keys: readonly Key[]) => {
      for (const key of keys) {
        state = play(state, ...eventsFor(state, key, screenOf(state, diagrams, look), look));
        for (const line of drawn(state, columns, rows)) seen.add(line);
      }
    };
    const first = drawn(state, columns, rows);
    for (const line of first) seen.add(line);
    expect(first.find((line) => line.includes('Comprobaciones'))).toMatch(/↓ \d+ líneas más abajo ──$/);
    expect(first.at(-3)).toMatch(/↓ \d+ líneas más abajo ──$/);
    press(...Array<Key>(40).fill('down'));
    press('tab');
    const other = drawn(state, columns, rows);
    expect(other.find((line) => line.includes('Comprobaciones'))).toMatch(/↑ \d+ más arriba: Tab ──$/);
    press(...Array<Key>(40).fill('down'));
    for (const line of drawn(full, columns, 90).slice(2, -3)) {
      if (!line.includes('Comprobaciones')) expect(seen).toContain(line);
    }
  });

  it('says how to go from the hints back to the message', () => {
    const hint = { type: 'hintGiven', exerciseId: '1.2.b', level: 1, total: 4, text: 'Mira.' } as const;
    const hinted = play(atExercise(), failed, { type: 'hint' }, hint);
    expect(drawn(hinted, 60, 20).at(-1)).toContain('Esc cerrar pistas');
    expect(drawn(play(hinted, { type: 'back' })).join('\n')).toContain('Veo: el cgroup pan-7f3c');
  });

  it('names the evidence, the rung and the next step', () => {
    const lines = drawn(play(atExercise(), failed), 120, 40);
    expect(lines[0]).toContain('evidencia: real');
    expect(lines.join('\n')).toContain('Trabajas como root en este Linux');
    expect(lines.at(-2)).toContain('Sigue por aquí: Escribe un PID en cgroup.procs.');
    expect(attempt.announcement).not.toBe('');
  });
});

it('shows the diagnosis without marks of Markdown', () => {
  const state = play(
    newSession(),
    { type: 'diagnosis' },
    { type: 'diagnosed', lines: ['usa `sudo docker`'] },
  );
  expect(drawn(state).join('\n')).toContain('usa sudo docker');
});

describe('answering many questions', () => {
  const open = atExercise();
  const names = ['mnt', 'uts', 'ipc', 'pid', 'net', 'user', 'cgroup', 'time'];
  const asking = (type: 'opcion' | 'texto') => {
    const questions = names.map((id) => ({
      id,
      text: `El síntoma de ${id}, que se cuenta en una frase que no cabe en una sola línea de sesenta`,
      type,
      options: type === 'opcion' ? names : [],
    }));
    const work = open.work && { ...open.work, attempt: { ...attempt, questions, answers: {} } };
    return play({ ...open, ...(work ? { work } : {}) }, { type: 'answer' });
  };

  it.each([
    [60, 20],
    [80, 24],
  ])('leaves the options of the one at hand in sight at %d×%d', (columns, rows) => {
    const lines = drawn(asking('opcion'), columns, rows);
    expect(lines).toHaveLength(rows);
    expect(lines.join(' ').replace(/\s+/g, ' ')).toContain('que no cabe en una sola línea de sesenta');
    for (const name of names) expect(lines.map((line) => line.replace('▸', ' ').trim())).toContain(name);
  });

  it('follows the one at hand when they are typed', () => {
    const last = play(asking('texto'), { type: 'move', by: 7 }, { type: 'type', text: 'mi respuesta' });
    expect(drawn(last, 60, 20).join('\n')).toContain('mi respuesta_');
  });
});

describe('a page', () => {
  it('renders Markdown, diagrams, notes, goals and glossary links', () => {
    const screen = drawn(atPage('grupo'), 80, 40).join('\n');
    for (const part of [
      'Al terminar podrás:',
      'encontrar el cgroup de un proceso',
      'Un cgroup es una carpeta. Mira cgroup.',
      'mkdir /sys/fs/cgroup/pan',
      'Diagrama: Un grupo',
      '│ pids  │',
      'Los apuntes decían: CGroups asignan recursos.',
      'Hoy sabemos: Los cgroups miden, limitan y priorizan.',
      'página 2 de 6',
      '→ sigue: Crea un grupo',
    ]) {
      expect(screen).toContain(part);
    }
    expect(screen).not.toContain('**');
    expect(screen).not.toContain('[[');
  });

  it('compares the prediction with what happens', () => {
    const state = play(
      atPage('p1'),
      { type: 'choose', index: 0 },
      { type: 'openLesson', lessonId: '1.2', pageId: 'explica' },
    );
    const screen = drawn(state).join('\n');
    expect(screen).toContain('Predijiste: Una carpeta');
    expect(screen).toContain('Un grupo, si es en un montaje cgroup.');
  });

  it('says how much is hidden, and only when something is', () => {
    expect(drawn(atPage('grupo'), 60, 20).at(-3)).toMatch(/↓ \d+ líneas? más abajo/);
    expect(drawn(atPage('grupo'), 80, 40).at(-3)).toMatch(/^─+$/);
  });
});

it('says that the terminal is too small, within it', () => {
  const lines = drawn(newSession(), 40, 8);
  expect(lines.join(' ')).toContain('40×8');
  expect(lines.length).toBeLessThanOrEqual(8);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(40);
});
