import type { Service, ServicePort } from '../../kube/api/core-v1.ts';
import { formatIP, parseIP } from '../../kube/ip.ts';
import { equalJson, type KubeObject } from '../../kube/object.ts';
import { timeToMs } from '../../kube/time.ts';
import { isPodReady, type Pod, podCondition } from './pods/pod-state.ts';

export type LiveService = Service & KubeObject;

/** Mirrors endpointslice/util: a Pod that is over, or has no address yet, is an endpoint of nothing. */
export function belongsInEndpoints({ metadata, status }: Pod, withTerminating: boolean): boolean {
  if (status?.phase === 'Failed' || status?.phase === 'Succeeded') return false;
  if (!status?.podIP && (status?.podIPs ?? []).length === 0) return false;
  return withTerminating || metadata.deletionTimestamp === undefined;
}

/** The number behind a Service's port in this Pod; undefined when a name has none. Mirrors FindPort. */
export function portInPod({ spec }: Pod, port: ServicePort): number | undefined {
  const { targetPort = port.port, protocol = 'TCP' } = port;
  if (typeof targetPort === 'number') return targetPort;
  const sidecars = (spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  for (const container of [...(spec?.containers ?? []), ...sidecars])
    for (const one of container.ports ?? [])
      if (one.name === targetPort && (one.protocol ?? 'TCP') === protocol) return one.containerPort;
  return undefined;
}

/** Its addresses of one family, as Go prints them. */
export function addressesOf({ status }: Pod, family: 4 | 6): readonly string[] {
  const all = status?.podIPs ?? (status?.podIP ? [{ ip: status.podIP }] : []);
  return all.flatMap(({ ip = '' }) => {
    const address = parseIP(ip);
    return address?.family === family ? [formatIP(address)] : [];
  });
}

/** The name that DNS gives this Pod beneath the Service. Mirrors ShouldSetHostname. */
export function hostnameIn({ spec, metadata }: Pod, service: LiveService): string | undefined {
  return spec?.hostname &&
    spec.subdomain === service.metadata.name &&
    metadata.namespace === service.metadata.namespace
    ? spec.hostname
    : undefined;
}

/** Whether anything that endpoints tell of it may differ. Mirrors podEndpointsChanged. */
export function endpointsDiffer(after: Pod, before: Pod): boolean {
  return (
    after.metadata.deletionTimestamp !== before.metadata.deletionTimestamp ||
    after.metadata.uid !== before.metadata.uid ||
    isPodReady(after) !== isPodReady(before) ||
    belongsInEndpoints(after, true) !== belongsInEndpoints(before, true) ||
    !equalJson(after.status?.podIPs, before.status?.podIPs) ||
    !equalJson(after.metadata.labels, before.metadata.labels) ||
    after.spec?.hostname !== before.spec?.hostname ||
    after.spec?.subdomain !== before.spec?.subdomain
  );
}

/** When what changed an endpoint happened: NaN for a Pod that never said whether it is ready. Milliseconds. */
export function triggerMsOf(pod: Pod): number {
  return timeToMs(podCondition(pod, 'Ready')?.lastTransitionTime);
}
