import type { KubeObject } from '../../kube/object.ts';
import type { ResourceDefinition } from '../../kube/resources/definition.ts';
import type { ApiRequest, Identity } from '../../kube/transport.ts';

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
  /** '' for collections. */
  readonly name: string;
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
  /** Called once more inside the commit when it must happen with it (ResourceQuota's own write). */
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

export interface AuditEvent {
  readonly auditID: string;
  /** RFC 3339 with microseconds. */
  readonly receivedAt: string;
  readonly latencyMs: number;
  readonly user: string;
  readonly groups: readonly string[];
  readonly impersonatedBy?: string;
  readonly verb: string;
  readonly url: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly code: number;
  readonly reason?: string;
  readonly userAgent: string;
  /** `kubectl apply` */
  readonly kubectlCommand?: string;
  readonly kubectlSession?: string;
  readonly dryRun: boolean;
  readonly annotations: { readonly [key: string]: string };
  /** After a write: what was stored. */
  readonly resourceVersion?: string;
}

export interface AuditSink {
  record(event: AuditEvent): void;
}
