import type {
  Node as CoreNode,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  Taint,
  Toleration,
} from '../../../kube/api/core-v1.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { newRequirement, type Operator, requirementMatches } from '../../../kube/selectors/requirement.ts';
import { type DaemonSet, daemonTolerations } from './daemon-pods.ts';

export type Node = CoreNode & KubeObject;

export interface Fit {
  /** One should be there. */
  readonly run: boolean;
  /** One that is there may stay. */
  readonly stay: boolean;
}

const neither: Fit = { run: false, stay: false };

/** Whether the set's Pods belong on a node. Mirrors NodeShouldRunDaemonPod of pkg/controller/daemon. */
export function fitOf(set: DaemonSet): (node: Node) => Fit {
  const spec = set.spec?.template.spec;
  const tolerations = daemonTolerations(set.spec?.template);
  const selector = Object.entries(spec?.nodeSelector ?? {});
  const required = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return (node) => {
    const name = node.metadata.name ?? '';
    if ((spec?.nodeName ?? '') !== '' && spec?.nodeName !== name) return neither;
    const labels = node.metadata.labels ?? {};
    if (!selector.every(([key, value]) => labels[key] === value)) return neither;
    if (required !== undefined && !required.nodeSelectorTerms.some((term) => termMatches(term, node)))
      return neither;
    const untolerated = (node.spec?.taints ?? []).filter(
      (taint) => !tolerations.some((toleration) => tolerates(toleration, taint)),
    );
    return {
      run: untolerated.every(({ effect }) => effect !== 'NoExecute' && effect !== 'NoSchedule'),
      stay: untolerated.every(({ effect }) => effect !== 'NoExecute'),
    };
  };
}

/** Mirrors Toleration.ToleratesTaint. */
function tolerates({ key, operator, value, effect }: Toleration, taint: Taint): boolean {
  if ((effect ?? '') !== '' && effect !== taint.effect) return false;
  if ((key ?? '') !== '' && key !== taint.key) return false;
  if (operator === 'Exists') return true;
  return ((operator ?? '') === '' || operator === 'Equal') && (value ?? '') === (taint.value ?? '');
}

/** A term that asks for nothing matches nothing. */
function termMatches({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm, node: Node): boolean {
  if (matchExpressions.length === 0 && matchFields.length === 0) return false;
  return (
    matchExpressions.every((one) => expressionMatches(one, node.metadata.labels ?? {})) &&
    matchFields.every((one) => expressionMatches(one, { 'metadata.name': node.metadata.name ?? '' }))
  );
}

const operators: ReadonlyMap<string, Operator> = new Map([
  ['In', 'in'],
  ['NotIn', 'notin'],
  ['Exists', 'exists'],
  ['DoesNotExist', '!'],
  ['Gt', 'gt'],
  ['Lt', 'lt'],
]);

function expressionMatches(
  { key, operator, values = [] }: NodeSelectorRequirement,
  labels: { readonly [key: string]: string },
): boolean {
  const known = operators.get(operator);
  if (known === undefined) return false;
  try {
    return requirementMatches(newRequirement(key, known, values), labels);
  } catch {
    return false;
  }
}
