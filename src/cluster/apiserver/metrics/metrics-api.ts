import type { ObjectMeta } from '../../../kube/api/meta-v1.ts';
import { formatGoDuration } from '../../../kube/duration.ts';
import { asKind, type KubeObject } from '../../../kube/object.ts';
import { column, nameColumn } from '../../../kube/printers/columns.ts';
import type { ResourceDefinition } from '../../../kube/resources/definition.ts';
import { StatusError } from '../../../kube/status.ts';
import { formatTime } from '../../../kube/time.ts';
import type { ComputedResource, ObjectReader, ServerParts } from '../contracts.ts';
import type { NodeAccess, NodeStats } from '../node-access.ts';

const group = 'metrics.k8s.io';
const version = 'v1beta1';
const apiVersion = `${group}/${version}`;

/**
 * metrics.k8s.io, as a cluster with metrics-server has it: what the kubelets measure, as they say it when they are asked.
 * Nodes that do not answer, and Pods that are no more, are not in it.
 */
export function metricsApi(
  nodes: NodeAccess,
  reader: ObjectReader,
): Pick<ServerParts, 'computed' | 'bootstrap'> {
  return { computed: [nodeMetrics(nodes, reader), podMetrics(nodes, reader)], bootstrap };
}

interface Usage {
  readonly cpuMilli: number;
  readonly memoryBytes: number;
}

/** Nanocores and kibibytes: in these units the kubelet measures. */
function usageOf({ cpuMilli, memoryBytes }: Usage): { readonly cpu: string; readonly memory: string } {
  const nano = Math.max(0, Math.round(cpuMilli * 1_000_000));
  return { cpu: nano === 0 ? '0' : `${nano}n`, memory: `${Math.max(0, Math.ceil(memoryBytes / 1024))}Ki` };
}

function statsOf(nodes: NodeAccess): readonly NodeStats[] {
  const found: NodeStats[] = [];
  for (const node of nodes.nodes())
    try {
      found.push(nodes.kubelet(node).stats());
    } catch (error) {
      // Gone between the two questions.
      if (!(error instanceof StatusError)) throw error;
    }
  return found;
}

function measured(kind: string, of: KubeObject, { atMs, windowMs }: NodeStats): KubeObject {
  const { name, namespace, labels } = of.metadata;
  const metadata: ObjectMeta = {
    ...(name === undefined ? {} : { name }),
    ...(namespace === undefined ? {} : { namespace }),
    creationTimestamp: formatTime(atMs),
    ...(labels === undefined ? {} : { labels }),
  };
  return {
    kind,
    apiVersion,
    metadata,
    timestamp: formatTime(atMs),
    window: formatGoDuration(windowMs),
  } as KubeObject;
}

function byName(objects: KubeObject[]): readonly KubeObject[] {
  const key = ({ metadata: { namespace = '', name = '' } }: KubeObject) => `${namespace}/${name}`;
  return objects.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

function nodeMetrics(nodes: NodeAccess, reader: ObjectReader): ComputedResource {
  return {
    definition: { ...definition('NodeMetrics', 'nodes'), namespaced: false },
    list() {
      const found: KubeObject[] = [];
      for (const stats of statsOf(nodes)) {
        const node = reader.get('', 'nodes', '', stats.node);
        if (node === undefined) continue;
        found.push({ ...measured('NodeMetrics', node, stats), usage: usageOf(stats) } as KubeObject);
      }
      return byName(found);
    },
  };
}

function podMetrics(nodes: NodeAccess, reader: ObjectReader): ComputedResource {
  return {
    definition: { ...definition('PodMetrics', 'pods'), namespaced: true },
    list(namespace) {
      const found: KubeObject[] = [];
      for (const stats of statsOf(nodes))
        for (const { pod, containers } of stats.pods) {
          if (containers.length === 0 || (namespace !== '' && pod.namespace !== namespace)) continue;
          const object = reader.get('', 'pods', pod.namespace, pod.name);
          if (object?.metadata.uid !== pod.uid) continue;
          found.push({
            ...measured('PodMetrics', object, stats),
            containers: containers.map((one) => ({ name: one.name, usage: usageOf(one) })),
          } as KubeObject);
        }
      return byName(found);
    },
  };
}

interface Measured {
  readonly usage?: { readonly cpu: string; readonly memory: string };
  readonly containers?: readonly { readonly usage: { readonly cpu: string; readonly memory: string } }[];
  readonly window: string;
}

function definition(kind: string, plural: string): Omit<ResourceDefinition, 'namespaced'> {
  return {
    group,
    version,
    kind,
    plural,
    singular: '',
    verbs: ['get', 'list'],
    validate: () => [],
    table: {
      columns: [nameColumn, column('cpu', ''), column('memory', ''), column('Window', '')],
      cells(object) {
        const { usage, containers = [], window } = asKind<Measured>(object);
        const all = usage === undefined ? containers.map((one) => one.usage) : [usage];
        const sum = (unit: 'cpu' | 'memory') =>
          all.reduce((total, one) => total + Number.parseInt(one[unit], 10), 0);
        const cpu = sum('cpu');
        return [object.metadata.name ?? '', cpu === 0 ? '0' : `${cpu}n`, `${sum('memory')}Ki`, window];
      },
    },
  };
}

const aggregated = (role: string) => ({ [`rbac.authorization.k8s.io/aggregate-to-${role}`]: 'true' });

/** What installing metrics-server leaves in a cluster, but for the server itself. */
const bootstrap: readonly KubeObject[] = [
  {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: `${version}.${group}`, labels: { 'k8s-app': 'metrics-server' } },
    spec: { group, version, groupPriorityMinimum: 100, versionPriority: 100 },
  } as KubeObject,
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: {
      name: 'system:aggregated-metrics-reader',
      labels: {
        'k8s-app': 'metrics-server',
        ...aggregated('admin'),
        ...aggregated('edit'),
        ...aggregated('view'),
      },
    },
    rules: [{ apiGroups: [group], resources: ['pods', 'nodes'], verbs: ['get', 'list', 'watch'] }],
  } as KubeObject,
];
