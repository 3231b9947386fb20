import type { FieldError } from '../field-error.ts';
import type { KubeObject } from '../object.ts';

/**
 * A kind of the API as data and pure functions; the generic registry (`cluster/apiserver/registry`) does the rest.
 * Mirrors upstream's strategies (pkg/registry/<group>/<kind>/strategy.go), defaults (pkg/apis/<group>/<version>/defaults.go),
 * validation (pkg/apis/<group>/validation) and printers (pkg/printers/internalversion).
 *
 * Functions get a `draft` that belongs to the request and may be changed in place; `old` is frozen by agreement.
 * A definition works on the storage version; other served versions are converted at the door.
 */
export interface ResourceDefinition {
  readonly group: string;
  /** The storage version: what is kept, validated and handed to the functions here. */
  readonly version: string;
  readonly kind: string;
  /** Defaults to `kind + 'List'`. */
  readonly listKind?: string;
  readonly plural: string;
  /** Defaults to the kind in lower case. */
  readonly singular?: string;
  readonly namespaced: boolean;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  /** Other versions (or groups: events.k8s.io) in which the same stored objects are served. */
  readonly alsoServed?: readonly ServedVersion[];
  /** Default: create delete deletecollection get list patch update watch. */
  readonly verbs?: readonly Verb[];

  /** Upstream's AllowCreateOnUpdate: PUT of a missing object creates it. Default false. */
  readonly allowCreateOnUpdate?: boolean;
  /** Upstream's AllowUnconditionalUpdate: PUT without resourceVersion is accepted. Default true. */
  readonly allowUnconditionalUpdate?: boolean;
  /** DELETE answers the object instead of a Status. Default false. */
  readonly returnsDeletedObject?: boolean;
  /** Propagation when DELETE does not say. Default `background`. */
  readonly defaultPropagation?: 'background' | 'orphan';
  /** Seconds of grace a DELETE gets (Pods), after clamping; undefined: it goes at once. Mirrors CheckGracefulDelete. */
  graceSeconds?(object: KubeObject, requested: number | undefined): number;

  /** What the schema's `+default` does not say. Also run on old objects when they are read for a patch. */
  defaults?(draft: KubeObject): void;
  /** Clears status, sets generation 1 (see `tracksGeneration`), fills what only the server may. */
  prepareForCreate?(draft: KubeObject, context: WriteContext): void;
  /** Restores status and whatever this endpoint may not change. `metadata.generation` is the registry's. */
  prepareForUpdate?(draft: KubeObject, old: KubeObject, context: WriteContext): void;
  /** `metadata` has been validated by the registry with `validateName`. */
  validate(object: KubeObject, context: WriteContext): readonly FieldError[];
  /** Metadata changes have been validated by the registry. Default: `validate` of the new one. */
  validateUpdate?(object: KubeObject, old: KubeObject, context: WriteContext): readonly FieldError[];
  /** Texts for `Warning:` headers. */
  warnings?(object: KubeObject, old: KubeObject | undefined): readonly string[];

  /** Messages why a name will not do (upstream's, without `metadata.name:`). `prefix`: it is a generateName. Default DNS-1123 subdomain. */
  readonly validateName?: (name: string, prefix: boolean) => readonly string[];
  /** Generation counts changes of what is not metadata or status (`spec`), or of metadata.deletionTimestamp too. Default false. */
  readonly tracksGeneration?: boolean;

  readonly subresources?: {
    /** Present: `spec` and the rest are kept on `/status`, and status is kept on the main endpoint and dropped on create. */
    readonly status?: StatusSubresource;
    readonly scale?: ScaleSubresource;
  };

  /** Selectable fields besides metadata.name and (namespaced) metadata.namespace: values by path, '' when empty. */
  selectableFields?(object: KubeObject): { readonly [path: string]: string };
  /** Every selectable path, so that an empty list also refuses others; must be the keys of `selectableFields`. */
  readonly selectablePaths?: readonly string[];

  /** Without `table`: Name and Age ("Created At" for custom kinds). */
  readonly table?: TableDefinition;
}

export type Verb = 'create' | 'delete' | 'deletecollection' | 'get' | 'list' | 'patch' | 'update' | 'watch';

export interface ServedVersion {
  readonly group: string;
  readonly version: string;
  readonly kind?: string;
  /** Discovery may differ (`events` in events.k8s.io). */
  readonly shortNames?: readonly string[];
  /** A fresh object in the storage version; `draft` may be reused. Called on decoded, not yet defaulted input. */
  toStorage(draft: KubeObject): KubeObject;
  /** A fresh object in this version. */
  fromStorage(object: KubeObject): KubeObject;
  /** Defaults of this version, applied before `toStorage`. */
  defaults?(draft: KubeObject): void;
}

export interface StatusSubresource {
  /** Upstream's validateStatusUpdate. Default: none beyond metadata. */
  validateUpdate?(object: KubeObject, old: KubeObject): readonly FieldError[];
  /** Default: everything but `status` (and metadata.managedFields) is taken from `old`. */
  prepareForUpdate?(draft: KubeObject, old: KubeObject, context: WriteContext): void;
}

/** JSON paths without leading dot, as a CRD's scale subresource has them. */
export interface ScaleSubresource {
  readonly specReplicas: string;
  readonly statusReplicas: string;
  /** A text, or an object with matchLabels/matchExpressions, or a plain map (ReplicationController). */
  readonly selector?: string;
}

/** What validation and preparation may know beside the objects. */
export interface WriteContext {
  /** RFC 3339 with seconds, UTC. */
  readonly now: string;
  readonly user: { readonly name: string; readonly groups: readonly string[] };
  readonly dryRun: boolean;
}

export interface TableDefinition {
  readonly columns: readonly TableColumn[];
  /** One cell per column. `now` in milliseconds since the epoch. */
  cells(object: KubeObject, now: number): readonly TableCell[];
  /** Row conditions (Completed Pods). */
  conditions?(
    object: KubeObject,
  ): readonly { type: string; status: string; reason: string; message: string }[];
}

export interface TableColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  /** `name` for the first column, '' otherwise. */
  readonly format?: string;
  readonly description: string;
  /** 0 always, 1 with `-o wide`. */
  readonly priority?: number;
}

export type TableCell = string | number | boolean | null;
