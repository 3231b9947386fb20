import type { Endpoint } from '../../../kube/api/discovery-v1.ts';
import { isReady } from './hints.ts';

/** No endpoint may get more than this above its share. */
const overloadThreshold = 0.2;

export interface Allocation {
  readonly maximum: number;
  readonly desired: number;
}

/** Zones cannot be given their share; the message is upstream's. */
export class AllocationRefused extends Error {}

/** How many endpoints each zone should have. Mirrors getAllocations. */
export function allocate(
  ratios: ReadonlyMap<string, number> | undefined,
  endpoints: number,
): ReadonlyMap<string, Allocation> {
  if (ratios === undefined)
    throw new AllocationRefused(
      'Insufficient Node information: allocatable CPU or zone not specified on one or more nodes',
    );
  const counts = `(${endpoints} endpoints, ${ratios.size} zones)`;
  if (ratios.size > endpoints) throw new AllocationRefused(`Insufficient number of endpoints ${counts}`);
  const shares = [...ratios].map(([zone, ratio]) => {
    const desired = ratio * endpoints;
    const minimum = Math.ceil(desired * (1 / (1 + overloadThreshold)));
    return { zone, minimum, desired: Math.max(desired, minimum) };
  });
  const total = shares.reduce((sum, { minimum }) => sum + minimum, 0);
  if (total > endpoints)
    throw new AllocationRefused(
      `Unable to allocate minimum required endpoints to each zone without exceeding overload threshold ${counts}`,
    );
  return new Map(
    shares.map(({ zone, minimum, desired }) => [zone, { maximum: minimum + endpoints - total, desired }]),
  );
}

/** Hands endpoints of zones that have too many to zones that have too few. Changes both arguments. Mirrors redistributeHints. */
export function redistribute(
  endpoints: Endpoint[],
  allocations: ReadonlyMap<string, Allocation>,
  byZone: Map<string, number>,
): void {
  const { giving, receiving } = exchange(allocations, byZone);
  for (const endpoint of endpoints) {
    if (giving.size === 0 || receiving.size === 0) return;
    const from = endpoint.zone ?? '';
    if (!isReady(endpoint) || !giving.has(from)) continue;
    for (const to of receiving.keys()) {
      endpoint.hints = { forZones: [{ name: to }] };
      takeOne(giving, from);
      takeOne(receiving, to);
      byZone.set(to, (byZone.get(to) ?? 0) + 1);
      byZone.set(from, (byZone.get(from) ?? 0) - 1);
      break;
    }
  }
}

function takeOne(zones: Map<string, number>, zone: string): void {
  const left = (zones.get(zone) ?? 0) - 1;
  if (left <= 0) zones.delete(zone);
  else zones.set(zone, left);
}

/** Mirrors getGivingAndReceivingZones. */
function exchange(
  allocations: ReadonlyMap<string, Allocation>,
  byZone: ReadonlyMap<string, number>,
): { readonly giving: Map<string, number>; readonly receiving: Map<string, number> } {
  const surplus = new Map<string, number>();
  const lack = new Map<string, number>();
  for (const [zone, { desired }] of allocations) {
    const have = byZone.get(zone) ?? 0;
    if (have > desired) surplus.set(zone, have - desired);
    else if (have < desired) lack.set(zone, desired - have);
  }
  const giving = new Map<string, number>();
  const receiving = new Map<string, number>();
  for (;;) {
    const [from, give] = most(surplus);
    const [to, receive] = most(lack);
    if (from === '' || to === '' || (give < 1 && receive < 1) || give < 0.5 || receive < 0.5)
      return { giving, receiving };
    giving.set(from, (giving.get(from) ?? 0) + 1);
    surplus.set(from, give - 1);
    receiving.set(to, (receiving.get(to) ?? 0) + 1);
    lack.set(to, receive - 1);
  }
}

function most(zones: ReadonlyMap<string, number>): readonly [string, number] {
  let best: readonly [string, number] = ['', 0];
  for (const entry of zones) if (entry[1] > best[1]) best = entry;
  return best;
}
