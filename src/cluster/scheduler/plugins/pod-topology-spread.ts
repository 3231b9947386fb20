import type { Node, Pod } from '../../../kube/api/core-v1.ts';
import { equalJson } from '../../../kube/object.ts';
import { Action, type ClusterEvent } from '../framework/cluster-event.ts';
import type { CycleState, StateKey } from '../framework/cycle-state.ts';
import type { NodeInfo } from '../framework/node-info.ts';
import { type NodeMatcher, requiredNodes } from '../framework/node-selector.ts';
import { maxScore, type Plugin } from '../framework/plugin.ts';
import type { PodInfo } from '../framework/pod-info.ts';
import type { Snapshot } from '../framework/snapshot.ts';
import { unresolvable, unschedulable } from '../framework/status.ts';
import type { SpreadListers } from './default-selector.ts';
import {
  countMatching,
  hasAllKeys,
  hostnameKey,
  includesNode,
  type SpreadConstraint,
  spreadConstraints,
} from './spread-constraints.ts';

const name = 'PodTopologySpread';
const skewed = unschedulable(name, "node(s) didn't match pod topology spread constraints");
const noLabel = unresolvable(
  name,
  "node(s) didn't match pod topology spread constraints (missing required label)",
);

/** For each constraint, how many matching Pods each domain has. */
interface Hard {
  readonly constraints: readonly SpreadConstraint[];
  readonly required: NodeMatcher | undefined;
  /** By topology key, then by its value: constraints with one key share a count, as upstream. */
  readonly counts: ReadonlyMap<string, Map<string, number>>;
  /** By topology key, the lowest count of a domain, once somebody has asked. */
  readonly least: Map<string, number>;
}

interface Soft {
  readonly constraints: readonly SpreadConstraint[];
  readonly weights: readonly number[];
  readonly ignored: ReadonlySet<string>;
  readonly counts: ReadonlyMap<string, Map<string, number>>;
}

const hard: StateKey<Hard> = {
  name,
  clone: ({ constraints, required, counts }) => ({
    constraints,
    required,
    counts: new Map([...counts].map(([key, domains]) => [key, new Map(domains)])),
    least: new Map(),
  }),
};
const soft: StateKey<Soft> = { name };

/** Spreads Pods that belong together over domains: hard constraints refuse, soft ones and the default ones score. */
export function podTopologySpread(listers: SpreadListers): Plugin {
  return {
    name,
    weight: 2,
    events: [
      {
        resource: 'Pod',
        action: Action.add | Action.podLabel | Action.podTolerations | Action.delete,
        hint: (pod, event) => podMayHelp(pod, event, spreadConstraints(pod, 'DoNotSchedule', listers)),
      },
      {
        resource: 'Node',
        action: Action.add | Action.delete | Action.nodeLabel | Action.nodeTaint,
        hint: (pod, event) => nodeMayHelp(event, spreadConstraints(pod, 'DoNotSchedule', listers)),
      },
    ],
    preFilter(state, { pod, namespace }, snapshot) {
      const constraints = spreadConstraints(pod, 'DoNotSchedule', listers);
      if (constraints.length === 0) return 'skip';
      const required = requiredNodes(pod);
      const counts = countsFor(constraints);
      for (const { node, labels, pods } of snapshot.nodes) {
        if (!hasAllKeys(labels, constraints)) continue;
        // Of two constraints with one key the later counts, as upstream has it.
        const own = new Map<string, number>();
        for (const constraint of constraints)
          if (includesNode(constraint, pod, node, required))
            own.set(constraint.topologyKey, countMatching(pods, constraint.selector, namespace));
        for (const [key, count] of own) addTo(counts, key, labels[key] ?? '', count);
      }
      state.write(hard, { constraints, required, counts, least: new Map() });
      return undefined;
    },
    podAdded: (state, pod, other, node) => follow(state, pod, other, node, 1),
    podRemoved: (state, pod, other, node) => follow(state, pod, other, node, -1),
    filter(state, pod, { labels }) {
      const known = state.read(hard);
      if (known === undefined) return undefined;
      for (const { topologyKey, maxSkew, minDomains, selector } of known.constraints) {
        if (!Object.hasOwn(labels, topologyKey)) return noLabel;
        const domains = known.counts.get(topologyKey);
        const least = (domains?.size ?? 0) < minDomains ? 0 : leastOf(known, topologyKey);
        const there = domains?.get(labels[topologyKey] ?? '') ?? 0;
        if (there + (selector.matches(pod.labels) ? 1 : 0) - least > maxSkew) return skewed;
      }
      return undefined;
    },
    preScore: (state, pod, nodes, snapshot) => prepareScores(listers, state, pod, nodes, snapshot),
    score(state, { namespace }, { name: node, labels, pods }) {
      const known = state.read(soft);
      if (known === undefined || known.ignored.has(node)) return 0;
      let score = 0;
      for (const [at, { topologyKey, maxSkew, selector }] of known.constraints.entries()) {
        if (!Object.hasOwn(labels, topologyKey)) continue;
        const count =
          topologyKey === hostnameKey
            ? countMatching(pods, selector, namespace)
            : (known.counts.get(topologyKey)?.get(labels[topologyKey] ?? '') ?? 0);
        score += count * (known.weights[at] ?? 0) + (maxSkew - 1);
      }
      return Math.round(score);
    },
    normalize(state, scores, nodes) {
      const ignored = state.read(soft)?.ignored ?? new Set<string>();
      const counted = scores.filter((_score, at) => !ignored.has(nodes[at]?.name ?? ''));
      const least = Math.min(...counted);
      const most = Math.max(0, ...counted);
      for (const [at, score] of scores.entries()) {
        if (ignored.has(nodes[at]?.name ?? '')) scores[at] = 0;
        else scores[at] = most === 0 ? maxScore : Math.trunc((maxScore * (most + least - score)) / most);
      }
    },
  };
}

function countsFor(constraints: readonly SpreadConstraint[]): Map<string, Map<string, number>> {
  return new Map(constraints.map(({ topologyKey }) => [topologyKey, new Map<string, number>()]));
}

function leastOf({ counts, least }: Hard, key: string): number {
  let lowest = least.get(key);
  if (lowest === undefined) {
    lowest = Number.MAX_SAFE_INTEGER;
    for (const count of counts.get(key)?.values() ?? []) if (count < lowest) lowest = count;
    least.set(key, lowest);
  }
  return lowest;
}

function addTo(counts: Hard['counts'], key: string, value: string, more: number): void {
  const domains = counts.get(key);
  domains?.set(value, (domains.get(value) ?? 0) + more);
}

function follow(state: CycleState, pod: PodInfo, other: PodInfo, node: NodeInfo, sign: 1 | -1): void {
  const known = state.read(hard);
  if (known === undefined || other.namespace !== pod.namespace) return;
  if (!hasAllKeys(node.labels, known.constraints)) return;
  known.least.clear();
  for (const constraint of known.constraints)
    if (
      constraint.selector.matches(other.labels) &&
      includesNode(constraint, pod.pod, node.node, known.required)
    )
      addTo(known.counts, constraint.topologyKey, node.labels[constraint.topologyKey] ?? '', sign);
}

function prepareScores(
  listers: SpreadListers,
  state: CycleState,
  { pod, namespace }: PodInfo,
  nodes: readonly NodeInfo[],
  snapshot: Snapshot,
): 'skip' | undefined {
  const constraints = spreadConstraints(pod, 'ScheduleAnyway', listers);
  if (constraints.length === 0) return 'skip';
  // The default constraints are lenient: a node without zone is spread by its name alone.
  const needsAllKeys = (pod.spec?.topologySpreadConstraints ?? []).length > 0;
  const required = requiredNodes(pod);
  const counts = countsFor(constraints);
  const ignored = new Set<string>();
  for (const { name: node, labels } of nodes) {
    if (needsAllKeys && !hasAllKeys(labels, constraints)) {
      ignored.add(node);
      continue;
    }
    for (const { topologyKey } of constraints)
      if (topologyKey !== hostnameKey) addTo(counts, topologyKey, own(labels, topologyKey), 0);
  }
  // Of constraints with one key, upstream gives the domains to the first.
  const isFirst = (key: string, at: number) =>
    constraints.findIndex(({ topologyKey }) => topologyKey === key) === at;
  const weights = constraints.map(({ topologyKey }, at) => {
    if (topologyKey === hostnameKey) return Math.log(nodes.length - ignored.size + 2);
    return Math.log((isFirst(topologyKey, at) ? (counts.get(topologyKey)?.size ?? 0) : 0) + 2);
  });
  for (const { node, labels, pods } of snapshot.nodes) {
    if (needsAllKeys && !hasAllKeys(labels, constraints)) continue;
    for (const constraint of constraints) {
      if (constraint.topologyKey === hostnameKey) continue;
      const value = own(labels, constraint.topologyKey);
      if (counts.get(constraint.topologyKey)?.has(value) !== true) continue;
      if (!includesNode(constraint, pod, node, required)) continue;
      addTo(counts, constraint.topologyKey, value, countMatching(pods, constraint.selector, namespace));
    }
  }
  state.write(soft, { constraints, weights, ignored, counts });
  return undefined;
}

const own = (labels: { readonly [key: string]: string }, key: string): string =>
  Object.hasOwn(labels, key) ? (labels[key] ?? '') : '';

function podMayHelp(
  pod: Pod,
  { before, after }: ClusterEvent,
  constraints: readonly SpreadConstraint[],
): boolean {
  const [old, now] = [before as Pod | undefined, after as Pod | undefined];
  const itself = (other: Pod) => other.metadata?.uid === pod.metadata?.uid;
  for (const other of [old, now]) {
    if (other === undefined || itself(other)) continue;
    if ((other.spec?.nodeName ?? '') === '' || other.metadata?.namespace !== pod.metadata?.namespace)
      return false;
  }
  const matching = (other: Pod | undefined) =>
    constraints.map(({ selector }) => other !== undefined && selector.matches(other.metadata?.labels));
  if (old === undefined || now === undefined)
    return matching(old).includes(true) || matching(now).includes(true);
  const honorsTaints = constraints.some(({ honorTaints }) => honorTaints);
  if (itself(now) && honorsTaints && !equalJson(old.spec?.tolerations, now.spec?.tolerations)) return true;
  return !equalJson(matching(old), matching(now));
}

function nodeMayHelp({ before, after }: ClusterEvent, constraints: readonly SpreadConstraint[]): boolean {
  const [old, now] = [before as Node | undefined, after as Node | undefined];
  const fits = (node: Node | undefined) =>
    node !== undefined && hasAllKeys(node.metadata?.labels, constraints);
  if (old === undefined || now === undefined) return fits(old) || fits(now);
  if (fits(old) !== fits(now)) return true;
  if (!fits(now)) return false;
  const values = (node: Node) =>
    constraints.map(({ topologyKey }) => own(node.metadata?.labels ?? {}, topologyKey));
  return !equalJson(values(old), values(now)) || !equalJson(old.spec?.taints ?? [], now.spec?.taints ?? []);
}
