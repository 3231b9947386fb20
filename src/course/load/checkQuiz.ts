import type * as z from 'zod';
import type { Problem } from './problem.ts';
import { repeated } from './repeated.ts';
import type { quizSchema } from './schemas.ts';
import type { YamlFile } from './yamlFile.ts';

/** What a schema cannot say about a quiz: unique ids and right answers that exist. */
export function checkQuiz(quiz: z.output<typeof quizSchema>, yaml: YamlFile): readonly Problem[] {
  const problems: Problem[] = [
    ...repeated(
      [
        ...quiz.predicciones.map(({ id }, index) => ({ id, path: ['predicciones', index, 'id'] })),
        ...quiz.preguntas.map(({ id }, index) => ({ id, path: ['preguntas', index, 'id'] })),
      ],
      yaml,
      'quiz/id-repetido',
    ),
  ];
  for (const [index, question] of quiz.preguntas.entries()) {
    if (question.tipo !== 'opcion' && question.tipo !== 'varias') continue;
    const place = { file: yaml.file, ...yaml.position(['preguntas', index, 'opciones']) };
    const right = question.opciones.filter(({ correcta }) => correcta).length;
    if (question.tipo === 'opcion' && right !== 1) {
      problems.push({
        ...place,
        rule: 'quiz/una-correcta',
        message: `La pregunta \`${question.id}\` tiene ${right} opciones correctas y debe tener una.`,
        remedy: 'Pon `correcta: true` en una sola, o usa `tipo: varias`.',
      });
    }
    if (question.tipo === 'varias' && right === 0) {
      problems.push({
        ...place,
        rule: 'quiz/alguna-correcta',
        message: `La pregunta \`${question.id}\` no tiene ninguna opción correcta.`,
        remedy: 'Pon `correcta: true` en las que lo sean.',
      });
    }
    const seen = new Set<string>();
    for (const [optionIndex, { texto }] of question.opciones.entries()) {
      if (seen.has(texto)) {
        problems.push({
          file: yaml.file,
          ...yaml.position(['preguntas', index, 'opciones', optionIndex, 'texto']),
          rule: 'quiz/opcion-repetida',
          message: `La opción «${texto}» está dos veces.`,
          remedy: 'Cambia una por otro error frecuente.',
        });
      }
      seen.add(texto);
    }
  }
  return problems;
}
