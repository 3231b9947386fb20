import type { InstalledResource } from '../contracts.ts';
import { orderedVerbs } from './legacy.ts';
import type { DiscoveredGroup, DiscoveredVersion } from './model.ts';

export type AggregatedVersion = 'v2' | 'v2beta1';

/** Everything in one document: APIGroupDiscoveryList of apidiscovery.k8s.io; `/api` tells the core group, `/apis` the others. */
export function aggregatedList(groups: readonly DiscoveredGroup[], version: AggregatedVersion): object {
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map(({ name, versions }) => ({
      metadata: { ...(name === '' ? {} : { name }), creationTimestamp: null },
      versions: versions.map(versionDiscovery),
    })),
  };
}

function versionDiscovery({ version, resources }: DiscoveredVersion): object {
  return { version, resources: resources.map(resourceDiscovery), freshness: 'Current' };
}

function resourceDiscovery(resource: InstalledResource): object {
  const { plural, namespaced, singular, shortNames, categories, subresources } = resource;
  return {
    resource: plural,
    responseKind: responseKind(resource, resource),
    scope: namespaced ? 'Namespaced' : 'Cluster',
    singularResource: singular,
    verbs: orderedVerbs(resource),
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
    ...(subresources.length === 0
      ? {}
      : {
          subresources: subresources.map((one) => ({
            subresource: one.name,
            responseKind: responseKind(resource, one.kind),
            verbs: one.verbs,
          })),
        }),
  };
}

/** Built-in kinds leave out the group and version that they share with the resource; custom ones say them. */
function responseKind(
  parent: InstalledResource,
  { group, version, kind }: { readonly group: string; readonly version: string; readonly kind: string },
): object {
  const own = group === parent.group && version === parent.version;
  return own && !parent.custom ? { group: '', version: '', kind } : { group, version, kind };
}
