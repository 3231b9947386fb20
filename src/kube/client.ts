import { type Dict, type KubeObject, parseApiVersion } from './object.ts';
import { type Status, StatusError } from './status.ts';
import type { ApiRequest, ApiResponse, Identity, StreamItem, Transport } from './transport.ts';

/** Which resource a call is about, as its URL names it. */
export interface ResourceRef {
  /** '' is the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
}

export interface ListOptions {
  /** Undefined: all of them. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
  readonly signal?: AbortSignal;
}

export interface ObjectList<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
  /** '' on the last page. */
  readonly continue: string;
}

export interface WatchOptions extends ListOptions {
  readonly bookmarks?: boolean;
  readonly timeoutSeconds?: number;
}

/** `ERROR` carries a Status; `BOOKMARK` only metadata.resourceVersion. */
export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: T;
}

export interface WriteOptions {
  readonly dryRun?: boolean;
  /** Who the fields belong to (managedFields). */
  readonly fieldManager?: string;
  /** `status`, `scale`, `binding`… */
  readonly subresource?: string;
}

export type PatchKind = 'json' | 'merge' | 'strategic' | 'apply';

export interface DeleteOptions {
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
  readonly gracePeriodSeconds?: number;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly dryRun?: boolean;
}

/** Every call rejects with `StatusError` when the server refuses; objects that come back are never to be changed. */
export interface KubeClient {
  get<T extends KubeObject>(
    ref: ResourceRef,
    namespace: string,
    name: string,
    subresource?: string,
  ): Promise<T>;
  list<T extends KubeObject>(ref: ResourceRef, options?: ListOptions): Promise<ObjectList<T>>;
  /** Ends when the server ends it or `signal` aborts. */
  watch<T extends KubeObject>(ref: ResourceRef, options?: WatchOptions): AsyncIterable<WatchEvent<T>>;
  /** `object` is given away. */
  create<T extends KubeObject>(
    ref: ResourceRef,
    namespace: string,
    object: T,
    options?: WriteOptions,
  ): Promise<T>;
  /** POST to a subresource of `name`: binding, eviction, token. */
  act<T extends KubeObject>(
    ref: ResourceRef,
    namespace: string,
    name: string,
    subresource: string,
    object: unknown,
  ): Promise<T>;
  update<T extends KubeObject>(ref: ResourceRef, object: T, options?: WriteOptions): Promise<T>;
  patch<T extends KubeObject>(
    ref: ResourceRef,
    namespace: string,
    name: string,
    kind: PatchKind,
    patch: unknown,
    options?: WriteOptions & { readonly force?: boolean },
  ): Promise<T>;
  delete(ref: ResourceRef, namespace: string, name: string, options?: DeleteOptions): Promise<void>;
  deleteCollection(ref: ResourceRef, namespace: string, options?: DeleteOptions): Promise<void>;
  /** The object, or undefined when there is none. */
  find<T extends KubeObject>(ref: ResourceRef, namespace: string, name: string): Promise<T | undefined>;
  /** Any path, answered as JSON: `/version`, `/apis`. */
  raw(method: string, path: string, body?: unknown): Promise<unknown>;
}

export interface ClientOptions {
  /** Who it is, where the transport lets one say so (in process). */
  readonly identity?: Identity;
  readonly userAgent: string;
}

const patchTypes: { readonly [kind in PatchKind]: string } = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

const never = new AbortController().signal;

export function createClient(transport: Transport, options: ClientOptions): KubeClient {
  const send = (
    method: string,
    url: string,
    body?: unknown,
    contentType = 'application/json',
    signal: AbortSignal = never,
  ): Promise<ApiResponse> => {
    const request: ApiRequest = {
      method,
      url,
      headers: {
        accept: 'application/json',
        'user-agent': options.userAgent,
        ...(body === undefined ? {} : { 'content-type': contentType }),
      },
      ...(body === undefined ? {} : { body: { kind: 'object', object: body } }),
      ...(options.identity === undefined ? {} : { identity: options.identity }),
      signal,
    };
    return transport(request);
  };
  const ask = async (...call: Parameters<typeof send>): Promise<Dict> => objectOf(await send(...call));

  const client: KubeClient = {
    get: async <T>(ref: ResourceRef, namespace: string, name: string, subresource?: string) =>
      (await ask('GET', urlOf(ref, namespace, name, subresource))) as T,
    list: async <T>(ref: ResourceRef, list: ListOptions = {}) => {
      const answer = await ask(
        'GET',
        urlOf(ref, list.namespace ?? '', '') + queryOf(listQuery(list)),
        undefined,
        undefined,
        list.signal,
      );
      const metadata = (answer['metadata'] ?? {}) as { resourceVersion?: string; continue?: string };
      return {
        items: (answer['items'] ?? []) as T[],
        resourceVersion: metadata.resourceVersion ?? '',
        continue: metadata.continue ?? '',
      };
    },
    watch: <T>(ref: ResourceRef, watch: WatchOptions = {}) => {
      const query = {
        ...listQuery(watch),
        watch: 'true',
        ...(watch.bookmarks === true ? { allowWatchBookmarks: 'true' } : {}),
        ...(watch.timeoutSeconds === undefined ? {} : { timeoutSeconds: String(watch.timeoutSeconds) }),
      };
      return watchEvents<T>(() =>
        send(
          'GET',
          urlOf(ref, watch.namespace ?? '', '') + queryOf(query),
          undefined,
          undefined,
          watch.signal,
        ),
      );
    },
    create: async <T>(ref: ResourceRef, namespace: string, object: T, write: WriteOptions = {}) =>
      (await ask('POST', urlOf(ref, namespace, '') + queryOf(writeQuery(write)), object)) as T,
    act: async <T>(ref: ResourceRef, namespace: string, name: string, subresource: string, object: unknown) =>
      (await ask('POST', urlOf(ref, namespace, name, subresource), object)) as T,
    update: async <T extends KubeObject>(ref: ResourceRef, object: T, write: WriteOptions = {}) => {
      const { namespace = '', name = '' } = object.metadata;
      return (await ask(
        'PUT',
        urlOf(ref, namespace, name, write.subresource) + queryOf(writeQuery(write)),
        object,
      )) as unknown as T;
    },
    patch: async <T>(
      ref: ResourceRef,
      namespace: string,
      name: string,
      kind: PatchKind,
      patch: unknown,
      write: WriteOptions & { readonly force?: boolean } = {},
    ) => {
      const query = { ...writeQuery(write), ...(write.force === true ? { force: 'true' } : {}) };
      return (await ask(
        'PATCH',
        urlOf(ref, namespace, name, write.subresource) + queryOf(query),
        patch,
        patchTypes[kind],
      )) as T;
    },
    delete: async (ref, namespace, name, options = {}) => {
      await ask('DELETE', urlOf(ref, namespace, name), deleteBody(options));
    },
    deleteCollection: async (ref, namespace, options = {}) => {
      await ask('DELETE', urlOf(ref, namespace, ''), deleteBody(options));
    },
    find: async <T extends KubeObject>(ref: ResourceRef, namespace: string, name: string) => {
      try {
        return await client.get<T>(ref, namespace, name);
      } catch (error) {
        if (error instanceof StatusError && error.status.code === 404) return undefined;
        throw error;
      }
    },
    raw: async (method, path, body) => ask(method, path, body),
  };
  return client;
}

/** `apps/v1` and `deployments` as a reference. */
export function resourceRef(apiVersion: string, plural: string): ResourceRef {
  const { group, version } = parseApiVersion(apiVersion) ?? { group: '', version: apiVersion };
  return { group, version, plural };
}

function urlOf(
  { group, version, plural }: ResourceRef,
  namespace: string,
  name: string,
  subresource?: string,
): string {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const inside = namespace === '' ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  const one = name === '' ? '' : `/${encodeURIComponent(name)}`;
  return `${root}${inside}/${plural}${one}${subresource === undefined ? '' : `/${subresource}`}`;
}

function listQuery(list: ListOptions): { [name: string]: string } {
  const query: { [name: string]: string } = {};
  if (list.labelSelector !== undefined) query['labelSelector'] = list.labelSelector;
  if (list.fieldSelector !== undefined) query['fieldSelector'] = list.fieldSelector;
  if (list.limit !== undefined) query['limit'] = String(list.limit);
  if (list.continue !== undefined && list.continue !== '') query['continue'] = list.continue;
  if (list.resourceVersion !== undefined) query['resourceVersion'] = list.resourceVersion;
  return query;
}

function deleteBody({ dryRun, ...rest }: DeleteOptions): unknown {
  return {
    kind: 'DeleteOptions',
    apiVersion: 'v1',
    ...rest,
    ...(dryRun === true ? { dryRun: ['All'] } : {}),
  };
}

function writeQuery({ dryRun, fieldManager }: WriteOptions): { [name: string]: string } {
  return {
    ...(dryRun === true ? { dryRun: 'All' } : {}),
    ...(fieldManager === undefined ? {} : { fieldManager }),
  };
}

function queryOf(query: { readonly [name: string]: string }): string {
  const text = new URLSearchParams(query).toString();
  return text === '' ? '' : `?${text}`;
}

/** The object of an answer; throws the server's refusal. */
function objectOf(response: ApiResponse): Dict {
  const { body } = response;
  if (body.kind === 'events' || body.kind === 'upgrade')
    throw new Error(`an answer of kind ${body.kind} is no object`);
  const object = (body.kind === 'object' ? body.object : parse(body.bytes)) as Dict;
  if (response.status < 400) return object;
  throw new StatusError(
    object['kind'] === 'Status'
      ? (object as unknown as Status)
      : strangeAnswer(response.status, body.kind === 'bytes' ? text(body.bytes) : ''),
  );
}

const text = (bytes: Uint8Array | string) =>
  typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('utf8');

function parse(bytes: Uint8Array | string): unknown {
  try {
    return JSON.parse(text(bytes));
  } catch {
    return {};
  }
}

/** Somebody in between answered, not the API server. */
function strangeAnswer(code: number, message: string): Status {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: message.slice(0, 500),
    reason: code === 404 ? 'NotFound' : 'Unknown',
    code,
  };
}

async function* watchEvents<T>(open: () => Promise<ApiResponse>): AsyncIterable<WatchEvent<T>> {
  const response = await open();
  if (response.body.kind !== 'events') {
    objectOf(response);
    throw new Error('a watch was answered with an object');
  }
  yield* eventsOf<T>(response.body.events);
}

async function* eventsOf<T>(items: AsyncIterable<StreamItem>): AsyncIterable<WatchEvent<T>> {
  let rest = '';
  for await (const item of items) {
    if (item.event !== undefined) {
      yield item.event as WatchEvent<T>;
      continue;
    }
    const lines = (rest + text(item.bytes())).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') yield JSON.parse(line) as WatchEvent<T>;
  }
}
