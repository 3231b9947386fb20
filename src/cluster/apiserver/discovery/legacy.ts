import type { InstalledResource, InstalledSubresource } from '../contracts.ts';
import {
  type DiscoveredGroup,
  type DiscoveredVersion,
  groupVersionText,
  storageVersionHash,
} from './model.ts';

/** The first form of discovery: one document per group and per version. Mirrors metav1's APIGroupList and APIResourceList. */

interface GroupVersionEntry {
  readonly groupVersion: string;
  readonly version: string;
}

export interface ApiGroup {
  readonly name: string;
  readonly versions: readonly GroupVersionEntry[];
  readonly preferredVersion: GroupVersionEntry;
}

/** `address`: host and port under which the client came. */
export function apiVersions(address: string): object {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: address }],
  };
}

export function apiGroup(group: DiscoveredGroup): ApiGroup {
  const versions = group.versions.map((one) => ({
    groupVersion: groupVersionText(one),
    version: one.version,
  }));
  return { name: group.name, versions, preferredVersion: versions[0] ?? { groupVersion: '', version: '' } };
}

export function apiGroupList(groups: readonly DiscoveredGroup[]): object {
  return {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: groups.filter(({ name }) => name !== '').map(apiGroup),
  };
}

export function apiResourceList(version: DiscoveredVersion): object {
  return {
    kind: 'APIResourceList',
    // The core group's list has none.
    ...(version.group === '' ? {} : { apiVersion: 'v1' }),
    groupVersion: groupVersionText(version),
    resources: version.resources.flatMap((resource) => [
      apiResource(resource),
      ...resource.subresources.map((one) => apiSubresource(resource, one)),
    ]),
  };
}

function apiResource(resource: InstalledResource): object {
  const { plural, singular, namespaced, kind, verbs, shortNames, categories } = resource;
  const hash = storageVersionHash(resource);
  return {
    name: plural,
    singularName: singular,
    namespaced,
    kind,
    verbs: orderedVerbs(resource),
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
    ...(hash === undefined || !verbs.includes('watch') ? {} : { storageVersionHash: hash }),
  };
}

/** Custom resources are told in the order of another handler upstream. */
const customOrder = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch'];

export function orderedVerbs({ custom, verbs }: InstalledResource): readonly string[] {
  if (!custom) return [...verbs].sort();
  return [...verbs].sort((a, b) => customOrder.indexOf(a) - customOrder.indexOf(b));
}

function apiSubresource(parent: InstalledResource, subresource: InstalledSubresource): object {
  const { group, version, kind } = subresource.kind;
  const own = group === parent.group && version === parent.version;
  return {
    name: `${parent.plural}/${subresource.name}`,
    singularName: '',
    namespaced: parent.namespaced,
    ...(own || group === '' ? {} : { group }),
    ...(own ? {} : { version }),
    kind,
    verbs: subresource.verbs,
  };
}
