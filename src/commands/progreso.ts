import path from 'node:path';
import { explainSystemError, readJson } from '../base/files.ts';
import { formatDuration, plural } from '../base/text.ts';
import { lessonsOf } from '../course/catalog.ts';
import { emptyProgress, mergeProgress } from '../course/progress.ts';
import { parseProgress } from '../course/progress-format.ts';
import { maxProgressBytes } from '../course/progress-store.ts';
import { dueQuestions } from '../course/review.ts';
import { lessonStanding, percentDone } from '../course/standing.ts';
import { confirm } from './ask.ts';
import { type CommandDefinition, type CommandSession, type ExitCode, Unable, UsageError } from './command.ts';
import { openCatalog, openProgress, tellNotices } from './course.ts';

const file = { name: 'archivo', required: true, doc: 'ruta del archivo', values: 'files' } as const;

export const progreso: CommandDefinition = {
  name: 'progreso',
  summary: 'lo que llevas hecho; exportarlo, importarlo o borrarlo',
  subcommands: [
    {
      name: 'exportar',
      summary: 'copia tu progreso a un archivo',
      arguments: [file],
      run: (input, session) => exportTo(input.arguments[0] ?? '', session),
    },
    {
      name: 'importar',
      summary: 'suma a tu progreso el de un archivo',
      details: 'No se pierde nada de lo que hay: de cada cosa queda lo más avanzado.',
      arguments: [file],
      run: (input, session) => importFrom(input.arguments[0] ?? '', session),
    },
    {
      name: 'borrar',
      summary: 'empieza de cero; queda una copia',
      options: [{ flags: '--si', doc: 'sin preguntar' }],
      run: (input, session) => erase(input.options['si'] === true, session),
    },
  ],
  run: (_input, session) => show(session),
};

async function show(session: CommandSession): Promise<ExitCode> {
  const { output, clock } = session;
  const store = openProgress(session);
  const [catalog, { progress, notices }] = await Promise.all([openCatalog(session), store.load()]);
  const lessons = lessonsOf(catalog.index);
  const done = lessons.filter((lesson) => lessonStanding(progress, lesson) === 'passed').length;
  const entries = Object.values(progress.exercises);
  const passed = entries.filter(({ passedAt }) => passedAt !== undefined).length;
  const hints = entries.reduce((sum, { hintsUsed }) => sum + hintsUsed, 0);
  const timeMs = entries.reduce((sum, entry) => sum + entry.timeMs, 0);
  output.print(`${percentDone(progress, lessons)} % del curso`);
  output.print(`${plural(done, 'lección terminada', 'lecciones terminadas')} de ${lessons.length}`);
  output.print(
    `${plural(passed, 'ejercicio conseguido', 'ejercicios conseguidos')}, ${plural(hints, 'pista vista', 'pistas vistas')}`,
  );
  if (timeMs > 0) output.print(`${formatDuration(timeMs)} con ejercicios abiertos`);
  const due = dueQuestions(progress, clock.now()).length;
  if (due > 0) output.print(`${plural(due, 'pregunta')} para repasar: curso repaso`);
  output.print(`Se guarda en ${store.file}`);
  tellNotices(session, notices);
  return 0;
}

async function exportTo(written: string, session: CommandSession): Promise<ExitCode> {
  const { progress, notices } = await openProgress(session).load();
  const target = path.resolve(session.cwd, written);
  const { writeFile } = await import('node:fs/promises');
  try {
    // `wx`: somebody's file is not replaced by a slip of the fingers.
    await writeFile(target, `${JSON.stringify(progress, null, 1)}\n`, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    throw new UsageError(
      `No pude crear ${target}: ${exportProblem(error)}.`,
      'Elige otro nombre de archivo.',
    );
  }
  session.output.print(`Tu progreso está copiado en ${target}.`);
  tellNotices(session, notices);
  return 0;
}

function exportProblem(error: unknown): string {
  const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST';
  return exists ? 'ya hay un archivo con ese nombre' : explainSystemError(error);
}

async function importFrom(written: string, session: CommandSession): Promise<ExitCode> {
  const source = path.resolve(session.cwd, written);
  const found = await readJson(source, maxProgressBytes);
  if (found.state === 'missing') throw new UsageError(`No existe el archivo ${source}.`, 'Revisa la ruta.');
  const parsed = found.state === 'read' ? parseProgress(found.value) : found;
  if (parsed.state === 'damaged' || parsed.state === 'unreadable') {
    throw new UsageError(
      `${source} no es una copia de progreso: ${parsed.why}.`,
      'Hace falta un archivo hecho con `curso progreso exportar`.',
    );
  }
  if (parsed.state === 'future') {
    throw new UsageError(
      `${source} lo hizo una versión más nueva del curso.`,
      'Actualiza con `npm install -g curso-k8s@latest` e impórtalo de nuevo.',
    );
  }
  const { kept, notices } = await openProgress(session).update((before) =>
    mergeProgress(before, parsed.progress),
  );
  tellNotices(session, notices);
  if (!kept) throw new Unable('Lo importado no se pudo guardar.', 'Resuelve lo de arriba y repite la orden.');
  session.output.print(`Sumado el progreso de ${source}.`);
  if (parsed.dropped.length > 0) {
    session.output.note(
      `${plural(parsed.dropped.length, 'entrada')} de ese archivo no se entiende y quedó fuera.`,
    );
  }
  return 0;
}

async function erase(confirmed: boolean, session: CommandSession): Promise<ExitCode> {
  if (!confirmed && !(await confirm(session, '¿Borrar todo tu progreso y empezar de cero?'))) {
    throw new UsageError('No borré nada.', 'Para borrar sin preguntas: `curso progreso borrar --si`.');
  }
  const { kept, backup, notices } = await openProgress(session).replace(emptyProgress);
  tellNotices(session, notices);
  if (!kept) throw new Unable('El progreso no se pudo borrar.', 'Resuelve lo de arriba y repite la orden.');
  session.output.print('Empiezas de cero.');
  if (backup !== undefined) {
    session.output.print(
      `La copia de lo anterior está en ${backup}. Se recupera con \`curso progreso importar\`.`,
    );
  }
  return 0;
}
