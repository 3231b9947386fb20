import http from 'node:http';
import https from 'node:https';
import type { Clock } from '../../base/clock.ts';
import { readText } from '../../base/files.ts';
import type { ApiRequest, ApiResponse, StreamItem, Transport } from '../../kube/transport.ts';
import { type ExecCredential, execCredentials } from './exec-credential.ts';
import { type ClusterAccess, KubeconfigProblem } from './kubeconfig.ts';

export interface HttpsTransport {
  readonly transport: Transport;
  /** Ends what is under way. */
  close(): void;
}

/** An answer that is no watch may measure this. */
const maxBodyBytes = 64 * 1024 * 1024;
/** Nothing for so long: nobody is there. A watch may be silent for longer. */
const timeoutMs = 15_000;

/** Calls to an API server over HTTPS. Rejects with the system's error when it cannot be reached. */
export function createHttpsTransport(access: ClusterAccess, clock: Clock): HttpsTransport {
  const { server, credential } = access;
  const secure = server.startsWith('https:');
  const agentWith = (options: http.AgentOptions) =>
    secure ? new https.Agent({ ...options, ...tlsOf(access) }) : new http.Agent(options);
  const agent = agentWith({ keepAlive: true, maxSockets: 16 });
  // A watch holds its connection for as long as it lasts: it must not take the place of a question.
  const streams = agentWith({});
  const { request } = secure ? https : http;
  const plugin = credential.kind === 'exec' ? execCredentials(credential.plugin, clock) : undefined;
  const ending = new AbortController();

  const ask = (asked: ApiRequest, proof: Proof): Promise<ApiResponse> => {
    const signal = AbortSignal.any([asked.signal, ending.signal]);
    return new Promise((resolve, reject) => {
      const body = bodyOf(asked);
      const outgoing = request(
        `${server}${asked.url}`,
        {
          method: asked.method,
          headers: {
            ...headersOf(asked),
            ...proof.headers,
            // Node frames no body of a DELETE by itself.
            ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
          },
          agent: isStream(asked) ? streams : agent,
          signal,
          ...(proof.certificate === undefined ? {} : { cert: proof.certificate, key: proof.key }),
        },
        (answer) => {
          outgoing.setTimeout(0);
          answerOf(asked, answer).then(resolve, reject);
        },
      );
      outgoing.setTimeout(timeoutMs, () =>
        outgoing.destroy(new Error(`no contesta en ${timeoutMs / 1000} s`)),
      );
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        // The other side ended a connection at rest while this went out on it: nobody has read it.
        const unread = outgoing.reusedSocket && error.code === 'ECONNRESET' && asked.method === 'GET';
        if (unread && !signal.aborted) ask(asked, proof).then(resolve, reject);
        else reject(error);
      });
      outgoing.end(body);
    });
  };
  const transport: Transport = async (asked) => ask(asked, await proofOf(access, plugin));
  return {
    transport,
    close() {
      ending.abort(new Error('closed'));
      agent.destroy();
      streams.destroy();
    },
  };
}

function tlsOf({ ca, serverName, skipVerify, credential }: ClusterAccess): https.AgentOptions {
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(serverName === undefined ? {} : { servername: serverName }),
    rejectUnauthorized: !skipVerify,
    ...(credential.kind === 'certificate' ? { cert: credential.certificate, key: credential.key } : {}),
  };
}

interface Proof {
  readonly headers: { readonly [name: string]: string };
  readonly certificate?: string;
  readonly key?: string | undefined;
}

async function proofOf(
  { credential }: ClusterAccess,
  plugin: (() => Promise<ExecCredential>) | undefined,
): Promise<Proof> {
  const bearer = (token: string): Proof => ({ headers: { authorization: `Bearer ${token}` } });
  switch (credential.kind) {
    case 'token':
      return bearer(credential.token);
    case 'tokenFile': {
      const found = await readText(credential.file, 64 * 1024);
      if (found.state === 'read') return bearer(found.value.trim());
      throw new KubeconfigProblem(
        `No se puede leer el token de ${credential.file}.`,
        'Revisa el kubeconfig.',
      );
    }
    case 'basic': {
      const both = Buffer.from(`${credential.username}:${credential.password}`).toString('base64');
      return { headers: { authorization: `Basic ${both}` } };
    }
    case 'exec': {
      const { token, certificate, key } = (await plugin?.()) ?? {};
      if (token !== undefined) return bearer(token);
      return certificate === undefined ? { headers: {} } : { headers: {}, certificate, key };
    }
    default:
      return { headers: {} };
  }
}

const isStream = ({ url }: ApiRequest) => /[?&](watch|follow)=(true|1)/.test(url);

function headersOf({ headers }: ApiRequest): http.OutgoingHttpHeaders {
  const sent: http.OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) sent[name] = typeof value === 'string' ? value : [...value];
  }
  return sent;
}

function bodyOf({ body }: ApiRequest): Uint8Array | string | undefined {
  if (body === undefined) return undefined;
  return body.kind === 'bytes' ? body.bytes : JSON.stringify(body.object);
}

async function answerOf(asked: ApiRequest, answer: http.IncomingMessage): Promise<ApiResponse> {
  const status = answer.statusCode ?? 0;
  const headers: { [name: string]: string | readonly string[] } = {};
  for (const [name, value] of Object.entries(answer.headers)) if (value !== undefined) headers[name] = value;
  if (status < 300 && isStream(asked))
    return { status, headers, body: { kind: 'events', events: itemsOf(answer) } };
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer) {
    length += (chunk as Buffer).length;
    if (length > maxBodyBytes) {
      answer.destroy();
      throw new Error(`la respuesta ocupa más de ${maxBodyBytes} bytes`);
    }
    chunks.push(chunk as Buffer);
  }
  return { status, headers, body: { kind: 'bytes', bytes: Buffer.concat(chunks) } };
}

async function* itemsOf(answer: http.IncomingMessage): AsyncIterable<StreamItem> {
  // A character cut in two must not be broken.
  answer.setEncoding('utf8');
  for await (const chunk of answer) yield { bytes: () => chunk as string };
}
