import type { EventRecorder } from '../../../kube/event-recorder.ts';
import { equalJson } from '../../../kube/object.ts';
import type { ControllerContext } from '../controller.ts';
import { ignoring, isNotFound } from '../controller.ts';
import type { LiveService } from '../endpoint-pod.ts';
import { portsKey } from '../endpoint-port-order.ts';
import { triggerTimeAnnotation } from '../endpoint-trigger-time.ts';
import { isNamespaceTerminating } from '../pods/pod-control.ts';
import type { Pod } from '../pods/pod-state.ts';
import { endpointSlices } from '../refs.ts';
import { addressTypesOf, type LiveNode, wantedEndpoints } from './desired.ts';
import { hintOwnZone, removeHints } from './hints.ts';
import { packIntoSlices } from './packing.ts';
import { isOwnedBy, type LiveSlice, listOf, newSlice, orNull, type SliceChanges } from './slice.ts';
import { asksForTopology, type Topology } from './topology.ts';
import type { SliceTracker } from './tracker.ts';

interface Reconciler {
  readonly context: ControllerContext;
  readonly tracker: SliceTracker;
  readonly topology: Topology;
  readonly recorder: EventRecorder;
  nodeOf(name: string): LiveNode | undefined;
}

/** Writes what the slices of a Service lack. Resolves with the nodes that Pods name and nobody knows. */
export async function reconcileSlices(
  { context, tracker, topology, recorder, nodeOf }: Reconciler,
  key: string,
  service: LiveService,
  pods: readonly Pod[],
  existing: readonly LiveSlice[],
  trigger: string | undefined,
): Promise<readonly { readonly pod: string; readonly node: string }[]> {
  const types = addressTypesOf(service);
  const withoutNode: { pod: string; node: string }[] = [];
  for (const addressType of types) {
    const own = existing.filter((slice) => slice.addressType === addressType);
    const wanted = wantedEndpoints(service, pods, addressType, nodeOf);
    if (addressType === types[0]) withoutNode.push(...wanted.withoutNode);
    const changes = changesFor(service, own, wanted.groups, addressType);
    const touched = new Set([...changes.update, ...changes.remove].map(({ metadata }) => metadata.name));
    const unchanged = own.filter(({ metadata }) => !touched.has(metadata.name));
    if (asksForTopology(service)) topology.addHints(key, service, addressType, changes, unchanged, recorder);
    else {
      topology.drop(key, service, addressType, recorder);
      if (service.spec?.trafficDistribution === 'PreferClose') hintOwnZone(changes, unchanged);
      else removeHints(changes, unchanged);
    }
    await write(context, tracker, key, service, recycle(changes, service), trigger);
  }
  for (const slice of existing)
    if (!types.includes(slice.addressType)) {
      topology.forget(key, slice.addressType);
      await remove(context, tracker, key, slice);
    }
  return withoutNode;
}

function changesFor(
  service: LiveService,
  existing: readonly LiveSlice[],
  groups: ReturnType<typeof wantedEndpoints>['groups'],
  addressType: string,
): SliceChanges {
  const changes: SliceChanges = { create: [], update: [], remove: [] };
  const byPorts = new Map<string, LiveSlice[]>();
  for (const slice of existing) {
    if (!isOwnedBy(slice, service)) {
      changes.remove.push(slice);
      continue;
    }
    const ports = portsKey(listOf(slice.ports));
    byPorts.set(ports, [...(byPorts.get(ports) ?? []), slice]);
  }
  for (const [ports, group] of groups) {
    const packed = packIntoSlices(service, byPorts.get(ports) ?? [], group.endpoints, group);
    changes.create.push(...packed.create);
    changes.update.push(...packed.update);
    changes.remove.push(...packed.remove);
  }
  for (const [ports, slices] of byPorts) if (!groups.has(ports)) changes.remove.push(...slices);
  if (changes.remove.length < existing.length || changes.create.length > 0) return changes;
  // A Service without endpoints still has one slice, which says so.
  const placeholder = newSlice(service, { addressType, ports: [] });
  const [only] = changes.remove;
  if (changes.remove.length === 1 && only !== undefined && isPlaceholder(only, placeholder))
    changes.remove = [];
  else changes.create.push(placeholder);
  return changes;
}

function isPlaceholder(slice: LiveSlice, placeholder: LiveSlice): boolean {
  return (
    listOf(slice.endpoints).length === 0 &&
    listOf(slice.ports).length === 0 &&
    equalJson(slice.metadata.labels, placeholder.metadata.labels) &&
    equalJson(slice.metadata.ownerReferences, placeholder.metadata.ownerReferences)
  );
}

/** Slices that would go become those that would be made. Mirrors the first part of finalize. */
function recycle(changes: SliceChanges, service: LiveService): SliceChanges {
  const create = [...changes.create];
  const update = [...changes.update];
  const remove: LiveSlice[] = [];
  for (const slice of changes.remove) {
    const fresh = create.at(-1);
    if (fresh === undefined || !isOwnedBy(slice, service)) {
      remove.push(slice);
      continue;
    }
    create.pop();
    update.push({ ...fresh, metadata: { ...fresh.metadata, name: slice.metadata.name } });
  }
  return { create, update, remove };
}

async function write(
  context: ControllerContext,
  tracker: SliceTracker,
  key: string,
  service: LiveService,
  { create, update, remove: gone }: SliceChanges,
  trigger: string | undefined,
): Promise<void> {
  const namespace = service.metadata.namespace ?? '';
  const ready = (slice: LiveSlice): LiveSlice => {
    const { [triggerTimeAnnotation]: _, ...others } = slice.metadata.annotations ?? {};
    const annotations = { ...others, ...(trigger === undefined ? {} : { [triggerTimeAnnotation]: trigger }) };
    return { ...slice, metadata: { ...slice.metadata, annotations }, endpoints: orNull(slice.endpoints) };
  };
  // The collector is taking them away: new ones would only come back.
  if (service.metadata.deletionTimestamp === undefined)
    for (const slice of create) {
      try {
        tracker.wrote(key, await context.client.create(endpointSlices, namespace, ready(slice)));
      } catch (error) {
        if (isNamespaceTerminating(error)) return;
        throw error;
      }
    }
  for (const slice of update) tracker.wrote(key, await context.client.update(endpointSlices, ready(slice)));
  for (const slice of gone) await remove(context, tracker, key, slice);
}

async function remove(
  { client }: ControllerContext,
  tracker: SliceTracker,
  key: string,
  slice: LiveSlice,
): Promise<void> {
  const { namespace = '', name = '' } = slice.metadata;
  await ignoring(isNotFound, client.delete(endpointSlices, namespace, name));
  tracker.removed(key, slice);
}
