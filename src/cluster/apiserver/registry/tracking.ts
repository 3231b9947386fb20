import type { ManagedFieldsEntry } from '../../../kube/api/meta-v1.ts';
import { type OtherVersions, trackUpdate } from '../../../kube/apply/field-manager.ts';
import { apiVersionOf, type KubeObject } from '../../../kube/object.ts';
import { type Call, nowText } from './call.ts';
import type { Endpoint } from './endpoint.ts';

/** Notes in managedFields who changed what, seeing only what this endpoint lets change. `draft` is in its version. */
export function trackManager(
  call: Call,
  draft: KubeObject,
  live: KubeObject | undefined,
  manager: string,
): void {
  const tracked = trackUpdate({ ...trackingOf(call), live, updated: draft, manager });
  setManaged(draft, tracked);
}

/** What tracking and applying have in common. */
export function trackingOf(call: Call) {
  const { endpoint, info, runtime } = call;
  return {
    schema: endpoint.schema,
    apiVersion: endpoint.apiVersion,
    subresource: info.subresource,
    now: nowText(runtime),
    reset: resetFields(endpoint, info.subresource),
    versions: versionsOf(call),
  };
}

export function setManaged(draft: KubeObject, entries: ManagedFieldsEntry[] | undefined): void {
  if (entries === undefined) delete draft.metadata.managedFields;
  else draft.metadata.managedFields = entries;
}

const typeFields = new Set(['apiVersion', 'kind', 'status']);
const resets = new WeakMap<Endpoint, readonly (readonly string[])[]>();

/** What this endpoint may not change, so that nobody comes to own it here. Mirrors the strategies' GetResetFields. */
function resetFields(endpoint: Endpoint, subresource: string): readonly (readonly string[])[] {
  if (endpoint.definition.subresources?.status === undefined) return [];
  if (subresource !== 'status') return [['status']];
  let paths = resets.get(endpoint);
  if (paths === undefined) {
    const ownRules = endpoint.definition.subresources.status.prepareForUpdate !== undefined;
    paths = [...(endpoint.schema?.fields.keys() ?? [])]
      .filter((name) => !typeFields.has(name) && !(ownRules && name === 'metadata'))
      .map((name) => [name]);
    resets.set(endpoint, paths);
  }
  return paths;
}

/** Entries made through another version of the same resource are compared in that version. */
function versionsOf({ endpoint, runtime }: Call): OtherVersions {
  const find = (apiVersion: string) =>
    runtime.catalog.endpointsOf(endpoint.storage).find((one) => apiVersionOf(one) === apiVersion);
  return {
    schemaOf: (apiVersion) => find(apiVersion)?.schema,
    convert(object, apiVersion) {
      const other = find(apiVersion);
      if (other === undefined) return undefined;
      const stored = endpoint.served === undefined ? object : endpoint.served.toStorage(object);
      return other.served === undefined ? stored : other.served.fromStorage(stored);
    },
  };
}
