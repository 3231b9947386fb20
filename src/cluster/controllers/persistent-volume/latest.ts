import { type Informer, keyOf } from '../../../kube/informer.ts';
import type { KubeObject } from '../../../kube/object.ts';

/** What an informer knows, and what was just written and it has not heard of yet. Mirrors storeObjectUpdate of the binder. */
export class Latest<T extends KubeObject> {
  readonly #informer: Informer<T>;
  readonly #written = new Map<string, T>();

  constructor(informer: Informer<T>) {
    this.#informer = informer;
    informer.onChange((after, before) => {
      const object = after ?? before;
      if (object === undefined) return;
      const key = keyFor(object);
      const written = this.#written.get(key);
      if (written !== undefined && (after === undefined || revisionOf(after) >= revisionOf(written)))
        this.#written.delete(key);
    });
  }

  get(namespace: string, name: string): T | undefined {
    return this.#written.get(keyOf(namespace, name)) ?? this.#informer.get(namespace, name);
  }

  list(): readonly T[] {
    if (this.#written.size === 0) return this.#informer.list();
    return this.#informer.list().map((object) => this.#written.get(keyFor(object)) ?? object);
  }

  /** Returns what was written. */
  remember(object: T): T {
    const key = keyFor(object);
    const known = this.#informer.get(object.metadata.namespace ?? '', object.metadata.name ?? '');
    if (known !== undefined && revisionOf(known) < revisionOf(object)) this.#written.set(key, object);
    return object;
  }
}

const keyFor = ({ metadata: { namespace = '', name = '' } }: KubeObject): string => keyOf(namespace, name);
/** Our revisions are numbers; upstream's binder reads them so too. */
const revisionOf = ({ metadata }: KubeObject): number => Number(metadata.resourceVersion ?? 0);
