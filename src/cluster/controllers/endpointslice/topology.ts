import type { EventRecorder } from '../../../kube/event-recorder.ts';
import { parseQuantity, quantityMilliValue } from '../../../kube/quantity.ts';
import type { LiveService } from '../endpoint-pod.ts';
import type { LiveNode } from './desired.ts';
import { isReady, removeHints } from './hints.ts';
import { type LiveSlice, listOf, type SliceChanges } from './slice.ts';
import { type Allocation, AllocationRefused, allocate, redistribute } from './zone-allocation.ts';

const zoneLabel = 'topology.kubernetes.io/zone';
const excludedLabels = ['node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master'];

/** `service.kubernetes.io/topology-mode: Auto`, or its old name, which goes before. Mirrors hintsEnabled. */
export function asksForTopology({ metadata: { annotations = {} } }: LiveService): boolean {
  const value =
    annotations['service.kubernetes.io/topology-aware-hints'] ??
    annotations['service.kubernetes.io/topology-mode'];
  return value === 'Auto' || value === 'auto';
}

/** Spreads hints over zones in proportion to their CPU. Mirrors endpointslice/topologycache. */
export class Topology {
  /** The share of the CPU that each zone has; undefined: not known, or no use. */
  #ratios: ReadonlyMap<string, number> | undefined;
  readonly #hinted = new Map<string, Map<string, ReadonlyMap<string, number>>>();
  readonly #populated = new Set<string>();

  setNodes(nodes: readonly LiveNode[]): void {
    const cpu = new Map<string, number>();
    let total = 0;
    let sufficient = true;
    for (const { metadata, status } of nodes) {
      const { labels = {} } = metadata;
      if (excludedLabels.some((label) => labels[label] !== undefined)) continue;
      if (status?.conditions?.find(({ type }) => type === 'Ready')?.status !== 'True') continue;
      const zone = labels[zoneLabel] ?? '';
      const milli = milliCpuOf(status.allocatable?.['cpu']);
      if (zone === '' || milli === 0) sufficient = false;
      cpu.set(zone, (cpu.get(zone) ?? 0) + milli);
      total += milli;
    }
    this.#ratios =
      sufficient && total > 0 && cpu.size >= 2
        ? new Map([...cpu].map(([zone, milli]) => [zone, milli / total]))
        : undefined;
  }

  /** Services whose hints no longer suit the nodes. */
  overloaded(): readonly string[] {
    return [...this.#hinted]
      .filter(([, byType]) => [...byType.values()].some((zones) => isOverloaded(zones, this.#ratios)))
      .map(([key]) => key);
  }

  addHints(
    key: string,
    service: LiveService,
    addressType: string,
    changes: SliceChanges,
    unchanged: readonly LiveSlice[],
    recorder: EventRecorder,
  ): void {
    const all = [...changes.create, ...changes.update, ...unchanged];
    const total = all.flatMap(({ endpoints }) => listOf(endpoints)).filter(isReady).length;
    try {
      const hints = this.#spread(changes, unchanged, allocate(this.#ratios, total));
      if (!this.#populated.has(key))
        recorder.event(
          service,
          'Normal',
          'TopologyAwareHintsEnabled',
          told('Topology Aware Hints has been enabled', addressType),
        );
      const byType = this.#hinted.get(key) ?? new Map<string, ReadonlyMap<string, number>>();
      byType.set(addressType, hints);
      this.#hinted.set(key, byType);
      this.#populated.add(key);
    } catch (error) {
      if (!(error instanceof AllocationRefused)) throw error;
      recorder.event(service, 'Warning', 'TopologyAwareHintsDisabled', told(error.message, addressType));
      this.forget(key, addressType);
      removeHints(changes, unchanged);
    }
  }

  /** The Service no longer asks for hints. */
  drop(key: string, service: LiveService, addressType: string, recorder: EventRecorder): void {
    if (this.#populated.has(key))
      recorder.event(
        service,
        'Warning',
        'TopologyAwareHintsDisabled',
        told('Topology Aware Hints has been disabled', addressType),
      );
    this.forget(key, addressType);
  }

  forget(key: string, addressType?: string): void {
    const byType = this.#hinted.get(key);
    if (addressType === undefined) byType?.clear();
    else byType?.delete(addressType);
    if (byType?.size === 0) this.#hinted.delete(key);
    this.#populated.delete(key);
  }

  #spread(
    changes: SliceChanges,
    unchanged: readonly LiveSlice[],
    allocations: ReadonlyMap<string, Allocation>,
  ): ReadonlyMap<string, number> {
    const byZone = new Map<string, number>();
    for (const slice of unchanged) {
      const own = hintsOf(slice, byZone, allocations);
      if (own === undefined) changes.update.push({ ...slice });
      else for (const [zone, count] of own) byZone.set(zone, (byZone.get(zone) ?? 0) + count);
    }
    const open = [...changes.create, ...changes.update];
    for (const slice of open)
      slice.endpoints = listOf(slice.endpoints).map((endpoint) => {
        if (!isReady(endpoint)) return endpoint;
        const { zone = '' } = endpoint;
        if (zone === '') throw new AllocationRefused('One or more endpoints do not have a zone specified');
        byZone.set(zone, (byZone.get(zone) ?? 0) + 1);
        return { ...endpoint, hints: { forZones: [{ name: zone }] } };
      });
    redistribute(
      open.flatMap(({ endpoints }) => endpoints),
      allocations,
      byZone,
    );
    if (byZone.size === 0) throw new AllocationRefused('No hints allocated for zones');
    return byZone;
  }
}

const told = (message: string, addressType: string) => `${message}, addressType: ${addressType}`;

function milliCpuOf(text: string | undefined): number {
  try {
    return Number(quantityMilliValue(parseQuantity(text ?? '0')));
  } catch {
    return 0;
  }
}

/** The hints of a slice that may stay as it is; undefined: it must be written anew. Mirrors getHintsByZone. */
function hintsOf(
  slice: LiveSlice,
  taken: ReadonlyMap<string, number>,
  allocations: ReadonlyMap<string, Allocation>,
): ReadonlyMap<string, number> | undefined {
  const own = new Map<string, number>();
  for (const { hints } of listOf(slice.endpoints).filter(isReady)) {
    const zones = hints?.forZones ?? [];
    if (zones.length === 0 || zones.some(({ name }) => !allocations.has(name))) return undefined;
    for (const { name } of zones) own.set(name, (own.get(name) ?? 0) + 1);
  }
  for (const [zone, count] of own)
    if (count + (taken.get(zone) ?? 0) > (allocations.get(zone)?.maximum ?? 0)) return undefined;
  return own;
}

function isOverloaded(
  zones: ReadonlyMap<string, number>,
  ratios: ReadonlyMap<string, number> | undefined,
): boolean {
  if (zones.size === 0) return false;
  if (ratios === undefined) return true;
  const total = [...zones.values()].reduce((sum, count) => sum + count, 0);
  return [...ratios].some(([zone, ratio]) => (zones.get(zone) ?? -1) < Math.ceil((total * ratio) / 1.2));
}
