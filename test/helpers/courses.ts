import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { type LoadedCourse, loadCourse } from '../../src/course/load/course.ts';

export const soundCourse = path.resolve(import.meta.dirname, '../fixtures/cursos/sano');

/** A copy of the sound course in a folder of its own, removed when the test ends. */
export async function copyOfCourse(): Promise<string> {
  const parent = await mkdtemp(path.join(tmpdir(), 'curso-k8s-'));
  onTestFinished(() => rm(parent, { recursive: true, force: true }));
  const folder = path.join(parent, 'curso');
  await cp(soundCourse, folder, { recursive: true });
  return folder;
}

export function load(folder: string): Promise<LoadedCourse> {
  return loadCourse({ lessons: folder, assets: [path.join(folder, 'assets')] });
}

/** Replaces the first `from` of a file, which must be there. */
export async function edit(folder: string, file: string, from: string | RegExp, to: string): Promise<void> {
  const target = path.join(folder, file);
  const text = await readFile(target, 'utf8');
  const edited = text.replace(from, () => to);
  if (edited === text) throw new Error(`${file} does not contain ${from}`);
  await writeFile(target, edited);
}
