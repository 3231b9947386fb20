import type { NodeObject } from './taints.ts';

export type ZoneState = 'initial' | 'normal' | 'partial' | 'full';

export interface ZoneOptions {
  /** Nodes a second whose Pods are evicted. */
  readonly evictionRate: number;
  /** The same in a zone of which most are lost, if it is large. */
  readonly secondaryEvictionRate: number;
  /** From how many nodes on a zone is large. */
  readonly largeClusterThreshold: number;
  /** The share of nodes from which on a zone counts as lost in part. */
  readonly unhealthyThreshold: number;
}

/** Region and zone of a node, as component-helpers/node/topology joins them; '' when it has neither. */
export function zoneOf(node: NodeObject): string {
  const labels = node.metadata.labels ?? {};
  const zone =
    labels['topology.kubernetes.io/zone'] ?? labels['failure-domain.beta.kubernetes.io/zone'] ?? '';
  const region =
    labels['topology.kubernetes.io/region'] ?? labels['failure-domain.beta.kubernetes.io/region'] ?? '';
  return region === '' && zone === '' ? '' : `${region}:\0:${zone}`;
}

export function stateOf(
  { ready, total }: { readonly ready: number; readonly total: number },
  { unhealthyThreshold }: ZoneOptions,
): ZoneState {
  const lost = total - ready;
  if (ready === 0 && lost > 0) return 'full';
  return lost > 2 && lost / total >= unhealthyThreshold ? 'partial' : 'normal';
}

/** How many nodes a second may be tainted in a zone of `size` nodes. */
export function rateOf(state: ZoneState, size: number, options: ZoneOptions): number {
  if (state !== 'partial') return options.evictionRate;
  return size > options.largeClusterThreshold ? options.secondaryEvictionRate : 0;
}
