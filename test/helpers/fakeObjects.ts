import type { ObjectReader, ServerHost } from '../../src/cluster/apiserver/contracts.ts';
import { cloneJson, type KubeObject } from '../../src/kube/object.ts';

const PLURALS: { readonly [kind: string]: string } = {
  NetworkPolicy: 'networkpolicies',
  Ingress: 'ingresses',
  IngressClass: 'ingressclasses',
  PriorityClass: 'priorityclasses',
  RuntimeClass: 'runtimeclasses',
  StorageClass: 'storageclasses',
  ValidatingAdmissionPolicy: 'validatingadmissionpolicies',
};

type Listener = (key: { namespace: string; name: string }, object: KubeObject | undefined) => void;

/** Objects as an API server would have them, without one: what the parts of the server read and follow. */
export class FakeObjects {
  readonly #objects = new Map<string, KubeObject>();
  readonly #listeners: { readonly place: string; readonly listener: Listener }[] = [];

  constructor(...objects: readonly object[]) {
    for (const object of objects) this.put(object);
  }

  #place(object: KubeObject): string {
    const slash = object.apiVersion.indexOf('/');
    const group = slash < 0 ? '' : object.apiVersion.slice(0, slash);
    return `${group}/${PLURALS[object.kind] ?? `${object.kind.toLowerCase()}s`}`;
  }

  put(given: object): void {
    const object = given as KubeObject;
    const { namespace = '', name = '' } = object.metadata;
    this.#objects.set(`${this.#place(object)}|${namespace}|${name}`, object);
    for (const { place, listener } of this.#listeners)
      if (place === this.#place(object)) listener({ namespace, name }, object);
  }

  remove(given: object): void {
    const object = given as KubeObject;
    const { namespace = '', name = '' } = object.metadata;
    this.#objects.delete(`${this.#place(object)}|${namespace}|${name}`);
    for (const { place, listener } of this.#listeners)
      if (place === this.#place(object)) listener({ namespace, name }, undefined);
  }

  readonly reader: ObjectReader = {
    get: <T extends KubeObject>(group: string, resource: string, namespace: string, name: string) =>
      this.#objects.get(`${group}/${resource}|${namespace}|${name}`) as T | undefined,
    list: <T extends KubeObject>(group: string, resource: string, namespace?: string) => {
      const prefix = `${group}/${resource}|${namespace === undefined ? '' : `${namespace}|`}`;
      return [...this.#objects]
        .filter(([key]) => key.startsWith(prefix))
        .map(([, object]) => object) as unknown as readonly T[];
    },
    update: async <T extends KubeObject>(
      group: string,
      resource: string,
      namespace: string,
      name: string,
      change: (draft: T) => T | undefined,
    ) => {
      const key = `${group}/${resource}|${namespace}|${name}`;
      // Somebody else may write between reading and writing.
      await Promise.resolve();
      const current = this.#objects.get(key) as T | undefined;
      if (current === undefined) return undefined;
      const next = change(cloneJson(current));
      if (next !== undefined) this.put(next);
      return next ?? current;
    },
  };

  readonly follow: ServerHost['follow'] = (group, resource, listener) => {
    const place = `${group}/${resource}`;
    const entry = { place, listener: listener as Listener };
    this.#listeners.push(entry);
    for (const object of this.#objects.values())
      if (this.#place(object) === place) {
        const { namespace = '', name = '' } = object.metadata;
        entry.listener({ namespace, name }, object);
      }
    return () => void this.#listeners.splice(this.#listeners.indexOf(entry), 1);
  };
}
