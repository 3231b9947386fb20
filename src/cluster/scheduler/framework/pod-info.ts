import type {
  Affinity,
  Pod,
  PodAffinity,
  PodAffinityTerm,
  PodAntiAffinity,
  WeightedPodAffinityTerm,
} from '../../../kube/api/core-v1.ts';
import type { LabelSelector } from '../../../kube/selectors/labels.ts';
import { labelSelectorFrom } from '../../../kube/selectors/labels.ts';
import type { Labels } from '../../../kube/selectors/requirement.ts';
import { SelectorError } from '../../../kube/selectors/requirement.ts';
import { type HostPort, hostPortsOf } from './host-ports.ts';
import { assumedRequests, podRequests, type Resources } from './resources.ts';

/** A Pod with what every attempt to place it asks, read once. Immutable. Mirrors PodInfo of pkg/scheduler/framework. */
export interface PodInfo {
  readonly pod: Pod;
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  readonly priority: number;
  readonly deleting: boolean;
  readonly needs: PodNeeds;
}

/** What does not change in the life of a Pod. */
export interface PodNeeds extends PodTerms {
  readonly requests: Resources;
  /** As `requests`, for comparing nodes: containers that ask for nothing count as a little. */
  readonly assumed: { readonly cpu: number; readonly memory: number };
  readonly ports: readonly HostPort[];
  /** Names of the claims among its volumes; each as often as it is there. */
  readonly claims: readonly string[];
  /** It has affinity or anti-affinity to Pods, preferred ones too. */
  readonly hasPodAffinity: boolean;
}

/** What it says of other Pods. Those of one template have the very same terms: what is true of one is true of all. */
export interface PodTerms {
  readonly requiredAffinity: readonly AffinityTerm[];
  readonly requiredAntiAffinity: readonly AffinityTerm[];
  readonly preferredAffinity: readonly WeightedAffinityTerm[];
  readonly preferredAntiAffinity: readonly WeightedAffinityTerm[];
  /** Why a term cannot be read; the API should have refused it. */
  readonly wrong: string | undefined;
}

export interface AffinityTerm {
  readonly topologyKey: string;
  readonly namespaces: ReadonlySet<string>;
  readonly selector: LabelSelector;
  readonly namespaceSelector: LabelSelector;
}

export interface WeightedAffinityTerm extends AffinityTerm {
  readonly weight: number;
}

/** `before`: an earlier state of the same Pod, whose needs still hold. */
export function createPodInfo(pod: Pod, before?: PodInfo): PodInfo {
  const { metadata, spec } = pod;
  const uid = metadata?.uid ?? '';
  const namespace = metadata?.namespace ?? '';
  return {
    pod,
    uid,
    namespace,
    name: metadata?.name ?? '',
    labels: metadata?.labels,
    priority: spec?.priority ?? 0,
    deleting: (metadata?.deletionTimestamp ?? '') !== '',
    needs: before !== undefined && before.uid === uid ? before.needs : needsOf(pod, namespace),
  };
}

/** Whether the term speaks of this Pod, whose namespace has these labels (undefined: not known). */
export function termMatches(
  term: AffinityTerm,
  pod: PodInfo,
  namespaceLabels: Labels | undefined = undefined,
): boolean {
  if (!term.namespaces.has(pod.namespace) && !term.namespaceSelector.matches(namespaceLabels)) return false;
  return term.selector.matches(pod.labels);
}

/** Mirrors podMatchesAllAffinityTerms: no terms match nobody. */
export function matchesAllTerms(terms: readonly AffinityTerm[], pod: PodInfo): boolean {
  if (terms.length === 0) return false;
  for (const term of terms) if (!termMatches(term, pod)) return false;
  return true;
}

function needsOf(pod: Pod, namespace: string): PodNeeds {
  const spec = pod.spec ?? { containers: [] };
  const { podAffinity, podAntiAffinity } = spec.affinity ?? {};
  return {
    requests: podRequests(spec),
    assumed: assumedRequests(spec),
    ports: hostPortsOf(spec),
    claims: (spec.volumes ?? []).flatMap((volume) => volume.persistentVolumeClaim?.claimName ?? []),
    hasPodAffinity: (podAffinity ?? podAntiAffinity ?? undefined) !== undefined,
    ...termsOf(spec.affinity, namespace),
  };
}

const noTerms: PodTerms = {
  requiredAffinity: [],
  requiredAntiAffinity: [],
  preferredAffinity: [],
  preferredAntiAffinity: [],
  wrong: undefined,
};
const knownTerms = new Map<string, PodTerms>();
const knownMost = 1024;

function termsOf(affinity: Affinity | undefined, namespace: string): PodTerms {
  const { podAffinity, podAntiAffinity } = affinity ?? {};
  if ((podAffinity ?? podAntiAffinity ?? undefined) === undefined) return noTerms;
  const key = JSON.stringify([namespace, podAffinity, podAntiAffinity]);
  let terms = knownTerms.get(key);
  if (terms === undefined) {
    terms = readTerms(podAffinity, podAntiAffinity, namespace);
    if (knownTerms.size >= knownMost) knownTerms.clear();
    knownTerms.set(key, terms);
  }
  return terms;
}

function readTerms(
  together: PodAffinity | undefined,
  apart: PodAntiAffinity | undefined,
  namespace: string,
): PodTerms {
  const plain = (terms: readonly PodAffinityTerm[] | undefined) =>
    (terms ?? []).map((term) => affinityTerm(term, namespace));
  const weighted = (terms: readonly WeightedPodAffinityTerm[] | undefined) =>
    (terms ?? []).map(({ weight, podAffinityTerm }) => ({
      ...affinityTerm(podAffinityTerm, namespace),
      weight,
    }));
  try {
    return {
      requiredAffinity: plain(together?.requiredDuringSchedulingIgnoredDuringExecution),
      requiredAntiAffinity: plain(apart?.requiredDuringSchedulingIgnoredDuringExecution),
      preferredAffinity: weighted(together?.preferredDuringSchedulingIgnoredDuringExecution),
      preferredAntiAffinity: weighted(apart?.preferredDuringSchedulingIgnoredDuringExecution),
      wrong: undefined,
    };
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error;
    return { ...noTerms, wrong: error.message };
  }
}

function affinityTerm(term: PodAffinityTerm, namespace: string): AffinityTerm {
  const { topologyKey, labelSelector, namespaces = [], namespaceSelector } = term;
  const own = namespaces.length === 0 && (namespaceSelector ?? undefined) === undefined;
  return {
    topologyKey,
    namespaces: new Set(own ? [namespace] : namespaces),
    selector: labelSelectorFrom(labelSelector),
    namespaceSelector: labelSelectorFrom(namespaceSelector),
  };
}
