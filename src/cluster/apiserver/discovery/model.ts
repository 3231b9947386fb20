import { createHash } from 'node:crypto';
import { compareKubeVersions } from '../../../kube/kube-version.ts';
import { apiVersionOf } from '../../../kube/object.ts';
import type { Catalog, InstalledResource } from '../contracts.ts';

/** What is served, arranged as discovery tells it. */
export interface DiscoveredGroup {
  /** '' is the core group. */
  readonly name: string;
  /** The preferred one first. */
  readonly versions: readonly DiscoveredVersion[];
}

export interface DiscoveredVersion {
  readonly group: string;
  readonly version: string;
  /** By name. */
  readonly resources: readonly InstalledResource[];
}

/** Upstream's priorities of the built-in groups (kube-apiserver's apiVersionPriorities); custom ones follow by name. */
const groupOrder: readonly string[] = [
  '',
  'apiregistration.k8s.io',
  'apps',
  'events.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'networking.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'storage.k8s.io',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'scheduling.k8s.io',
  'coordination.k8s.io',
  'node.k8s.io',
  'discovery.k8s.io',
  'flowcontrol.apiserver.k8s.io',
];

export function discoveredGroups(catalog: Catalog): readonly DiscoveredGroup[] {
  const groups = new Map<string, Map<string, InstalledResource[]>>();
  for (const resource of catalog.all()) {
    const versions = groups.get(resource.group) ?? new Map<string, InstalledResource[]>();
    groups.set(resource.group, versions);
    const resources = versions.get(resource.version) ?? [];
    versions.set(resource.version, resources);
    resources.push(resource);
  }
  return [...groups]
    .sort(([a], [b]) => rank(a) - rank(b) || compareText(a, b))
    .map(([name, versions]) => ({
      name,
      versions: [...versions]
        .sort(([a], [b]) => compareKubeVersions(b, a))
        .map(([version, resources]) => ({
          group: name,
          version,
          resources: resources.sort((a, b) => compareText(a.plural, b.plural)),
        })),
    }));
}

function rank(group: string): number {
  const at = groupOrder.indexOf(group);
  return at < 0 ? groupOrder.length : at;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const hashes = new WeakMap<object, string>();

/** Tells clients which kind is kept; undefined for what is not stored. Mirrors discovery.StorageVersionHash. */
export function storageVersionHash({ definition }: InstalledResource): string | undefined {
  if (definition === undefined) return undefined;
  const known = hashes.get(definition);
  if (known !== undefined) return known;
  const { group, kind } = definition;
  // Upstream still keeps CRDs as they were before they were v1.
  const version = kind === 'CustomResourceDefinition' ? 'v1beta1' : definition.version;
  const hash = createHash('sha256')
    .update(`${group}/${version}/${kind}`)
    .digest()
    .subarray(0, 8)
    .toString('base64');
  hashes.set(definition, hash);
  return hash;
}

/** `apps/v1` of a discovered version. */
export function groupVersionText(version: DiscoveredVersion): string {
  return apiVersionOf(version);
}
