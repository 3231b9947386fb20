import type * as z from 'zod';
import type { CheckSpec, Slip } from '../../checks/check.ts';
import type { Exercise, ParameterSpec, Script } from '../model.ts';
import { type checkSchema, durationPattern, type exerciseSchema } from './schemas.ts';

type WrittenExercise = z.output<typeof exerciseSchema>;
type WrittenCheck = z.output<typeof checkSchema>;
type WrittenShows = NonNullable<WrittenCheck['muestra']>;
type WrittenScript = WrittenExercise['solucion'];

/** From the author's Spanish keys to the model. `isText` tells which start files are templates by default. */
export function buildExercise(
  written: WrittenExercise,
  lessonId: string,
  isText: (path: string) => boolean,
): Exercise {
  return {
    id: written.id,
    lessonId,
    title: written.titulo,
    style: written.estilo,
    world: written.mundo,
    ...(written.necesita.length > 0 ? { needs: written.necesita } : {}),
    task: written.pide,
    parameters: Object.fromEntries(
      Object.entries(written.parametros).map(([name, parameter]) => [name, buildParameter(parameter)]),
    ),
    start: {
      files: written.inicio.archivos.map(({ de, a, plantilla }) => ({
        from: de,
        to: a,
        template: plantilla ?? isText(de),
      })),
      steps: written.inicio.pasos,
    },
    questions: written.preguntas.map(({ id, texto, tipo, opciones }) => ({
      id,
      text: texto,
      type: tipo,
      options: opciones,
    })),
    checks: written.comprobaciones.map(buildCheck),
    hints: written.pistas,
    afterword: written.despues,
    solution: buildScript(written.solucion),
    wrong: written.errores.map(({ id, falla, mensaje, ...script }) => ({
      id,
      ...buildScript(script),
      fails: falla,
      message: {
        why: mensaje.porque,
        ...(mensaje.veo === undefined ? {} : { found: mensaje.veo }),
        ...(mensaje.esperaba === undefined ? {} : { expected: mensaje.esperaba }),
        ...(mensaje.sigue === undefined ? {} : { next: mensaje.sigue }),
      },
    })),
    unusual: written.validas.map(({ id, ...script }) => ({ id, ...buildScript(script) })),
  };
}

function buildParameter(written: WrittenExercise['parametros'][string]): ParameterSpec {
  switch (written.tipo) {
    case 'nombre':
      return { type: 'name', prefix: written.prefijo };
    case 'puerto':
      return { type: 'port' };
    case 'palabra':
      return { type: 'word' };
    case 'numero':
      return { type: 'number', min: written.min, max: written.max };
    case 'eleccion':
      return { type: 'choice', options: written.entre };
  }
}

function buildScript(written: WrittenScript): Script {
  return { steps: written.pasos, answers: written.respuestas, rungs: written.peldanos };
}

function buildCheck(written: WrittenCheck): CheckSpec {
  return {
    id: written.id,
    description: written.que,
    kind: written.mira,
    params: written.con,
    requires: written.tras,
    mode: written.modo === 'borde' ? 'edge' : 'level',
    expect: written.espera,
    ...(written.antes === undefined ? {} : { before: written.antes }),
    ...(written.antesFalta === undefined ? {} : { beforeMissing: buildAdvice(written.antesFalta) }),
    holdMs: milliseconds(written.dura),
    ...(written.convergiendo === undefined
      ? {}
      : { converging: { when: written.convergiendo.si, progress: written.convergiendo.texto } }),
    ...(written.muestra === undefined ? {} : { shows: buildShows(written.muestra) }),
    ...(written.exenta ? { exempt: true } : {}),
    advice: buildAdvice(written),
    ...(written.falta === undefined ? {} : { absent: buildAdvice(written.falta) }),
    slips: written.deslices.map(buildSlip),
  };
}

function buildSlip(written: WrittenCheck['deslices'][number]): Slip {
  return {
    id: written.id,
    when: written.si,
    ...buildAdvice(written),
    ...(written.muestra === undefined ? {} : { shows: buildShows(written.muestra) }),
  };
}

function buildAdvice({ porque, sigue }: { readonly porque: string; readonly sigue: string }) {
  return { why: porque, next: sigue };
}

function buildShows(written: WrittenShows): NonNullable<CheckSpec['shows']> {
  return {
    ...(written.objeto === undefined ? {} : { object: written.objeto }),
    ...(written.campo === undefined ? {} : { field: written.campo }),
    ...(written.esperaba === undefined ? {} : { expected: written.esperaba }),
    ...(written.veo === undefined ? {} : { found: written.veo }),
    ...(written.ver === undefined ? {} : { command: written.ver }),
  };
}

function milliseconds(duration: string | undefined): number {
  const [, digits, unit] = durationPattern.exec(duration ?? '0ms') ?? [];
  return Number(digits ?? 0) * (unit === 's' ? 1000 : 1);
}
