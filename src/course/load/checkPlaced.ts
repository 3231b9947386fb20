import type { Exercise } from '../model.ts';
import type { CourseFiles } from './files.ts';
import type { Body, Reference } from './markdown.ts';
import type { Position } from './problem.ts';
import type { YamlFile } from './yamlFile.ts';

/** Every prediction and exercise once in the text, and nothing in the text that is not declared. */
export function checkPlaced(
  files: CourseFiles,
  folder: string,
  exercises: readonly Exercise[],
  predictions: readonly { readonly id: string }[],
  body: Body,
  exercisesYaml: YamlFile,
  quizYaml: YamlFile,
) {
  const lessonFile = files.shown(`${folder}/leccion.md`);
  return [
    ...placedOnce('ejercicio', exercises, body.exercises, lessonFile, (index) => ({
      file: exercisesYaml.file,
      ...exercisesYaml.position(['ejercicios', index, 'id']),
    })),
    ...placedOnce('prediccion', predictions, body.predictions, lessonFile, (index) => ({
      file: quizYaml.file,
      ...quizYaml.position(['predicciones', index, 'id']),
    })),
  ];
}

function placedOnce(
  directive: 'ejercicio' | 'prediccion',
  declared: readonly { readonly id: string }[],
  placed: readonly Reference[],
  lessonFile: string,
  declaredAt: (index: number) => Position & { readonly file: string },
) {
  const area = directive === 'ejercicio' ? 'ejercicio' : 'quiz';
  const missing = declared.flatMap(({ id }, index) =>
    placed.some(({ name }) => name === id)
      ? []
      : [
          {
            ...declaredAt(index),
            rule: `${area}/sin-colocar`,
            message: `\`${id}\` no aparece en \`leccion.md\`.`,
            remedy: `Añade una línea \`@${directive} ${id}\` donde toque hacerlo.`,
          },
        ],
  );
  const wrong = placed.flatMap(({ name, line }, index) => {
    const place = { file: lessonFile, line, column: 1 };
    if (!declared.some(({ id }) => id === name)) {
      const known = declared.map(({ id }) => `\`${id}\``).join(', ') || 'ninguno';
      return [
        {
          ...place,
          rule: 'texto/directiva-sin-destino',
          message: `\`@${directive} ${name}\` no existe en esta lección.`,
          remedy: `Los declarados son: ${known}.`,
        },
      ];
    }
    if (placed.findIndex((other) => other.name === name) === index) return [];
    return [
      {
        ...place,
        rule: 'texto/directiva-repetida',
        message: `\`@${directive} ${name}\` ya apareció antes.`,
        remedy: 'Deja una sola: cada una es una página.',
      },
    ];
  });
  return [...missing, ...wrong];
}

/** Every row that the text shows is in the front matter. */
export function checkNotes(
  files: CourseFiles,
  folder: string,
  notes: readonly { readonly fila: string }[],
  body: Body,
): void {
  for (const { name, line } of body.noteRows) {
    if (notes.some(({ fila }) => fila === name)) continue;
    files.report({
      file: files.shown(`${folder}/leccion.md`),
      line,
      column: 1,
      rule: 'texto/apuntes',
      message: `La fila ${name} no está en \`apuntes\`, en la cabecera.`,
      remedy: `Añade allí \`fila: ${name}\` con \`decian\` y \`sabemos\`, o quítala de aquí.`,
    });
  }
}
