import { seededRandom } from '../../src/base/random.ts';
import type { ServerHost, ServerParts } from '../../src/cluster/apiserver/contracts.ts';
import { type ApiServer, createApiServer } from '../../src/cluster/apiserver/server.ts';
import { createMemoryStore } from '../../src/cluster/store/memory-store.ts';
import type { Store } from '../../src/cluster/store/store.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import type { ResourceDefinition } from '../../src/kube/resources/definition.ts';
import { resources } from '../../src/kube/resources/index.ts';
import type { Status } from '../../src/kube/status.ts';
import type { ApiResponse, Identity, StreamItem } from '../../src/kube/transport.ts';
import { FakeClock } from './fakeClock.ts';
import { builtinSchemas } from './kubeSchemas.ts';

export interface Answer {
  readonly code: number;
  readonly headers: ApiResponse['headers'];
  readonly text: string;
  /** The answer's JSON. */
  readonly body: KubeObject & Partial<Status> & { readonly [key: string]: never };
}

export interface SendOptions {
  readonly body?: unknown;
  /** As it is, instead of JSON. */
  readonly raw?: string | Uint8Array;
  readonly headers?: { readonly [name: string]: string };
  readonly identity?: Identity;
}

export interface TestServer {
  readonly server: ApiServer;
  readonly store: Store;
  readonly clock: FakeClock;
  send(method: string, url: string, options?: SendOptions): Promise<Answer>;
  /** The watch's events so far; `stop` ends it. */
  watch(url: string, headers?: { readonly [name: string]: string }): Promise<TestWatch>;
}

export interface TestWatch {
  readonly events: { readonly type: string; readonly object: KubeObject & Partial<Status> }[];
  readonly ended: Promise<void>;
  stop(): void;
}

/** A server over memory with the built-in kinds (or others), started, with a clock that stands still. */
export async function testServer(
  options: {
    readonly resources?: readonly ResourceDefinition[];
    readonly parts?: (host: ServerHost) => ServerParts;
    readonly store?: Store;
    readonly maxInFlight?: number;
  } = {},
): Promise<TestServer> {
  const clock = new FakeClock(Date.parse('2026-01-02T03:04:05Z'));
  const store = options.store ?? createMemoryStore();
  const server = createApiServer({
    store,
    clock,
    schemas: builtinSchemas,
    resources: options.resources ?? resources,
    random: seededRandom(7),
    version: {
      major: '1',
      minor: '32',
      gitVersion: 'v1.32.0',
      gitCommit: 'abc',
      buildDate: '2025-01-01T00:00:00Z',
    },
    ...(options.parts === undefined ? {} : { parts: options.parts }),
    ...(options.maxInFlight === undefined ? {} : { maxInFlight: options.maxInFlight }),
  });
  await server.start();
  const request = (
    method: string,
    url: string,
    { body, raw, headers, identity }: SendOptions,
    signal: AbortSignal,
  ) => {
    const bytes = raw === undefined ? (body === undefined ? undefined : JSON.stringify(body)) : raw;
    return server.handle({
      method,
      url,
      headers: { ...(bytes === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(bytes === undefined ? {} : { body: { kind: 'bytes', bytes: Buffer.from(bytes) } as const }),
      ...(identity === undefined ? {} : { identity }),
      signal,
    });
  };
  return {
    server,
    store,
    clock,
    async send(method, url, given = {}) {
      return answerOf(await request(method, url, given, new AbortController().signal));
    },
    async watch(url, headers = {}) {
      const aborted = new AbortController();
      const response = await request('GET', url, { headers }, aborted.signal);
      if (response.body.kind !== 'events') throw new Error(`no watch: ${answerOf(response).text}`);
      const events: TestWatch['events'] = [];
      const ended = collect(response.body.events, events);
      await settle();
      return { events, ended, stop: () => aborted.abort() };
    },
  };
}

async function collect(stream: AsyncIterable<StreamItem>, into: TestWatch['events']): Promise<void> {
  for await (const item of stream) into.push(JSON.parse(Buffer.from(item.bytes()).toString()));
}

function answerOf({ status, headers, body }: ApiResponse): Answer {
  if (body.kind !== 'object' && body.kind !== 'bytes') throw new Error(`a ${body.kind} was answered`);
  const bytes = body.kind === 'object' ? body.bytes() : body.bytes;
  const text = Buffer.from(bytes).toString();
  const json =
    String(headers['content-type']).startsWith('application/json') &&
    headers['content-encoding'] === undefined;
  return { code: status, headers, text, body: json ? JSON.parse(text) : {} };
}

/** Lets what was started run until it waits for something outside. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}

export const configMaps = (namespace = 'default') => `/api/v1/namespaces/${namespace}/configmaps`;

export function configMap(name: string, more: { readonly [key: string]: unknown } = {}) {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, ...more };
}
