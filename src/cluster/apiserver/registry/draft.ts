import type { FieldError } from '../../../kube/field-error.ts';
import { invalidObject } from '../../../kube/field-error.ts';
import type { KubeObject } from '../../../kube/object.ts';
import type { ResourceDefinition } from '../../../kube/resources/definition.ts';
import { canonicalize } from '../../../kube/schema/canonical.ts';
import { applySchemaDefaults } from '../../../kube/schema/defaults.ts';
import { badRequest, type StatusError } from '../../../kube/status.ts';
import type { Endpoint, Storage } from './endpoint.ts';

/** The defaults of the version in which the client sent it. */
export function applyDefaults(endpoint: Endpoint, draft: KubeObject): void {
  if (endpoint.schema !== undefined) applySchemaDefaults(endpoint.schema, draft);
  if (endpoint.served !== undefined) endpoint.served.defaults?.(draft);
  else endpoint.definition.defaults?.(draft);
}

/** From the endpoint's version, defaulted, to the storage version, defaulted as well. */
export function toStorageVersion(endpoint: Endpoint, draft: KubeObject): KubeObject {
  const { served, storage } = endpoint;
  if (served === undefined) return draft;
  const stored = served.toStorage(draft);
  if (storage.schema !== undefined) applySchemaDefaults(storage.schema, stored);
  storage.definition.defaults?.(stored);
  return stored;
}

/** What is stored: Go's order of keys, what Go drops dropped. */
export function canonicalForm(storage: Storage, draft: KubeObject): KubeObject {
  draft.apiVersion = storage.apiVersion;
  draft.kind = storage.definition.kind;
  return storage.schema === undefined ? draft : canonicalize(storage.schema, draft);
}

/** Mirrors EnsureObjectNamespaceMatchesRequestNamespace. Fills in what is missing, throws a 400 for another. */
export function matchNamespace(object: KubeObject, namespace: string, namespaced: boolean): void {
  const expected = namespaced ? namespace : '';
  const given = object.metadata.namespace ?? '';
  if (given === expected) return;
  if (given === '') object.metadata.namespace = expected;
  else if (expected === '') delete object.metadata.namespace;
  else
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
}

export function invalidKind(
  definition: ResourceDefinition,
  name: string,
  errors: readonly FieldError[],
): StatusError {
  return invalidObject(definition.group, definition.kind, name, errors);
}
