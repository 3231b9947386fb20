import type { Container, PodSpec, PodStatus } from '../api/core-v1.ts';
import { allContainers } from '../validation/pod/visit.ts';

/**
 * Fields of features that are off in 1.32 are dropped without a word, unless the stored object has them already. Mirrors
 * dropDisabledFields of pkg/api/pod/util.go.
 */
export function dropDisabledPodFields(spec: PodSpec | undefined, old: PodSpec | undefined): void {
  if (spec === undefined) return;
  if (old?.hostUsers === undefined) delete spec.hostUsers;
  if (!hasEntries(old?.resources?.requests) && !hasEntries(old?.resources?.limits)) delete spec.resources;
  if (!old?.resourceClaims?.length) {
    delete spec.resourceClaims;
    for (const container of allContainers(spec)) if (container.resources) delete container.resources.claims;
  }
  if (old?.securityContext?.seLinuxChangePolicy === undefined)
    delete spec.securityContext?.seLinuxChangePolicy;
  dropProcMount(spec, old);
  dropResizePolicy(spec, old);
  dropClusterTrustBundles(spec, old);
  dropImageVolumes(spec, old);
}

const hasEntries = (map: object | undefined) => map !== undefined && Object.keys(map).length > 0;

function dropProcMount(spec: PodSpec, old: PodSpec | undefined): void {
  const used = allContainers(old).some(
    ({ securityContext }) => (securityContext?.procMount ?? 'Default') !== 'Default',
  );
  if (used) return;
  for (const { securityContext } of allContainers(spec))
    if (securityContext?.procMount !== undefined) securityContext.procMount = 'Default';
}

function dropResizePolicy(spec: PodSpec, old: PodSpec | undefined): void {
  if (old?.containers?.some(({ resizePolicy }) => resizePolicy?.length)) return;
  for (const container of allContainers(spec)) delete container.resizePolicy;
}

function dropClusterTrustBundles(spec: PodSpec, old: PodSpec | undefined): void {
  const sources = (of: PodSpec | undefined) =>
    (of?.volumes ?? []).flatMap((volume) => volume.projected?.sources ?? []);
  if (sources(old).some((source) => source.clusterTrustBundle)) return;
  for (const source of sources(spec)) delete source.clusterTrustBundle;
}

function dropImageVolumes(spec: PodSpec, old: PodSpec | undefined): void {
  if (old?.volumes?.some(({ image }) => image) || !spec.volumes?.some(({ image }) => image)) return;
  const names = new Set(spec.volumes.filter(({ image }) => image).map(({ name }) => name));
  spec.volumes = spec.volumes.filter(({ image }) => !image);
  for (const container of allContainers(spec)) dropMounts(container, names);
}

function dropMounts(container: Container, volumes: ReadonlySet<string>): void {
  if (container.volumeMounts)
    container.volumeMounts = container.volumeMounts.filter(({ name }) => !volumes.has(name));
}

/** The same for the status of a Pod. `old`: the stored spec. */
export function dropDisabledPodStatus(status: PodStatus | undefined, old: PodSpec | undefined): void {
  if (status === undefined) return;
  const resizes = old?.containers?.some(({ resizePolicy }) => resizePolicy?.length);
  for (const list of ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses'] as const)
    for (const container of status[list] ?? []) {
      if (!resizes) delete container.resources;
      delete container.allocatedResources;
      delete container.allocatedResourcesStatus;
    }
  if (!resizes) delete status.resize;
  if (!old?.resourceClaims?.length) delete status.resourceClaimStatuses;
}
