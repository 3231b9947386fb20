import type { Namespace, Node, Pod } from '../../../kube/api/core-v1.ts';
import type { Labels } from '../../../kube/selectors/requirement.ts';
import { Action, type ClusterEvent } from '../framework/cluster-event.ts';
import type { StateKey } from '../framework/cycle-state.ts';
import type { Lister } from '../framework/listers.ts';
import type { NodeInfo } from '../framework/node-info.ts';
import type { Plugin } from '../framework/plugin.ts';
import {
  type AffinityTerm,
  createPodInfo,
  matchesAllTerms,
  type PodInfo,
  termMatches,
} from '../framework/pod-info.ts';
import { unresolvable, unschedulable } from '../framework/status.ts';
import { scoreByPodAffinity } from './pod-affinity-score.ts';
import { spellNamespaces } from './spell-namespaces.ts';
import { TopologyCounts } from './topology-counts.ts';

const name = 'InterPodAffinity';
const noCompany = unresolvable(name, "node(s) didn't match pod affinity rules");
const badCompany = unschedulable(name, "node(s) didn't match pod anti-affinity rules");
const unwanted = unschedulable(name, "node(s) didn't satisfy existing pods anti-affinity rules");

/** How many Pods speak for or against each domain. */
interface Required {
  readonly affinity: readonly AffinityTerm[];
  readonly antiAffinity: readonly AffinityTerm[];
  readonly namespaceLabels: Labels;
  /** The Pod would be company for itself: the first of its kind may go anywhere. */
  readonly suitsItself: boolean;
  readonly company: TopologyCounts;
  readonly against: TopologyCounts;
  readonly existingAgainst: TopologyCounts;
  /** Whether a term of one that is there speaks of the Pod: few templates make many Pods. */
  readonly speaks: Map<AffinityTerm, boolean>;
}

const required: StateKey<Required> = {
  name,
  clone: (known) => ({
    ...known,
    company: known.company.clone(),
    against: known.against.clone(),
    existingAgainst: known.existingAgainst.clone(),
  }),
};

/** Pods that want to be near others, or away from them; the wishes of those already there count as well. */
export function interPodAffinity(namespaces: Lister<Namespace>): Plugin {
  return {
    name,
    weight: 2,
    events: [
      { resource: 'Pod', action: Action.add | Action.podLabel | Action.delete, hint: podMayHelp },
      { resource: 'Node', action: Action.add | Action.nodeLabel, hint: nodeMayHelp },
    ],
    preFilter(state, pod, snapshot) {
      const { wrong } = pod.needs;
      if (wrong !== undefined) return { status: unresolvable(name, `parsing pod: ${wrong}`) };
      const known: Required = {
        affinity: spellNamespaces(pod.needs.requiredAffinity, namespaces),
        antiAffinity: spellNamespaces(pod.needs.requiredAntiAffinity, namespaces),
        namespaceLabels: namespaces.get('', pod.namespace)?.metadata?.labels,
        suitsItself: matchesAllTerms(pod.needs.requiredAffinity, pod),
        company: new TopologyCounts(),
        against: new TopologyCounts(),
        existingAgainst: new TopologyCounts(),
        speaks: new Map(),
      };
      for (const { labels, podsWithRequiredAntiAffinity } of snapshot.withRequiredAntiAffinity)
        for (const existing of podsWithRequiredAntiAffinity) countExisting(known, pod, existing, labels, 1);
      if (known.affinity.length > 0 || known.antiAffinity.length > 0)
        for (const { labels, pods } of snapshot.nodes)
          for (const existing of pods) countIncoming(known, existing, labels, 1);
      else if (known.existingAgainst.empty) return 'skip';
      state.write(required, {
        ...known,
        suitsItself: matchesAllTerms(known.affinity, pod),
      });
      return undefined;
    },
    podAdded(state, pod, other, { labels }) {
      const known = state.read(required);
      if (known === undefined) return;
      countExisting(known, pod, other, labels, 1);
      countIncoming(known, other, labels, 1);
    },
    podRemoved(state, pod, other, { labels }) {
      const known = state.read(required);
      if (known === undefined) return;
      countExisting(known, pod, other, labels, -1);
      countIncoming(known, other, labels, -1);
    },
    filter(state, _pod, node) {
      const known = state.read(required);
      if (known === undefined) return undefined;
      if (!findsCompany(known, node)) return noCompany;
      if (!known.against.empty)
        for (const { topologyKey } of known.antiAffinity)
          if (known.against.of(topologyKey, node.labels) > 0) return badCompany;
      return known.existingAgainst.hasAny(node.labels) ? unwanted : undefined;
    },
    ...scoreByPodAffinity(namespaces),
  };
}

type NodeLabels = NodeInfo['labels'];

function countExisting(
  known: Required,
  pod: PodInfo,
  existing: PodInfo,
  labels: NodeLabels,
  sign: 1 | -1,
): void {
  for (const term of existing.needs.requiredAntiAffinity) {
    let speaks = known.speaks.get(term);
    if (speaks === undefined) {
      speaks = termMatches(term, pod, known.namespaceLabels);
      known.speaks.set(term, speaks);
    }
    if (speaks) known.existingAgainst.add(term.topologyKey, labels, sign);
  }
}

function countIncoming(known: Required, existing: PodInfo, labels: NodeLabels, sign: 1 | -1): void {
  if (matchesAllTerms(known.affinity, existing))
    for (const { topologyKey } of known.affinity) known.company.add(topologyKey, labels, sign);
  for (const term of known.antiAffinity)
    if (termMatches(term, existing)) known.against.add(term.topologyKey, labels, sign);
}

function findsCompany({ affinity, company, suitsItself }: Required, { labels }: NodeInfo): boolean {
  let found = true;
  for (const { topologyKey } of affinity) {
    if (!Object.hasOwn(labels, topologyKey)) return false;
    if (company.of(topologyKey, labels) <= 0) found = false;
  }
  return found || (company.empty && suitsItself);
}

/**
 * More willing than upstream, which leaves a Pod that others kept away waiting for minutes after they are gone: their own
 * anti-affinity counts too, one of several terms is enough, and so is a change of the Pod's own labels.
 */
function podMayHelp(pod: Pod, { before, after }: ClusterEvent): boolean {
  const [old, now] = [before as Pod | undefined, after as Pod | undefined];
  if (now?.metadata?.uid === pod.metadata?.uid) return true;
  for (const other of [old, now])
    if (other !== undefined && (other.spec?.nodeName ?? '') === '') return false;
  const waiting = createPodInfo(pod);
  const { requiredAffinity: together, requiredAntiAffinity: apart } = waiting.needs;
  const was = old === undefined ? undefined : createPodInfo(old);
  const is = now === undefined ? undefined : createPodInfo(now);
  if (is !== undefined && matchesAllTerms(together, is))
    return was === undefined || !matchesAllTerms(together, was);
  const keepsAway = (other: PodInfo | undefined) =>
    other !== undefined &&
    (apart.some((term) => termMatches(term, other)) ||
      other.needs.requiredAntiAffinity.some((term) => termMatches(term, waiting)));
  return keepsAway(was) && !keepsAway(is);
}

function nodeMayHelp(pod: Pod, { after }: ClusterEvent): boolean {
  const labels = (after as Node | undefined)?.metadata?.labels ?? {};
  const { requiredAffinity, requiredAntiAffinity } = createPodInfo(pod).needs;
  return [...requiredAffinity, ...requiredAntiAffinity].some(({ topologyKey }) =>
    Object.hasOwn(labels, topologyKey),
  );
}
