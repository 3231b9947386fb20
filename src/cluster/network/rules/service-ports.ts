import type { Service } from '../../../kube/api/core-v1.ts';
import type { EndpointSlice } from '../../../kube/api/discovery-v1.ts';
import { isHeadless, needsClusterIp } from '../../../kube/service-needs.ts';
import type { Protocol } from '../fabric/port-table.ts';

/** One port of a Service with everything that decides where its connections go. Mirrors pkg/proxy ServicePortInfo. */
export interface ServicePort {
  readonly namespace: string;
  readonly service: string;
  /** `namespace/service:port`, without the colon when the port has no name: as kube-proxy writes it in rules. */
  readonly name: string;
  readonly protocol: Protocol;
  readonly port: number;
  readonly clusterIps: readonly string[];
  /** 0: none. */
  readonly nodePort: number;
  readonly externalIps: readonly string[];
  readonly loadBalancerIps: readonly string[];
  readonly sourceRanges: readonly string[];
  /** sessionAffinity ClientIP: how long a client is remembered. */
  readonly affinitySeconds: number | undefined;
  readonly internalLocal: boolean;
  readonly externalLocal: boolean;
  readonly healthCheckNodePort: number;
  /** Sorted by address, each once. */
  readonly endpoints: readonly Endpoint[];
}

export interface Endpoint {
  readonly ip: string;
  readonly port: number;
  readonly node: string | undefined;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  readonly zoneHints: readonly string[];
}

export const endpointName = ({ ip, port }: Pick<Endpoint, 'ip' | 'port'>): string => `${ip}:${port}`;

/** What kube-proxy leaves to somebody else. */
const otherProxy = 'service.kubernetes.io/service-proxy-name';
const defaultAffinitySeconds = 10_800;

/** None for headless Services and ExternalName: kube-proxy programs nothing for them. */
export function servicePortsOf(service: Service, slices: readonly EndpointSlice[]): readonly ServicePort[] {
  const { metadata, spec } = service;
  if (spec === undefined || !needsClusterIp(service) || isHeadless(service)) return [];
  const clusterIps = (spec.clusterIPs ?? []).filter((ip) => ip !== '' && ip !== 'None');
  if (clusterIps.length === 0 || Object.hasOwn(metadata?.labels ?? {}, otherProxy)) return [];
  const namespace = metadata?.namespace ?? '';
  const name = metadata?.name ?? '';
  const affinity = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? defaultAffinitySeconds;
  return (spec.ports ?? []).flatMap((port) => {
    const protocol = port.protocol ?? 'TCP';
    if (protocol !== 'TCP' && protocol !== 'UDP') return [];
    return {
      namespace,
      service: name,
      name: port.name ? `${namespace}/${name}:${port.name}` : `${namespace}/${name}`,
      protocol,
      port: port.port,
      clusterIps,
      nodePort: port.nodePort ?? 0,
      externalIps: spec.externalIPs ?? [],
      loadBalancerIps: (service.status?.loadBalancer?.ingress ?? []).flatMap(({ ip, ipMode }) =>
        ip === undefined || ipMode === 'Proxy' ? [] : ip,
      ),
      sourceRanges: spec.loadBalancerSourceRanges ?? [],
      affinitySeconds: spec.sessionAffinity === 'ClientIP' ? affinity : undefined,
      internalLocal: spec.internalTrafficPolicy === 'Local',
      externalLocal: spec.externalTrafficPolicy === 'Local',
      healthCheckNodePort: spec.healthCheckNodePort ?? 0,
      endpoints: endpointsOf(slices, port.name ?? '', protocol),
    };
  });
}

function endpointsOf(
  slices: readonly EndpointSlice[],
  portName: string,
  protocol: Protocol,
): readonly Endpoint[] {
  const found = new Map<string, Endpoint>();
  for (const slice of slices) {
    if (slice.addressType !== 'IPv4') continue;
    for (const port of slice.ports ?? []) {
      if ((port.name ?? '') !== portName || (port.protocol ?? 'TCP') !== protocol || !port.port) continue;
      for (const { addresses, conditions, nodeName, hints } of slice.endpoints ?? []) {
        const ip = addresses[0];
        if (ip === undefined) continue;
        const ready = conditions?.ready ?? true;
        const endpoint: Endpoint = {
          ip,
          port: port.port,
          node: nodeName,
          ready,
          serving: conditions?.serving ?? ready,
          terminating: conditions?.terminating ?? false,
          zoneHints: (hints?.forZones ?? []).map((zone) => zone.name),
        };
        const key = endpointName(endpoint);
        // While a Pod moves between slices it is in two: whoever says it is ready wins.
        if (found.get(key)?.ready !== true) found.set(key, endpoint);
      }
    }
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, endpoint]) => endpoint);
}
