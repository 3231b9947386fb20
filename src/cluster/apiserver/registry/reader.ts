import { cloneJson, type KubeObject } from '../../../kube/object.ts';
import type { Store } from '../../store/store.ts';
import type { ObjectReader, ServerHost } from '../contracts.ts';
import type { ResourceCatalog } from './catalog.ts';
import { commitChanges } from './commit.ts';
import { canonicalForm } from './draft.ts';
import { collectionPrefix, keyOf, type Storage } from './endpoint.ts';
import { encodeStored } from './stored-json.ts';
import { viewOf } from './stored-view.ts';

/** The server's own view of its store, past authorization and admission. Objects are frozen by agreement. */
export function createReader(store: Store, catalog: ResourceCatalog): ObjectReader {
  return {
    get(group, resource, namespace, name) {
      const storage = catalog.storage(group, resource);
      const there = storage === undefined ? undefined : store.get(keyOf(storage, namespace, name));
      return there === undefined ? undefined : asType(viewOf(there).object);
    },
    list(group, resource, namespace = '') {
      const storage = catalog.storage(group, resource);
      if (storage === undefined) return [];
      return store
        .list(collectionPrefix(storage, namespace))
        .items.map((item) => asType(viewOf(item).object));
    },
    async update(group, resource, namespace, name, change) {
      const storage = catalog.storage(group, resource);
      if (storage === undefined) return undefined;
      const key = keyOf(storage, namespace, name);
      for (;;) {
        const there = store.get(key);
        if (there === undefined) return undefined;
        const draft = change(asType(cloneJson(viewOf(there).object)));
        if (draft === undefined) return undefined;
        const value = encodeStored(canonicalForm(storage, draft));
        const result = await commitChanges(store, [{ key, expectedRevision: there.modRevision, value }]);
        if (result.done) {
          draft.metadata.resourceVersion = String(result.revision);
          return draft;
        }
      }
    },
  };
}

function asType<T extends KubeObject>(object: KubeObject): T {
  return object as T;
}

/** What there is now, then every change, synchronously with its commit. A store restored from a snapshot is read anew. */
export function createFollow(store: Store, catalog: ResourceCatalog): ServerHost['follow'] {
  return (group, resource, listener) => {
    const storage = catalog.storage(group, resource);
    if (storage === undefined) return () => {};
    const known = new Map<string, { namespace: string; name: string }>();
    let stopped = false;
    let watcher: { stop(): void } | undefined;
    const start = () => {
      const { items, revision } = store.list(storage.prefix);
      const here = new Set(items.map(({ key }) => key));
      for (const [key, id] of [...known])
        if (!here.has(key)) {
          known.delete(key);
          listener(id, undefined);
        }
      for (const item of items) {
        const id = idOf(storage, item.key);
        known.set(item.key, id);
        listener(id, asType(viewOf(item).object));
      }
      watcher = store.watch(storage.prefix, revision, {
        onEvents(events) {
          for (const { key, current } of events) {
            const id = idOf(storage, key);
            if (current === undefined) known.delete(key);
            else known.set(key, id);
            listener(id, current === undefined ? undefined : asType(viewOf(current).object));
          }
        },
        onEnd({ code }) {
          if (!stopped && code !== 'closed') start();
        },
      });
    };
    start();
    return () => {
      stopped = true;
      watcher?.stop();
    };
  };
}

function idOf({ prefix, definition }: Storage, key: string): { namespace: string; name: string } {
  const rest = key.slice(prefix.length);
  const slash = definition.namespaced ? rest.indexOf('/') : -1;
  return { namespace: slash < 0 ? '' : rest.slice(0, slash), name: rest.slice(slash + 1) };
}
