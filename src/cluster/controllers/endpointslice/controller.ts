import { createEventRecorder } from '../../../kube/event-recorder.ts';
import { keyOf } from '../../../kube/informer.ts';
import { equalJson } from '../../../kube/object.ts';
import { labelSelectorFromSet } from '../../../kube/selectors/labels.ts';
import { type Controller, isConflict, splitKey, startLoop } from '../controller.ts';
import type { LiveService } from '../endpoint-pod.ts';
import { indexBySelector, onEndpointChange } from '../endpoint-services.ts';
import { TriggerTimes } from '../endpoint-trigger-time.ts';
import { indexByLabel, selectedBy } from '../label-index.ts';
import { messageOf } from '../pods/pod-control.ts';
import type { Pod } from '../pods/pod-state.ts';
import { endpointSlices, nodes as nodesRef, pods as podsRef, services as servicesRef } from '../refs.ts';
import type { LiveNode } from './desired.ts';
import { reconcileSlices } from './reconcile.ts';
import {
  indexByService,
  type LiveSlice,
  managedByLabel,
  selectorManager,
  serviceKeyOf,
  slicesOf,
} from './slice.ts';
import { Topology } from './topology.ts';
import { SliceTracker } from './tracker.ts';

/** How soon to look again when the informer is behind, or a node is not known, if nothing tells earlier. */
const againMs = 5000;

/** Keeps the EndpointSlices of each Service with a selector. Mirrors pkg/controller/endpointslice and endpointslice/reconciler.go. */
export const endpointSliceController: Controller = {
  name: 'endpointslice-controller',
  account: 'endpointslice-controller',
  start(context) {
    const { client, clock } = context;
    const services = context.informer<LiveService>(servicesRef);
    const pods = context.informer<Pod>(podsRef);
    const slices = context.informer<LiveSlice>(endpointSlices);
    const nodes = context.informer<LiveNode>(nodesRef);
    indexBySelector(services);
    indexByLabel(pods);
    indexByService(slices);
    const tracker = new SliceTracker(clock);
    const topology = new Topology();
    const times = new TriggerTimes();
    const recorder = createEventRecorder({ client, clock, component: 'endpoint-slice-controller' });
    /** Which Services have Pods on nodes that are not there. */
    const missing = new Map<string, Set<string>>();
    let nodesChanged = true;
    const countNodes = () => {
      if (nodesChanged) topology.setNodes(nodes.list());
      nodesChanged = false;
    };
    const parts = { context, tracker, topology, recorder, nodeOf: (name: string) => nodes.get('', name) };
    const loop = startLoop(
      context,
      this.name,
      async (key) => {
        const { namespace, name } = splitKey(key);
        const service = services.get(namespace, name);
        if (service === undefined) {
          tracker.forget(key);
          times.forget(key);
          topology.forget(key);
          return undefined;
        }
        const { spec } = service;
        if (spec?.type === 'ExternalName' || spec?.selector === undefined) return undefined;
        const existing = slicesOf(slices, selectorManager, key);
        if (tracker.isBehind(key, existing)) return againMs;
        countNodes();
        const selected = selectedBy(pods, namespace, labelSelectorFromSet(spec.selector));
        const trigger = times.next(key, service, selected);
        const failed = (why: string) =>
          recorder.event(
            service,
            'Warning',
            'FailedToUpdateEndpointSlices',
            `Error updating Endpoint Slices for Service ${key}: ${why}`,
          );
        try {
          const lost = await reconcileSlices(parts, key, service, selected, existing, trigger);
          for (const { pod, node } of lost) {
            missing.set(node, (missing.get(node) ?? new Set()).add(key));
            failed(`skipping Pod ${pod} for Service ${key}: Node ${node} Not Found`);
          }
        } catch (error) {
          if (!isConflict(error)) failed(messageOf(error));
          throw error;
        }
        return undefined;
      },
      { ready: [services, pods, slices, nodes] },
    );
    onEndpointChange(pods, services, (key) => loop.queue.addAfter(key, times.gatherMs(key)));
    services.onChange((after, before) => {
      const { metadata } = (after ?? before) as LiveService;
      loop.queue.add(keyOf(metadata.namespace ?? '', metadata.name ?? ''));
    });
    slices.onChange((after, before) => {
      for (const slice of [before, after]) {
        const key = slice === undefined ? undefined : serviceKeyOf(slice);
        if (slice?.metadata.labels?.[managedByLabel] !== selectorManager || key === undefined) continue;
        const left = after !== undefined && after.metadata.labels?.[managedByLabel] !== selectorManager;
        if (left || tracker.isNews(key, after, before)) loop.queue.add(key);
        // The first told of a change is enough, unless it went from one Service to another.
        if (after === undefined || serviceKeyOf(after) === key) break;
      }
    });
    let counted: ReturnType<typeof clock.after> | undefined;
    nodes.onChange((after, before) => {
      const name = (after ?? before)?.metadata.name ?? '';
      if (after !== undefined && before === undefined) {
        for (const key of missing.get(name) ?? []) loop.queue.add(key);
        missing.delete(name);
      }
      if (after !== undefined && before !== undefined && !matters(after, before)) return;
      nodesChanged = true;
      // A thousand nodes that arrive together are counted once.
      counted ??= clock.after(0, () => {
        counted = undefined;
        countNodes();
        for (const key of topology.overloaded()) loop.queue.add(key);
      });
    });
    return {
      async stop() {
        counted?.();
        await loop.stop();
      },
    };
  },
};

/** Whether hints by zone may differ. */
function matters(after: LiveNode, before: LiveNode): boolean {
  const ready = ({ status }: LiveNode) => status?.conditions?.find(({ type }) => type === 'Ready')?.status;
  return (
    ready(after) !== ready(before) ||
    !equalJson(after.metadata.labels, before.metadata.labels) ||
    !equalJson(after.status?.allocatable, before.status?.allocatable)
  );
}
