import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { compileCourse, compiledDocuments } from '../course/compiled.ts';
import { loadCourse } from '../course/load/course.ts';
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
    const fresh = path.join(target, `${file}.${process.pid}`);
    await writeFile(fresh, JSON.stringify(document));
    await rename(fresh, path.join(target, file));
  }
  for (const file of await readdir(target)) {
    if (file.endsWith('.json') && !(file in documents)) await rm(path.join(target, file), { force: true });
  }
  return loaded.problems.map(formatProblem);
}
