import { apiVersionOf } from '../../../kube/object.ts';
import type { ResourceDefinition, ServedVersion, Verb } from '../../../kube/resources/definition.ts';
import type { SchemaSource } from '../../../kube/schema/schema.ts';
import type {
  Catalog,
  InstalledResource,
  InstalledSubresource,
  InstallOptions,
  SubresourcePlugin,
  VirtualResource,
} from '../contracts.ts';
import type { AnyEndpoint, Endpoint, Storage } from './endpoint.ts';
import type { ObjectSubresource } from './update-rules.ts';

const allVerbs: readonly Verb[] = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
];

/** What is served, by group, version and plural. Lookups are one map access. */
export class ResourceCatalog implements Catalog {
  generation = 0;
  readonly #schemas: SchemaSource;
  readonly #plugins: SubresourcePlugin[] = [];
  readonly #rules: readonly ObjectSubresource[];
  readonly #endpoints = new Map<string, AnyEndpoint>();
  readonly #storages = new Map<string, Storage>();
  readonly #listeners = new Set<() => void>();

  constructor(schemas: SchemaSource, rules: readonly ObjectSubresource[] = []) {
    this.#schemas = schemas;
    this.#rules = rules;
  }

  all(): readonly InstalledResource[] {
    return [...this.#endpoints.values()];
  }

  find(group: string, version: string, plural: string): AnyEndpoint | undefined {
    return this.#endpoints.get(`${group}/${version}/${plural}`);
  }

  /** The versions in which the objects of a storage are served. */
  endpointsOf(storage: Storage): readonly Endpoint[] {
    const found: Endpoint[] = [];
    for (const endpoint of this.#endpoints.values())
      if (endpoint.definition !== undefined && endpoint.storage === storage) found.push(endpoint);
    return found;
  }

  storages(): readonly Storage[] {
    return [...this.#storages.values()];
  }

  storage(group: string, plural: string): Storage | undefined {
    return this.#storages.get(`${group}/${plural}`);
  }

  /** False for groups of custom resources alone, whose unknown resources are told by text. */
  hasBuiltInGroup(group: string): boolean {
    for (const endpoint of this.#endpoints.values())
      if (!endpoint.custom && endpoint.group === group) return true;
    return false;
  }

  /** They show on the resources installed from then on. */
  addPlugins(plugins: readonly SubresourcePlugin[]): void {
    this.#plugins.push(...plugins);
  }

  install(definition: ResourceDefinition, options: InstallOptions = {}): void {
    this.#forget(definition.group, definition.plural);
    const schemas = options.schemas ?? this.#schemas;
    const custom = options.custom ?? options.schemas !== undefined;
    const storage: Storage = {
      definition,
      prefix: `/registry/${definition.group === '' ? '' : `${definition.group}/`}${definition.plural}/`,
      resource: { group: definition.group, resource: definition.plural },
      apiVersion: apiVersionOf(definition),
      schema: schemas.schemaOf(definition.group, definition.version, definition.kind),
      custom,
    };
    this.#storages.set(`${definition.group}/${definition.plural}`, storage);
    const add = (served: ServedVersion | undefined) => {
      const { group, version } = served ?? definition;
      const kind = served?.kind ?? definition.kind;
      const plugins = this.#pluginsOf(group, definition.plural);
      const rules = this.#rules.filter((one) => one.group === group && one.resource === definition.plural);
      const endpoint: Endpoint = {
        group,
        version,
        kind,
        plural: definition.plural,
        listKind: definition.listKind ?? `${kind}List`,
        singular: definition.singular ?? kind.toLowerCase(),
        namespaced: definition.namespaced,
        shortNames: served?.shortNames ?? definition.shortNames ?? [],
        categories: definition.categories ?? [],
        verbs: definition.verbs ?? allVerbs,
        definition,
        custom,
        schema: schemas.schemaOf(group, version, kind),
        subresources: subresourcesOf(definition, { group, version, kind }, plugins, rules),
        storage,
        schemas,
        apiVersion: apiVersionOf({ group, version }),
        served,
        plugins: new Map(plugins.map((plugin) => [plugin.name, plugin])),
        rules: new Map(rules.map((one) => [one.name, one])),
        warning: options.warningOf?.(version),
        resourceName: { group, resource: definition.plural },
      };
      this.#endpoints.set(`${group}/${version}/${definition.plural}`, endpoint);
    };
    if (options.servesStorage !== false) add(undefined);
    for (const served of definition.alsoServed ?? []) add(served);
    this.#changed();
  }

  addVirtual(virtual: VirtualResource): void {
    const { group, version, kind, plural, namespaced } = virtual;
    this.#endpoints.set(`${group}/${version}/${plural}`, {
      group,
      version,
      kind,
      plural,
      namespaced,
      listKind: `${kind}List`,
      singular: virtual.singular ?? kind.toLowerCase(),
      shortNames: [],
      categories: [],
      verbs: ['create'],
      definition: undefined,
      custom: false,
      schema: this.#schemas.schemaOf(group, version, kind),
      subresources: [],
      virtual,
      apiVersion: apiVersionOf({ group, version }),
    });
    this.#changed();
  }

  remove(group: string, plural: string): void {
    if (this.#forget(group, plural)) this.#changed();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #forget(group: string, plural: string): boolean {
    const storage = this.#storages.get(`${group}/${plural}`);
    if (storage === undefined) return false;
    this.#storages.delete(`${group}/${plural}`);
    for (const [key, endpoint] of this.#endpoints)
      if (endpoint.definition === storage.definition) this.#endpoints.delete(key);
    return true;
  }

  #changed(): void {
    this.generation += 1;
    for (const listener of [...this.#listeners]) listener();
  }

  #pluginsOf(group: string, plural: string): SubresourcePlugin[] {
    return this.#plugins.filter((plugin) => plugin.group === group && plugin.resource === plural);
  }
}

function subresourcesOf(
  definition: ResourceDefinition,
  own: { readonly group: string; readonly version: string; readonly kind: string },
  plugins: readonly SubresourcePlugin[],
  rules: readonly ObjectSubresource[],
): readonly InstalledSubresource[] {
  const verbs = ['get', 'patch', 'update'];
  const found: InstalledSubresource[] = plugins.map(({ name, kind, verbs }) => ({ name, kind, verbs }));
  for (const { name, verbs: theirs } of rules) found.push({ name, kind: own, verbs: theirs });
  const has = (name: string) => found.some((one) => one.name === name);
  if (definition.subresources?.status !== undefined && !has('status'))
    found.push({ name: 'status', kind: own, verbs });
  if (definition.subresources?.scale !== undefined && !has('scale'))
    found.push({ name: 'scale', kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' }, verbs });
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}
