import type { KubeObject } from '../../../kube/object.ts';
import type { ResourceDefinition, ServedVersion } from '../../../kube/resources/definition.ts';
import type { SchemaSource, StructSchema } from '../../../kube/schema/schema.ts';
import type { GroupResource } from '../../../kube/status.ts';
import type { InstalledResource, SubresourcePlugin, VirtualResource } from '../contracts.ts';
import type { StoredView } from './stored-view.ts';
import type { ObjectSubresource } from './update-rules.ts';

/** Where the objects of one definition lie, whatever versions they are served in. */
export interface Storage {
  readonly definition: ResourceDefinition;
  /** `/registry/apps/deployments/`, `/registry/pods/` */
  readonly prefix: string;
  readonly resource: GroupResource;
  readonly apiVersion: string;
  /** Of the storage version. Without it objects are kept as they are sent. */
  readonly schema: StructSchema | undefined;
  readonly custom: boolean;
}

/** A stored resource under one group and version: everything a request to it needs. */
export interface Endpoint extends InstalledResource {
  readonly definition: ResourceDefinition;
  readonly storage: Storage;
  readonly apiVersion: string;
  /** Where bodies of this resource are looked up. */
  readonly schemas: SchemaSource;
  /** Undefined: this is the storage version. */
  readonly served: ServedVersion | undefined;
  readonly plugins: ReadonlyMap<string, SubresourcePlugin>;
  readonly rules: ReadonlyMap<string, ObjectSubresource>;
  /** Printed as a `Warning:` on each request. */
  readonly warning: string | undefined;
  /** As refusals name it. */
  readonly resourceName: GroupResource;
}

/** A resource that is only created and answered. */
export interface VirtualEndpoint extends InstalledResource {
  readonly definition: undefined;
  readonly virtual: VirtualResource;
  readonly apiVersion: string;
}

export type AnyEndpoint = Endpoint | VirtualEndpoint;

/** `namespace` '' for what has none. */
export function keyOf(storage: Storage, namespace: string, name: string): string {
  return storage.definition.namespaced ? `${storage.prefix}${namespace}/${name}` : `${storage.prefix}${name}`;
}

export function collectionPrefix(storage: Storage, namespace: string): string {
  return storage.definition.namespaced && namespace !== ''
    ? `${storage.prefix}${namespace}/`
    : storage.prefix;
}

/** The stored revision as this endpoint shows it. */
export function inEndpoint(endpoint: Endpoint, view: StoredView): StoredView {
  const { served } = endpoint;
  return served === undefined ? view : view.inVersion(endpoint, (object) => served.fromStorage(object));
}

/** An object in the storage version as this endpoint shows it. */
export function toEndpointVersion(endpoint: Endpoint, object: KubeObject): KubeObject {
  return endpoint.served === undefined ? object : endpoint.served.fromStorage(object);
}
