import type { PodSpec } from '../../../kube/api/core-v1.ts';

/** A port of the node that a Pod takes. Mirrors HostPortInfo of pkg/scheduler/framework. */
export interface HostPort {
  /** `0.0.0.0`: on every address. */
  readonly ip: string;
  /** Protocol and number: `TCP/8080`. */
  readonly port: string;
}

const everywhere = '0.0.0.0';

export function hostPortsOf(spec: PodSpec): readonly HostPort[] {
  const ports: HostPort[] = [];
  for (const { ports: declared } of spec.containers ?? [])
    for (const { hostPort = 0, hostIP = '', protocol = '' } of declared ?? [])
      if (hostPort > 0)
        ports.push({
          ip: hostIP === '' ? everywhere : hostIP,
          port: `${protocol === '' ? 'TCP' : protocol}/${hostPort}`,
        });
  return ports;
}

/** The taken ports of a node: by protocol and number, the addresses; each with how many Pods have it. */
export type UsedPorts = Map<string, Map<string, number>>;

export function takePorts(used: UsedPorts, ports: readonly HostPort[]): void {
  for (const { ip, port } of ports) {
    const addresses = used.get(port) ?? new Map<string, number>();
    addresses.set(ip, (addresses.get(ip) ?? 0) + 1);
    used.set(port, addresses);
  }
}

export function freePorts(used: UsedPorts, ports: readonly HostPort[]): void {
  for (const { ip, port } of ports) {
    const addresses = used.get(port);
    const count = (addresses?.get(ip) ?? 0) - 1;
    if (count > 0) addresses?.set(ip, count);
    else addresses?.delete(ip);
    if (addresses?.size === 0) used.delete(port);
  }
}

export function portsConflict(
  used: ReadonlyMap<string, ReadonlyMap<string, number>>,
  wanted: readonly HostPort[],
): boolean {
  return wanted.some(({ ip, port }) => {
    const addresses = used.get(port);
    if (addresses === undefined) return false;
    return ip === everywhere || addresses.has(everywhere) || addresses.has(ip);
  });
}

export function copyPorts(used: ReadonlyMap<string, ReadonlyMap<string, number>>): UsedPorts {
  return new Map([...used].map(([port, addresses]) => [port, new Map(addresses)]));
}
