import { chmod, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { exists, explainSystemError, makeFolder, writeText } from '../../base/files.ts';
import type { JsonObject } from '../../base/json.ts';
import type { Owner } from '../../base/platform.ts';
import { cleanText } from '../../base/text.ts';
import { CouldNotLook } from '../../checks/backend.ts';
import { renderText } from '../../checks/templates.ts';
import type { Attempt, Exercise } from '../../course/model.ts';
import type { World } from '../../course/world.ts';

export type SceneSet =
  | { readonly ok: true }
  | { readonly ok: false; readonly why: string; readonly next: string };

const stepTimeoutMs = 180_000;
const maxStartFileBytes = 16 * 1024 * 1024;

export interface Scene {
  readonly exercise: Pick<Exercise, 'id' | 'start' | 'world' | 'needs'>;
  readonly attempt: Attempt;
  readonly scope: JsonObject;
  /** Absolute folder of the lesson, where the start files come from. */
  readonly lessonFolder: string;
  /** Absolute working folder. */
  readonly folder: string;
  readonly world: World;
  readonly owner: Owner | undefined;
}

/** Puts the start files in their place and runs the start steps. Rejects only when the signal aborts. */
export async function setScene(
  scene: Scene,
  signal: AbortSignal,
  onProgress: (line: string) => void,
): Promise<SceneSet> {
  const copied = await copyStartFiles(scene);
  if (!copied.ok) return copied;
  const begun = await beginWorld(scene, signal);
  return begun.ok ? runStartSteps(scene, signal, onProgress) : begun;
}

/** What the world itself gives an attempt: on a cluster, its namespace. */
async function beginWorld({ exercise, attempt, world }: Scene, signal: AbortSignal): Promise<SceneSet> {
  const blocked = exercise.world === 'cluster' ? world.facts.missing.cluster : undefined;
  if (blocked !== undefined) return { ok: false, why: blocked.why, next: blocked.next };
  try {
    await world.begin?.(attempt, exercise, signal);
    return { ok: true };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof CouldNotLook)
      return { ok: false, why: error.unavailable.why, next: error.unavailable.next };
    return {
      ok: false,
      why: `La escena no se pudo preparar: ${explainSystemError(error)}.`,
      next: `Repite \`curso preparar ${exercise.id}\`; si sigue así, ejecuta \`curso doctor\`.`,
    };
  }
}

/** Whether anything has to be set before a learner begins. */
export function needsScene({ start, world }: Pick<Exercise, 'start' | 'world'>): boolean {
  return start.files.length + start.steps.length > 0 || world === 'cluster';
}

/** Copies the files the learner begins with. One that is already there stays: it may be the learner's work. */
async function copyStartFiles(scene: Scene): Promise<SceneSet> {
  const { exercise, lessonFolder, folder, scope, owner } = scene;
  for (const { from, to, template } of exercise.start.files) {
    const target = path.join(folder, to);
    if (await exists(target)) continue;
    const source = path.join(lessonFolder, from);
    try {
      if ((await stat(source)).size > maxStartFileBytes) throw new Error('es demasiado grande');
      await makeFolder(path.dirname(target), owner);
      if (path.dirname(target) !== folder) await chmod(path.dirname(target), 0o755);
      const bytes = await readFile(source);
      const content = template ? renderText(bytes.toString('utf8'), scope) : bytes;
      const written = await writeText(target, content, owner);
      if (!written.kept)
        return { ok: false, why: `No pude crear ${target}: ${written.why}.`, next: diskRemedy };
      // Readable by all: other users of a container or an image build read them. The folder above stays private.
      await chmod(target, ((await stat(source)).mode & 0o100) === 0 ? 0o644 : 0o755);
    } catch (error) {
      return { ok: false, why: `No pude copiar ${from}: ${explainSystemError(error)}.`, next: diskRemedy };
    }
  }
  return { ok: true };
}

const diskRemedy = 'Libera espacio o elige otra carpeta con CURSO_K8S_HOME.';

/** Runs the start steps in one shell, in order, until one fails. */
async function runStartSteps(
  scene: Scene,
  signal: AbortSignal,
  onProgress: (line: string) => void,
): Promise<SceneSet> {
  const { exercise, attempt, scope, world } = scene;
  if (exercise.start.steps.length === 0) return { ok: true };
  const blocked = exercise.world === 'nada' ? undefined : world.facts.missing[exercise.world];
  if (blocked !== undefined) return { ok: false, why: blocked.why, next: blocked.next };
  const shell = await world.openShell(attempt);
  const stop = () => void shell.close();
  signal.addEventListener('abort', stop, { once: true });
  try {
    for (const template of exercise.start.steps) {
      signal.throwIfAborted();
      const step = renderText(template, scope);
      onProgress(step);
      const { exitCode, output } = await shell.run(step, stepTimeoutMs);
      if (exitCode !== 0) {
        const said = lastLines(output);
        return {
          ok: false,
          why: `La escena no se pudo preparar: \`${step}\` terminó con el código ${exitCode}${said === '' ? '.' : `:\n${said}`}`,
          next: `Revisa lo que dice y repite \`curso preparar ${exercise.id}\`. Para mirar tu equipo: \`curso doctor\`.`,
        };
      }
    }
    return { ok: true };
  } catch (error) {
    signal.throwIfAborted();
    return {
      ok: false,
      why: `La escena no se pudo preparar: ${explainSystemError(error)}.`,
      next: `Repite \`curso preparar ${exercise.id}\`; si sigue así, ejecuta \`curso doctor\`.`,
    };
  } finally {
    signal.removeEventListener('abort', stop);
    await shell.close();
  }
}

/** The end of an output is where the error is. */
function lastLines(output: string): string {
  return cleanText(output).trim().split('\n').slice(-5).join('\n').slice(-800);
}
