import type { Endpoint, ServicePort } from './service-ports.ts';

/** What the rules of a node depend on beside Services and endpoints. */
export interface NodeFacts {
  readonly name: string;
  readonly zone: string;
}

/** Where connections may go from one node. */
export interface Reach {
  /** With policy Cluster. */
  readonly cluster: readonly Endpoint[];
  /** With policy Local. */
  readonly local: readonly Endpoint[];
  /** Somewhere in the cluster there is one that serves, reachable from this node or not. */
  readonly any: boolean;
}

export const isExternal = ({ nodePort, externalIps, loadBalancerIps }: ServicePort): boolean =>
  nodePort !== 0 || externalIps.length > 0 || loadBalancerIps.length > 0;

export const usesLocal = (port: ServicePort): boolean =>
  port.internalLocal || (port.externalLocal && isExternal(port));

/**
 * Ready endpoints; when there is none, those that are terminating and still serve. Hints of topology count when all ready ones
 * have one and some are for this zone. Mirrors pkg/proxy CategorizeEndpoints (1.32).
 */
export function reachOf(port: ServicePort, node: NodeFacts): Reach {
  const { endpoints } = port;
  const ready = endpoints.filter((endpoint) => endpoint.ready);
  const leaving = endpoints.filter((endpoint) => !endpoint.ready && endpoint.serving && endpoint.terminating);
  // Short cuts of Pods to external addresses need it even when the policy is Local.
  const usesCluster = !port.internalLocal || isExternal(port);
  const near = hintsCount(ready, node.zone)
    ? ready.filter((endpoint) => endpoint.zoneHints.includes(node.zone))
    : ready;
  const cluster = !usesCluster ? [] : near.length > 0 ? near : leaving;
  if (!usesLocal(port)) return { cluster, local: [], any: cluster.length > 0 };
  const here = (endpoint: Endpoint) => endpoint.node === node.name;
  const readyHere = ready.filter(here);
  return {
    cluster,
    local: readyHere.length > 0 ? readyHere : leaving.filter(here),
    any: ready.length > 0 || leaving.length > 0,
  };
}

function hintsCount(ready: readonly Endpoint[], zone: string): boolean {
  return (
    zone !== '' &&
    ready.length > 0 &&
    ready.every(({ zoneHints }) => zoneHints.length > 0) &&
    ready.some(({ zoneHints }) => zoneHints.includes(zone))
  );
}

/** What happens to a connection that reaches a rule: it goes to one of these, or is refused or dropped. */
export type RuleOutcome =
  | { readonly kind: 'endpoints'; readonly endpoints: readonly Endpoint[] }
  | { readonly kind: 'reject'; readonly why: string }
  | { readonly kind: 'drop'; readonly why: string };

/** To the cluster address. */
export function internalOutcome(port: ServicePort, reach: Reach): RuleOutcome {
  return outcome(port.internalLocal, reach, port.name);
}

/** To a node port, an external or load balancer address, from outside the cluster. */
export function externalOutcome(port: ServicePort, reach: Reach): RuleOutcome {
  return outcome(port.externalLocal, reach, port.name);
}

/** The same from a Pod or a node's own process: these are spread over the cluster whatever the external policy says. */
export function shortcutOutcome(port: ServicePort, reach: Reach): RuleOutcome {
  return outcome(false, reach, port.name);
}

function outcome(local: boolean, reach: Reach, name: string): RuleOutcome {
  const endpoints = local ? reach.local : reach.cluster;
  if (endpoints.length > 0) return { kind: 'endpoints', endpoints };
  return local && reach.any
    ? { kind: 'drop', why: `${name} has no local endpoints` }
    : { kind: 'reject', why: `${name} has no endpoints` };
}
