import type { Node, Pod, TopologySpreadConstraint } from '../../../kube/api/core-v1.ts';
import {
  type LabelSelector,
  labelSelectorFrom,
  labelSelectorFromSet,
} from '../../../kube/selectors/labels.ts';
import type { Labels } from '../../../kube/selectors/requirement.ts';
import type { NodeMatcher } from '../framework/node-selector.ts';
import type { PodInfo } from '../framework/pod-info.ts';
import { untoleratedTaint } from '../framework/taints.ts';
import { both, defaultSelector, type SpreadListers } from './default-selector.ts';

export const hostnameKey = 'kubernetes.io/hostname';

/** A constraint of a Pod with its defaults filled in. */
export interface SpreadConstraint {
  readonly maxSkew: number;
  readonly topologyKey: string;
  readonly selector: LabelSelector;
  readonly minDomains: number;
  readonly honorAffinity: boolean;
  readonly honorTaints: boolean;
}

/** What upstream spreads by when a Pod says nothing (`defaultingType: System`). */
const systemConstraints: readonly TopologySpreadConstraint[] = [
  { topologyKey: hostnameKey, whenUnsatisfiable: 'ScheduleAnyway', maxSkew: 3 },
  { topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'ScheduleAnyway', maxSkew: 5 },
];

/** The Pod's own constraints of that kind, or the default ones. Throws SelectorError for a selector that cannot be read. */
export function spreadConstraints(
  pod: Pod,
  kind: 'DoNotSchedule' | 'ScheduleAnyway',
  listers: SpreadListers,
): readonly SpreadConstraint[] {
  const own = pod.spec?.topologySpreadConstraints ?? [];
  if (own.length > 0) return ofKind(own, kind, pod.metadata?.labels);
  const constraints = ofKind(systemConstraints, kind, undefined);
  if (constraints.length === 0) return constraints;
  const selector = defaultSelector(pod, listers);
  return selector === undefined ? [] : constraints.map((constraint) => ({ ...constraint, selector }));
}

function ofKind(
  constraints: readonly TopologySpreadConstraint[],
  kind: string,
  labels: Labels,
): readonly SpreadConstraint[] {
  return constraints
    .filter(({ whenUnsatisfiable }) => whenUnsatisfiable === kind)
    .map((constraint) => {
      let selector = labelSelectorFrom(constraint.labelSelector);
      const keys = (constraint.matchLabelKeys ?? []).filter((key) => Object.hasOwn(labels ?? {}, key));
      // No selector at all selects nobody; keys do not change that.
      const selectsNobody = !selector.empty && selector.requirements.length === 0;
      if (keys.length > 0 && !selectsNobody)
        selector = both(
          labelSelectorFromSet(Object.fromEntries(keys.map((key) => [key, labels?.[key] ?? '']))),
          selector,
        );
      return {
        maxSkew: constraint.maxSkew,
        topologyKey: constraint.topologyKey,
        selector,
        minDomains: constraint.minDomains ?? 1,
        honorAffinity: (constraint.nodeAffinityPolicy ?? 'Honor') === 'Honor',
        honorTaints: (constraint.nodeTaintsPolicy ?? 'Ignore') === 'Honor',
      };
    });
}

/** Whether the node's domain counts for the constraint. */
export function includesNode(
  constraint: SpreadConstraint,
  pod: Pod,
  node: Node,
  required: NodeMatcher | undefined,
): boolean {
  if (constraint.honorAffinity && required !== undefined && !required(node)) return false;
  return !constraint.honorTaints || untoleratedTaint(node.spec?.taints, pod.spec?.tolerations) === undefined;
}

export function hasAllKeys(
  labels: { readonly [key: string]: string } | undefined,
  constraints: readonly SpreadConstraint[],
): boolean {
  for (const { topologyKey } of constraints)
    if (labels === undefined || !Object.hasOwn(labels, topologyKey)) return false;
  return true;
}

/** How many of the Pods, in that namespace and not on their way out, the selector selects. One that selects all counts none. */
export function countMatching(pods: readonly PodInfo[], selector: LabelSelector, namespace: string): number {
  if (selector.empty) return 0;
  let count = 0;
  for (const pod of pods)
    if (!pod.deleting && pod.namespace === namespace && selector.matches(pod.labels)) count++;
  return count;
}
