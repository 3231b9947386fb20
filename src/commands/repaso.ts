import type { Catalog } from '../course/catalog.ts';
import { dueQuestions, nextDueAt } from '../course/review.ts';
import type { CommandDefinition } from './command.ts';
import { openCatalog, openProgress, tellNotices } from './course.ts';
import type { AskedQuestion } from './questions.ts';

export const repaso: CommandDefinition = {
  name: 'repaso',
  summary: 'las preguntas que hoy toca recordar',
  details: 'Lo que contestas vuelve a los 1, 3, 7, 16 y 35 días; lo que no sale, mañana.',
  async run(_input, session) {
    const { output, clock } = session;
    const [catalog, store] = [await openCatalog(session), openProgress(session)];
    const { progress, notices } = await store.load();
    tellNotices(session, notices);
    const asked = await questionsOf(catalog, dueQuestions(progress, clock.now()));
    if (asked.length === 0) {
      const next = nextDueAt(progress);
      output.print(
        next === undefined
          ? 'Todavía no hay nada que repasar: las preguntas llegan aquí después de un quiz.'
          : `Hoy no toca repasar nada. Lo próximo, ${whenIs(next, clock.now())}.`,
      );
      return 0;
    }
    const { askQuestions } = await import('./questions.ts');
    await askQuestions(asked, session, store);
    return 0;
  },
};

/** Questions by key `lesson/question`; those that no longer exist in the course are left out. */
async function questionsOf(catalog: Catalog, keys: readonly string[]): Promise<readonly AskedQuestion[]> {
  const found: AskedQuestion[] = [];
  for (const key of keys) {
    const [lessonId = '', questionId = ''] = key.split('/');
    const lesson = await catalog.lesson(lessonId);
    const question = lesson?.questions.find(({ id }) => id === questionId);
    if (question !== undefined) found.push({ lessonId, question });
  }
  return found;
}

function whenIs(at: number, now: number): string {
  const days = Math.ceil((at - now) / 86_400_000);
  if (days <= 0) return 'ahora';
  return days === 1 ? 'mañana' : `dentro de ${days} días`;
}
