import type { ManagedFieldsEntry } from '../../src/kube/api/meta-v1.ts';
import { applyConfiguration, trackUpdate } from '../../src/kube/apply/field-manager.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { canonicalize } from '../../src/kube/schema/canonical.ts';
import { decodeDict } from '../../src/kube/schema/decode.ts';
import type { StructSchema } from '../../src/kube/schema/schema.ts';
import { schemaOf } from './kubeSchemas.ts';

/** One object and the managers that write it, as the registry does it but without defaults, validation or storage. */
export class ApplyBench {
  live: KubeObject | undefined;
  readonly #schema: StructSchema;
  readonly #type: { apiVersion: string; kind: string };
  #seconds = 0;

  constructor(apiVersion: string, kind: string, schema?: StructSchema) {
    const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
    this.#schema = schema ?? schemaOf(group ?? '', version ?? '', kind);
    this.#type = { apiVersion, kind };
  }

  #whole(body: object): KubeObject {
    const { metadata, ...rest } = body as { metadata?: object };
    return { ...this.#type, metadata: { name: 'bread', ...metadata }, ...rest } as KubeObject;
  }

  #common(manager: string, subresource = '') {
    this.#seconds++;
    const now = `2030-01-01T00:00:${String(this.#seconds).padStart(2, '0')}Z`;
    return {
      schema: this.#schema,
      live: this.live,
      manager,
      apiVersion: this.#type.apiVersion,
      subresource,
      now,
    };
  }

  #store(object: KubeObject): KubeObject {
    const decoded = decodeDict(this.#schema, object).object as unknown as KubeObject;
    const stored = canonicalize(this.#schema, { ...decoded, ...this.#type });
    stored.metadata.uid = 'uid';
    this.live = stored;
    return stored;
  }

  apply(
    manager: string,
    body: object,
    options: { force?: boolean; reset?: string[][]; subresource?: string } = {},
  ): KubeObject {
    const { force = false, reset = [], subresource = '' } = options;
    return this.#store(
      applyConfiguration({ ...this.#common(manager, subresource), applied: this.#whole(body), force, reset }),
    );
  }

  /** PUT: the whole object. `body` may bring managedFields. */
  put(manager: string, body: object, subresource = ''): KubeObject {
    const updated = this.#whole(body);
    const entries = trackUpdate({ ...this.#common(manager, subresource), updated });
    if (entries === undefined) delete updated.metadata.managedFields;
    else updated.metadata.managedFields = entries;
    return this.#store(updated);
  }

  /** Who owns what: `ana:Apply` → the paths, dotted, members that have children with a final dot. */
  owners(): { [manager: string]: string[] } {
    const found: { [manager: string]: string[] } = {};
    for (const entry of this.live?.metadata.managedFields ?? [])
      found[nameOf(entry)] = pathsOf(entry.fieldsV1 ?? {}, '');
    return found;
  }

  times(): { [manager: string]: string | undefined } {
    return Object.fromEntries(
      (this.live?.metadata.managedFields ?? []).map((entry) => [nameOf(entry), entry.time?.slice(-3, -1)]),
    );
  }
}

const nameOf = ({ manager, operation, subresource }: ManagedFieldsEntry) =>
  `${manager}:${operation}${subresource === undefined ? '' : `:${subresource}`}`;

function pathsOf(fields: { readonly [key: string]: unknown }, prefix: string): string[] {
  return Object.entries(fields).flatMap(([key, below]) => {
    if (key === '.') return [`${prefix}.`];
    const text = key.startsWith('f:') ? key.slice(2) : `[${key.slice(2)}]`;
    const path = prefix === '' || text.startsWith('[') ? prefix + text : `${prefix}.${text}`;
    const children = below as { readonly [key: string]: unknown };
    return Object.keys(children).length === 0 ? [path] : pathsOf(children, path);
  });
}
