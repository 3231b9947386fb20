import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { flat, newHome, openCourse, workFolder } from '../helpers/journey.ts';
import { keys } from '../helpers/terminal.ts';

const course = path.resolve(import.meta.dirname, '../fixtures/cursos/sano');

it('a whole lesson by keys: predict, read, do, answer, explain, quiz; and the place is kept', async () => {
  const home = newHome();
  const terminal = openCourse(home, { args: ['--curso', course] });
  await terminal.waitFor('Enter para empezar: a.1');
  terminal.press(keys.enter);
  await terminal.waitFor('¿Cuánto ocupa un archivo vacío?');
  terminal.press(keys.down);
  await terminal.waitFor(/▸ Un byte/);
  terminal.press(keys.enter);
  await terminal.waitFor('tu predicción');
  terminal.press(keys.right);
  expect(await terminal.waitFor('Diagrama: Una carpeta')).toContain('Al terminar podrás:');

  terminal.press(keys.right);
  const asked = await terminal.waitFor(/hola pan-[0-9a-f]{4}/);
  await terminal.waitFor('✗');
  const name = /pan-[0-9a-f]{4,}/.exec(asked)?.[0] ?? '';
  const folder = workFolder(home, 'a.1.a');
  expect(readFileSync(path.join(folder, 'plantilla.txt'), 'utf8')).toContain(name);
  writeFileSync(path.join(folder, 'saludo.txt'), `hola ${name}`);
  await terminal.waitFor((screen) => /✓ saludo\.txt dice/.test(flat(screen)));
  terminal.press('e');
  await terminal.waitFor('Responder');
  terminal.press('5');
  await terminal.waitFor('5_');
  terminal.press(keys.enter);
  await terminal.waitFor((screen) => flat(screen).includes('El salto de línea no es una letra'));
  terminal.press('e');
  await terminal.waitFor('Responder');
  terminal.press(`${keys.backspace}4`);
  await terminal.waitFor('4_');
  terminal.press(keys.enter);
  await terminal.waitFor(
    (screen) => screen.includes('Todo en verde') && screen.includes('Ya tienes un archivo'),
  );

  for (const title of [
    'Esto va detrás',
    'Los apuntes decían: Un archivo es una caja.',
    'Predijiste: Un byte',
  ]) {
    terminal.press(keys.right);
    await terminal.waitFor(title);
  }
  terminal.press(keys.right);
  await terminal.waitFor('Pregunta 1 de 2');
  terminal.press(keys.escape);
  await terminal.waitFor(/✓ a\.1/);
  terminal.press(keys.ctrlC);
  await terminal.exited;

  const again = openCourse(home, { args: ['--curso', course] });
  await again.waitFor(/✓ a\.1 .*1\/1 ejercicios/);
  await again.waitFor('Enter para empezar: a.2');
  again.press(`${keys.up}${keys.enter}`);
  await again.waitFor('Pregunta 1 de 2');
});

it('search ignores accents and jumps to the page; the glossary filters', async () => {
  const terminal = openCourse(newHome(), { args: ['--curso', course] });
  await terminal.waitFor('? ayuda');
  terminal.press('/');
  await terminal.waitFor('Buscar:');
  terminal.press('CUANTAS letras');
  await terminal.waitFor('Nada con esas palabras');
  terminal.press('\u0015');
  await terminal.waitFor('Escribe una o más palabras');
  terminal.press('detras del');
  await terminal.waitFor(/▸ a\.1/);
  terminal.press(keys.enter);
  await terminal.waitFor('Esto va detrás del ejercicio.');
  terminal.press('g');
  await terminal.waitFor('Filtrar:');
  terminal.press('arch');
  await terminal.waitFor(/▸ archivo/);
  terminal.press(keys.escape);
  await terminal.waitFor('Esto va detrás del ejercicio.');
});
