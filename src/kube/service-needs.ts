import type { Service, ServiceSpec } from './api/core-v1.ts';

/**
 * What a Service needs from the cluster (addresses, ports), as pure questions; whoever allocates does it in the commit.
 * Mirrors pkg/api/service/util.go and pkg/registry/core/service/storage/alloc.go.
 */
export type ServiceLike = { readonly spec?: ServiceSpec | undefined };

const portTypes: ReadonlySet<string> = new Set(['NodePort', 'LoadBalancer']);

/** Every type but ExternalName; a headless Service "needs" one too, which is `None`. */
export function needsClusterIp({ spec }: ServiceLike): boolean {
  return spec?.type === 'ClusterIP' || portTypes.has(spec?.type ?? '');
}

export function isHeadless({ spec }: ServiceLike): boolean {
  return spec?.clusterIPs?.length === 1 && spec.clusterIPs[0] === 'None';
}

export function needsNodePort({ spec }: ServiceLike): boolean {
  if (spec?.type === 'NodePort') return true;
  return spec?.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false;
}

export function needsHealthCheckNodePort({ spec }: ServiceLike): boolean {
  return spec?.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local';
}

export function isExternallyAccessible({ spec }: ServiceLike): boolean {
  return (
    portTypes.has(spec?.type ?? '') || (spec?.type === 'ClusterIP' && (spec.externalIPs ?? []).length > 0)
  );
}

/** What has to be found for a Service before it is stored. */
export interface MissingAllocations {
  /** The first cluster address; further families are never asked for here (one family per cluster). */
  readonly clusterIp: boolean;
  /** Indices of the ports without a node port. Ports of one number under two protocols share theirs. */
  readonly nodePorts: readonly number[];
  readonly healthCheckNodePort: boolean;
}

export function missingAllocations(service: ServiceLike): MissingAllocations {
  const { spec } = service;
  const ports = needsNodePort(service) ? (spec?.ports ?? []) : [];
  return {
    clusterIp: needsClusterIp(service) && !isHeadless(service) && !spec?.clusterIPs?.[0],
    nodePorts: ports.flatMap((port, i) => (port.nodePort ? [] : [i])),
    healthCheckNodePort: needsHealthCheckNodePort(service) && !spec?.healthCheckNodePort,
  };
}

/** What a stored Service holds, so that nobody else gets it. */
export function heldAllocations(service: ServiceLike): {
  readonly clusterIps: readonly string[];
  readonly nodePorts: readonly { readonly protocol: string; readonly port: number }[];
} {
  const { spec } = service;
  const headless = isHeadless(service) || !needsClusterIp(service);
  const nodePorts = (spec?.ports ?? []).flatMap(({ nodePort, protocol }) =>
    nodePort ? [{ protocol: protocol ?? 'TCP', port: nodePort }] : [],
  );
  if (spec?.healthCheckNodePort) nodePorts.push({ protocol: 'TCP', port: spec.healthCheckNodePort });
  return { clusterIps: headless ? [] : (spec?.clusterIPs ?? []).filter((ip) => ip !== ''), nodePorts };
}

/** The spec of a Service that is being written, to be filled in place. */
export function specOf(service: Service): ServiceSpec {
  service.spec ??= {};
  return service.spec;
}
