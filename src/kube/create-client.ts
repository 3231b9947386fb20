import type {
  KubeClient,
  ListOptions,
  PatchKind,
  ResourceRef,
  WatchOptions,
  WriteOptions,
} from './client.ts';
import { objectOf, textOf, watchEvents } from './client-answer.ts';
import { deleteBody, listQuery, queryOf, urlOf, writeQuery } from './client-request.ts';
import type { Dict, KubeObject } from './object.ts';
import { StatusError } from './status.ts';
import type { ApiRequest, ApiResponse, Identity, Transport } from './transport.ts';

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
        items: typed((answer['items'] ?? []) as T[], answer['apiVersion'], answer['kind']),
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
    text: async (method, path) => {
      const response = await send(method, path);
      return { status: response.status, text: textOf(response) };
    },
  };
  return client;
}

/** The items of a list do not say what they are, for the list does; whoever gets one alone must know. */
function typed<T>(items: readonly T[], apiVersion: unknown, listKind: unknown): T[] {
  if (typeof apiVersion !== 'string' || typeof listKind !== 'string') return [...items];
  const kind = listKind.replace(/List$/, '');
  return items.map((item) => ({ apiVersion, kind, ...item }));
}
