import http from 'node:http';
import https from 'node:https';
import type { Clock } from '../../base/clock.ts';
import type { Endpoint } from './endpoint.ts';

/** What one endpoint did when spoken to. */
export type Ping =
  | { readonly state: 'ok'; readonly apiVersion: string; readonly minApiVersion: string }
  /** Nothing at that path, or nobody listens. */
  | { readonly state: 'absent'; readonly code: string }
  | { readonly state: 'denied' }
  /** Accepted the connection and said nothing in time. */
  | { readonly state: 'silent' }
  | { readonly state: 'strange'; readonly detail: string };

/** The newest Engine API whose answers this code has been seen with; newer engines are asked to speak it. */
const newestKnownApi = '1.51';
/** Docker 19.03. Older engines lack what the lessons look at. */
export const oldestUsableApi = '1.40';

/**
 * Asks `/_ping` of an engine, which needs no version and no rights. Never throws.
 * @param timeoutMs for everything; a suspended Docker Desktop accepts connections and never answers.
 */
export async function ping(endpoint: Endpoint, clock: Clock, timeoutMs: number): Promise<Ping> {
  const answer = await ask(endpoint, '/_ping', clock, timeoutMs);
  if (answer.state !== 'answered') return answer;
  const apiVersion = answer.headers['api-version'];
  if (typeof apiVersion !== 'string' || !/^\d+\.\d+$/.test(apiVersion)) {
    return { state: 'strange', detail: `HTTP ${answer.status}` };
  }
  if (compareVersions(apiVersion, newestKnownApi) <= 0) {
    return { state: 'ok', apiVersion, minApiVersion: oldestUsableApi };
  }
  // A newer engine may have dropped what we know: it says so itself.
  const version = await ask(endpoint, '/version', clock, timeoutMs);
  const min =
    version.state === 'answered' ? /"MinAPIVersion":"(\d+\.\d+)"/.exec(version.body)?.[1] : undefined;
  return { state: 'ok', apiVersion, minApiVersion: min ?? oldestUsableApi };
}

/** The API version to speak with this engine, or `undefined` when it is too old. */
export function negotiate(engine: { apiVersion: string; minApiVersion: string }): string | undefined {
  if (compareVersions(engine.apiVersion, oldestUsableApi) < 0) return undefined;
  const common = compareVersions(engine.apiVersion, newestKnownApi) < 0 ? engine.apiVersion : newestKnownApi;
  return compareVersions(common, engine.minApiVersion) < 0 ? engine.minApiVersion : common;
}

/** Negative, zero or positive, comparing '1.9' < '1.10'. */
export function compareVersions(left: string, right: string): number {
  const [leftMajor = 0, leftMinor = 0] = left.split('.').map(Number);
  const [rightMajor = 0, rightMinor = 0] = right.split('.').map(Number);
  return leftMajor - rightMajor || leftMinor - rightMinor;
}

type Answer =
  | {
      readonly state: 'answered';
      readonly status: number;
      readonly headers: http.IncomingHttpHeaders;
      readonly body: string;
    }
  | Exclude<Ping, { state: 'ok' }>;

function ask({ connection }: Endpoint, path: string, clock: Clock, timeoutMs: number): Promise<Answer> {
  return new Promise((resolve) => {
    const { socketPath, host, port, protocol, ...tls } = connection;
    const cancel = clock.after(timeoutMs, () => finish({ state: 'silent' }));
    const request = (protocol === 'https' ? https : http).request({
      path,
      method: 'GET',
      agent: false,
      ...(socketPath === undefined ? { host, port } : { socketPath }),
      ...Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined)),
    });
    function finish(answer: Answer): void {
      cancel();
      request.destroy();
      resolve(answer);
    }
    request.on('error', (error: NodeJS.ErrnoException) => finish(fromError(error)));
    request.on('response', (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        if (body.length < 65_536) body += chunk;
      });
      response.on('error', (error: NodeJS.ErrnoException) => finish(fromError(error)));
      response.on('end', () =>
        finish({ state: 'answered', status: response.statusCode ?? 0, headers: response.headers, body }),
      );
    });
    request.end();
  });
}

const absentCodes = new Set([
  'ENOENT',
  'ENOTDIR',
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
]);

function fromError(error: NodeJS.ErrnoException): Answer {
  const code = error.code ?? '';
  if (code === 'EACCES' || code === 'EPERM') return { state: 'denied' };
  if (absentCodes.has(code)) return { state: 'absent', code };
  return { state: 'strange', detail: code || error.message };
}
