import type { KubeClient, ResourceRef } from '../../kube/client.ts';
import { parseApiVersion } from '../../kube/object.ts';

/** A resource as discovery tells it. */
export interface KnownResource extends ResourceRef {
  readonly kind: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

interface ResourceList {
  readonly resources?: readonly {
    readonly name: string;
    readonly kind: string;
    readonly singularName?: string;
    readonly shortNames?: readonly string[];
    readonly namespaced: boolean;
    readonly verbs?: readonly string[];
  }[];
}

interface GroupList {
  readonly groups?: readonly {
    readonly name: string;
    readonly preferredVersion?: { readonly groupVersion: string };
  }[];
}

/** What the cluster serves, each in its group's preferred version; a group that does not answer is left out. */
export async function discover(client: KubeClient): Promise<readonly KnownResource[]> {
  const groups = (await client.raw('GET', '/apis')) as GroupList;
  const versions = [
    'v1',
    ...(groups.groups ?? []).flatMap((one) => one.preferredVersion?.groupVersion ?? []),
  ];
  const lists = await Promise.all(
    versions.map(async (version) => {
      const path = version === 'v1' ? '/api/v1' : `/apis/${version}`;
      const list = await client.raw('GET', path).catch((error: unknown) => {
        if (version === 'v1') throw error;
        return {};
      });
      return { version, list: list as ResourceList };
    }),
  );
  return lists.flatMap(({ version, list }) => {
    const { group, version: bare } = parseApiVersion(version) ?? { group: '', version };
    return (list.resources ?? [])
      .filter(({ name }) => !name.includes('/'))
      .map((one) => ({
        group,
        version: bare,
        plural: one.name,
        kind: one.kind,
        singular:
          one.singularName === undefined || one.singularName === ''
            ? one.kind.toLowerCase()
            : one.singularName,
        shortNames: one.shortNames ?? [],
        namespaced: one.namespaced,
        verbs: one.verbs ?? [],
      }));
  });
}

/** As kubectl reads it: `deploy`, `deployment`, `Deployments`, `deployments.apps`. The core group wins, then discovery's order. */
export function findResource(all: readonly KnownResource[], written: string): KnownResource | undefined {
  const [word = '', ...rest] = written.toLowerCase().split('.');
  const group = rest.join('.');
  const named = all.filter(
    (one) =>
      one.plural === word ||
      one.singular === word ||
      one.kind.toLowerCase() === word ||
      one.shortNames.includes(word),
  );
  if (group === '') return named[0];
  return named.find((one) => one.group === group || `${one.version}.${one.group}` === group);
}
