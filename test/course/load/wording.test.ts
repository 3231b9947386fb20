import { cp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadWordingRules, reviewCourse } from '../../../src/course/load/wording.ts';
import { copyOfCourse, edit } from '../../helpers/courses.ts';

const ours = path.resolve(import.meta.dirname, '../../../assets');

async function said(folder: string): Promise<readonly string[]> {
  const { problems } = await reviewCourse({ lessons: folder, assets: [path.join(folder, 'assets'), ours] });
  return problems
    .filter(({ file }) => !file.includes('..'))
    .map(
      ({ file, line, column, rule, message, remedy }) =>
        `${file}:${line}:${column} ${rule}: ${message} → ${remedy}`,
    );
}

describe('the words of a course', () => {
  it('are looked at in every text and every file, with the place of each', async () => {
    const folder = await copyOfCourse();
    expect(await said(folder)).toEqual([]);
    await edit(folder, '01-uno/modulo.yaml', 'pequeño', 'fácil');
    await edit(folder, '01-uno/01-saludo/leccion.md', 'Esto va', 'Simplemente va');
    await edit(folder, '01-uno/01-saludo/leccion.md', 'escribir un archivo', 'escribir un fichero');
    await edit(folder, '01-uno/01-saludo/quiz.yaml', 'La caja es una imagen.', 'Un fichero no.');
    await edit(folder, 'assets/glosario.yaml', 'Datos', 'Ficheros');
    const remedy = 'estilo/terminologia: El curso no escribe';
    expect(await said(folder)).toEqual([
      `01-uno/01-saludo/leccion.md:7:17 ${remedy} «fichero». → Mejor: «archivo».`,
      `01-uno/01-saludo/leccion.md:26:1 ${remedy} «Simplemente». → Mejor: quitarlo.`,
      `01-uno/01-saludo/quiz.yaml:12:42 ${remedy} «fichero». → Mejor: «archivo».`,
      `01-uno/modulo.yaml:3:19 ${remedy} «fácil». → Mejor: quitarlo: lo que cuesta depende de quien lee.`,
      `assets/glosario.yaml:4:17 ${remedy} «Ficheros». → Mejor: «archivo».`,
    ]);
  });

  it('leave alone code, commands and what the old notes said', async () => {
    const folder = await copyOfCourse();
    await edit(folder, '01-uno/01-saludo/leccion.md', 'Un archivo es una caja.', 'Un fichero es una caja.');
    await edit(folder, '01-uno/01-saludo/leccion.md', 'esto no es un título', 'fichero');
    await edit(
      folder,
      '01-uno/01-saludo/ejercicios.yaml',
      'echo hola @{nombre} > saludo.txt',
      'touch fichero',
    );
    await edit(folder, '01-uno/01-saludo/ejercicios.yaml', 'Escribe `hola', 'En `fichero` escribe `hola');
    expect(await said(folder)).toEqual([]);
  });

  it('are those of the course itself when it brings a list', async () => {
    const folder = await copyOfCourse();
    const list =
      'reglas:\n  - palabras: ["conten*", "bytes"]\n    remedio: «otra cosa»\n    salvo: ["secuencia de bytes"]\n';
    await writeFile(path.join(folder, 'assets/terminologia.yaml'), list);
    expect((await said(folder)).map((problem) => problem.split(' ')[0])).toEqual([
      '01-uno/01-saludo/leccion.md:18:35',
      '01-uno/01-saludo/quiz.yaml:4:22',
      '01-uno/01-saludo/quiz.yaml:5:20',
      '01-uno/01-saludo/quiz.yaml:11:19',
      '01-uno/01-saludo/quiz.yaml:14:35',
      '01-uno/02-copia/leccion.md:14:35',
    ]);
  });

  it('have a list whose own mistakes are told', async () => {
    const folder = await copyOfCourse();
    await writeFile(
      path.join(folder, 'assets/terminologia.yaml'),
      'reglas:\n  - palabra: x\n    remedio: y\n',
    );
    expect((await said(folder))[0]).toMatch(
      /^terminologia\.yaml:2:5 terminologia\/clave-desconocida: .*palabras/,
    );
    await rm(path.join(folder, 'assets'), { recursive: true });
    await cp(ours, path.join(folder, 'assets'), { recursive: true });
    expect((await loadWordingRules([path.join(folder, 'nada')])).rules).toEqual([]);
  });
});
