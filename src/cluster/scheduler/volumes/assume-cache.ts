import type { ObjectMeta } from '../../../kube/api/meta-v1.ts';
import type { WatchedLister } from '../framework/listers.ts';

interface Named {
  readonly metadata?: ObjectMeta | undefined;
}

/** A lister's objects, with changes that we mean to write already made. Mirrors pkg/scheduler/util/assumecache. */
export class AssumeCache<T extends Named> {
  readonly #lister: WatchedLister<T>;
  readonly #assumed = new Map<string, T>();

  constructor(lister: WatchedLister<T>) {
    this.#lister = lister;
    lister.onChange((after, before) => {
      const object = after ?? before;
      if (object !== undefined) this.#assumed.delete(keyOf(object));
    });
  }

  get(namespace: string, name: string): T | undefined {
    return this.#assumed.get(`${namespace}/${name}`) ?? this.#lister.get(namespace, name);
  }

  /** As the API has it. */
  told(namespace: string, name: string): T | undefined {
    return this.#lister.get(namespace, name);
  }

  list(): readonly T[] {
    if (this.#assumed.size === 0) return this.#lister.list();
    return this.#lister.list().map((object) => this.#assumed.get(keyOf(object)) ?? object);
  }

  /** Until the API tells of it anew, or `restore`. */
  assume(object: T): void {
    this.#assumed.set(keyOf(object), object);
  }

  restore(object: T): void {
    this.#assumed.delete(keyOf(object));
  }
}

const keyOf = ({ metadata }: Named): string => `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`;
