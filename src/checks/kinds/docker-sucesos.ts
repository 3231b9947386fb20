import type { Json, JsonObject } from '../../base/json.ts';
import type { CheckKind } from '../check.ts';
import { asObject, dockerLevel, dockerOf, shellWord, textOf } from './docker-access.ts';

/** What happened to a container since the attempt began, as the engine's events tell it. */
export const dockerSucesos: CheckKind = {
  name: 'docker.sucesos',
  view: 'docker',
  doc: 'Lo que le pasó a un contenedor desde que empezó el intento (`docker events`).',
  params: { contenedor: { type: 'text', required: true, doc: 'nombre del contenedor, exista todavía o no' } },
  fields: {
    acciones: 'lista en orden: `create`, `start`, `kill`, `die`, `stop`, `destroy`…',
    codigos: 'códigos de salida de cada `die`, en orden',
    senales: 'señales de cada `kill` enviado por Docker, en orden, como texto: "15", "9"',
  },
  object: (params) => `la historia de ${textOf(params, 'contenedor')}`,
  command: (params) =>
    `docker events --since 1h --until 0s --filter ${shellWord(`container=${textOf(params, 'contenedor')}`)}`,
  absentAdvice: (params) => ({
    why: `Desde que empezó el intento no le ha pasado nada a ningún contenedor «${textOf(params, 'contenedor')}».`,
    next: `Créalo con \`docker run --name ${textOf(params, 'contenedor')} …\`.`,
  }),
  async observe({ backend, attempt }, params) {
    const events = await dockerOf(backend).events(attempt.startedAtMs, textOf(params, 'contenedor'));
    if (events.length === 0) return { state: 'absent', value: {} };
    return {
      state: 'found',
      value: {
        acciones: events.map((event) => event['Action'] ?? ''),
        codigos: valuesOf(events, 'die', 'exitCode').map(Number),
        senales: valuesOf(events, 'kill', 'signal'),
      },
    };
  },
  level: dockerLevel,
};

function valuesOf(events: readonly JsonObject[], action: string, attribute: string): readonly string[] {
  return events
    .filter((event) => event['Action'] === action)
    .map((event): Json | undefined => asObject(asObject(event['Actor'])['Attributes'])[attribute])
    .filter((value) => value !== undefined)
    .map(String);
}
