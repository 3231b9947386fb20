import type { NodeSelector, NodeSelectorRequirement } from '../../../kube/api/core-v1.ts';

type Labels = { readonly [key: string]: string };

/** Whether a node is one of those that the selector means. Mirrors component-helpers/scheduling/corev1/nodeaffinity. */
export function nodeSelectorMatches(
  { nodeSelectorTerms }: NodeSelector,
  labels: Labels,
  name: string,
): boolean {
  return nodeSelectorTerms.some(({ matchExpressions = [], matchFields = [] }) => {
    if (matchExpressions.length === 0 && matchFields.length === 0) return false;
    return (
      matchExpressions.every((one) => matches(one, labels)) &&
      matchFields.every((one) => matches(one, { 'metadata.name': name }))
    );
  });
}

function matches({ key, operator, values = [] }: NodeSelectorRequirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
    case 'Lt': {
      const [left, right] = [Number(value), Number(values[0])];
      if (value === undefined || !Number.isInteger(left) || !Number.isInteger(right)) return false;
      return operator === 'Gt' ? left > right : left < right;
    }
    default:
      return false;
  }
}
