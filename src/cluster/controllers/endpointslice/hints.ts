import type { Endpoint } from '../../../kube/api/discovery-v1.ts';
import { type LiveSlice, listOf, type SliceChanges } from './slice.ts';

export const isReady = ({ conditions }: Endpoint): boolean => conditions?.ready === true;

/** Gives each endpoint of every slice the hints it should have; slices that differ only by them are updated too. */
function rewrite(
  changes: SliceChanges,
  unchanged: readonly LiveSlice[],
  differs: (endpoint: Endpoint) => boolean,
  withHints: (endpoint: Endpoint) => Endpoint,
): void {
  for (const slice of unchanged) if (listOf(slice.endpoints).some(differs)) changes.update.push({ ...slice });
  for (const slice of [...changes.create, ...changes.update])
    slice.endpoints = listOf(slice.endpoints).map(withHints);
}

/** Mirrors topologycache.RemoveHintsFromSlices. */
export function removeHints(changes: SliceChanges, unchanged: readonly LiveSlice[]): void {
  rewrite(
    changes,
    unchanged,
    ({ hints }) => hints !== undefined,
    ({ hints: _, ...endpoint }) => endpoint,
  );
}

/** `trafficDistribution: PreferClose`: whoever is in a zone asks those in it. Mirrors endpointslice/trafficdist. */
export function hintOwnZone(changes: SliceChanges, unchanged: readonly LiveSlice[]): void {
  rewrite(
    changes,
    unchanged,
    (endpoint) => {
      const zones = endpoint.hints?.forZones ?? [];
      return isReady(endpoint) && (zones.length !== 1 || zones[0]?.name !== (endpoint.zone ?? ''));
    },
    (endpoint) =>
      isReady(endpoint) ? { ...endpoint, hints: { forZones: [{ name: endpoint.zone ?? '' }] } } : endpoint,
  );
}
