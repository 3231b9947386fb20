import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { writeText } from '../base/files.ts';
import { cleanText } from '../base/text.ts';
import type { CommandSession } from './command.ts';

const keptReports = 10;

/** A bug of ours, told without a stack trace on the screen: the details go to a file that can be sent to us. */
export async function writeCrashReport(
  error: unknown,
  argv: readonly string[],
  session: CommandSession,
): Promise<void> {
  const { output, home, clock, version } = session;
  const folder = path.join(home.folder, 'logs');
  const date = new Date(clock.now()).toISOString();
  const file = path.join(folder, `fallo-${date.slice(0, 19).replaceAll(':', '-')}-${process.pid}.txt`);
  const report = [
    `curso-k8s ${version} · Node ${process.version} · ${process.platform} ${process.arch}`,
    `fecha: ${date}`,
    `orden: curso ${argv.join(' ')}`,
    '',
    details(error),
    '',
  ].join('\n');
  const written = await writeText(file, cleanText(report), home.owner);
  output.note(`${output.paint('bad', 'curso se detuvo por un fallo suyo')}, no por algo que hiciste.`);
  output.note('Tu progreso está guardado hasta este momento. Puedes repetir la orden.');
  output.note(
    written.kept
      ? `Los detalles están en ${file}. Adjúntalo si informas del fallo.`
      : `No pude guardar los detalles (${written.why}). El mensaje fue: ${cleanText(message(error))}`,
  );
  if (written.kept) await removeOldReports(folder);
}

function details(error: unknown): string {
  const parts: string[] = [];
  for (let current = error; current !== undefined && parts.length < 5; ) {
    parts.push(current instanceof Error ? (current.stack ?? current.message) : String(current));
    current = current instanceof Error ? current.cause : undefined;
  }
  return parts.join('\nporque:\n');
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function removeOldReports(folder: string): Promise<void> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.startsWith('fallo-')).sort();
  for (const name of names.slice(0, -keptReports)) await rm(path.join(folder, name), { force: true });
}
