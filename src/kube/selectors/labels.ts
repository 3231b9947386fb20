import type { LabelSelector as MetaLabelSelector } from '../api/meta-v1.ts';
import { goQuote } from '../field-error.ts';
import { parseRequirements } from './parse.ts';
import {
  formatRequirement,
  type Labels,
  newRequirement,
  type Operator,
  type Requirement,
  requirementMatches,
  SelectorError,
} from './requirement.ts';

/** Mirrors apimachinery/pkg/labels: which labels are wanted. Immutable. */
export interface LabelSelector {
  /** All must hold; sorted by key. */
  readonly requirements: readonly Requirement[];
  /** True: nothing is asked, everything matches. */
  readonly empty: boolean;
  matches(labels: Labels): boolean;
  /** Upstream's text, `a=b,c in (d,e)`: what `status.selector` of a scale says. */
  toString(): string;
}

class Selector implements LabelSelector {
  readonly requirements: readonly Requirement[];
  constructor(requirements: readonly Requirement[]) {
    this.requirements = requirements;
  }
  get empty(): boolean {
    return this.requirements.length === 0;
  }
  matches(labels: Labels): boolean {
    for (const requirement of this.requirements) if (!requirementMatches(requirement, labels)) return false;
    return true;
  }
  toString(): string {
    return this.requirements.map(formatRequirement).join(',');
  }
}

const everything: LabelSelector = new Selector([]);

/** Matches no labels: what a missing metav1.LabelSelector means. */
const nothing: LabelSelector = {
  requirements: [],
  empty: false,
  matches: () => false,
  toString: () => '',
};

function selector(requirements: readonly Requirement[]): LabelSelector {
  if (requirements.length === 0) return everything;
  return new Selector([...requirements].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)));
}

/** The `labelSelector` of a request. Throws SelectorError with upstream's text. */
export function parseLabelSelector(text: string): LabelSelector {
  return selector(parseRequirements(text));
}

/** A plain map, such as the selector of a Service or a ReplicationController; its values are not checked. */
export function labelSelectorFromSet(set: Labels): LabelSelector {
  return selector(
    Object.entries(set ?? {}).map(([key, value]) => ({ key, operator: '=' as const, values: [value] })),
  );
}

const operators: ReadonlyMap<string, Operator> = new Map([
  ['In', 'in'],
  ['NotIn', 'notin'],
  ['Exists', 'exists'],
  ['DoesNotExist', '!'],
]);

/** Mirrors LabelSelectorAsSelector: absent selects nothing, empty everything. Throws SelectorError when it is not valid. */
export function labelSelectorFrom(meta: MetaLabelSelector | null | undefined): LabelSelector {
  if (meta === undefined || meta === null) return nothing;
  const requirements: Requirement[] = [];
  for (const [key, value] of Object.entries(meta.matchLabels ?? {}))
    requirements.push(newRequirement(key, '=', [value]));
  for (const expression of meta.matchExpressions ?? []) {
    const operator = operators.get(expression.operator);
    if (operator === undefined)
      throw new SelectorError(`${goQuote(expression.operator)} is not a valid label selector operator`);
    requirements.push(newRequirement(expression.key, operator, expression.values ?? []));
  }
  return selector(requirements);
}
