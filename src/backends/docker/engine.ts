import http, { type IncomingMessage } from 'node:http';
import net from 'node:net';
import type { Duplex, Readable } from 'node:stream';
import tls from 'node:tls';
import type { DockerOptions } from 'dockerode';
import type { Clock } from '../../base/clock.ts';
import type { Json } from '../../base/json.ts';
import { CouldNotLook, type Unavailable } from '../../checks/backend.ts';
import type { Endpoint } from './endpoint.ts';

/** The Engine said no: an HTTP status other than 2xx, 304 and 404. `message` is the engine's own text. */
export class EngineError extends Error {
  readonly statusCode: number;
  constructor(statusCode: number, message: string) {
    super(message);
    this.statusCode = statusCode;
  }
}

export interface Call {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD';
  /** Values become a query string; objects are sent as JSON, which is what `filters` wants. */
  readonly query?: { readonly [name: string]: string | number | boolean | object };
  readonly body?: object;
  /** For the whole call, its body included. Default 2,000 ms. */
  readonly timeoutMs?: number;
  /** What is kept of the answer. Default 4 MiB. */
  readonly maxBytes?: number;
}

/** One Docker engine, every call bounded in time and bytes. The only file that talks to dockerode. */
export interface Engine {
  /** Negotiated, e.g. '1.41'. */
  readonly apiVersion: string;
  readonly endpoint: Endpoint;
  readonly clock: Clock;
  /** The JSON of the answer; `undefined` when the engine says 404; `null` when the body is empty. */
  json(path: string, call?: Call): Promise<Json | undefined>;
  /** First bytes of the answer; `cut` when there was more, or time ran out. `undefined` on 404. */
  bytes(path: string, call?: Call): Promise<{ readonly data: Buffer; readonly cut: boolean } | undefined>;
  /** The answer as a stream, for what never ends. `timeoutMs` only covers the headers. `undefined` on 404. */
  stream(path: string, call?: Call): Promise<Readable | undefined>;
  /** Takes the connection over (`exec`, `attach`). */
  hijack(path: string, body: object, timeoutMs: number): Promise<Duplex>;
}

const defaultTimeoutMs = 2_000;
const defaultMaxBytes = 4 * 1024 * 1024;
const accepted = Object.fromEntries(
  [100, 101, 200, 201, 202, 204, 304].map((status) => [status, true as const]),
);

interface EngineOptions {
  readonly clock: Clock;
  readonly endpoint: Endpoint;
  readonly apiVersion: string;
  /** Turns a lost connection into the advice of this machine. */
  readonly explain: (error: unknown) => Unavailable;
}

export async function openEngine({ clock, endpoint, apiVersion, explain }: EngineOptions): Promise<Engine> {
  // Loaded late: a learner who only reads pays nothing for it.
  const { default: Docker } = await import('dockerode');
  const { modem } = new Docker(dockerodeOptions(endpoint, apiVersion));

  /** Starts a call; resolves with the response once its headers are here. */
  function dial(path: string, call: Call, signal: AbortSignal, hijack: boolean): Promise<Duplex> {
    return new Promise((resolve, reject) => {
      modem.dial(
        {
          path: `${path}?`,
          method: call.method ?? 'GET',
          options: { _query: serialiseQuery(call.query), _body: call.body ?? {} },
          abortSignal: signal,
          isStream: true,
          openStdin: hijack,
          hijack,
          statusCodes: accepted,
        },
        (error, result) => {
          if (error) reject(error);
          else resolve(result as Duplex);
        },
      );
    });
  }

  /** Runs `work` with a deadline; whatever went wrong leaves as `CouldNotLook` or `EngineError`. */
  async function bounded<T>(
    path: string,
    call: Call,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T | undefined> {
    const timeoutMs = call.timeoutMs ?? defaultTimeoutMs;
    const controller = new AbortController();
    const cancel = clock.after(timeoutMs, () => controller.abort(new Error('timeout')));
    try {
      return await work(controller.signal);
    } catch (error) {
      if (error instanceof CouldNotLook) throw error;
      if (controller.signal.aborted) throw new CouldNotLook(slowEngine(path, timeoutMs), { cause: error });
      const statusCode = statusOf(error);
      if (statusCode === 404) return undefined;
      if (statusCode !== undefined) throw new EngineError(statusCode, engineText(error));
      throw new CouldNotLook(explain(error), { cause: error });
    } finally {
      cancel();
    }
  }

  async function readBytes(path: string, call: Call) {
    return bounded(path, call, async (signal) => {
      const response = await dial(path, call, signal, false);
      return collect(response, call.maxBytes ?? defaultMaxBytes, signal);
    });
  }

  return {
    apiVersion,
    endpoint,
    clock,
    bytes: readBytes,
    async json(path, call = {}) {
      const answer = await readBytes(path, call);
      if (answer === undefined) return undefined;
      if (answer.cut) throw new CouldNotLook(tooBig(path));
      const text = answer.data.toString('utf8').trim();
      if (text === '') return null;
      try {
        return JSON.parse(text) as Json;
      } catch (cause) {
        throw new CouldNotLook(notDocker(path), { cause });
      }
    },
    stream: (path, call = {}) => bounded(path, call, (signal) => dial(path, call, signal, false)),
    async hijack(path, body, timeoutMs) {
      const call: Call = { method: 'POST', body, timeoutMs };
      const socket = await bounded(path, call, (signal) => dial(path, call, signal, true));
      if (socket === undefined) throw new EngineError(404, 'no such object');
      return socket;
    },
  };
}

/**
 * Every key is given, because dockerode fills the missing ones from DOCKER_HOST. A remote engine is reached through an
 * agent: left to itself dockerode parses addresses with `url.parse`, about which newer Nodes warn on the screen.
 */
function dockerodeOptions(
  { address, connection }: Endpoint,
  apiVersion: string,
): DockerOptions & { agent?: http.Agent } {
  const { socketPath, host, port = 0, protocol, ca, cert, key } = connection;
  const shared = { host: undefined, port: undefined, protocol: 'http', version: `v${apiVersion}` } as const;
  const nothing = { ca: undefined, cert: undefined, key: undefined };
  if (socketPath !== undefined) return { ...shared, ...nothing, socketPath };
  const agent = new http.Agent();
  const where = { host: host ?? '', port };
  const secrets = Object.fromEntries(
    Object.entries({ ca, cert, key }).filter(([, value]) => value !== undefined),
  );
  agent.createConnection = () =>
    protocol === 'https' ? tls.connect({ ...where, ...secrets }) : net.connect(where);
  return { ...shared, ...nothing, socketPath: address, agent };
}

function serialiseQuery(query: Call['query'] = {}): { [name: string]: string } {
  return Object.fromEntries(
    Object.entries(query).map(([name, value]) => [
      name,
      typeof value === 'object' ? JSON.stringify(value) : String(value),
    ]),
  );
}

/** Reads until the end, `maxBytes` or the deadline, and then lets go of the connection. */
function collect(
  response: Readable,
  maxBytes: number,
  signal: AbortSignal,
): Promise<{ data: Buffer; cut: boolean }> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const finish = (cut: boolean) => {
      response.destroy();
      resolve({ data: Buffer.concat(chunks).subarray(0, maxBytes), cut });
    };
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > maxBytes) finish(true);
    });
    response.on('end', () => finish(false));
    response.on('error', (error) => {
      // What arrived before the deadline is worth keeping: endless logs are read this way.
      if (signal.aborted && size > 0) finish(true);
      else reject(error);
    });
    response.on('close', () => {
      if (!(response as IncomingMessage).complete && !response.readableEnded) finish(true);
    });
  });
}

function statusOf(error: unknown): number | undefined {
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' ? status : undefined;
}

/** dockerode wraps the engine's message as «(HTTP code 409) unexpected - text »; keep the text. */
function engineText(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/^\(HTTP code \d+\) .*? - /, '').trim();
}

const slowEngine = (path: string, timeoutMs: number): Unavailable => ({
  reason: 'timeout',
  why: `El motor de Docker tardó más de ${timeoutMs / 1000} s en contestar a ${path}.`,
  next: 'Espera a que la máquina esté menos ocupada y vuelve a comprobar; `docker info` dice si el motor responde.',
});
const tooBig = (path: string): Unavailable => ({
  reason: 'internal',
  why: `El motor de Docker contestó a ${path} con más datos de los que el curso acepta leer.`,
  next: 'Mira con `docker system df` si hay muchísimos objetos, y avisa a quien mantiene el curso.',
});
const notDocker = (path: string): Unavailable => ({
  reason: 'docker-context',
  why: `Lo que contesta en el socket a ${path} no parece un motor de Docker.`,
  next: 'Mira a qué motor apuntas con `docker context ls` y la variable DOCKER_HOST.',
});
