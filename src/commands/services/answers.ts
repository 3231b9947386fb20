import { cleanText, fold, joinWords, nearestNames } from '../../base/text.ts';
import type { AnswerSlot } from '../../course/model.ts';

const maxAnswerCharacters = 2_000;

export type CheckedAnswer =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly problem: string };

/**
 * Whether a text can be an answer to this question at all. Only its form: whether it is right is for the checks, which
 * read numbers and sets with tolerance.
 */
export function checkAnswer(question: AnswerSlot, text: string): CheckedAnswer {
  const value = cleanText(text).trim();
  if (value.length > maxAnswerCharacters) {
    return {
      ok: false,
      problem: `La respuesta es demasiado larga: caben ${maxAnswerCharacters} caracteres.`,
    };
  }
  if (value === '') return { ok: false, problem: 'La respuesta está vacía.' };
  switch (question.type) {
    case 'numero':
      if (/\d/.test(value)) return { ok: true, value };
      return { ok: false, problem: `Aquí hace falta un número, y «${value}» no tiene ninguno.` };
    case 'opcion': {
      const option = chosenOption(question.options, value);
      if (option !== undefined) return { ok: true, value: option };
      const near = nearestNames(value, question.options, 1)[0];
      return {
        ok: false,
        problem: `«${value}» no es una de las opciones: ${joinWords(question.options, 'o')}.${near === undefined ? '' : ` ¿Querías decir «${near}»?`}`,
      };
    }
    case 'conjunto':
    case 'texto':
      return { ok: true, value };
  }
}

/** By its text, without regard to case and accents, or by its position from 1. */
function chosenOption(options: readonly string[], value: string): string | undefined {
  return (
    options.find((option) => fold(option) === fold(value)) ??
    (/^\d+$/.test(value) ? options[Number(value) - 1] : undefined)
  );
}
