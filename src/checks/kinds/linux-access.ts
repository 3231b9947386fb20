import type { JsonObject } from '../../base/json.ts';
import { type Backend, CouldNotLook, type LinuxView } from '../backend.ts';
import type { CheckContext } from '../check.ts';
import type { AttemptMarks } from '../linux/belonging.ts';
import type { EvidenceLevel } from '../verdict.ts';

/** Linux has no event for most of what we look at, so it is looked at again this often while somebody watches. */
export const linuxPollMs = 120;

/** The Linux view, or why there is none. */
export function linuxOf(backend: Backend): LinuxView {
  if (backend.linux !== undefined) return backend.linux;
  throw new CouldNotLook(
    backend.missing.linux ?? {
      reason: 'linux-missing',
      why: 'Aquí no hay un Linux que se pueda mirar.',
      next: 'Instala Docker y repite: el curso usará una estación de trabajo. `curso doctor` dice cómo.',
    },
  );
}

export function linuxLevel(backend: Backend): EvidenceLevel {
  return backend.linux?.level ?? 'real';
}

export function marksOf(context: CheckContext): AttemptMarks {
  const token = context.scope['intento'];
  return { token: typeof token === 'string' ? token : '', startedAtMs: context.attempt.startedAtMs };
}

export function textParam(params: JsonObject, name: string, otherwise = ''): string {
  const value = params[name];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : otherwise;
}
