import { rename } from 'node:fs/promises';
import path from 'node:path';
import type { Clock } from '../base/clock.ts';
import { exists, explainSystemError, readJson, writeJson } from '../base/files.ts';
import type { Json } from '../base/json.ts';
import { LockBusy, withLock } from '../base/lock.ts';
import type { CourseHome } from '../base/platform.ts';
import { emptyProgress, mergeProgress, type Progress } from './progress.ts';
import { parseProgress } from './progress-format.ts';

export const maxProgressBytes = 8 * 1024 * 1024;

/** Progress on disk. Two programs may use it at once: every change is applied to what the disk says, under a lock. */
export interface ProgressStore {
  readonly file: string;
  /** Never rejects for what the disk does. */
  load(): Promise<Loaded>;
  /**
   * Applies `change` to the newest progress and keeps the result. When the disk does not let it, the change lives on
   * in memory: later calls see it, and write it as soon as they can.
   */
  update(change: (before: Progress) => Progress): Promise<Loaded>;
  /** Replaces everything (import without merge, deletion), keeping a backup of what there was. */
  replace(progress: Progress): Promise<Loaded & { readonly backup?: string }>;
}

export interface Loaded {
  readonly progress: Progress;
  /** Spanish sentences: what happened to the file, what it means, what to do. Empty when all is well. */
  readonly notices: readonly string[];
  /** False when the progress shown is not what will be found tomorrow. */
  readonly kept: boolean;
}

export function openProgressStore(home: CourseHome, clock: Clock): ProgressStore {
  const file = path.join(home.folder, 'progreso.json');
  const lock = { clock, owner: home.owner };
  let memory: Progress = emptyProgress;

  const read = async (
    mayMove: boolean,
  ): Promise<Loaded & { readonly writable: boolean; readonly onDisk?: boolean }> => {
    const found = await readJson(file, maxProgressBytes);
    if (found.state === 'missing') return { progress: memory, notices: [], kept: true, writable: true };
    if (found.state === 'unreadable') {
      return { progress: memory, notices: [cannotRead(file, found.why)], kept: false, writable: false };
    }
    const parsed = found.state === 'read' ? parseProgress(found.value) : found;
    switch (parsed.state) {
      case 'damaged': {
        if (!mayMove) return { progress: memory, notices: [], kept: false, writable: true };
        const moved = await setAside(file, clock);
        return moved === undefined
          ? { progress: memory, notices: [damagedInPlace(file, parsed.why)], kept: false, writable: false }
          : { progress: memory, notices: [damagedMoved(moved, parsed.why)], kept: true, writable: true };
      }
      case 'future':
        return {
          progress: mergeProgress(parsed.progress, memory),
          notices: [fromFuture(file)],
          kept: false,
          writable: false,
        };
      case 'good': {
        const copy =
          parsed.dropped.length > 0 && mayMove ? await copyAside(file, found, clock, home) : undefined;
        const notices = parsed.dropped.length === 0 ? [] : [partlyDamaged(parsed.dropped, copy)];
        const onDisk = parsed.dropped.length === 0 && memory === emptyProgress;
        return {
          progress: mergeProgress(parsed.progress, memory),
          notices,
          kept: true,
          writable: true,
          onDisk,
        };
      }
    }
  };

  const write = async (progress: Progress, notices: readonly string[]): Promise<Loaded> => {
    const written = await writeJson(file, progress, home.owner);
    if (written.kept) {
      memory = emptyProgress;
      return { progress, notices, kept: true };
    }
    memory = progress;
    return { progress, notices: [...notices, notKept(home.folder, written.why)], kept: false };
  };

  /** Runs under the lock; when no lock can be made, the disk is not writable, and `otherwise` works in memory. */
  const locked = async (
    action: () => Promise<Loaded>,
    otherwise: (why: string) => Promise<Loaded>,
  ): Promise<Loaded> => {
    try {
      return await withLock(`${file}.lock`, lock, action);
    } catch (error) {
      return otherwise(
        error instanceof LockBusy ? 'otra ventana del curso lo tiene ocupado' : explainSystemError(error),
      );
    }
  };

  return {
    file,
    async load() {
      const loaded = await read(false);
      // Something to repair: do it under the lock, where nobody else is half-way.
      if (!loaded.kept && loaded.writable) {
        return locked(
          async () => read(true),
          async (why) => ({ progress: memory, notices: [damagedInPlace(file, why)], kept: false }),
        );
      }
      return { progress: loaded.progress, notices: loaded.notices, kept: loaded.kept };
    },
    async update(change) {
      return locked(
        async () => {
          const before = await read(true);
          const after = change(before.progress);
          // Watching an exercise that already passes says so again and again: the disk need not hear it.
          if (before.onDisk && JSON.stringify(after) === JSON.stringify(before.progress)) {
            return { progress: after, notices: [], kept: true };
          }
          if (before.writable) return write(after, before.notices);
          memory = after;
          return { progress: after, notices: before.notices, kept: false };
        },
        async (why) => {
          const before = await read(false);
          memory = change(before.progress);
          return { progress: memory, notices: [notKept(home.folder, why)], kept: false };
        },
      );
    },
    async replace(progress) {
      let backup: string | undefined;
      const loaded = await locked(
        async () => {
          const there = await readJson(file, maxProgressBytes);
          if (there.state !== 'missing') {
            backup = await setAside(file, clock, 'copia');
            if (backup === undefined) {
              return {
                progress,
                notices: [notKept(home.folder, 'no se pudo apartar el archivo anterior')],
                kept: false,
              };
            }
          }
          memory = emptyProgress;
          return write(progress, []);
        },
        async (why) => ({ progress, notices: [notKept(home.folder, why)], kept: false }),
      );
      return backup === undefined ? loaded : { ...loaded, backup };
    },
  };
}

/** Renames to `progreso.<word>-<date>.json`, never over something. Undefined when the disk does not allow it. */
async function setAside(file: string, clock: Clock, word = 'dañado'): Promise<string | undefined> {
  const target = await freeName(file, clock, word);
  try {
    await rename(file, target);
    return target;
  } catch {
    return undefined;
  }
}

async function copyAside(
  file: string,
  found: { readonly state: string; readonly value?: Json },
  clock: Clock,
  home: CourseHome,
): Promise<string | undefined> {
  const target = await freeName(file, clock, 'dañado');
  return (await writeJson(target, found.value ?? null, home.owner)).kept ? target : undefined;
}

async function freeName(file: string, clock: Clock, word: string): Promise<string> {
  const date = new Date(clock.now()).toISOString().slice(0, 19).replaceAll(':', '-');
  for (let number = 1; ; number += 1) {
    const suffix = number === 1 ? '' : `-${number}`;
    const target = path.join(
      path.dirname(file),
      `${path.basename(file, '.json')}.${word}-${date}${suffix}.json`,
    );
    if (!(await exists(target))) return target;
  }
}

function cannotRead(file: string, why: string): string {
  return `Tu progreso no se puede leer (${why}) y no se está guardando. Revisa los permisos de ${file}.`;
}

function damagedMoved(target: string, why: string): string {
  return `El archivo de progreso estaba dañado (${why}). Lo aparté en ${target} y empecé uno nuevo. Si tienes una copia, recupérala con \`curso progreso importar <archivo>\`.`;
}

function damagedInPlace(file: string, why: string): string {
  return `El archivo de progreso ${file} está dañado (${why}) y no pude apartarlo: tu progreso no se está guardando. Muévelo tú a otro lugar.`;
}

function partlyDamaged(dropped: readonly string[], copy: string | undefined): string {
  const which = dropped.slice(0, 3).join(', ');
  const more = dropped.length > 3 ? ` y ${dropped.length - 3} más` : '';
  const where = copy === undefined ? '' : ` El original está en ${copy}.`;
  return `Parte del archivo de progreso no se entiende y quedó fuera: ${which}${more}.${where}`;
}

function fromFuture(file: string): string {
  return `El progreso de ${file} lo escribió una versión más nueva del curso. Lo leo, y no lo cambio: lo que hagas ahora no se guardará. Actualiza con \`npm install -g curso-k8s@latest\`.`;
}

/** Also used for attempts: the one sentence with which a disk that does not keep things is announced. */
export function notKept(folder: string, why: string): string {
  return `Tu progreso no se está guardando: ${why} (${folder}). Puedes seguir; para guardarlo, libera espacio o elige otra carpeta con CURSO_K8S_HOME.`;
}
