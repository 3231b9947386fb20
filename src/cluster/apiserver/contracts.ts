import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { ResourceDefinition } from '../../kube/resources/definition.ts';
import type { SchemaSource, StructSchema } from '../../kube/schema/schema.ts';
import type { ApiRequest, ApiResponse, Identity } from '../../kube/transport.ts';
import type { Store } from '../store/store.ts';
import type { AuditSink } from './audit/event.ts';

/** The small interfaces that the parts of the API server meet at. Each is implemented in a folder of its own. */

/** What a request asks for. Mirrors apiserver/pkg/endpoints/request.RequestInfo. */
export interface RequestInfo {
  readonly isResourceRequest: boolean;
  /** get list watch create update patch delete deletecollection; for other paths the method in lower case. */
  readonly verb: string;
  /** Without query, percent-decoded. */
  readonly path: string;
  readonly group: string;
  readonly version: string;
  /** Plural; '' for other paths. */
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  /** '' for collections; of a list or watch with `fieldSelector=metadata.name=x` it is x. */
  readonly name: string;
  /** The name in the path. */
  readonly pathName: string;
  /** What follows the subresource (`proxy/a/b`). */
  readonly rest: readonly string[];
  readonly query: URLSearchParams;
}

/** Undefined: nobody of that kind presented itself (the next one is asked). Throws `unauthorized()` for a bad credential. */
export interface Authenticator {
  authenticate(request: ApiRequest): Promise<Identity | undefined> | Identity | undefined;
}

export type Decision =
  | { readonly allowed: true; readonly reason: string }
  /** `reason` as in a review's status, '' when there is nothing to say. */
  | { readonly allowed: false; readonly reason: string };

export interface AuthorizationQuery {
  readonly user: Identity;
  readonly verb: string;
  readonly resource?: {
    readonly group: string;
    readonly version: string;
    readonly resource: string;
    readonly subresource: string;
    readonly namespace: string;
    readonly name: string;
  };
  /** For what is not a resource. */
  readonly path?: string;
}

export interface Authorizer {
  authorize(query: AuthorizationQuery): Decision;
}

/** Mirrors apiserver/pkg/admission.Attributes. */
export interface AdmissionRequest {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  readonly user: Identity;
  readonly info: RequestInfo;
  /** Undefined for connect-only subresources that have no stored kind. */
  readonly definition: ResourceDefinition | undefined;
  /** The requested version's group, version, kind. */
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly namespace: string;
  /** '' on create with generateName, and on deletecollection. */
  readonly name: string;
  /** May be changed by `mutate`; undefined on delete. */
  readonly object: KubeObject | undefined;
  readonly oldObject: KubeObject | undefined;
  readonly dryRun: boolean;
  /** DeleteOptions, CreateOptions… as sent. */
  readonly options: { readonly [key: string]: unknown };
  warn(text: string): void;
  annotate(key: string, value: string): void;
}

/** One file each under `admission/`; may read other objects, throws a StatusError to refuse. */
export interface AdmissionPlugin {
  /** Upstream's name: `NamespaceLifecycle`. */
  readonly name: string;
  mutate?(request: AdmissionRequest, reader: ObjectReader): void | Promise<void>;
  validate?(request: AdmissionRequest, reader: ObjectReader): void | Promise<void>;
}

/** Reads the store as the server itself, from this member's memory. */
export interface ObjectReader {
  get<T extends KubeObject>(group: string, resource: string, namespace: string, name: string): T | undefined;
  list<T extends KubeObject>(group: string, resource: string, namespace?: string): readonly T[];
  /** A read-modify-write as the server itself, retried on conflict; `change` returns undefined to leave it. */
  update<T extends KubeObject>(
    group: string,
    resource: string,
    namespace: string,
    name: string,
    change: (draft: T) => T | undefined,
  ): Promise<T | undefined>;
}

/** A request of which is known who asks for what. Lives as long as the request. */
export interface RequestContext {
  readonly request: ApiRequest;
  readonly info: RequestInfo;
  /** After impersonation. */
  readonly user: Identity;
  /** A `Warning: 299` header of the answer, once per text. */
  warn(text: string): void;
  /** For the audit. */
  annotate(key: string, value: string): void;
}

/** Answers paths that are no resources: discovery, OpenAPI, health, version, metrics. */
export interface Route {
  /** An exact path, `/version`, or with `prefix` everything below it as well. */
  readonly path: string;
  readonly prefix?: boolean;
  /** What of it `/` lists; default `[path]`. */
  listedPaths?(): readonly string[];
  /** Answered without asking the authorizer anything, also to whoever nobody knows. Default false. */
  readonly open?: boolean;
  /** Undefined: not mine after all, ask the next one; 404 when none answers. */
  handle(context: RequestContext): ApiResponse | undefined | Promise<ApiResponse | undefined>;
}

/** A resource under one group and version, as requests name it. */
export interface InstalledResource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly listKind: string;
  readonly singular: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  /** Upstream's words, sorted. */
  readonly verbs: readonly string[];
  /** Undefined for what is only created and answered (reviews). */
  readonly definition: ResourceDefinition | undefined;
  /** A custom resource: no strategic merge patch, no Go type. */
  readonly custom: boolean;
  /** Of this version. */
  readonly schema: StructSchema | undefined;
  /** Sorted by name: status, scale and the plugins'. */
  readonly subresources: readonly InstalledSubresource[];
}

export interface InstalledSubresource {
  readonly name: string;
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly verbs: readonly string[];
}

export interface InstallOptions {
  /** Schemas of a custom resource's versions. */
  readonly schemas?: SchemaSource;
  /** Default true when `schemas` is given. */
  readonly custom?: boolean;
  /** False: the storage version itself is not served. */
  readonly servesStorage?: boolean;
  /** `Warning:` text for each request to a version. */
  readonly warningOf?: (version: string) => string | undefined;
}

/** What is served now. Custom resources come and go. */
export interface Catalog {
  /** Counts the changes, for caches and ETags. */
  readonly generation: number;
  all(): readonly InstalledResource[];
  find(group: string, version: string, plural: string): InstalledResource | undefined;
  /** Replaces what was there under the same group and plural. */
  install(definition: ResourceDefinition, options?: InstallOptions): void;
  /** The stored objects are not touched. */
  remove(group: string, plural: string): void;
  onChange(listener: () => void): () => void;
}

/** A subresource with a mind of its own: binding, eviction, token… */
export interface SubresourcePlugin {
  /** Of the parent. */
  readonly group: string;
  readonly resource: string;
  readonly name: string;
  /** What is sent and answered; discovery tells it. */
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  /** Sorted, as discovery lists them: create, get, patch, update. */
  readonly verbs: readonly string[];
  /** It passes the request on: to admission it is a CONNECT, whatever the verb. Default false. */
  readonly connects?: boolean;
  /** `context.info.verb` is one of `verbs`. Throws a StatusError to refuse. */
  handle(context: RequestContext, api: ResourceApi): ApiResponse | Promise<ApiResponse>;
}

/** A kind that is created and answered but never stored: the reviews. */
export interface VirtualResource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly singular?: string;
  readonly namespaced: boolean;
  /** `object` is decoded and defaulted by the schema; the answer is sent with 201. */
  create(object: KubeObject, context: RequestContext): KubeObject | Promise<KubeObject>;
}

/** Objects that are worked out at each request and never stored: measurements. */
export interface ComputedResource {
  /** `verbs` are get and list. */
  readonly definition: ResourceDefinition;
  /** All of a namespace ('': everywhere), in the order in which a list shows them. */
  list(namespace: string): readonly KubeObject[];
}

/** What plugins may do with the objects of the server, past the endpoints. */
export interface ResourceApi {
  readonly reader: ObjectReader;
  readonly catalog: Catalog;
  /** The request's body as this kind, checked as `fieldValidation` says; warnings go to the answer. */
  decode(
    context: RequestContext,
    kind: { readonly group: string; readonly version: string; readonly kind: string },
  ): KubeObject;
  /** An answer in the form that the request's Accept asks for. */
  respond(context: RequestContext, code: number, object: KubeObject): ApiResponse;
  /** `dryRun=All`, from the query or the options in the body. */
  isDryRun(context: RequestContext): boolean;
  /** Runs the admission plugins over a write or connect of the parent's subresource. */
  admit(context: RequestContext, object: KubeObject | undefined, old: KubeObject | undefined): Promise<void>;
  /**
   * Reads the parent that the request names, changes it, validates and commits it with the plugin's subresource in
   * managedFields; retried on conflict. `change` throws to refuse. Answers the new object (storage version).
   */
  updateParent<T extends KubeObject>(
    context: RequestContext,
    change: (draft: T, old: T) => void | Promise<void>,
    options?: { readonly validate?: boolean },
  ): Promise<T>;
  /** Deletes the parent as a DELETE with these options would. */
  deleteParent(context: RequestContext, options: { readonly [key: string]: unknown }): Promise<KubeObject>;
}

/** What the server gives to the parts that it is composed of. */
export interface ServerHost {
  readonly store: Store;
  readonly schemas: SchemaSource;
  readonly clock: Clock;
  readonly random: Random;
  readonly reader: ObjectReader;
  readonly catalog: Catalog;
  /**
   * Tells every stored object of a resource now and each change from then on, in order, from this member's memory.
   * `object` undefined: deleted. Returns how to stop.
   */
  follow<T extends KubeObject>(
    group: string,
    resource: string,
    listener: (key: { readonly namespace: string; readonly name: string }, object: T | undefined) => void,
  ): () => void;
}

/** Everything that is plugged in. Called once, when the server is made. */
export interface ServerParts {
  readonly authenticators?: readonly Authenticator[];
  /** Default: everybody may do everything. */
  readonly authorizer?: Authorizer;
  /** In upstream's order. */
  readonly admission?: readonly AdmissionPlugin[];
  readonly audit?: AuditSink;
  readonly routes?: readonly Route[];
  readonly subresources?: readonly SubresourcePlugin[];
  readonly virtuals?: readonly VirtualResource[];
  readonly computed?: readonly ComputedResource[];
  /** Objects that exist from the first start; what is there already is left alone. In order. */
  readonly bootstrap?: readonly KubeObject[];
  /** Named checks of /readyz, /livez and /healthz beside `ping`; a text says what is wrong. */
  readonly checks?: readonly HealthCheck[];
}

export interface HealthCheck {
  readonly name: string;
  readonly on: readonly ('healthz' | 'livez' | 'readyz')[];
  /** Undefined: well. */
  check(): string | undefined | Promise<string | undefined>;
}
