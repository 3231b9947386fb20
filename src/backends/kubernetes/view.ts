import type { Clock } from '../../base/clock.ts';
import type { JsonObject } from '../../base/json.ts';
import { nearestNames } from '../../base/text.ts';
import {
  type BuiltinView,
  CouldNotLook,
  type KindName,
  type KubeState,
  type KubeView,
} from '../../checks/backend.ts';
import type { EvidenceLevel } from '../../checks/verdict.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject } from '../../kube/object.ts';
import { timeToMs } from '../../kube/time.ts';
import { couldNotLook } from './advice.ts';
import { proxyGet } from './proxy-get.ts';
import { discover, findResource, type KnownResource } from './resources.ts';
import { courseLabel } from './scene.ts';
import { Watching } from './watching.ts';

export interface KubeViewOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly level: EvidenceLevel;
  /** How the learner calls kubectl there. */
  readonly kubectl: string;
  /** The Spanish advice that mends a cluster that does not answer. */
  readonly start: string;
  readonly builtin?: BuiltinView;
}

export interface KubeLink {
  readonly view: KubeView;
  onChange(listener: () => void): () => void;
  close(): void;
}

const mostObjects = 2_000;

/** Looks at a cluster through its API, as an account that only reads. */
export function createKubeView(options: KubeViewOptions): KubeLink {
  const looker = new Looker(options);
  const view: KubeView = {
    level: options.level,
    kubectl: options.kubectl,
    get: (kind, namespace, name) => looker.get(kind, namespace, name),
    list: (kind, namespace, filter = {}) => looker.list(kind, namespace, filter),
    history: (kind, namespace, sinceMs) => looker.history(kind, namespace, sinceMs),
    canI: (question) => looker.canI(question),
    http: (target) => looker.asking(() => patientGet(options, target)),
    near: (kind, namespace, name) => looker.near(kind, namespace, name),
    ...(options.builtin === undefined ? {} : { builtin: options.builtin }),
  };
  return { view, onChange: (listener) => looker.onChange(listener), close: () => looker.close() };
}

type Http = KubeView['http'];

/** A port that drops what comes says nothing for longer than anybody looks. */
async function patientGet(
  { client, clock }: KubeViewOptions,
  target: Parameters<Http>[0],
): Promise<Awaited<ReturnType<Http>>> {
  const { patienceMs } = target;
  const answer = proxyGet(client, target);
  if (patienceMs === undefined) return answer;
  let cancel = () => {};
  const silence = new Promise<Awaited<ReturnType<Http>>>((resolve) => {
    cancel = clock.after(patienceMs, () => resolve({ ok: false, why: 'nadie contestó a tiempo' }));
  });
  // Whoever comes late is not listened to.
  answer.catch(() => undefined);
  return Promise.race([answer, silence]).finally(cancel);
}

class Looker {
  readonly #options: KubeViewOptions;
  readonly #watched = new Map<string, Watching>();
  readonly #listeners = new Set<() => void>();
  #resources: Promise<readonly KnownResource[]> | undefined;

  constructor(options: KubeViewOptions) {
    this.#options = options;
  }

  async asking<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      throw couldNotLook(error, this.#options.start);
    }
  }

  get(kind: KindName, namespace: string, name: string): Promise<JsonObject | undefined> {
    return this.asking(async () => {
      const resource = await this.#resource(kind);
      this.#watch(resource, namespace);
      const found = await this.#options.client.find(resource, resource.namespaced ? namespace : '', name);
      return found === undefined ? undefined : plain(found);
    });
  }

  list(
    kind: KindName,
    namespace: string | undefined,
    filter: { readonly labels?: string; readonly fields?: string },
  ): Promise<readonly JsonObject[]> {
    return this.asking(async () => {
      const resource = await this.#resource(kind);
      this.#watch(resource, namespace);
      const { items } = await this.#options.client.list<KubeObject>(resource, {
        namespace: resource.namespaced ? namespace : undefined,
        limit: mostObjects,
        ...(filter.labels === undefined ? {} : { labelSelector: filter.labels }),
        ...(filter.fields === undefined ? {} : { fieldSelector: filter.fields }),
      });
      // Items of a list do not repeat what the list says of all of them.
      const apiVersion = resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
      return items.map((item) => ({ apiVersion, kind: resource.kind, ...plain(item) }));
    });
  }

  history(kind: KindName, namespace: string, sinceMs: number): Promise<readonly KubeState[] | undefined> {
    return this.asking(async () => {
      const resource = await this.#resource(kind);
      const states = await this.#watch(resource, namespace).states(await this.#revisionOf(namespace));
      return states
        ?.filter(({ object }) => writtenMs(object) >= sinceMs)
        .map(({ type, object }) => ({
          type,
          object: plain(object),
          resourceVersion: Number(object.metadata.resourceVersion),
        }));
    });
  }

  async canI(question: Parameters<KubeView['canI']>[0]): Promise<boolean> {
    const { verb, namespace, name, user, groups } = question;
    return this.asking(async () => {
      const [written = '', subresource = ''] = question.resource.split('/');
      const resource = await this.#resource(written);
      const resourceAttributes = {
        verb,
        namespace,
        group: resource.group,
        resource: resource.plural,
        ...(subresource === '' ? {} : { subresource }),
        ...(name === undefined ? {} : { name }),
      };
      const kind = user === undefined ? 'SelfSubjectAccessReview' : 'SubjectAccessReview';
      const review = await this.#options.client.create<KubeObject & { status?: { allowed?: boolean } }>(
        { group: 'authorization.k8s.io', version: 'v1', plural: `${kind.toLowerCase()}s` },
        '',
        {
          apiVersion: 'authorization.k8s.io/v1',
          kind,
          metadata: {},
          spec: { resourceAttributes, ...(user === undefined ? {} : { user, groups: groups ?? [] }) },
        } as KubeObject,
      );
      return review.status?.allowed === true;
    });
  }

  near(kind: KindName, namespace: string, name: string): Promise<readonly string[]> {
    return this.asking(async () => {
      const all = await this.list(kind, undefined, {});
      const named = all.map(({ metadata }) => metadata as unknown as { name: string; namespace?: string });
      const here = named.filter((one) => (one.namespace ?? '') === namespace || one.namespace === undefined);
      const twins = named.filter((one) => one.name === name && !here.includes(one));
      const foreign = twins.length === 0 ? [] : await this.#othersNamespaces(namespace);
      const elsewhere = twins.filter((one) => !foreign.includes(one.namespace ?? ''));
      return [
        ...elsewhere.map((one) => `${one.namespace}/${one.name}`),
        ...nearestNames(name, [...new Set(here.map((one) => one.name))], 3),
      ].slice(0, 5);
    });
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    for (const one of this.#watched.values()) one.stop();
    this.#watched.clear();
  }

  /** From the first look on, what changes there is announced. */
  #watch(resource: KnownResource, namespace: string | undefined): Watching {
    const space = resource.namespaced ? namespace : undefined;
    const key = `${resource.plural}.${resource.group}/${space ?? '*'}`;
    let watching = this.#watched.get(key);
    if (watching === undefined) {
      const { client, clock } = this.#options;
      watching = new Watching(client, resource, space, clock);
      watching.onChange(() => {
        for (const listener of this.#listeners) listener();
      });
      this.#watched.set(key, watching);
    }
    return watching;
  }

  async #resource(kind: KindName): Promise<KnownResource> {
    this.#resources ??= discover(this.#options.client);
    this.#resources.catch(() => {
      this.#resources = undefined;
    });
    let found = findResource(await this.#resources, kind);
    if (found === undefined) {
      // A CustomResourceDefinition may have come since.
      this.#resources = discover(this.#options.client);
      found = findResource(await this.#resources, kind);
    }
    if (found !== undefined) return found;
    throw new CouldNotLook({
      reason: 'view-missing',
      why: `Este clúster no conoce ningún tipo de objeto «${kind}».`,
      next: `Mira los que hay con \`${this.#options.kubectl} api-resources\`.`,
    });
  }

  /** Namespaces of other attempts: what is there is not a slip of this one. */
  async #othersNamespaces(namespace: string): Promise<readonly string[]> {
    const { items } = await this.#options.client.list<KubeObject>(
      { group: '', version: 'v1', plural: 'namespaces' },
      { labelSelector: courseLabel },
    );
    const tokenOf = ({ metadata }: KubeObject) => metadata.labels?.[courseLabel];
    const own = items.find(({ metadata }) => metadata.name === namespace);
    const token = own === undefined ? undefined : tokenOf(own);
    return items.flatMap((item) => (tokenOf(item) === token ? [] : [item.metadata.name ?? '']));
  }

  /** When the exercise's namespace was last touched: what happened in it is later. */
  async #revisionOf(namespace: string): Promise<number> {
    const space = await this.#options.client.find(
      { group: '', version: 'v1', plural: 'namespaces' },
      '',
      namespace,
    );
    return Number(space?.metadata.resourceVersion ?? Number.MAX_SAFE_INTEGER);
  }
}

/** Without what nobody reads and everybody would have to scroll over. */
function plain(object: KubeObject): JsonObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata } as unknown as JsonObject;
}

/** When a state was written, as far as it tells: the API's times are whole seconds, so the end of that second. */
function writtenMs({ metadata }: KubeObject): number {
  const times = [
    metadata.deletionTimestamp,
    metadata.creationTimestamp,
    ...(metadata.managedFields ?? []).map(({ time }) => time),
  ].map(timeToMs);
  const known = times.filter((ms) => !Number.isNaN(ms));
  return known.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...known) + 999;
}
