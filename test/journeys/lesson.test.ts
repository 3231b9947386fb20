import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { copyOfCourse } from '../helpers/courses.ts';
import { flat, newHome, openCourse, workFolder } from '../helpers/journey.ts';
import { pick } from '../helpers/lessonJourney.ts';
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

it('questions by keys: in order, several, and in pairs', async () => {
  const folder = await copyOfCourse();
  const several = `  - id: q2
    pregunta: "¿Cuáles son órdenes?"
    tipo: varias
    opciones:
      - { texto: "ls", correcta: true, porque: "Lista." }
      - { texto: "cat", correcta: true, porque: "Muestra." }
      - { texto: "pan", porque: "Se come." }
    porque: "Dos lo son."
`;
  const quiz = path.join(folder, '01-uno/02-copia/quiz.yaml');
  writeFileSync(quiz, readFileSync(quiz, 'utf8').replace(/^ {2}- \{ id: q2.*\n/m, several));
  const home = newHome();
  const terminal = openCourse(home, { args: ['--curso', folder] });
  await terminal.waitFor('Enter para empezar: a.1');
  terminal.press('/');
  await terminal.waitFor('Buscar:');
  terminal.press('ordena de menor');
  await terminal.waitFor(/▸ a\.2/);
  terminal.press(keys.enter);

  await terminal.waitFor('Pregunta 1 de 3');
  await pick(terminal, 'byte');
  await terminal.waitFor('1. byte');
  terminal.press(keys.backspace);
  await terminal.waitFor((screen) => !screen.includes('1. byte'));
  await pick(terminal, 'bit');
  await terminal.waitFor('1. bit');
  // The last one is forced: it goes with the one before.
  await pick(terminal, 'byte');
  expect(await terminal.waitFor('✓ Sí')).toContain('Cada uno contiene al anterior.');
  terminal.press(keys.enter);

  await terminal.waitFor('Pregunta 2 de 3');
  await pick(terminal, 'ls');
  await terminal.waitFor('[✓] ls');
  await pick(terminal, 'pan');
  await terminal.waitFor('[✓] pan');
  await pick(terminal, 'pan');
  await terminal.waitFor('[ ] pan');
  await pick(terminal, 'cat');
  await terminal.waitFor('[✓] cat');
  await pick(terminal, 'pan');
  await terminal.waitFor('[✓] pan');
  await pick(terminal, 'Listo: comprobar');
  expect(await terminal.waitFor('✗ No es eso')).toContain('La respuesta: ls');
  terminal.press(keys.enter);
  await terminal.waitFor('¿Qué va con «cp»?');
  await pick(terminal, 'copiar');
  expect(await terminal.waitFor('✓ Sí')).toContain('cp: copiar · mv: mover');
  terminal.press(keys.enter);

  await terminal.waitFor('2 de 3 a la primera.');
});
