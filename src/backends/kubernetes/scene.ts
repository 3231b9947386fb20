import type { KubeClient, ResourceRef } from '../../kube/client.ts';
import type { KubeObject } from '../../kube/object.ts';
import { StatusError } from '../../kube/status.ts';

/** The label on everything the course makes in a cluster: `curso-k8s=<token of the attempt>`. */
export const courseLabel = 'curso-k8s';

/** Kinds without a namespace that an exercise may make; what is in a namespace goes with it. */
const clusterWide = [
  ['', 'v1', 'namespaces', 'el namespace'],
  ['', 'v1', 'persistentvolumes', 'el PersistentVolume'],
  ['storage.k8s.io', 'v1', 'storageclasses', 'la StorageClass'],
  ['scheduling.k8s.io', 'v1', 'priorityclasses', 'la PriorityClass'],
  ['rbac.authorization.k8s.io', 'v1', 'clusterroles', 'el ClusterRole'],
  ['rbac.authorization.k8s.io', 'v1', 'clusterrolebindings', 'el ClusterRoleBinding'],
] as const;

/** What a script may leave in a namespace that everybody shares. */
const shared = [
  ['apps', 'v1', 'deployments', 'el Deployment'],
  ['apps', 'v1', 'statefulsets', 'el StatefulSet'],
  ['apps', 'v1', 'daemonsets', 'el DaemonSet'],
  ['apps', 'v1', 'replicasets', 'el ReplicaSet'],
  ['batch', 'v1', 'cronjobs', 'el CronJob'],
  ['batch', 'v1', 'jobs', 'el Job'],
  ['', 'v1', 'pods', 'el Pod'],
  ['', 'v1', 'services', 'el Service'],
  ['', 'v1', 'configmaps', 'el ConfigMap'],
  ['', 'v1', 'secrets', 'el Secret'],
  ['', 'v1', 'persistentvolumeclaims', 'el PersistentVolumeClaim'],
  ['policy', 'v1', 'poddisruptionbudgets', 'el PodDisruptionBudget'],
  ['networking.k8s.io', 'v1', 'networkpolicies', 'la NetworkPolicy'],
  ['networking.k8s.io', 'v1', 'ingresses', 'el Ingress'],
] as const;

type What = readonly [group: string, version: string, plural: string, what: string];

interface Cleaned {
  readonly removed: readonly string[];
  readonly left: readonly string[];
}

/**
 * Removes what carries the attempt's label and, of what the course itself made in the learner's place, what is called as one
 * of `names` or begins with it. Idempotent: what is going already is not told again. What the cluster refuses stays, and is
 * told with the command that removes it.
 */
export async function cleanObjects(
  client: KubeClient,
  { token, names = [] }: { readonly token: string; readonly names?: readonly string[] },
): Promise<Cleaned> {
  const ours = ({ metadata: { name = '', labels } }: KubeObject) =>
    labels?.[courseLabel] === token || names.some((one) => name === one || name.startsWith(`${one}-`));
  return join(await Promise.all(clusterWide.map((what) => remove(client, what, undefined, ours))));
}

/** What a wrong answer made in `default` instead of its own namespace: what has a name that is a word of `played`. */
export async function cleanShared(client: KubeClient, played: string): Promise<Cleaned> {
  if (!/\bdefault\b/.test(played)) return { removed: [], left: [] };
  const words = new Set(played.split(/[^a-z0-9.-]+/));
  const named = ({ metadata: { name = '', ownerReferences } }: KubeObject) =>
    words.has(name) && name !== 'kubernetes' && name !== 'default' && (ownerReferences ?? []).length === 0;
  return join(await Promise.all(shared.map((what) => remove(client, what, 'default', named))));
}

async function remove(
  client: KubeClient,
  [group, version, plural, what]: What,
  namespace: string | undefined,
  chosen: (object: KubeObject) => boolean,
): Promise<Cleaned> {
  const ref: ResourceRef = { group, version, plural };
  const removed: string[] = [];
  const left: string[] = [];
  const { items } = await client.list<KubeObject>(ref, { namespace, limit: 500 });
  for (const { metadata } of items.filter(chosen)) {
    if (metadata.deletionTimestamp != null) continue;
    const name = metadata.name ?? '';
    try {
      await client.delete(ref, namespace ?? '', name, { propagationPolicy: 'Background' });
      removed.push(`${what} ${name}`);
    } catch (error) {
      if (error instanceof StatusError && error.status.code === 404) continue;
      left.push(`${what} ${name}: \`kubectl delete ${plural} ${name}\``);
    }
  }
  return { removed, left };
}

function join(reports: readonly Cleaned[]): Cleaned {
  return {
    removed: reports.flatMap(({ removed }) => removed),
    left: reports.flatMap(({ left }) => left),
  };
}
