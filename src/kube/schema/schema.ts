import type { Json } from '../../base/json.ts';

/**
 * The shape of a kind, as Go sees it: names, types, list semantics. Built-in kinds come from `assets/kubernetes/fields.tsv`,
 * custom ones from their structural schema. Decoding, defaulting, merging, server-side apply, OpenAPI and protobuf all
 * read this and nothing else. Schemas may be cyclic (JSONSchemaProps); they are built once and shared.
 */
export type Schema = StructSchema | MapSchema | ListSchema | ScalarSchema;

export interface StructSchema {
  readonly kind: 'struct';
  /** Where it is declared, `apps/v1.DeploymentSpec`; '' in a custom resource. Go prints `v1.DeploymentSpec`. */
  readonly goType: string;
  /** By JSON name, inline structs already flattened, in upstream's order. */
  readonly fields: ReadonlyMap<string, FieldSchema>;
  /** `atomic`: apply replaces it whole. */
  readonly mapType: 'granular' | 'atomic';
  /** `x-kubernetes-preserve-unknown-fields`: what is not in `fields` is kept as it is. */
  readonly preserveUnknown?: boolean;
}

export interface FieldSchema {
  /** JSON name. */
  readonly name: string;
  readonly schema: Schema;
  /** Protobuf field numbers from the struct down: one number, or several when it comes from an inline struct. Empty: none. */
  readonly numbers: readonly number[];
  /** Go pointer: an explicit zero is kept. */
  readonly pointer: boolean;
  /** Without it, the zero value is printed (`"replicas": 0`, `"containers": null`). A struct is always printed, `{}`. */
  readonly omitEmpty: boolean;
  readonly required: boolean;
  /** `+default=`, or the structural schema's. */
  readonly default?: Json;
  /** Strategic merge: `merge`, `replace`, `retainKeys`. */
  readonly patchStrategy: readonly string[];
  readonly patchMergeKey?: string;
  /** x-kubernetes-list-type and friends belong to the field upstream; they are copied onto its list or struct schema. */
}

export interface MapSchema {
  readonly kind: 'map';
  /** Only when Go has a name of its own for it: `v1.ResourceList`. */
  readonly goType?: string;
  readonly values: Schema;
  readonly mapType: 'granular' | 'atomic';
}

export interface ListSchema {
  readonly kind: 'list';
  /** Only when Go has a name of its own for it: `v1.Verbs`. */
  readonly goType?: string;
  readonly items: Schema;
  readonly listType: 'atomic' | 'set' | 'map';
  /** The type says so itself; without it `atomic` is only what lists are by default. OpenAPI tells the difference. */
  readonly declared?: boolean;
  /** JSON names, for `map`. */
  readonly mapKeys: readonly string[];
}

/**
 * `any`: untyped JSON (RawExtension, JSON). `bytes` is base64 in JSON. `time` has seconds, `microTime` six decimals;
 * `duration` is Go's text (`1h0m0s`). Quantities are kept in canonical form.
 */
export interface ScalarSchema {
  readonly kind: 'scalar';
  readonly scalar:
    | 'string'
    | 'int32'
    | 'int64'
    | 'float64'
    | 'bool'
    | 'bytes'
    | 'quantity'
    | 'intOrString'
    | 'time'
    | 'microTime'
    | 'duration'
    | 'any'
    | 'fieldsV1';
  /** As Go prints it in an error: `string`, `int32`, `v1.RestartPolicy`. */
  readonly goType: string;
  readonly nullable?: boolean;
  /** Of `any`: what an object there (or each of a list of them) looks like; JSONSchemaPropsOrBool and the like. */
  readonly objects?: StructSchema;
}

/** The schemas of the built-in kinds; custom ones are added by the API server. */
export interface SchemaSource {
  /** `apps`, `v1`, `Deployment`. Undefined when nothing of that name is known. */
  schemaOf(group: string, version: string, kind: string): StructSchema | undefined;
}
