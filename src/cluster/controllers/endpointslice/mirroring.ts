import { createEventRecorder } from '../../../kube/event-recorder.ts';
import { keyOf } from '../../../kube/informer.ts';
import { type Controller, ignoring, isNotFound, splitKey, startLoop } from '../controller.ts';
import type { LiveEndpoints } from '../endpoint.ts';
import { leaderAnnotation } from '../endpoint.ts';
import type { LiveService } from '../endpoint-pod.ts';
import { isNamespaceTerminating } from '../pods/pod-control.ts';
import { endpointSlices, endpoints as endpointsRef, services as servicesRef } from '../refs.ts';
import { maxPerSubset, mirrorChanges, mirroredEndpoints } from './mirror.ts';
import {
  indexByService,
  type LiveSlice,
  managedByLabel,
  mirroringManager,
  type SliceChanges,
  serviceKeyOf,
  slicesOf,
} from './slice.ts';
import { SliceTracker } from './tracker.ts';

const skipMirrorLabel = 'endpointslice.kubernetes.io/skip-mirror';
/** How soon to look again when the informer is behind, if nothing tells earlier. */
const againMs = 5000;

/** Keeps EndpointSlices of Endpoints that somebody else writes. Mirrors pkg/controller/endpointslicemirroring. */
export const endpointSliceMirroringController: Controller = {
  name: 'endpointslice-mirroring-controller',
  account: 'endpointslicemirroring-controller',
  start(context) {
    const { client, clock } = context;
    const services = context.informer<LiveService>(servicesRef);
    const endpoints = context.informer<LiveEndpoints>(endpointsRef);
    const slices = context.informer<LiveSlice>(endpointSlices);
    indexByService(slices);
    const tracker = new SliceTracker(clock);
    const recorder = createEventRecorder({ client, clock, component: 'endpoint-slice-mirroring-controller' });
    const write = async (key: string, namespace: string, { create, update, remove }: SliceChanges) => {
      for (const slice of create) {
        try {
          tracker.wrote(key, await client.create(endpointSlices, namespace, slice));
        } catch (error) {
          if (isNamespaceTerminating(error)) return;
          throw error;
        }
      }
      for (const slice of update) tracker.wrote(key, await client.update(endpointSlices, slice));
      for (const slice of remove) {
        await ignoring(isNotFound, client.delete(endpointSlices, namespace, slice.metadata.name ?? ''));
        tracker.removed(key, slice);
      }
    };
    const loop = startLoop(
      context,
      this.name,
      async (key) => {
        const { namespace, name } = splitKey(key);
        const own = endpoints.get(namespace, name);
        const service = services.get(namespace, name);
        const existing = slicesOf(slices, mirroringManager, key);
        if (
          own === undefined ||
          !mayMirror(own) ||
          service === undefined ||
          service.spec?.selector !== undefined
        ) {
          tracker.forget(key);
          await write(key, namespace, { create: [], update: [], remove: existing });
          tracker.forget(key);
          return undefined;
        }
        if (tracker.isBehind(key, existing)) return againMs;
        const mirrored = mirroredEndpoints(own.subsets ?? []);
        const { invalid, skipped } = mirrored;
        const tell = (reason: string, message: string) => recorder.event(own, 'Warning', reason, message);
        if (invalid > 0)
          tell(
            'InvalidIPAddress',
            `Skipped ${invalid} invalid IP addresses when mirroring to EndpointSlices`,
          );
        if (skipped > invalid)
          tell(
            'TooManyAddressesToMirror',
            `A max of ${maxPerSubset} addresses can be mirrored to EndpointSlices per Endpoints subset. ${skipped} addresses were skipped`,
          );
        const changes = mirrorChanges(own, mirrored, existing);
        if (own.metadata.deletionTimestamp !== undefined) changes.create = [];
        await write(key, namespace, changes);
        return undefined;
      },
      { ready: [services, endpoints, slices] },
    );
    const add = (object: LiveEndpoints | LiveService) =>
      loop.queue.add(keyOf(object.metadata.namespace ?? '', object.metadata.name ?? ''));
    endpoints.onChange((after, before) => {
      if ([after, before].some((one) => one !== undefined && mayMirror(one)))
        add((after ?? before) as LiveEndpoints);
    });
    services.onChange((after, before) => {
      const had = before?.spec?.selector !== undefined;
      const has = after?.spec?.selector !== undefined;
      if (after === undefined || before === undefined || had !== has) add((after ?? before) as LiveService);
    });
    slices.onChange((after, before) => {
      for (const slice of [before, after]) {
        const key = slice === undefined ? undefined : serviceKeyOf(slice);
        if (slice?.metadata.labels?.[managedByLabel] !== mirroringManager || key === undefined) continue;
        const left = after !== undefined && after.metadata.labels?.[managedByLabel] !== mirroringManager;
        if (left || tracker.isNews(key, after, before)) loop.queue.add(key);
        if (after === undefined || serviceKeyOf(after) === key) break;
      }
    });
    return loop;
  },
};

function mayMirror({ metadata: { labels, annotations } }: LiveEndpoints): boolean {
  return labels?.[skipMirrorLabel] !== 'true' && annotations?.[leaderAnnotation] === undefined;
}
