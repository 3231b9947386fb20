import type { Namespace } from '../../../kube/api/core-v1.ts';
import type { Labels } from '../../../kube/selectors/requirement.ts';
import type { StateKey } from '../framework/cycle-state.ts';
import type { Lister } from '../framework/listers.ts';
import { maxScore, type Plugin } from '../framework/plugin.ts';
import {
  type AffinityTerm,
  type PodInfo,
  termMatches,
  type WeightedAffinityTerm,
} from '../framework/pod-info.ts';
import { spellNamespaces } from './spell-namespaces.ts';
import { TopologyCounts } from './topology-counts.ts';

const totals: StateKey<TopologyCounts> = { name: 'InterPodAffinity' };

/** What a required affinity of a Pod already there is worth (`hardPodAffinityWeight`). */
const requiredWeight = 1;

/** The part of InterPodAffinity that compares nodes: weights of preferred terms, of both sides, by domain. */
export function scoreByPodAffinity(
  namespaces: Lister<Namespace>,
): Required<Pick<Plugin, 'preScore' | 'score' | 'normalize'>> {
  return {
    preScore(state, pod, _nodes, snapshot) {
      const preferred = spellNamespaces(pod.needs.preferredAffinity, namespaces);
      const avoided = spellNamespaces(pod.needs.preferredAntiAffinity, namespaces);
      const namespaceLabels: Labels = namespaces.get('', pod.namespace)?.metadata?.labels;
      const wishes = preferred.length > 0 || avoided.length > 0;
      const scores = new TopologyCounts();
      let any = false;
      for (const node of wishes ? snapshot.nodes : snapshot.withAffinity) {
        const weigh = (term: AffinityTerm, weight: number, about: PodInfo, labelsOfIts: Labels) => {
          if (!Object.hasOwn(node.labels, term.topologyKey) || !termMatches(term, about, labelsOfIts)) return;
          any = true;
          scores.add(term.topologyKey, node.labels, weight);
        };
        const weighAll = (
          terms: readonly WeightedAffinityTerm[],
          sign: 1 | -1,
          about: PodInfo,
          labelsOfIts: Labels,
        ) => {
          for (const term of terms) weigh(term, sign * term.weight, about, labelsOfIts);
        };
        for (const existing of wishes ? node.pods : node.podsWithAffinity) {
          weighAll(preferred, 1, existing, undefined);
          weighAll(avoided, -1, existing, undefined);
          for (const term of existing.needs.requiredAffinity)
            weigh(term, requiredWeight, pod, namespaceLabels);
          weighAll(existing.needs.preferredAffinity, 1, pod, namespaceLabels);
          weighAll(existing.needs.preferredAntiAffinity, -1, pod, namespaceLabels);
        }
      }
      if (!any) return 'skip';
      state.write(totals, scores);
      return undefined;
    },
    score: (state, _pod, { labels }) => state.read(totals)?.sum(labels) ?? 0,
    normalize(_state, scores) {
      const least = Math.min(...scores);
      const span = Math.max(...scores) - least;
      for (const [at, score] of scores.entries())
        scores[at] = span > 0 ? Math.trunc(maxScore * ((score - least) / span)) : 0;
    },
  };
}
