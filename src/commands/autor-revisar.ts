import path from 'node:path';
import { exists } from '../base/files.ts';
import { formatDuration, plural } from '../base/text.ts';
import type { LoadedCourse } from '../course/load/course.ts';
import { formatProblem } from '../course/load/problem.ts';
import { reviewCourse } from '../course/load/wording.ts';
import type { Lesson } from '../course/model.ts';
import type { ExerciseProof, ProofEvent } from '../course/proof/prove.ts';
import { select } from '../course/select.ts';
import { type CommandInput, type CommandSession, type ExitCode, textOption, UsageError } from './command.ts';
import type { ChosenExercise } from './services/proving.ts';

/** `curso autor revisar`: the files first, then every exercise played for real. */
export async function review(input: CommandInput, session: CommandSession): Promise<ExitCode> {
  const { output, packageRoot } = session;
  const json = input.options['json'] === true;
  const lessons = path.resolve(
    session.cwd,
    input.arguments[0] ?? session.courseFolder ?? path.join(packageRoot, 'lessons'),
  );
  if (!(await exists(lessons))) throw new UsageError(`No existe la carpeta ${lessons}.`, 'Revisa la ruta.');
  const loaded = await reviewCourse({
    lessons,
    assets: [path.join(lessons, 'assets'), path.join(packageRoot, 'assets')],
  });
  if (!json) printProblems(loaded, session);
  const chosen = chosenExercises(loaded, textOption(input, 'ejercicio'));
  const mutations = input.options['mutaciones'] === true;
  const onlyFiles = input.options['soloArchivos'] === true;
  const whole = input.options['ejercicio'] === undefined ? loaded.lessons : [];
  const { proveAll, proveAllBlocks } = await import('./services/proving.ts');
  const blocks = onlyFiles ? [] : await proveAllBlocks(whole, session);
  if (!json) for (const problem of blocks) output.print(formatProblem(problem));
  const tell = json ? () => {} : (event: ProofEvent) => printEvent(event, session);
  const proofs = onlyFiles ? [] : await proveAll(chosen, session, mutations, tell);
  if (json) {
    output.json({
      version: 1,
      folder: lessons,
      problems: [...loaded.problems, ...blocks],
      leftOut: loaded.leftOut,
      exercises: proofs.map(({ exerciseId, ...proof }) => ({
        id: exerciseId,
        world: chosen.find(({ exercise }) => exercise.id === exerciseId)?.exercise.world,
        ...proof,
      })),
    });
  } else if (proofs.length > 0) {
    printSummary(proofs, session);
  }
  const problems = loaded.problems.length + blocks.length;
  if (problems > 0 || proofs.some(({ outcome }) => outcome === 'wrong')) return 1;
  return proofs.some(({ outcome }) => outcome === 'not-proved') ? 3 : 0;
}

function chosenExercises({ course }: LoadedCourse, written: string | undefined): readonly ChosenExercise[] {
  const all = course.modules.flatMap(({ lessons }) =>
    lessons.flatMap((lesson) => lesson.exercises.map((exercise) => ({ lesson, exercise }))),
  );
  if (written === undefined) return all;
  const selection = select<Lesson>(course, written);
  if (!selection.ok)
    throw new UsageError(selection.message, 'Puede faltar porque sus archivos tienen problemas.');
  return all.filter(
    ({ lesson, exercise }) =>
      lesson.id === selection.lesson.id &&
      (selection.exerciseId === undefined || exercise.id === selection.exerciseId),
  );
}

function printProblems({ problems, leftOut, course }: LoadedCourse, { output }: CommandSession): void {
  for (const problem of problems) output.print(formatProblem(problem));
  const lessons = course.modules.flatMap((module) => module.lessons);
  const exercises = lessons.flatMap((lesson) => lesson.exercises);
  const sound = `${plural(lessons.length, 'lección', 'lecciones')} y ${plural(exercises.length, 'ejercicio')} leídos`;
  output.print(
    problems.length === 0
      ? `${sound}, sin problemas en los archivos.`
      : `${sound}; ${plural(problems.length, 'problema')}.`,
  );
  if (leftOut.length > 0) output.print(`Quedan fuera hasta que se arreglen: ${leftOut.join(', ')}`);
  output.print();
}

function printEvent(event: ProofEvent, { output }: CommandSession): void {
  switch (event.type) {
    case 'begins':
      output.print(output.paint('strong', `${event.exerciseId} ${event.title}`));
      return;
    case 'played': {
      const state = ({ right: 'good', wrong: 'bad', 'not-proved': 'wait' } as const)[event.outcome];
      const sign = { right: '✓', wrong: '✗', 'not-proved': '?' }[event.outcome];
      const word = { right: 'bien', wrong: 'mal', 'not-proved': 'sin probar' }[event.outcome];
      output.print(
        `  ${output.paint(state, `${sign} ${word}`)} · ${[event.part, event.id].filter(Boolean).join(' ')}`,
      );
      for (const problem of event.problems) output.prose(problem, '      ');
      return;
    }
    case 'mutant':
      if (event.noticed) return;
      output.print(`  ${output.paint('bad', '✗ mal')} · nadie nota que ${event.checkId} ${event.change}`);
      output.prose(event.remedy, '      ');
      return;
    case 'proved': {
      const { mutants, durationMs } = event.proof;
      const noticed = mutants.filter((mutant) => mutant.noticed).length;
      const broken = mutants.length === 0 ? '' : `${noticed} de ${plural(mutants.length, 'mutante')} · `;
      output.print(output.paint('muted', `  ${broken}${formatDuration(durationMs)}`));
      return;
    }
    default:
      event satisfies never;
  }
}

function printSummary(proofs: readonly ExerciseProof[], { output }: CommandSession): void {
  const count = (outcome: ExerciseProof['outcome']) => proofs.filter((proof) => proof.outcome === outcome);
  output.print();
  output.print(
    `${plural(proofs.length, 'ejercicio')}: ${count('right').length} bien, ${count('wrong').length} mal, ${count('not-proved').length} sin probar.`,
  );
  for (const { exerciseId } of count('wrong')) output.print(`  mal: ${exerciseId}`);
  for (const { exerciseId } of count('not-proved')) output.print(`  sin probar: ${exerciseId}`);
}
