import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  type AuditQuery,
  componentActions,
  controlVersion,
  FaultRefused,
  masterActions,
  nodeActions,
  type RunningCluster,
  type TimeAction,
} from './contract.ts';

/**
 * A door of its own to the process of the cluster, on loopback and with a secret: it answers also when every master is
 * stopped, which the API cannot.
 */
export interface ControlServer {
  readonly port: number;
  close(): Promise<void>;
}

export interface Controlled
  extends Pick<
    RunningCluster,
    | 'status'
    | 'fault'
    | 'nodeFault'
    | 'component'
    | 'time'
    | 'rules'
    | 'probe'
    | 'decision'
    | 'audit'
    | 'save'
  > {
  /** Called after the answer was sent. */
  stop(): void;
}

export async function startControlServer(cluster: Controlled, token: string): Promise<ControlServer> {
  const server = createServer({ requestTimeout: 10_000 }, (request, response) => {
    void answer(cluster, token, request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port: 0 }, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  cluster: Controlled,
  token: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  request.resume();
  // A page in a browser can reach loopback; it neither knows the secret nor may look like somebody who does.
  if (
    request.headers.origin !== undefined ||
    !sameSecret(request.headers.authorization ?? '', `Bearer ${token}`)
  ) {
    send(response, 401, { error: 'no autorizado' });
    return;
  }
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const [version, ...words] = pathname.split('/').slice(1).map(decode);
  if (request.method === 'POST' && pathname === '/detener') {
    response.on('close', () => cluster.stop());
    send(response, 200, {});
    return;
  }
  if (version !== controlVersion) {
    send(response, 404, { error: 'otra versión' });
    return;
  }
  try {
    const done = request.method === 'POST' ? change(cluster, words) : look(cluster, words, searchParams);
    if (done === undefined) send(response, 404, { error: 'no existe' });
    else send(response, 200, (await done) ?? cluster.status());
  } catch (error) {
    if (error instanceof FaultRefused) send(response, 409, { error: error.message });
    else send(response, 500, { error: error instanceof Error ? error.message : String(error) });
  }
}

/** Undefined: there is no such thing to ask for. */
function look(
  cluster: Controlled,
  [what, first = '', second = '']: readonly string[],
  query: URLSearchParams,
): Promise<unknown> | undefined {
  switch (what) {
    case 'estado':
      return Promise.resolve(cluster.status());
    case 'reglas':
      // The text in an object: a string alone would be taken for an error by whoever reads half of it.
      return Promise.resolve().then(() => ({ rules: cluster.rules(first) }));
    case 'decision':
      return Promise.resolve({ decision: cluster.decision(first, second) });
    case 'auditoria':
      return Promise.resolve()
        .then(() => cluster.audit(JSON.parse(query.get('consulta') ?? '{}') as AuditQuery))
        .then((records) => ({ records }));
    case 'probar':
      return cluster.probe({ namespace: first, name: second }, query.get('url') ?? '');
    default:
      return undefined;
  }
}

/** Undefined: there is no such thing to do. */
function change(
  cluster: Controlled,
  [what, first = '', second = '']: readonly string[],
): Promise<void> | undefined {
  switch (what) {
    case 'master': {
      const action = masterActions.find((one) => one === second);
      return action === undefined || !/^\d{1,9}$/.test(first)
        ? undefined
        : cluster.fault(Number(first), action);
    }
    case 'nodo': {
      const action = nodeActions.find((one) => one === second);
      return action === undefined ? undefined : cluster.nodeFault(first, action);
    }
    case 'componente': {
      const action = componentActions.find((one) => one === second);
      return action === undefined ? undefined : cluster.component(first, action);
    }
    case 'guardar':
      return cluster.save(first);
    case 'reloj': {
      const action = timeAction(first, second);
      return action === undefined ? undefined : cluster.time(action);
    }
    default:
      return undefined;
  }
}

function timeAction(kind: string, amount: string): TimeAction | undefined {
  if (kind === 'pausar' || kind === 'seguir') return { kind };
  const number = /^\d{1,9}(\.\d{1,3})?$/.test(amount) ? Number(amount) : undefined;
  if (number === undefined) return undefined;
  if (kind === 'avanzar') return { kind, ms: number };
  return kind === 'velocidad' ? { kind, speed: number } : undefined;
}

function decode(word: string): string {
  try {
    return decodeURIComponent(word);
  } catch {
    return word;
  }
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    connection: 'close',
  });
  response.end(text);
}

function sameSecret(given: string, expected: string): boolean {
  const a = Buffer.from(given);
  const b = Buffer.from(expected);
  return a.length === b.length && timingSafeEqual(a, b);
}
