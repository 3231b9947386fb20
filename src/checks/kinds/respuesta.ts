import type { CheckKind } from '../check.ts';
import { answerText, foldText, parseNumber, parseSet } from './answers.ts';

const maxAnswerLength = 2000;

/** What the learner answered by typing. */
export const respuesta: CheckKind = {
  name: 'respuesta',
  view: 'none',
  doc: 'Lo que se contesta a una pregunta del ejercicio, leído con tolerancia.',
  params: { pregunta: { type: 'text', required: true, doc: 'id de la pregunta en `preguntas`' } },
  fields: {
    dada: 'true cuando hay respuesta',
    texto: 'la respuesta tal cual',
    llano: 'la respuesta en minúsculas, sin tildes y con un solo espacio entre palabras',
    numero: 'el número que contiene; falta si no es un número (vale coma o punto, espacios y unidad)',
    conjunto:
      'lista ordenada de sus elementos, en minúsculas y sin tildes (separados por comas, espacios o «y»)',
  },
  object: () => 'tu respuesta',
  command: () => '',
  absentAdvice: () => ({
    why: 'Todavía no contestaste esta pregunta.',
    next: 'Averigua el dato y escríbelo en la pregunta del ejercicio.',
  }),
  found: (_field, { value }) => (typeof value['texto'] === 'string' ? value['texto'] : 'sin contestar'),
  secret: true,
  async observe({ attempt }, params) {
    const question = String(params['pregunta']);
    const answer = Object.hasOwn(attempt.answers, question) ? attempt.answers[question] : undefined;
    const texto = answer === undefined ? '' : answerText(answer).trim().slice(0, maxAnswerLength);
    if (texto === '') return { state: 'absent', value: { dada: false } };
    const numero = parseNumber(texto);
    return {
      state: 'found',
      value: {
        dada: true,
        texto,
        llano: foldText(texto),
        ...(numero === undefined ? {} : { numero }),
        conjunto: parseSet(texto),
      },
    };
  },
  // An answer is about what is there to be looked at; without a world it is only text.
  level: ({ linux, docker }) => (linux ?? docker)?.level ?? 'estático',
};
