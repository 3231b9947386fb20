import type { KubeObject } from '../../kube/object.ts';

/** Any JSON of an object whose fields this file picks from. */
type Any = { readonly [key: string]: Any } & readonly Any[] & string & number & boolean;
type Reduced = { [key: string]: unknown };

/** As the recordings show an object of that kind. `wanted`: what they show of a kind that is not known here. */
export function reduce(kind: string, object: KubeObject, wanted: ReadonlySet<string>): Reduced {
  const any = object as unknown as Any;
  if (kind === 'Event') {
    const { involvedObject, type, reason, message, count } = any;
    return { kind: involvedObject?.['kind'], type, reason, message, count: count ?? 1 };
  }
  return withoutUndefined({
    ...metadataOf(kind, object),
    ...(particular[kind]?.(any) ?? asWanted(any, wanted)),
  });
}

const annotationPrefix: { readonly [kind: string]: string } = {
  Deployment: 'deployment.kubernetes.io/',
  ReplicaSet: 'deployment.kubernetes.io/',
  DaemonSet: 'deprecated.daemonset.',
  Job: 'batch.kubernetes.io/cronjob-',
  PersistentVolume: 'pv.kubernetes.io/',
  PersistentVolumeClaim: 'pv.kubernetes.io/',
};
const withLabels: ReadonlySet<string> = new Set(['Pod', 'EndpointSlice']);

const ofMetadata: ReadonlySet<string> = new Set([
  'name',
  'owners',
  'finalizers',
  'deleting',
  'labels',
  'annotations',
  'times',
]);

function metadataOf(kind: string, { metadata }: KubeObject): Reduced {
  const prefix = annotationPrefix[kind];
  const annotations = Object.entries(metadata.annotations ?? {}).filter(
    ([key]) => prefix !== undefined && key.startsWith(prefix),
  );
  return {
    name: metadata.name,
    owners: metadata.ownerReferences?.map((owner) =>
      withoutUndefined({
        kind: owner.kind,
        name: owner.name,
        controller: owner.controller,
        blockOwnerDeletion: owner.blockOwnerDeletion,
      }),
    ),
    finalizers: metadata.finalizers?.length === 0 ? undefined : metadata.finalizers,
    deleting: metadata.deletionTimestamp === undefined ? undefined : true,
    labels: withLabels.has(kind) ? metadata.labels : undefined,
    annotations: annotations.length === 0 ? undefined : Object.fromEntries(annotations),
  };
}

function asWanted(object: Any, wanted: ReadonlySet<string>): Reduced {
  const shown: Reduced = wanted.has('status') ? { status: statusOf(object['status']) } : {};
  for (const key of wanted) {
    if (key === 'status' || ofMetadata.has(key)) continue;
    shown[key] = object[key] ?? object['spec']?.[key] ?? object['status']?.[key];
  }
  return shown;
}
const sized = ({ spec, status }: Any): Reduced => ({
  replicas: spec?.['replicas'],
  status: statusOf(status),
});
const imageOf = (spec: Any | undefined) => spec?.['containers']?.[0]?.['image'];

const particular: { readonly [kind: string]: (object: Any) => Reduced } = {
  Deployment: sized,
  StatefulSet: sized,
  ReplicaSet: (object) => ({ ...sized(object), image: imageOf(object['spec']?.['template']?.['spec']) }),
  ReplicationController: (object) => ({
    ...sized(object),
    image: imageOf(object['spec']?.['template']?.['spec']),
  }),
  Job: ({ spec, status }) => ({ suspend: spec?.['suspend'], status: statusOf(status) }),
  ControllerRevision: ({ revision }) => ({ revision }),
  ConfigMap: () => ({}),
  ClusterRole: ({ rules }) => ({ rules }),
  Pod({ spec, status }) {
    const conditions = status?.['conditions'] as readonly Any[] | undefined;
    const disruption = conditions?.find(({ type }) => type === 'DisruptionTarget');
    return {
      phase: status?.['phase'],
      ready: conditions?.find(({ type }) => type === 'Ready')?.['status'] ?? null,
      image: imageOf(spec),
      disruptionTarget:
        disruption === undefined
          ? undefined
          : { status: disruption['status'], reason: disruption['reason'], message: disruption['message'] },
    };
  },
  Node: ({ spec, status }) => ({
    taints: sorted(
      ((spec?.['taints'] ?? []) as Any[]).map(({ key, value, effect }) =>
        withoutUndefined({ key, value, effect }),
      ),
    ),
    conditions: conditionsOf(status?.['conditions']),
  }),
  PersistentVolume: ({ spec, status }) => ({
    claimRef:
      spec?.['claimRef'] === undefined
        ? null
        : `${spec['claimRef']['namespace']}/${spec['claimRef']['name']}`,
    status: statusOf(status),
  }),
  PersistentVolumeClaim: ({ spec, status }) => ({
    volumeName: spec?.['volumeName'] ?? '',
    status: statusOf(status),
  }),
  Endpoints: ({ subsets }) => ({
    subsets: ((subsets ?? []) as readonly Any[]).map(({ addresses, notReadyAddresses, ports }) => ({
      addresses: targets(addresses),
      notReadyAddresses: targets(notReadyAddresses),
      ports,
    })),
  }),
  EndpointSlice: ({ addressType, ports, endpoints }) => ({
    addressType,
    ports: ports ?? null,
    endpoints: sorted(
      ((endpoints ?? []) as readonly Any[]).map(({ conditions, targetRef }) =>
        withoutUndefined({ conditions, target: targetRef?.['name'] ?? '' }),
      ),
    ),
  }),
};

const targets = (addresses: Any | undefined): unknown[] =>
  ((addresses ?? []) as readonly Any[]).map(({ targetRef, ip }) => targetRef?.['name'] ?? ip);

function statusOf(status: Any | undefined): unknown {
  if (status === undefined) return {};
  const { conditions } = status;
  const { collisionCount: _, ...rest } = status as object & { collisionCount?: number };
  return conditions === undefined ? rest : { ...rest, conditions: conditionsOf(conditions) };
}

const times: ReadonlySet<string> = new Set([
  'lastTransitionTime',
  'lastUpdateTime',
  'lastProbeTime',
  'lastHeartbeatTime',
]);

/** By type, without times; Nodes keep theirs in the order they are in. */
function conditionsOf(conditions: Any | undefined): unknown[] {
  return sorted(
    ((conditions ?? []) as readonly Any[]).map((condition) =>
      Object.fromEntries(Object.entries(condition).filter(([key]) => !times.has(key))),
    ),
  );
}

const sorted = <T>(items: T[]): T[] => items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

function withoutUndefined(object: Reduced): Reduced {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}
