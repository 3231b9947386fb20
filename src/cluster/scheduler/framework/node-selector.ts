import type {
  Node,
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  Pod,
  PreferredSchedulingTerm,
} from '../../../kube/api/core-v1.ts';
import {
  type Labels,
  newRequirement,
  type Operator,
  type Requirement,
  requirementMatches,
  SelectorError,
} from '../../../kube/selectors/requirement.ts';

/** Whether a Node is one that is asked for. Read once, asked of many Nodes. */
export type NodeMatcher = (node: Node) => boolean;

const operators: ReadonlyMap<string, Operator> = new Map([
  ['In', 'in'],
  ['NotIn', 'notin'],
  ['Exists', 'exists'],
  ['DoesNotExist', '!'],
  ['Gt', 'gt'],
  ['Lt', 'lt'],
]);

/** Mirrors component-helpers/scheduling/corev1/nodeaffinity: any term will do; empty ones and ones that cannot be read match nothing. */
export function nodeSelectorMatcher(selector: NodeSelector): NodeMatcher {
  const terms = (selector.nodeSelectorTerms ?? []).flatMap((term) => termMatcher(term) ?? []);
  return (node) => terms.some((matches) => matches(node));
}

/** What `nodeSelector` and the required node affinity of a Pod ask together; undefined when they ask nothing. */
export function requiredNodes(pod: Pod): NodeMatcher | undefined {
  const selector = Object.entries(pod.spec?.nodeSelector ?? {});
  const affinity = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (selector.length === 0 && (affinity === undefined || affinity === null)) return undefined;
  const byAffinity = affinity === undefined || affinity === null ? undefined : nodeSelectorMatcher(affinity);
  return (node) => {
    const labels = node.metadata?.labels ?? {};
    for (const [key, value] of selector)
      if (!Object.hasOwn(labels, key) || labels[key] !== value) return false;
    return byAffinity === undefined || byAffinity(node);
  };
}

/** The weights of the terms that a Node meets, added up. Throws SelectorError when a term cannot be read. */
export function preferredNodes(terms: readonly PreferredSchedulingTerm[]): (node: Node) => number {
  const parsed: { readonly matches: NodeMatcher; readonly weight: number }[] = [];
  for (const { weight, preference } of terms) {
    if (weight === 0 || isEmpty(preference)) continue;
    const matches = termMatcher(preference);
    if (matches === undefined) throw new SelectorError('a preferred scheduling term cannot be read');
    parsed.push({ matches, weight });
  }
  return (node) => {
    let sum = 0;
    for (const { matches, weight } of parsed) if (matches(node)) sum += weight;
    return sum;
  };
}

const isEmpty = (term: NodeSelectorTerm): boolean =>
  (term.matchExpressions ?? []).length === 0 && (term.matchFields ?? []).length === 0;

function termMatcher(term: NodeSelectorTerm): NodeMatcher | undefined {
  if (isEmpty(term)) return undefined;
  let expressions: Requirement[];
  const fields: Requirement[] = [];
  try {
    expressions = (term.matchExpressions ?? []).map(requirementOf);
  } catch (error) {
    if (error instanceof SelectorError) return undefined;
    throw error;
  }
  for (const { key, operator, values = [] } of term.matchFields ?? []) {
    if (values.length !== 1) return undefined;
    if (operator !== 'In' && operator !== 'NotIn') return undefined;
    fields.push({ key, operator: operator === 'In' ? 'in' : 'notin', values });
  }
  return (node) => {
    const labels = node.metadata?.labels as Labels;
    for (const requirement of expressions) if (!requirementMatches(requirement, labels)) return false;
    for (const { key, operator, values } of fields) {
      const value = key === 'metadata.name' ? (node.metadata?.name ?? '') : '';
      if ((value === values[0]) !== (operator === 'in')) return false;
    }
    return true;
  };
}

function requirementOf({ key, operator, values = [] }: NodeSelectorRequirement): Requirement {
  const known = operators.get(operator);
  if (known === undefined) throw new SelectorError(`${operator} is not a valid operator`);
  return newRequirement(key, known, values);
}
