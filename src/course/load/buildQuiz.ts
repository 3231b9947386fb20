import type * as z from 'zod';
import type { Prediction, Question } from '../model.ts';
import type { quizSchema } from './schemas.ts';

type WrittenQuiz = z.output<typeof quizSchema>;

export function buildPrediction(written: WrittenQuiz['predicciones'][number]): Prediction {
  return {
    id: written.id,
    question: written.pregunta,
    options: written.opciones,
    observed: written.observa,
  };
}

export function buildQuestion(written: WrittenQuiz['preguntas'][number]): Question {
  return { id: written.id, text: written.pregunta, answer: buildAnswer(written), because: written.porque };
}

function buildAnswer(written: WrittenQuiz['preguntas'][number]): Question['answer'] {
  switch (written.tipo) {
    case 'opcion':
    case 'varias':
      return {
        type: written.tipo,
        options: written.opciones.map(({ texto, correcta, porque }) => ({
          text: texto,
          correct: correcta,
          because: porque,
        })),
      };
    case 'numero':
      return { type: 'numero', value: written.valor, tolerance: written.tolerancia };
    case 'texto':
      return { type: 'texto', accepts: written.acepta };
    case 'orden':
      return { type: 'orden', items: written.orden };
    case 'parejas':
      return { type: 'parejas', pairs: written.parejas };
  }
}
