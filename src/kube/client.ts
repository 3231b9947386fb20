import { type KubeObject, parseApiVersion } from './object.ts';

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
  /** Any path, whatever the answer: what a program behind the API server's proxy says. */
  text(method: string, path: string): Promise<{ readonly status: number; readonly text: string }>;
}

/** `apps/v1` and `deployments` as a reference. */
export function resourceRef(apiVersion: string, plural: string): ResourceRef {
  const { group, version } = parseApiVersion(apiVersion) ?? { group: '', version: apiVersion };
  return { group, version, plural };
}
