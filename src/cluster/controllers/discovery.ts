import type { APIGroupList, APIResourceList } from '../../kube/api/meta-v1.ts';
import type { KubeClient, ResourceRef } from '../../kube/client.ts';
import { parseApiVersion } from '../../kube/object.ts';

export interface KnownResource extends ResourceRef {
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

/** What the server serves now, each resource once, in the preferred version of its group; no subresources. */
export async function discoverResources(client: KubeClient): Promise<readonly KnownResource[]> {
  const groups = (await client.raw('GET', '/apis')) as APIGroupList;
  const versions = ['v1', ...groups.groups.flatMap((group) => group.preferredVersion?.groupVersion ?? [])];
  const lists = await Promise.all(
    versions.map(async (version) => {
      const path = version === 'v1' ? '/api/v1' : `/apis/${version}`;
      return { version, list: (await client.raw('GET', path)) as APIResourceList };
    }),
  );
  return lists.flatMap(({ version, list }) => {
    const { group, version: bare } = parseApiVersion(version) ?? { group: '', version };
    return list.resources
      .filter((resource) => !resource.name.includes('/'))
      .map((resource) => ({
        group,
        version: bare,
        plural: resource.name,
        kind: resource.kind,
        namespaced: resource.namespaced,
        verbs: resource.verbs,
      }));
  });
}
