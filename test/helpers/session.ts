import type { CourseIndex } from '../../src/course/compiled.ts';
import type { Lesson, Question } from '../../src/course/model.ts';
import type { SessionEvent } from '../../src/course/session/event.ts';
import {
  type AttemptView,
  initialState,
  type LearnerRecord,
  type SessionState,
} from '../../src/course/session/state.ts';
import { step } from '../../src/course/session.ts';

/** A small course for the session and its screens: two lessons, every kind of page, every type of question. */
export const questions: readonly Question[] = [
  {
    id: 'q1',
    text: '¿Qué llamada al sistema crea un contenedor?',
    answer: {
      type: 'opcion',
      options: [
        { text: 'Ninguna: son varias juntas', correct: true, because: 'Cada pieza tiene la suya.' },
        { text: '`container_create`', correct: false, because: 'Esa llamada no existe.' },
      ],
    },
    because: 'El kernel no conoce contenedores.',
  },
  {
    id: 'q2',
    text: '¿Cuáles aíslan?',
    answer: {
      type: 'varias',
      options: [
        { text: 'namespaces', correct: true, because: '' },
        { text: 'nice', correct: false, because: 'Solo cambia la prioridad.' },
        { text: 'chroot', correct: true, because: '' },
      ],
    },
    because: 'Aislar es cambiar lo que se ve.',
  },
  {
    id: 'q3',
    text: '137 es 128 más…',
    answer: { type: 'numero', value: 9, tolerance: 0 },
    because: 'SIGKILL es la 9.',
  },
  {
    id: 'q4',
    text: '¿Qué señal?',
    answer: { type: 'texto', accepts: ['SIGKILL', 'KILL'] },
    because: 'No se puede atrapar.',
  },
  {
    id: 'q5',
    text: 'Ordena',
    answer: { type: 'orden', items: ['docker', 'dockerd', 'containerd', 'runc'] },
    because: 'De fuera adentro.',
  },
  {
    id: 'q6',
    text: 'Empareja',
    answer: {
      type: 'parejas',
      pairs: [
        ['UTS', 'el nombre'],
        ['PID', 'los procesos'],
        ['NET', 'la red'],
      ],
    },
    because: 'Cada namespace, una cosa.',
  },
];

export const lesson: Lesson = {
  id: '1.2',
  alias: 'cgroups',
  moduleId: 'M1',
  title: 'cgroups v1 y v2: medir y limitar',
  minutes: 20,
  optional: false,
  goals: ['encontrar el cgroup de un proceso'],
  notes: [{ row: 'S10', said: 'CGroups asignan recursos.', now: 'Los cgroups miden, limitan y priorizan.' }],
  pages: [
    { kind: 'prediction', id: 'p1', title: 'Predice', predictionId: 'p1' },
    {
      kind: 'text',
      id: 'grupo',
      title: 'Un grupo es una carpeta',
      blocks: [
        {
          kind: 'markdown',
          text: 'Un **cgroup** es una carpeta. Mira [[cgroup]].\n\n```sh\nmkdir /sys/fs/cgroup/pan\n```',
        },
        { kind: 'diagram', diagramId: 'D1' },
        { kind: 'notes', rows: ['S10'] },
      ],
    },
    { kind: 'exercise', id: '1.2.b', title: 'Crea un grupo', exerciseId: '1.2.b' },
    { kind: 'explain', id: 'explica', title: 'Explica' },
    { kind: 'quiz', id: 'quiz', title: 'Preguntas' },
    { kind: 'review', id: 'repaso', title: 'Repaso' },
  ],
  exercises: [
    {
      id: '1.2.b',
      lessonId: '1.2',
      title: 'Crea un grupo y habítalo',
      style: 'guiado',
      world: 'linux',
      task: 'Crea un cgroup llamado `pan-7f3c`.',
      parameters: {},
      start: { files: [], steps: [] },
      questions: [],
      checks: [],
      hints: ['una', 'dos', 'tres', 'cuatro'],
      afterword: 'Un grupo es una carpeta.',
      solution: { steps: [], answers: {}, rungs: [] },
      wrong: [],
      unusual: [],
    },
  ],
  predictions: [
    {
      id: 'p1',
      question: '¿Qué crea `mkdir`?',
      options: ['Una carpeta', 'Un grupo', 'Nada'],
      observed: 'Un grupo, si es en un montaje cgroup.',
    },
  ],
  questions,
  review: ['0.1/q1'],
  folder: '/nada',
};

export const index: CourseIndex = {
  modules: [
    {
      id: 'M0',
      title: 'Arranque',
      summary: '',
      lessons: [summary('0.1', 'Tu laboratorio', ['0.1.a'], ['inicio'])],
    },
    {
      id: 'M1',
      title: 'Contenedores por dentro',
      summary: '',
      lessons: [
        {
          ...summary(
            '1.2',
            lesson.title,
            ['1.2.b'],
            lesson.pages.map(({ id }) => id),
          ),
          alias: 'cgroups',
        },
        summary('1.3', 'chroot y pivot_root', ['1.3.a'], ['uno']),
      ],
    },
  ],
};

function summary(id: string, title: string, exercises: readonly string[], pageIds: readonly string[]) {
  return {
    id,
    alias: `alias-${id}`,
    moduleId: `M${id[0]}`,
    title,
    minutes: 20,
    optional: false,
    pageIds,
    exercises: exercises.map((exercise) => ({ id: exercise, title: exercise })),
    questionIds: [],
  };
}

export const diagrams = {
  D1: {
    id: 'D1',
    title: 'Un grupo',
    alt: 'Una caja con dos archivos.',
    lines: ['┌───────┐', '│ pids  │', '└───────┘'],
  },
};

export const attempt: AttemptView = {
  exerciseId: '1.2.b',
  title: 'Crea un grupo y habítalo',
  task: 'Crea un cgroup llamado `pan-7f3c` y deja dentro un proceso vivo.',
  questions: [
    { id: 'version', text: '¿Qué versión tienes?', type: 'texto', options: [] },
    { id: 'tipo', text: '¿Qué tipo es?', type: 'opcion', options: ['v1', 'v2'] },
  ],
  answers: {},
  hints: [],
  hintTotal: 4,
  checks: [
    { id: 'existe', description: 'el cgroup pan-7f3c existe' },
    { id: 'vivo', description: 'tiene un proceso vivo' },
  ],
  announcement: 'Trabajas como root en este Linux (cgroup v1).',
  folder: '/home/ana/curso/1.2.b',
};

export function newSession(record: LearnerRecord = { lessons: {} }): SessionState {
  return initialState(index, record, 7);
}

/** The state after all these events, one after another. */
export function play(state: SessionState, ...events: readonly SessionEvent[]): SessionState {
  return events.reduce((now, event) => step(now, event).state, state);
}

/** Lesson 1.2 open and loaded, at the page with this id. */
export function atPage(pageId: string, from: SessionState = newSession()): SessionState {
  return play(
    from,
    { type: 'openLesson', lessonId: '1.2', pageId },
    { type: 'lessonLoaded', lesson, reviews: [] },
  );
}

/** The exercise with its attempt open. */
export function atExercise(): SessionState {
  return play(atPage('1.2.b'), { type: 'attemptOpened', attempt });
}
