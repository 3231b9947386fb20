import type { EndpointAddress, EndpointSubset, Endpoints } from '../../kube/api/core-v1.ts';
import { createEventRecorder, type EventRecorder } from '../../kube/event-recorder.ts';
import { type Informer, keyOf } from '../../kube/informer.ts';
import { equalJson, type KubeObject } from '../../kube/object.ts';
import { labelSelectorFromSet } from '../../kube/selectors/labels.ts';
import {
  type Controller,
  type ControllerContext,
  ignoring,
  isAlreadyExists,
  isConflict,
  isNotFound,
  splitKey,
  startLoop,
} from './controller.ts';
import { addressesOf, belongsInEndpoints, hostnameIn, type LiveService, portInPod } from './endpoint-pod.ts';
import { indexBySelector, onEndpointChange } from './endpoint-services.ts';
import { isOverCapacity, type Offer, packSubsets, truncateSubsets } from './endpoint-subsets.ts';
import { TriggerTimes, triggerTimeAnnotation } from './endpoint-trigger-time.ts';
import { indexByLabel, selectedBy } from './label-index.ts';
import { isNamespaceTerminating, messageOf } from './pods/pod-control.ts';
import { isPodReady, type Pod } from './pods/pod-state.ts';
import { endpoints as endpointsRef, pods as podsRef, services as servicesRef } from './refs.ts';

const overCapacityAnnotation = 'endpoints.kubernetes.io/over-capacity';
export const leaderAnnotation = 'control-plane.alpha.kubernetes.io/leader';
export const headlessLabel = 'service.kubernetes.io/headless';

export type LiveEndpoints = Endpoints & KubeObject;

/** Says in the Endpoints of each Service which Pods are behind it. Mirrors pkg/controller/endpoint. */
export const endpointsController: Controller = {
  name: 'endpoints-controller',
  account: 'endpoint-controller',
  start(context) {
    const services = context.informer<LiveService>(servicesRef);
    const pods = context.informer<Pod>(podsRef);
    const existing = context.informer<LiveEndpoints>(endpointsRef);
    indexBySelector(services);
    indexByLabel(pods);
    const writer = new EndpointsWriter(context, existing);
    const times = new TriggerTimes();
    const loop = startLoop(
      context,
      this.name,
      async (key) => {
        const { namespace, name } = splitKey(key);
        const service = services.get(namespace, name);
        if (service === undefined) {
          times.forget(key);
          await writer.remove(namespace, name);
          return undefined;
        }
        const { spec } = service;
        if (spec?.type === 'ExternalName' || spec?.selector === undefined) return undefined;
        const selected = selectedBy(pods, namespace, labelSelectorFromSet(spec.selector));
        const trigger = times.next(key, service, selected);
        const offers = selected.flatMap((pod) => offersOf(pod, service));
        return writer.write(key, service, packSubsets(offers), trigger);
      },
      { ready: [services, pods, existing] },
    );
    onEndpointChange(pods, services, (key) => loop.queue.addAfter(key, times.gatherMs(key)));
    services.onChange((after, before) => {
      const { metadata } = (after ?? before) as LiveService;
      loop.queue.add(keyOf(metadata.namespace ?? '', metadata.name ?? ''));
    });
    existing.onChange((after, before) => {
      const { metadata } = (after ?? before) as LiveEndpoints;
      const key = keyOf(metadata.namespace ?? '', metadata.name ?? '');
      // Those that nobody has a Service for are removed when the controller starts, and not before.
      const leftover = before === undefined && !existing.hasSynced;
      if (after === undefined || writer.waitsFor(key) || leftover) loop.queue.add(key);
    });
    return loop;
  },
};

/** What a Pod adds to the Endpoints of a Service: one address for each port. */
function offersOf(pod: Pod, service: LiveService): readonly Offer[] {
  const { ports = [], publishNotReadyAddresses, ipFamilies, clusterIP } = service.spec ?? {};
  if (!belongsInEndpoints(pod, publishNotReadyAddresses === true)) return [];
  const ip = addressesOf(pod, ipFamilies?.[0] === 'IPv6' ? 6 : 4)[0];
  if (ip === undefined) return [];
  const { namespace = '', name = '', uid = '' } = pod.metadata;
  const hostname = hostnameIn(pod, service);
  const address: EndpointAddress = {
    ip,
    ...(hostname === undefined ? {} : { hostname }),
    nodeName: pod.spec?.nodeName ?? '',
    targetRef: { kind: 'Pod', namespace, name, uid },
  };
  const ready = publishNotReadyAddresses === true || isPodReady(pod);
  if (ports.length === 0) return clusterIP === 'None' ? [{ address, port: undefined, ready }] : [];
  return ports.flatMap((port): readonly Offer[] => {
    const number = portInPod(pod, port);
    if (number === undefined) return [];
    const { name: portName = '', protocol = 'TCP', appProtocol } = port;
    return [
      {
        address,
        port: {
          ...(portName === '' ? {} : { name: portName }),
          port: number,
          protocol,
          ...(appProtocol === undefined ? {} : { appProtocol }),
        },
        ready,
      },
    ];
  });
}

/** How long a copy may stay behind what was written, before it is trusted again. */
const staleMs = 5000;
/** Until then the copy should have caught up with what another wrote. */
const behindMs = 500;

class EndpointsWriter {
  readonly #context: ControllerContext;
  readonly #existing: Informer<LiveEndpoints>;
  readonly #recorder: EventRecorder;
  /** The version that was replaced: while it is still seen, the copy is behind. */
  readonly #replaced = new Map<string, { readonly version: string; readonly untilMs: number }>();

  constructor(context: ControllerContext, existing: Informer<LiveEndpoints>) {
    this.#context = context;
    this.#existing = existing;
    this.#recorder = createEventRecorder({
      client: context.client,
      clock: context.clock,
      component: 'endpoint-controller',
    });
  }

  waitsFor(key: string): boolean {
    return this.#replaced.has(key);
  }

  async remove(namespace: string, name: string): Promise<void> {
    this.#replaced.delete(keyOf(namespace, name));
    const found = this.#existing.get(namespace, name);
    if (found === undefined || found.metadata.annotations?.[leaderAnnotation] !== undefined) return;
    await ignoring(isNotFound, this.#context.client.delete(endpointsRef, namespace, name));
  }

  /** Resolves with the milliseconds to wait when its copy is behind. */
  async write(
    key: string,
    service: LiveService,
    subsets: readonly EndpointSubset[],
    trigger: string | undefined,
  ): Promise<number | undefined> {
    const { namespace = '', name = '' } = service.metadata;
    const current = this.#existing.get(namespace, name);
    const replaced = this.#replaced.get(key);
    if (replaced !== undefined) {
      if (
        current?.metadata.resourceVersion === replaced.version &&
        this.#context.clock.now() < replaced.untilMs
      )
        return staleMs;
      this.#replaced.delete(key);
    }
    const labels = withoutHeadless(service.metadata.labels);
    const {
      [overCapacityAnnotation]: over,
      [triggerTimeAnnotation]: _,
      ...kept
    } = current?.metadata.annotations ?? {};
    if (
      current !== undefined &&
      over === undefined &&
      !isOverCapacity(current.subsets ?? []) &&
      equalJson(current.subsets ?? [], subsets) &&
      equalJson(withoutHeadless(current.metadata.labels), service.metadata.labels ?? {})
    )
      return undefined;
    const truncated = isOverCapacity(subsets);
    const annotations = {
      ...kept,
      ...(trigger === undefined ? {} : { [triggerTimeAnnotation]: trigger }),
      ...(truncated ? { [overCapacityAnnotation]: 'truncated' } : {}),
    };
    const { clusterIP = '' } = service.spec ?? {};
    const headless = clusterIP === '' || clusterIP === 'None';
    const draft: LiveEndpoints = {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: {
        ...(current?.metadata ?? { name, namespace }),
        labels: { ...labels, ...(headless ? { [headlessLabel]: '' } : {}) },
        annotations,
      },
      subsets: truncated ? truncateSubsets(subsets) : [...subsets],
    };
    return this.#send(key, service, current, draft);
  }

  async #send(
    key: string,
    service: LiveService,
    current: LiveEndpoints | undefined,
    draft: LiveEndpoints,
  ): Promise<number | undefined> {
    const { client, clock } = this.#context;
    const { namespace = '', name = '' } = service.metadata;
    const where = `${namespace}/${name}`;
    try {
      if (current === undefined) {
        await client.create(endpointsRef, namespace, draft);
        return undefined;
      }
      const { resourceVersion: version = '' } = current.metadata;
      const written = await client.update(endpointsRef, draft);
      if (written.metadata.resourceVersion !== version)
        this.#replaced.set(key, { version, untilMs: clock.now() + staleMs });
      return undefined;
    } catch (error) {
      if (isNamespaceTerminating(error)) return undefined;
      // A copy that was behind is no news.
      if (isConflict(error)) throw error;
      if (isAlreadyExists(error) || isNotFound(error)) return behindMs;
      const [reason, doing] =
        current === undefined
          ? ['FailedToCreateEndpoint', `create endpoint for service ${where}`]
          : ['FailedToUpdateEndpoint', `update endpoint ${where}`];
      this.#recorder.event(draft, 'Warning', reason, `Failed to ${doing}: ${messageOf(error)}`);
      throw error;
    }
  }
}

function withoutHeadless(labels: { readonly [key: string]: string } = {}): { [key: string]: string } {
  const { [headlessLabel]: _, ...rest } = labels;
  return rest;
}
