import http from 'node:http';
import type { JsonObject } from '../../base/json.ts';
import type { CheckKind, Observation } from '../check.ts';
import { dockerLevel, dockerOf, dockerPollMs, numberOf, shellWord, textOf } from './docker-access.ts';

const timeoutMs = 1_500;
const maxBodyBytes = 64 * 1024;

/** What a published port answers to a GET from the learner's own machine. */
export const dockerHttp: CheckKind = {
  name: 'docker.http',
  view: 'docker',
  doc: 'Lo que contesta por HTTP un puerto publicado, pedido desde tu equipo.',
  params: {
    puerto: { type: 'number', required: true, doc: 'puerto del anfitrión' },
    ruta: { type: 'text', doc: 'ruta de la petición; por defecto `/`' },
    host: { type: 'text', doc: 'dirección; por defecto `127.0.0.1`' },
  },
  fields: {
    estado: 'código de estado HTTP (200, 404…)',
    cuerpo: 'cuerpo de la respuesta, hasta 64 KiB',
    cabeceras: 'cabeceras, con el nombre en minúsculas',
    error: 'si nadie respondió: `ECONNREFUSED`, `timeout`…',
  },
  object: (params) => `la respuesta de ${urlOf(params)}`,
  command: (params, field) => `curl -s${field.startsWith('cuerpo') ? '' : 'i'} ${shellWord(urlOf(params))}`,
  absentAdvice: (params, { value }) => absentAdvices[String(value['error'])] ?? refused(params),
  async observe({ backend, signal }, params) {
    dockerOf(backend); // without an engine nothing is published, and that is not the learner's mistake
    return get(params, signal);
  },
  level: dockerLevel,
  pollMs: dockerPollMs,
};

const absentAdvices: { readonly [error: string]: { readonly why: string; readonly next: string } } = {
  timeout: {
    why: 'Alguien aceptó la conexión, pero no contestó en 1,5 segundos.',
    next: 'Mira con `docker logs` qué hace el proceso de dentro.',
  },
  ECONNRESET: {
    why: 'Docker aceptó la conexión, pero dentro del contenedor nadie escucha en ese puerto.',
    next: 'Comprueba en qué puerto escucha el proceso de dentro y que sea el segundo número de `-p`.',
  },
  'no-http': {
    why: 'Ahí contesta alguien que no habla HTTP.',
    next: 'Mira con `docker ps` quién publica ese puerto.',
  },
};

const refused = (params: JsonObject) => ({
  why: `Nadie escucha en el puerto ${textOf(params, 'puerto')} de tu equipo.`,
  next: 'Mira la columna PORTS de `docker ps`: ¿está publicado ese puerto, y en esa dirección?',
});

function urlOf(params: JsonObject): string {
  const host = textOf(params, 'host', '127.0.0.1');
  const path = textOf(params, 'ruta', '/');
  return `http://${host.includes(':') ? `[${host}]` : host}:${textOf(params, 'puerto')}${path.startsWith('/') ? path : `/${path}`}`;
}

function get(params: JsonObject, signal: AbortSignal): Promise<Observation> {
  const port = numberOf(params, 'puerto', 0);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    return Promise.resolve({ state: 'absent', value: { error: 'puerto' } });
  }
  return new Promise((resolve, reject) => {
    const path = textOf(params, 'ruta', '/');
    const request = http.get({
      host: textOf(params, 'host', '127.0.0.1'),
      port,
      path: encodeURI(path.startsWith('/') ? path : `/${path}`),
      agent: false,
      timeout: timeoutMs,
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    const failed = (error: string) => resolve({ state: 'absent', value: { error } });
    request.on('timeout', () => request.destroy(Object.assign(new Error('timeout'), { code: 'timeout' })));
    request.on('error', (error: NodeJS.ErrnoException) => {
      if (signal.aborted) reject(signal.reason);
      else failed(errorName(error));
    });
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      const done = () => {
        request.destroy();
        resolve({
          state: 'found',
          value: {
            estado: response.statusCode ?? 0,
            cuerpo: Buffer.concat(chunks).subarray(0, maxBodyBytes).toString('utf8'),
            cabeceras: response.headers as JsonObject,
          },
        });
      };
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size >= maxBodyBytes) done();
      });
      response.on('end', done);
      // Endless or broken in the middle: what came is what there is.
      response.on('error', () => (size > 0 ? done() : failed('timeout')));
    });
  });
}

function errorName(error: NodeJS.ErrnoException): string {
  if (error.name === 'TimeoutError' || error.name === 'AbortError' || error.code === 'timeout')
    return 'timeout';
  if (error.code?.startsWith('HPE_')) return 'no-http';
  return error.code ?? 'error';
}
