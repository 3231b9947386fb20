import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  type Catalog,
  CourseUnreadable,
  openBundledCourse,
  openCourseFolder,
} from '../../src/course/catalog.ts';
import { searchPages } from '../../src/course/search.ts';
import { compileLessons } from '../../src/dev/compile.ts';
import { copyOfCourse, edit, soundCourse } from '../helpers/courses.ts';

/** A package whose lessons are the sound course, compiled as the build does. */
async function compiledPackage(): Promise<string> {
  const root = await mkdtemp(path.join(tmpdir(), 'curso-k8s-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  await cp(soundCourse, path.join(root, 'lessons'), { recursive: true });
  await cp(path.join(soundCourse, 'assets'), path.join(root, 'assets'), { recursive: true });
  await compileLessons(root);
  return root;
}

async function contents(catalog: Catalog) {
  const lessons = await Promise.all(['a.1', 'a.2'].map((id) => catalog.lesson(id)));
  return {
    index: catalog.index,
    lessons: lessons.map((lesson) => ({ ...lesson, folder: path.basename(lesson?.folder ?? '') })),
    diagrams: await catalog.diagrams(),
    glossary: await catalog.glossary(),
    pages: await catalog.searchable(),
  };
}

describe('the catalogue', () => {
  it('says the same of the compiled course and of its folder', async () => {
    const root = await compiledPackage();
    const bundled = await openBundledCourse(root);
    const folder = await openCourseFolder(path.join(root, 'lessons'), root);
    expect(await contents(bundled)).toEqual(await contents(folder));
    expect(folder.problems).toEqual([]);
  });

  it('finds the start files of a compiled lesson wherever the package is', async () => {
    const root = await compiledPackage();
    const moved = `${root}-otro`;
    await cp(root, moved, { recursive: true });
    onTestFinished(() => rm(moved, { recursive: true, force: true }));
    const lesson = await (await openBundledCourse(moved)).lesson('a.1');
    expect(lesson?.folder).toBe(path.join(moved, 'lessons', '01-uno', '01-saludo'));
  });

  it.each([
    ['a.1.a', 'a.1.a'],
    ['A.1/a', 'a.1.a'],
    ['saludo/a', 'a.1.a'],
    ['copia/A', 'a.2.a'],
    ['a.1', undefined],
    ['saludo/b', undefined],
    ['', undefined],
  ])('the exercise «%s» is %s', async (name, id) => {
    const catalog = await openCourseFolder(soundCourse, soundCourse);
    expect((await catalog.exercise(name))?.exercise.id).toBe(id);
  });

  it('knows a lesson by its id or alias and has no others', async () => {
    const catalog = await openCourseFolder(soundCourse, soundCourse);
    expect((await catalog.lesson('COPIA'))?.id).toBe('a.2');
    expect(await catalog.lesson('a.3')).toBeUndefined();
  });

  it('opens the course of somebody else without what is broken, and says what that is', async () => {
    const folder = await copyOfCourse();
    await edit(folder, '01-uno/02-copia/quiz.yaml', 'tipo: orden', 'tipo: desorden');
    const catalog = await openCourseFolder(folder, soundCourse);
    expect(catalog.index.modules[0]?.lessons.map(({ id }) => id)).toEqual(['a.1']);
    expect(catalog.problems).toMatchObject([{ file: '01-uno/02-copia/quiz.yaml', line: 4 }]);
    expect(catalog.leftOut).toEqual(['01-uno/02-copia']);
  });

  it('says in Spanish that a damaged installation cannot be opened', async () => {
    const root = await compiledPackage();
    await writeFile(path.join(root, 'dist/curso/leccion-a.1.json'), '{"id": "a.1"');
    const catalog = await openBundledCourse(root);
    await expect(catalog.lesson('a.1')).rejects.toThrow(
      /leccion-a\.1\.json no es JSON válido\. Vuelve a instalarlo/,
    );
    await rm(path.join(root, 'dist/curso/indice.json'));
    await expect(openBundledCourse(root)).rejects.toThrow(CourseUnreadable);
    await mkdir(path.join(root, 'dist/curso/indice.json'));
    await expect(openBundledCourse(root)).rejects.toThrow(CourseUnreadable);
  });

  it('forgets a compiled lesson that is no longer in the course', async () => {
    const root = await compiledPackage();
    await rm(path.join(root, 'lessons/01-uno/02-copia'), { recursive: true });
    await compileLessons(root);
    expect(await (await openBundledCourse(root)).lesson('a.2')).toBeUndefined();
  });
});

describe('search', () => {
  it('shows prose of the real course: no rules of tables, no templates, no marks', async () => {
    const root = path.resolve(import.meta.dirname, '../..');
    const pages = await (await openCourseFolder(path.join(root, 'lessons'), root)).searchable();
    expect(pages.length).toBeGreaterThan(50);
    for (const { pageId, text } of pages) {
      expect(`${pageId}: ${text}`).not.toMatch(/@\{|--- ---|\]\(|\*\*|mundo\.peldano|```/);
    }
    const table = pages.find(({ pageId }) => pageId === 'que-puede-decir-el-diagnostico');
    expect(table?.text).toContain('dice significa listo Responde');
  });

  const pages = [
    { lessonId: '1', pageId: 'a', title: 'Cámaras', text: 'Un artículo sobre la niñez de las cámaras.' },
    {
      lessonId: '1',
      pageId: 'b',
      title: 'Otra',
      text: `${'relleno '.repeat(60)}y al final una cámara negra`,
    },
    { lessonId: '2', pageId: 'c', title: 'Nada', text: 'Sin relación.' },
  ];
  const found = (query: string) => searchPages(pages, query).map(({ pageId }) => pageId);

  it('ignores accents and case, takes unfinished words and wants all of them', () => {
    expect(found('CAMARA')).toEqual(['a', 'b']);
    expect(found('camara neg')).toEqual(['b']);
    expect(found('cámara blanca')).toEqual([]);
    expect(found('ninez')).toEqual(['a']);
    expect(found('  ')).toEqual([]);
    expect(searchPages(pages, 'camara', 1)).toHaveLength(1);
  });

  it('shows the words where they are, cut between words', () => {
    const [, hit] = searchPages(pages, 'camara');
    expect(hit?.snippet).toMatch(/^…\S.*cámara negra$/);
    expect(hit?.snippet.length).toBeLessThanOrEqual(122);
  });

  it('reads the pages of a course, and neither the answers nor the marks', async () => {
    const catalog = await openCourseFolder(soundCourse, soundCourse);
    const all = await catalog.searchable();
    expect(searchPages(all, 'archivo nombre')[0]).toMatchObject({
      lessonId: 'a.1',
      pageId: 'que-es-un-archivo',
    });
    expect(searchPages(all, 'carpeta que contiene')).toMatchObject([{ pageId: 'que-es-un-archivo' }]);
    expect(searchPages(all, 'secuencia de bytes')).toMatchObject([{ pageId: 'lo-que-decian-los-apuntes' }]);
    expect(searchPages(all, 'imagen')).toEqual([]);
    for (const { text } of all) expect(text).not.toMatch(/[`*]|\[\[|@\{/);
  });
});
