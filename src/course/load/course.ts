import path from 'node:path';
import { fold } from '../../base/text.ts';
import { textWidth } from '../../base/width.ts';
import type { Course, Diagram, GlossaryTerm, Module } from '../model.ts';
import { CourseFiles } from './files.ts';
import { type LoadedLesson, loadLesson, namesOfBroken } from './lesson.ts';
import { compareProblems, type Problem } from './problem.ts';
import { checkReferences } from './references.ts';
import { diagramSchema, glossarySchema, moduleSchema } from './schemas.ts';

/** Columns a drawing may take, so that it fits beside an exercise at 100 columns and in 60. */
const diagramColumns = 58;

export interface CourseFolders {
  /** Absolute path of the folder with the modules. */
  readonly lessons: string;
  /**
   * Absolute folders with `diagramas/` and `glosario.yaml`; what an earlier one has wins. A course of somebody else
   * puts its own before those of the program.
   */
  readonly assets: readonly string[];
}

export interface LoadedCourse {
  readonly course: Course;
  /** Everything wrong, by file and line. Lessons with problems that make them unusable are not in `course`. */
  readonly problems: readonly Problem[];
  /** Where each lesson that could be read was written; for proofs that report lines. */
  readonly lessons: readonly LoadedLesson[];
  /** Relative folders of lessons that were left out. */
  readonly leftOut: readonly string[];
}

/** Reads and validates a whole course. Never throws for what is in the files; what is wrong is in `problems`. */
export async function loadCourse(folders: CourseFolders): Promise<LoadedCourse> {
  const files = new CourseFiles(folders.lessons);
  const modules: Module[] = [];
  const lessons: LoadedLesson[] = [];
  const leftOut: string[] = [];
  for (const moduleFolder of await files.folders('')) {
    const lessonFolders = await lessonFoldersIn(files, moduleFolder);
    if (lessonFolders.length === 0 && !(await files.exists(`${moduleFolder}/modulo.yaml`))) continue;
    const written = await files.yaml(
      `${moduleFolder}/modulo.yaml`,
      moduleSchema,
      'modulo',
      'Créalo con `id`, `titulo` y `resumen`.',
    );
    if (written === undefined) {
      leftOut.push(...lessonFolders);
      continue;
    }
    const { id, titulo, resumen } = written.value;
    if (modules.some((module) => module.id === id)) {
      files.report({
        file: written.yaml.file,
        ...written.yaml.position(['id']),
        rule: 'modulo/id-repetido',
        message: `Otro módulo ya usa el id \`${id}\`.`,
        remedy: 'Cambia uno de los dos.',
      });
      leftOut.push(...lessonFolders);
      continue;
    }
    const own: LoadedLesson[] = [];
    for (const folder of lessonFolders) {
      const loaded = await loadLesson(files, folder, id);
      if (loaded === undefined || clashes(files, loaded, lessons)) leftOut.push(folder);
      else {
        own.push(loaded);
        lessons.push(loaded);
      }
    }
    modules.push({ id, title: titulo, summary: resumen, lessons: own.map(({ lesson }) => lesson) });
  }
  if (modules.length === 0 && leftOut.length === 0) {
    files.report({
      file: '.',
      line: 1,
      column: 1,
      rule: 'curso/vacio',
      message: 'En esta carpeta no hay ningún módulo.',
      remedy: 'Un curso lleva carpetas `NN-modulo/` con `modulo.yaml` y dentro una carpeta por lección.',
    });
  }
  const assets = await loadAssets(folders);
  const broken = {
    lessons: new Set((await Promise.all(leftOut.map((folder) => namesOfBroken(files, folder)))).flat()),
    diagrams: assets.brokenDiagrams,
  };
  const course: Course = { modules, glossary: assets.glossary, diagrams: assets.diagrams };
  const problems = [...files.problems, ...assets.problems, ...checkReferences(course, lessons, broken)];
  return { course, lessons, leftOut, problems: problems.sort(compareProblems) };
}

async function lessonFoldersIn(files: CourseFiles, moduleFolder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of await files.folders(moduleFolder)) {
    const folder = `${moduleFolder}/${name}`;
    for (const file of ['leccion.md', 'ejercicios.yaml', 'quiz.yaml']) {
      if (!(await files.exists(`${folder}/${file}`))) continue;
      found.push(folder);
      break;
    }
  }
  return found;
}

/** Ids and aliases are how progress and commands find a lesson: two cannot share one. */
function clashes(files: CourseFiles, loaded: LoadedLesson, earlier: readonly LoadedLesson[]): boolean {
  const names = ({ lesson }: LoadedLesson) => [lesson.id, lesson.alias];
  const twin = earlier.find((other) => names(other).some((name) => names(loaded).includes(name)));
  if (twin === undefined) return false;
  const sameId = twin.lesson.id === loaded.lesson.id;
  files.report({
    file: files.shown(`${loaded.folder}/leccion.md`),
    ...loaded.idPosition,
    rule: 'leccion/id-repetido',
    message: `La lección \`${twin.folder}\` ya usa ${sameId ? `el id \`${twin.lesson.id}\`` : `el alias \`${loaded.lesson.alias}\``}.`,
    remedy: 'Cambia uno de los dos.',
  });
  return true;
}

/** Files of one of the folders of assets; problems name them from the folder of lessons: `../assets/glosario.yaml`. */
export function assetFiles({ lessons }: CourseFolders, folder: string): CourseFiles {
  const shown = path.relative(lessons, folder).replaceAll('\\', '/');
  return new CourseFiles(folder, shown === '' ? '' : `${shown}/`);
}

async function loadAssets(folders: CourseFolders): Promise<{
  readonly diagrams: { readonly [id: string]: Diagram };
  readonly glossary: readonly GlossaryTerm[];
  readonly brokenDiagrams: ReadonlySet<string>;
  readonly problems: readonly Problem[];
}> {
  const brokenDiagrams = new Set<string>();
  const diagrams: { [id: string]: Diagram } = {};
  const glossary: GlossaryTerm[] = [];
  const problems: Problem[] = [];
  for (const folder of folders.assets) {
    const files = assetFiles(folders, folder);
    for (const name of await files.yamlNames('diagramas')) {
      const id = name.replace(/\.yaml$/, '');
      const diagram = await loadDiagram(files, `diagramas/${name}`, id);
      if (diagram === undefined) brokenDiagrams.add(id);
      else diagrams[id] ??= diagram;
    }
    if (await files.exists('glosario.yaml')) {
      const written = await files.yaml('glosario.yaml', glossarySchema, 'glosario', '');
      const known = new Map<string, string>();
      for (const [index, term] of (written?.value.terminos ?? []).entries()) {
        for (const name of [term.termino, ...term.otros]) {
          const twin = known.get(fold(name));
          if (twin !== undefined && written !== undefined) {
            files.report({
              file: written.yaml.file,
              ...written.yaml.position(['terminos', index, 'termino']),
              rule: 'glosario/repetido',
              message: `«${name}» ya está en el glosario, en «${twin}».`,
              remedy: 'Deja una sola entrada, con las otras formas en `otros`.',
            });
          }
          known.set(fold(name), term.termino);
        }
        if (glossary.some((other) => fold(other.term) === fold(term.termino))) continue;
        glossary.push({
          term: term.termino,
          english: term.ingles,
          definition: term.definicion,
          aliases: term.otros,
        });
      }
    }
    problems.push(...files.problems);
  }
  glossary.sort((left, right) => left.term.localeCompare(right.term, 'es'));
  return { diagrams, brokenDiagrams, glossary, problems };
}

async function loadDiagram(files: CourseFiles, file: string, id: string): Promise<Diagram | undefined> {
  const written = await files.yaml(file, diagramSchema, 'diagrama', '');
  if (written === undefined) return undefined;
  const { titulo, alt, dibujo } = written.value;
  const lines = dibujo
    .replace(/\n+$/, '')
    .split('\n')
    .map((line) => line.trimEnd());
  const start = written.yaml.position(['dibujo']).line;
  for (const [index, line] of lines.entries()) {
    const columns = textWidth(line);
    if (columns <= diagramColumns) continue;
    return files.report({
      file: files.shown(file),
      line: start + 1 + index,
      column: diagramColumns + 1,
      rule: 'diagrama/ancho',
      message: `La línea ${index + 1} del dibujo ocupa ${columns} columnas; caben ${diagramColumns}.`,
      remedy: 'Estrecha el dibujo.',
    });
  }
  return { id, title: titulo, alt, lines };
}
