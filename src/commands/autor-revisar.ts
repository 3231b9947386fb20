import path from 'node:path';
import { exists } from '../base/files.ts';
import { formatDuration, plural } from '../base/text.ts';
import { findKind } from '../checks/kinds/index.ts';
import { type LoadedCourse, loadCourse } from '../course/load/course.ts';
import { formatProblem } from '../course/load/problem.ts';
import type { Exercise, Lesson } from '../course/model.ts';
import { type ExerciseProof, type ProofEvent, proveExercise } from '../course/proof/prove.ts';
import { select } from '../course/select.ts';
import { type CommandInput, type CommandSession, type ExitCode, textOption, UsageError } from './command.ts';
import { portIsFree } from './services/ports.ts';

/** `curso autor revisar`: the files first, then every exercise played for real. */
export async function review(input: CommandInput, session: CommandSession): Promise<ExitCode> {
  const { output, packageRoot } = session;
  const json = input.options['json'] === true;
  const lessons = path.resolve(
    session.cwd,
    input.arguments[0] ?? session.courseFolder ?? path.join(packageRoot, 'lessons'),
  );
  if (!(await exists(lessons))) throw new UsageError(`No existe la carpeta ${lessons}.`, 'Revisa la ruta.');
  const loaded = await loadCourse({
    lessons,
    assets: [path.join(lessons, 'assets'), path.join(packageRoot, 'assets')],
  });
  if (!json) printProblems(loaded, session);
  const chosen = chosenExercises(loaded, textOption(input, 'ejercicio'));
  const mutations = input.options['mutaciones'] === true;
  const proofs =
    input.options['soloArchivos'] === true ? [] : await proveAll(chosen, session, mutations, json);
  if (json) {
    output.json({
      version: 1,
      folder: lessons,
      problems: loaded.problems,
      leftOut: loaded.leftOut,
      exercises: proofs.map(({ exerciseId, ...proof }) => ({ id: exerciseId, ...proof })),
    });
  } else if (proofs.length > 0) {
    printSummary(proofs, session);
  }
  if (loaded.problems.length > 0 || proofs.some(({ outcome }) => outcome === 'wrong')) return 1;
  return proofs.some(({ outcome }) => outcome === 'not-proved') ? 3 : 0;
}

interface Chosen {
  readonly lesson: Lesson;
  readonly exercise: Exercise;
}

function chosenExercises({ course }: LoadedCourse, written: string | undefined): readonly Chosen[] {
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

async function proveAll(
  chosen: readonly Chosen[],
  session: CommandSession,
  mutations: boolean,
  quiet: boolean,
): Promise<readonly ExerciseProof[]> {
  const [{ openWorlds }, { createStage }, { diagnose }, { writeJson }, { diagnosisFile }] = await Promise.all(
    [
      import('./services/open.ts'),
      import('./services/stage.ts'),
      import('./services/diagnosis.ts'),
      import('../base/files.ts'),
      import('../checks/kinds/curso.ts'),
    ],
  );
  const { attempts, chooseWorld, close } = openWorlds(session);
  const { clock, random, signal, home } = session;
  const proofs: ExerciseProof[] = [];
  try {
    for (const { lesson, exercise } of chosen) {
      const world = await chooseWorld(exercise, signal);
      const proving = proveExercise(
        {
          exercise,
          world,
          stage: createStage(exercise, lesson.folder, world, attempts, home),
          kinds: findKind,
          clock,
          random,
          signal,
          portIsFree,
          diagnose: async (folder) => {
            await writeJson(path.join(folder, diagnosisFile), (await diagnose(session)).facts, home.owner);
          },
        },
        { mutations },
      );
      for await (const event of proving) {
        if (!quiet) printEvent(event, session);
        if (event.type === 'proved') proofs.push(event.proof);
      }
    }
  } finally {
    await close();
  }
  return proofs;
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
