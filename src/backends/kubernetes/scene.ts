import type { KubeClient } from '../../kube/client.ts';
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

/**
 * Removes what carries the attempt's label and, of what the course itself made in the learner's place, what has one of `names`.
 * Idempotent; what the cluster refuses stays, and is told with the command that removes it.
 */
export async function cleanObjects(
  client: KubeClient,
  { token, names = [] }: { readonly token: string; readonly names?: readonly string[] },
): Promise<{ readonly removed: readonly string[]; readonly left: readonly string[] }> {
  const removed: string[] = [];
  const left: string[] = [];
  for (const [group, version, plural, what] of clusterWide) {
    const ref = { group, version, plural };
    const { items } = await client.list<KubeObject>(ref, { limit: 500 });
    const ours = items.filter(
      ({ metadata }) => metadata.labels?.[courseLabel] === token || names.includes(metadata.name ?? ''),
    );
    for (const { metadata } of ours) {
      const name = metadata.name ?? '';
      try {
        await client.delete(ref, '', name, { propagationPolicy: 'Background' });
        removed.push(`${what} ${name}`);
      } catch (error) {
        if (error instanceof StatusError && error.status.code === 404) continue;
        left.push(`${what} ${name}: \`kubectl delete ${plural} ${name}\``);
      }
    }
  }
  return { removed, left };
}
