import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { compileCourse, compiledDocuments } from '../course/compiled.ts';
import { loadCourse } from '../course/load/course.ts';
import { editorSchemas, kindsTable, replaceBetweenMarks } from '../course/load/jsonSchema.ts';
import { formatProblem } from '../course/load/problem.ts';

/**
 * Writes `dist/curso/*.json` from `lessons/` and `assets/`. Resolves with the problems found, one text each; the
 * lessons that have them may be missing from what is written.
 */
export async function compileLessons(packageRoot: string): Promise<readonly string[]> {
  const lessons = path.join(packageRoot, 'lessons');
  const loaded = await loadCourse({ lessons, assets: [path.join(packageRoot, 'assets')] });
  const documents = compiledDocuments(compileCourse(loaded.course), (folder) =>
    path.relative(lessons, folder).replaceAll('\\', '/'),
  );
  const target = path.join(packageRoot, 'dist', 'curso');
  await mkdir(target, { recursive: true });
  // File by file, each replaced at once: a course that is open keeps finding its pieces.
  for (const [file, document] of Object.entries(documents)) {
    await replaceFile(path.join(target, file), JSON.stringify(document));
  }
  for (const file of await readdir(target)) {
    if (file.endsWith('.json') && !(file in documents)) await rm(path.join(target, file), { force: true });
  }
  return loaded.problems.map(formatProblem);
}

/**
 * Brings up to date what is committed but comes from the code: the schemas for editors and the table of kinds in
 * `lessons/README.md`. Writes only what changed; resolves with the names of the files written.
 */
export async function writeGenerated(packageRoot: string): Promise<readonly string[]> {
  const written: string[] = [];
  for (const [file, content] of await generatedFiles(packageRoot)) {
    const current = await readFile(path.join(packageRoot, file), 'utf8').catch(() => undefined);
    if (current === content) continue;
    await mkdir(path.dirname(path.join(packageRoot, file)), { recursive: true });
    await replaceFile(path.join(packageRoot, file), content);
    written.push(file);
  }
  return written;
}

/** What those files should contain. */
export async function generatedFiles(packageRoot: string): Promise<ReadonlyMap<string, string>> {
  const readme = await readFile(path.join(packageRoot, 'lessons', 'README.md'), 'utf8');
  return new Map([
    ...Object.entries(editorSchemas()).map(
      ([file, schema]) => [`assets/esquemas/${file}`, `${JSON.stringify(schema, null, 2)}\n`] as const,
    ),
    ['lessons/README.md', replaceBetweenMarks(readme, 'tipos', kindsTable())] as const,
  ]);
}

async function replaceFile(file: string, content: string): Promise<void> {
  const fresh = `${file}.${process.pid}`;
  await writeFile(fresh, content);
  await rename(fresh, file);
}
