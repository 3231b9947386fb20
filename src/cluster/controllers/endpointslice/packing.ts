import type { Endpoint } from '../../../kube/api/discovery-v1.ts';
import type { LiveService } from '../endpoint-pod.ts';
import {
  endpointKey,
  type LiveSlice,
  labelsOf,
  listOf,
  newSlice,
  type SliceChanges,
  type SliceGroup,
  sameEndpoint,
  sameLabels,
} from './slice.ts';

/** What a slice holds at most (--max-endpoints-per-slice). */
const maxEndpoints = 100;

/**
 * Puts the wanted endpoints of one group into slices with as few writes as it can: first what is there already, then the
 * slices that change anyway, then one with room for the rest, then new ones. Mirrors reconcileByPortMapping.
 */
export function packIntoSlices(
  service: LiveService,
  existing: readonly LiveSlice[],
  wanted: ReadonlyMap<string, Endpoint>,
  group: SliceGroup,
): SliceChanges {
  const left = new Map(wanted);
  const unchanged: LiveSlice[] = [];
  const changed: LiveSlice[] = [];
  const remove: LiveSlice[] = [];
  const labels = labelsOf(service);
  for (const slice of existing) {
    const before = listOf(slice.endpoints);
    const kept: Endpoint[] = [];
    let differs = false;
    for (const endpoint of before) {
      const key = endpointKey(endpoint);
      const now = left.get(key);
      if (now === undefined) continue;
      left.delete(key);
      kept.push(now);
      differs ||= !sameEndpoint(now, endpoint);
    }
    const draft = () => ({ ...slice, metadata: { ...slice.metadata, labels }, endpoints: kept });
    if (differs || kept.length !== before.length) {
      if (kept.length === 0) remove.push(slice);
      else changed.push(draft());
    } else if (!sameLabels(slice, service)) changed.push({ ...draft(), endpoints: [...before] });
    else unchanged.push(slice);
  }
  const take = (slice: LiveSlice) => {
    for (const [key, endpoint] of left) {
      if (slice.endpoints.length >= maxEndpoints) return;
      left.delete(key);
      slice.endpoints.push(endpoint);
    }
  };
  for (const slice of [...changed].sort((a, b) => b.endpoints.length - a.endpoints.length)) take(slice);
  const create: LiveSlice[] = [];
  while (left.size > 0) {
    const roomy = left.size < maxEndpoints ? fullestWithRoom(unchanged, left.size) : undefined;
    if (roomy === undefined) {
      const slice = newSlice(service, group);
      take(slice);
      create.push(slice);
    } else {
      unchanged.splice(unchanged.indexOf(roomy), 1);
      const slice = { ...roomy, endpoints: [...listOf(roomy.endpoints)] };
      take(slice);
      changed.push(slice);
    }
  }
  return { create, update: changed, remove };
}

/** The slice that is closest to full with `count` more; undefined: none has room. Mirrors getSliceToFill. */
function fullestWithRoom(slices: readonly LiveSlice[], count: number): LiveSlice | undefined {
  let best: LiveSlice | undefined;
  let bestLeft = maxEndpoints;
  for (const slice of slices) {
    const left = maxEndpoints - count - listOf(slice.endpoints).length;
    if (left < 0 || left >= bestLeft) continue;
    best = slice;
    bestLeft = left;
  }
  return best;
}
