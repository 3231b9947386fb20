import type { Clock } from '../base/clock.ts';
import type { KubeClient, ListOptions, ResourceRef } from './client.ts';
import type { KubeObject } from './object.ts';
import { StatusError } from './status.ts';

/**
 * A copy of all objects of one resource, kept up to date: list, then watch from there, and again from the start when the
 * history is gone. Its objects have no managedFields. Mirrors client-go/tools/cache (reflector and shared informer).
 */
export interface Informer<T extends KubeObject> {
  /** Resolves when the first list is here; rejects when `stop` comes first. */
  readonly synced: Promise<void>;
  readonly hasSynced: boolean;
  get(namespace: string, name: string): T | undefined;
  list(namespace?: string): readonly T[];
  /** By a value of your own, for example the owner's UID. Asked for twice, the same name must mean the same. */
  addIndex(name: string, valuesOf: (object: T) => readonly string[]): void;
  byIndex(name: string, value: string): readonly T[];
  /** Called for every object already here too, as added. Must not throw. */
  onChange(listener: ChangeListener<T>): void;
  start(): void;
  stop(): void;
}

/** `before` undefined: added. `after` undefined: deleted. Level-triggered: changes in between may be missed. */
export type ChangeListener<T> = (after: T | undefined, before: T | undefined) => void;

export interface InformerOptions extends Pick<ListOptions, 'namespace' | 'labelSelector' | 'fieldSelector'> {
  readonly clock: Clock;
  /** Told when list or watch fail; it tries again by itself. */
  readonly onTrouble?: (error: unknown) => void;
}

const firstPauseMs = 100;
const lastPauseMs = 30_000;
const pageSize = 500;

export const keyOf = (namespace: string, name: string): string =>
  namespace === '' ? name : `${namespace}/${name}`;

export function createInformer<T extends KubeObject>(
  client: KubeClient,
  ref: ResourceRef,
  options: InformerOptions,
): Informer<T> {
  const { clock } = options;
  const objects = new Map<string, T>();
  const indexes = new Map<string, Index<T>>();
  const listeners: ChangeListener<T>[] = [];
  const ending = new AbortController();
  let hasSynced = false;
  let markSynced: () => void = () => undefined;
  let failSynced: (why: unknown) => void = () => undefined;
  const synced = new Promise<void>((resolve, reject) => {
    markSynced = resolve;
    failSynced = reject;
  });
  synced.catch(() => undefined);

  const put = (key: string, after: T | undefined) => {
    const before = objects.get(key);
    if (after === undefined) {
      if (before === undefined) return;
      objects.delete(key);
    } else {
      if (before !== undefined && before.metadata.resourceVersion === after.metadata.resourceVersion) return;
      objects.set(key, after);
    }
    for (const index of indexes.values()) index.move(key, before, after);
    for (const listener of listeners) listener(after, before);
  };
  const keyFor = (object: T) => keyOf(object.metadata.namespace ?? '', object.metadata.name ?? '');

  const listAll = async (): Promise<string> => {
    const seen = new Set<string>();
    let token = '';
    let revision = '';
    do {
      const page = await client.list<T>(ref, {
        ...selection(options),
        limit: pageSize,
        continue: token,
        signal: ending.signal,
      });
      for (const object of page.items) {
        const key = keyFor(object);
        seen.add(key);
        put(key, withoutManagers(object));
      }
      token = page.continue;
      revision = page.resourceVersion;
    } while (token !== '');
    for (const key of [...objects.keys()]) if (!seen.has(key)) put(key, undefined);
    return revision;
  };
  /** Up to where it has seen everything; undefined: it must list. */
  let revision: string | undefined;
  /** Resolves when the watch just ended; the history may be gone then. Rejects when it broke. */
  const follow = async (from: string): Promise<void> => {
    const events = client.watch<T>(ref, {
      ...selection(options),
      resourceVersion: from,
      bookmarks: true,
      signal: ending.signal,
    });
    for await (const { type, object } of events) {
      if (type === 'ERROR') {
        const code = (object as unknown as { code?: number }).code;
        if (code === 410) {
          revision = undefined;
          return;
        }
        throw new Error((object as unknown as { message?: string }).message ?? 'watch error');
      }
      if (type === 'DELETED') put(keyFor(object), undefined);
      else if (type !== 'BOOKMARK') put(keyFor(object), withoutManagers(object));
      // A watch that breaks goes on from here: what was seen is not seen again.
      revision = object.metadata.resourceVersion ?? revision;
    }
  };
  const run = async () => {
    let pauseMs = firstPauseMs;
    while (!ending.signal.aborted) {
      let before = revision;
      try {
        if (revision === undefined) {
          revision = await listAll();
          hasSynced = true;
          markSynced();
        }
        before = revision;
        await follow(before);
        pauseMs = firstPauseMs;
        // A watch that ends at once, again and again, must not become a busy loop.
        if (revision === before) await clock.sleep(pauseMs, ending.signal);
      } catch (error) {
        if (ending.signal.aborted) return;
        if (error instanceof StatusError && error.status.code === 410) revision = undefined;
        if (revision !== before) pauseMs = firstPauseMs;
        options.onTrouble?.(error);
        await clock.sleep(pauseMs, ending.signal).catch(() => undefined);
        pauseMs = Math.min(lastPauseMs, pauseMs * 2);
      }
    }
  };
  return {
    synced,
    get hasSynced() {
      return hasSynced;
    },
    get: (namespace, name) => objects.get(keyOf(namespace, name)),
    list: (namespace) => {
      const all = [...objects.values()];
      return namespace === undefined ? all : all.filter((object) => object.metadata.namespace === namespace);
    },
    addIndex: (name, valuesOf) => {
      if (indexes.has(name)) return;
      const index = new Index<T>(valuesOf);
      for (const [key, object] of objects) index.move(key, undefined, object);
      indexes.set(name, index);
    },
    byIndex: (name, value) => {
      const keys = indexes.get(name)?.keys(value) ?? [];
      return keys.flatMap((key) => objects.get(key) ?? []);
    },
    onChange: (listener) => {
      listeners.push(listener);
      for (const object of objects.values()) listener(object, undefined);
    },
    start: () => {
      void run();
    },
    stop: () => {
      ending.abort(new Error('the informer was stopped'));
      failSynced(ending.signal.reason);
    },
  };
}

const slim = new WeakMap<KubeObject, KubeObject>();

/**
 * Who owns which field is half of a Pod, and whoever only follows objects never asks. What several informers are handed as one
 * object stays one. Mirrors cache.TransformStripManagedFields.
 */
function withoutManagers<T extends KubeObject>(object: T): T {
  if (object.metadata.managedFields === undefined) return object;
  let kept = slim.get(object);
  if (kept === undefined) {
    const { managedFields: _, ...metadata } = object.metadata;
    kept = { ...object, metadata };
    slim.set(object, kept);
  }
  return kept as T;
}

function selection({ namespace, labelSelector, fieldSelector }: InformerOptions): ListOptions {
  return {
    ...(namespace === undefined ? {} : { namespace }),
    ...(labelSelector === undefined ? {} : { labelSelector }),
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
  };
}

class Index<T> {
  readonly #valuesOf: (object: T) => readonly string[];
  readonly #keys = new Map<string, Set<string>>();
  constructor(valuesOf: (object: T) => readonly string[]) {
    this.#valuesOf = valuesOf;
  }
  keys(value: string): readonly string[] {
    return [...(this.#keys.get(value) ?? [])];
  }
  move(key: string, before: T | undefined, after: T | undefined): void {
    for (const value of before === undefined ? [] : this.#valuesOf(before)) {
      const keys = this.#keys.get(value);
      keys?.delete(key);
      if (keys?.size === 0) this.#keys.delete(value);
    }
    for (const value of after === undefined ? [] : this.#valuesOf(after)) {
      const keys = this.#keys.get(value);
      if (keys === undefined) this.#keys.set(value, new Set([key]));
      else keys.add(key);
    }
  }
}
