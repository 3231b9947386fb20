import { findResource, type KnownResource } from '../../backends/kubernetes/resources.ts';
import type { AuditRecord, ClusterStatus, SchedulingReport } from '../../cluster/control/contract.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject } from '../../kube/object.ts';
import { timeToMs } from '../../kube/time.ts';

/** Why an object is as it is: who wrote it, whose it is, what was told about it. */
export interface Explanation {
  readonly version: 1;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly createdAt: string;
  readonly resourceVersion: string;
  readonly deletingSince?: string;
  /** Of a Pod: where others were evicted to make room for it. */
  readonly nominatedNode?: string;
  /** Who wrote which fields, oldest first. */
  readonly writers: readonly Writer[];
  /** From its owner up. */
  readonly owners: readonly { readonly kind: string; readonly name: string; readonly missing: boolean }[];
  /** Oldest first. */
  readonly events: readonly Told[];
  /** What people and components asked for; undefined where the cluster does not tell. */
  readonly requests?: readonly AuditRecord[];
  readonly scheduling?: SchedulingReport;
  /** Where the store is now. */
  readonly raft?: { readonly leader: string; readonly term: number; readonly commitIndex: number };
}

export interface Writer {
  readonly manager: string;
  readonly operation: string;
  readonly subresource: string;
  readonly time: string;
  /** `spec.replicas`, `metadata.labels`: two levels deep, in order. */
  readonly fields: readonly string[];
}

export interface Told {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly from: string;
  readonly count: number;
  readonly time: string;
}

/** Gathers it. Rejects with a StatusError when the API refuses; undefined: there is no such object. */
export async function explain(
  client: KubeClient,
  resources: readonly KnownResource[],
  resource: KnownResource,
  namespace: string,
  name: string,
  process: {
    readonly audit?: readonly AuditRecord[];
    readonly scheduling?: SchedulingReport | undefined;
    readonly status?: ClusterStatus;
  },
): Promise<Explanation | undefined> {
  const found = await client.find<KubeObject>(resource, resource.namespaced ? namespace : '', name);
  if (found === undefined) return undefined;
  const { metadata } = found;
  const leader = process.status?.masters.find(({ role, reachable }) => role === 'leader' && reachable);
  return {
    version: 1,
    kind: found.kind,
    namespace: metadata.namespace ?? '',
    name,
    uid: metadata.uid ?? '',
    createdAt: metadata.creationTimestamp ?? '',
    resourceVersion: metadata.resourceVersion ?? '',
    ...(typeof metadata.deletionTimestamp === 'string' ? { deletingSince: metadata.deletionTimestamp } : {}),
    ...nominationOf(found),
    writers: writersOf(found),
    owners: await ownersOf(client, resources, found),
    events: await eventsAbout(client, found),
    ...(process.audit === undefined ? {} : { requests: process.audit }),
    ...(process.scheduling === undefined ? {} : { scheduling: process.scheduling }),
    ...(leader === undefined
      ? {}
      : { raft: { leader: leader.name, term: leader.term, commitIndex: leader.commitIndex } }),
  };
}

function nominationOf(object: KubeObject): { readonly nominatedNode?: string } {
  const { status } = object as KubeObject & { readonly status?: { readonly nominatedNodeName?: string } };
  const node = object.kind === 'Pod' ? status?.nominatedNodeName : undefined;
  return typeof node === 'string' && node !== '' ? { nominatedNode: node } : {};
}

function writersOf({ metadata }: KubeObject): readonly Writer[] {
  return (metadata.managedFields ?? [])
    .map((entry) => ({
      manager: entry.manager ?? '',
      operation: entry.operation ?? '',
      subresource: entry.subresource ?? '',
      time: entry.time ?? '',
      fields: fieldsOf(entry.fieldsV1),
    }))
    .sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
}

function fieldsOf(written: unknown): readonly string[] {
  const names = (value: unknown) =>
    Object.entries((value ?? {}) as { [key: string]: unknown }).flatMap(([key, inner]) =>
      key.startsWith('f:') ? [[key.slice(2), inner] as const] : [],
    );
  return names(written).flatMap(([first, inner]) => {
    const below = names(inner).map(([second]) => `${first}.${second}`);
    return below.length === 0 ? [first] : below;
  });
}

const deepestOwner = 8;

async function ownersOf(
  client: KubeClient,
  resources: readonly KnownResource[],
  object: KubeObject,
): Promise<Explanation['owners']> {
  const chain: { kind: string; name: string; missing: boolean }[] = [];
  let current: KubeObject | undefined = object;
  while (current !== undefined && chain.length < deepestOwner) {
    const owners: NonNullable<KubeObject['metadata']['ownerReferences']> =
      current.metadata.ownerReferences ?? [];
    const owner = owners.find(({ controller }) => controller === true) ?? owners[0];
    if (owner === undefined) break;
    const group = owner.apiVersion.includes('/')
      ? owner.apiVersion.slice(0, owner.apiVersion.indexOf('/'))
      : '';
    const resource = findResource(resources, group === '' ? owner.kind : `${owner.kind}.${group}`);
    const space: string = current.metadata.namespace ?? '';
    const next: KubeObject | undefined =
      resource === undefined
        ? undefined
        : await client.find<KubeObject>(resource, resource.namespaced ? space : '', owner.name);
    const same: KubeObject | undefined = next?.metadata.uid === owner.uid ? next : undefined;
    chain.push({ kind: owner.kind, name: owner.name, missing: same === undefined });
    current = same;
  }
  return chain;
}

interface EventObject extends KubeObject {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly source?: { readonly component?: string };
  readonly reportingComponent?: string;
  readonly series?: { readonly count?: number };
}

async function eventsAbout(client: KubeClient, object: KubeObject): Promise<readonly Told[]> {
  const { items } = await client.list<EventObject>(
    { group: '', version: 'v1', plural: 'events' },
    {
      namespace: object.metadata.namespace ?? 'default',
      fieldSelector: `involvedObject.name=${object.metadata.name},involvedObject.kind=${object.kind}`,
      limit: 200,
    },
  );
  const timeOf = (event: EventObject) =>
    event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp ?? '';
  return items
    .map((event) => ({
      type: event.type ?? '',
      reason: event.reason ?? '',
      message: event.message ?? '',
      from: event.source?.component || event.reportingComponent || '',
      count: event.series?.count ?? event.count ?? 1,
      time: timeOf(event),
    }))
    .sort((a, b) => timeToMs(a.time) - timeToMs(b.time));
}
