import path from 'node:path';
import { readText } from '../../base/files.ts';
import { checkKinds, findKind } from '../../checks/kinds/index.ts';
import type { Exercise, Lesson, Page } from '../model.ts';
import { validateExercise } from '../proof/rules.ts';
import { buildExercise } from './buildExercise.ts';
import { buildPrediction, buildQuestion } from './buildQuiz.ts';
import { checkExercise } from './checkExercise.ts';
import { checkNotes, checkPlaced } from './checkPlaced.ts';
import { checkQuiz } from './checkQuiz.ts';
import { type CourseFiles, maxBytes, staysInside } from './files.ts';
import { type Body, linksIn, parseBody, type Reference } from './markdown.ts';
import type { Position, Problem } from './problem.ts';
import { exercisesSchema, frontMatterSchema, quizSchema } from './schemas.ts';
import type { YamlFile } from './yamlFile.ts';

/** A lesson and where its parts were written, so that checks over the whole course can point at a line. */
export interface LoadedLesson {
  readonly lesson: Lesson;
  /** Relative folder of the lesson. */
  readonly folder: string;
  readonly body: Body;
  /** Links in exercises and quiz: shown file, line and target. */
  readonly links: readonly (Reference & { readonly file: string })[];
  /** Where the front matter's id is. */
  readonly idPosition: Position;
  readonly exercisesYaml: YamlFile;
  readonly quizYaml: YamlFile;
}

/** The names of a lesson that could not be loaded, as far as they can be read: links to it are not broken. */
export async function namesOfBroken(files: CourseFiles, folder: string): Promise<readonly string[]> {
  const read = await readText(path.join(files.root, folder, 'leccion.md'), maxBytes);
  const text = read.state === 'read' ? read.value : '';
  return [...text.slice(0, 2000).matchAll(/^(?:id|alias):[ \t]*["']?([\w.-]+)/gm)].map(
    (match) => match[1] ?? '',
  );
}

/** Reads `folder`. Undefined when something in it is broken: then the problems say what, and the lesson is left out. */
export async function loadLesson(
  files: CourseFiles,
  folder: string,
  moduleId: string,
): Promise<LoadedLesson | undefined> {
  const before = files.problems.length;
  const text = await files.text(`${folder}/leccion.md`, 'Una lección lleva `leccion.md` con lo que se lee.');
  const head = text === undefined ? undefined : readHead(files, `${folder}/leccion.md`, text);
  const exercises = await files.yaml(
    `${folder}/ejercicios.yaml`,
    exercisesSchema,
    'ejercicio',
    'Una lección lleva `ejercicios.yaml` con al menos un ejercicio.',
  );
  const quiz = await files.yaml(
    `${folder}/quiz.yaml`,
    quizSchema,
    'quiz',
    'Una lección lleva `quiz.yaml` con dos o tres preguntas.',
  );
  if (head === undefined || exercises === undefined || quiz === undefined) return undefined;

  const { front, body, idPosition } = head;
  const texts = new Set<string>();
  for (const [index, exercise] of exercises.value.ejercicios.entries()) {
    for (const [fileIndex, { de }] of exercise.inicio.archivos.entries()) {
      const place = exercises.yaml.position(['ejercicios', index, 'inicio', 'archivos', fileIndex, 'de']);
      if (await startFileIsText(files, folder, de, { file: exercises.yaml.file, ...place })) texts.add(de);
    }
  }
  const built = exercises.value.ejercicios.map((written) =>
    buildExercise(written, front.id, (file) => texts.has(file)),
  );
  for (const [index, exercise] of built.entries()) {
    const at = ['ejercicios', index];
    const wrong = checkExercise(exercise, exercises.yaml, at);
    // The engine's rules follow ids from one part to another: with wrong ids they would only repeat the same.
    files.report(...(wrong.length > 0 ? wrong : engineProblems(exercise, exercises.yaml, at)));
  }
  files.report(...body.problems, ...checkQuiz(quiz.value, quiz.yaml));
  files.report(
    ...checkPlaced(files, folder, built, quiz.value.predicciones, body, exercises.yaml, quiz.yaml),
  );
  checkNotes(files, folder, front.apuntes, body);
  // Only style problems leave the lesson readable; anything else does not.
  if (files.problems.slice(before).some(({ rule }) => !readableRules.has(rule))) return undefined;

  const predictions = quiz.value.predicciones.map(buildPrediction);
  const questions = quiz.value.preguntas.map(buildQuestion);
  const lesson: Lesson = {
    id: front.id,
    alias: front.alias,
    moduleId,
    title: front.titulo,
    minutes: front.minutos,
    optional: front.optativa,
    goals: front.objetivos,
    notes: front.apuntes.map(({ fila, decian, sabemos }) => ({ row: fila, said: decian, now: sabemos })),
    pages: [...titled(body.pages, built), ...closingPages(predictions.length, quiz.value.repaso.length)],
    exercises: built,
    predictions,
    questions,
    review: quiz.value.repaso,
    folder: path.join(files.root, folder),
  };
  return {
    lesson,
    folder,
    body,
    idPosition,
    exercisesYaml: exercises.yaml,
    quizYaml: quiz.yaml,
    links: [
      ...linksOf(exercises.yaml, exercises.value),
      ...linksOf(quiz.yaml, quiz.value),
      ...body.links.map((link) => ({ ...link, file: files.shown(`${folder}/leccion.md`) })),
    ],
  };
}

/** What the engine has to say: kinds, fields, expressions, the graph of checks. */
function engineProblems(exercise: Exercise, yaml: YamlFile, at: readonly PropertyKey[]): readonly Problem[] {
  const names = checkKinds.map(({ name }) => name);
  return validateExercise(exercise, findKind, names).map(({ path: inner, rule, message, remedy, within }) => {
    const full = [...at, ...inner];
    const place = within === undefined ? yaml.position(full) : yaml.positionIn(full, within.start);
    return { file: yaml.file, ...place, rule, message, remedy };
  });
}

/** Problems after which a lesson can still be read and done. */
const readableRules: ReadonlySet<string> = new Set([
  'texto/palabras',
  'texto/titulo',
  'texto/codigo-sin-lenguaje',
  'texto/codigo-lenguaje',
  'comprobacion/sin-error',
  'ejercicio/pregunta-sin-uso',
  'ejercicio/pista-solucion',
]);

function readHead(files: CourseFiles, file: string, text: string) {
  const match = /^---\n([\s\S]*?\n)?---[ \t]*(?:\n|$)/.exec(text);
  if (match === null) {
    return files.report({
      file: files.shown(file),
      line: 1,
      column: 1,
      rule: 'leccion/cabecera',
      message: 'La lección no empieza por una cabecera entre líneas `---`.',
      remedy: 'Pon arriba `---`, los datos (`id`, `alias`, `titulo`…) y otra línea `---`.',
    });
  }
  const front = files.check(file, match[1] ?? '', 1, frontMatterSchema, 'leccion');
  if (front === undefined) return undefined;
  const bodyLine = match[0].split('\n').length;
  return {
    front: front.value,
    idPosition: front.yaml.position(['id']),
    body: parseBody(files.shown(file), text.slice(match[0].length), bodyLine, front.value.titulo),
  };
}

async function startFileIsText(
  files: CourseFiles,
  folder: string,
  file: string,
  place: Position & { readonly file: string },
): Promise<boolean> {
  if (!staysInside(file)) {
    files.report({
      ...place,
      rule: 'ejercicio/archivo-fuera',
      message: `\`${file}\` sale de la carpeta de la lección.`,
      remedy: 'Copia el archivo dentro de `inicio/` y escribe su ruta sin `..`.',
    });
    return false;
  }
  if (!(await files.isFile(`${folder}/${file}`))) {
    files.report({
      ...place,
      rule: 'ejercicio/archivo-falta',
      message: `El archivo \`${file}\` no está en la carpeta de la lección.`,
      remedy: `Créalo en \`${folder}/${file}\` o corrige la ruta.`,
    });
    return false;
  }
  return files.isText(`${folder}/${file}`);
}

function titled(pages: readonly Page[], exercises: readonly Exercise[]): readonly Page[] {
  return pages.map((page) => {
    if (page.kind !== 'exercise') return page;
    const exercise = exercises.find(({ id }) => id === page.exerciseId);
    return exercise === undefined ? page : { ...page, title: exercise.title };
  });
}

/** The program adds these to every lesson, in this order. */
function closingPages(predictions: number, reviews: number): readonly Page[] {
  return [
    ...(predictions > 0
      ? [{ kind: 'explain', id: 'explica', title: 'Lo que creías y lo que pasa' } as const]
      : []),
    { kind: 'quiz', id: 'quiz', title: 'Preguntas' } as const,
    ...(reviews > 0
      ? [{ kind: 'review', id: 'repaso', title: 'Repaso de lecciones anteriores' } as const]
      : []),
  ];
}

/** `[[…]]` in any text of a YAML file. */
function linksOf(yaml: YamlFile, value: unknown): (Reference & { file: string })[] {
  const found: (Reference & { file: string })[] = [];
  const visit = (node: unknown, at: readonly PropertyKey[]): void => {
    // Steps are shell, where `[[` is a test.
    if (at.at(-1) === 'pasos') return;
    if (typeof node === 'string') {
      for (const name of linksIn(node)) found.push({ name, line: yaml.position(at).line, file: yaml.file });
    } else if (Array.isArray(node)) {
      for (const [index, item] of node.entries()) visit(item, [...at, index]);
    } else if (typeof node === 'object' && node !== null) {
      for (const [key, item] of Object.entries(node)) visit(item, [...at, key]);
    }
  };
  visit(value, []);
  return found;
}
