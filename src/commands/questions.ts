import { fold, joinWords } from '../base/text.ts';
import type { Question } from '../course/model.ts';
import { answerQuestion } from '../course/progress.ts';
import type { ProgressStore } from '../course/progress-store.ts';
import { choices, type Given, isTyped, judge, picksNeeded, rightAnswer } from '../course/session/judge.ts';
import { openAsker } from './ask.ts';
import type { CommandSession } from './command.ts';
import { tellNotices } from './course.ts';
import { inlineText, plainMarkdown } from './plain.ts';

export interface AskedQuestion {
  readonly lessonId: string;
  readonly question: Question;
}

/** Asks questions line by line, explains each one, and keeps the result. Resolves with how many were right. */
export async function askQuestions(
  asked: readonly AskedQuestion[],
  session: CommandSession,
  progress: ProgressStore,
): Promise<{ readonly right: number; readonly answered: number }> {
  const { output, clock, random } = session;
  const asker = openAsker(session);
  const seed = random.int(2 ** 31);
  let right = 0;
  let answered = 0;
  let kept = true;
  try {
    for (const [index, { lessonId, question }] of asked.entries()) {
      const offered = choices(question, seed);
      output.print(output.paint('strong', `Pregunta ${index + 1} de ${asked.length}`));
      for (const line of plainMarkdown(question.text, output.columns)) output.print(line);
      printChoices(question, offered, session);
      const given = await readAnswer(question, offered, asker.ask, session);
      if (given === undefined) {
        // The cursor is still after the question's prompt.
        session.output.note('');
        break;
      }
      const judged = judge(question, given);
      answered += 1;
      if (judged.right) right += 1;
      output.print(
        judged.right ? output.paint('good', 'Sí.') : `La respuesta: ${inlineText(rightAnswer(question))}`,
      );
      for (const line of plainMarkdown(judged.note, output.columns)) output.print(line);
      output.print();
      const { notices } = await progress.update((before) =>
        answerQuestion(before, `${lessonId}/${question.id}`, judged.right, clock.now()),
      );
      if (notices.length > 0) kept = false;
      tellNotices(session, notices);
    }
  } finally {
    asker.close();
  }
  if (answered === 0) output.print('No contestaste ninguna. Puedes volver otro día.');
  else output.print(`${right} de ${answered} a la primera.`);
  const left = asked.length - answered;
  if (answered > 0 && left > 0) {
    const rest = left === 1 ? 'Queda 1' : `Quedan ${left}`;
    output.print(kept ? `Lo contestado está guardado. ${rest} para otro día.` : `${rest} para otro día.`);
  }
  return { right, answered };
}

type Offered = ReturnType<typeof choices>;

function printChoices(question: Question, offered: Offered, { output }: CommandSession): void {
  if (question.answer.type === 'parejas') {
    for (const [index, [left]] of question.answer.pairs.entries()) {
      output.print(`  ${letter(index)}. ${inlineText(left)}`);
    }
    output.print();
  }
  for (const [index, { text }] of offered.entries()) output.print(`  ${index + 1}. ${inlineText(text)}`);
}

/** Asks until the answer has a form that can be judged. Undefined when there is no more input. */
async function readAnswer(
  question: Question,
  offered: Offered,
  ask: (prompt: string) => Promise<string | undefined>,
  { output }: CommandSession,
): Promise<Given | undefined> {
  for (;;) {
    const line = await ask(`${promptOf(question)}: `);
    if (line === undefined) return undefined;
    const given = parseGiven(question, offered, line);
    if ('problem' in given) output.print(given.problem);
    else return given;
  }
}

function promptOf({ answer }: Question): string {
  switch (answer.type) {
    case 'opcion':
      return 'Número de la opción';
    case 'varias':
      return 'Números de todas las correctas, con comas';
    case 'orden':
      return 'Los números, en orden';
    case 'parejas':
      return `El número de la pareja de ${joinWords(answer.pairs.map((_, index) => letter(index)))}, en ese orden`;
    case 'numero':
      return 'Un número';
    case 'texto':
      return 'Respuesta';
  }
}

function letter(index: number): string {
  return String.fromCharCode('a'.charCodeAt(0) + index);
}

/** From what was typed to indices in the author's order. */
function parseGiven(
  question: Question,
  offered: Offered,
  line: string,
): Given | { readonly problem: string } {
  const text = line.trim();
  if (text === '') return { problem: 'Escribe una respuesta, o Ctrl-D para dejarlo.' };
  if (isTyped(question)) return { picked: [], text };
  const named = offered.find((choice) => fold(inlineText(choice.text)) === fold(text));
  const places = text.split(/[\s,;]+/).filter((word) => word !== '');
  const picked =
    named === undefined
      ? places.map((word) => (/^\d+$/.test(word) ? offered[Number(word) - 1] : undefined))
      : [named];
  const indices = picked.flatMap((choice) => (choice === undefined ? [] : [choice.index]));
  if (indices.length < picked.length) {
    return { problem: `Hace falta un número del 1 al ${offered.length}.` };
  }
  if (new Set(indices).size < indices.length) return { problem: 'Hay un número repetido.' };
  const needed = picksNeeded(question);
  if (needed > 0 && indices.length !== needed) {
    return { problem: needed === 1 ? 'Elige una sola opción.' : `Hacen falta ${needed} números.` };
  }
  return { picked: indices, text: '' };
}
