import type { LabelSelector } from '../../../kube/api/meta-v1.ts';
import type { PodDisruptionBudget, PodDisruptionBudgetStatus } from '../../../kube/api/policy-v1.ts';
import { equalJson, type KubeObject } from '../../../kube/object.ts';
import { type LabelSelector as LabelMatcher, labelSelectorFrom } from '../../../kube/selectors/labels.ts';
import { formatTime, timeToMs } from '../../../kube/time.ts';
import { isPodReady, isTerminating, type Pod } from '../pods/pod-state.ts';

export type Budget = PodDisruptionBudget & KubeObject;

/** A Pod whose eviction was granted should be on its way out within this time. */
const deletionMs = 120_000;
const conditionType = 'DisruptionAllowed';

/** Read once for each version of a budget: every change of a Pod asks all of its namespace. */
const selectors = new WeakMap<Budget, LabelMatcher | undefined>();

export function covers(budget: Budget, { metadata }: Pod): boolean {
  if (!selectors.has(budget)) selectors.set(budget, matcherOf(budget));
  return selectors.get(budget)?.matches(metadata.labels) === true;
}

function matcherOf({ spec }: Budget): LabelMatcher | undefined {
  try {
    return labelSelectorFrom(spec?.selector);
  } catch {
    return undefined;
  }
}

/** `50%` of `total`, rounded up, or the number itself. Throws Error for what is neither. */
export function scaled(value: string | number, total: number): number {
  if (typeof value === 'number') return value;
  if (!/^\d+%$/.test(value))
    throw new Error('invalid value for IntOrString: invalid type: string is not a percentage');
  return Math.ceil((Number(value.slice(0, -1)) * total) / 100);
}

/** As Go prints a `metav1.LabelSelector`. */
export function goSelector(selector: LabelSelector | undefined): string {
  if (selector === undefined) return 'nil';
  const labels = Object.entries(selector.matchLabels ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}: ${value},`);
  const expressions = (selector.matchExpressions ?? []).map(
    ({ key, operator, values = [] }) =>
      `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(' ')}],},`,
  );
  return `&LabelSelector{MatchLabels:map[string]string{${labels.join('')}},MatchExpressions:[]LabelSelectorRequirement{${expressions.join('')}},}`;
}

/**
 * Pods that are about to go, without those that have gone or will not; when to look again, in milliseconds of the clock.
 * `overdue`: what should have gone. Mirrors buildDisruptedPodMap.
 */
export function stillDisrupted(
  { status }: Budget,
  pods: readonly Pod[],
  nowMs: number,
): {
  readonly pods: { [name: string]: string };
  readonly againAtMs: number;
  readonly overdue: readonly Pod[];
} {
  const left: [string, string][] = [];
  const overdue: Pod[] = [];
  let againAtMs = Number.POSITIVE_INFINITY;
  const known = status?.disruptedPods ?? {};
  for (const pod of pods) {
    const name = pod.metadata.name ?? '';
    const at = Object.hasOwn(known, name) ? known[name] : undefined;
    if (at === undefined || isTerminating(pod)) continue;
    const untilMs = timeToMs(at) + deletionMs;
    if (!(untilMs >= nowMs)) {
      overdue.push(pod);
      continue;
    }
    againAtMs = Math.min(againAtMs, untilMs);
    left.push([name, at]);
  }
  return { pods: Object.fromEntries(left), againAtMs, overdue };
}

export function countHealthy(pods: readonly Pod[], disrupted: { readonly [name: string]: string }): number {
  return pods.filter(
    (pod) => !isTerminating(pod) && !Object.hasOwn(disrupted, pod.metadata.name ?? '') && isPodReady(pod),
  ).length;
}

/** What the status should say; undefined: it says so already. Mirrors updatePdbStatus. */
export function nextStatus(
  { status, metadata }: Budget,
  counts: { readonly healthy: number; readonly desired: number; readonly expected: number },
  disrupted: { [name: string]: string },
  nowMs: number,
): PodDisruptionBudgetStatus | undefined {
  const { healthy, desired, expected } = counts;
  const allowed = expected <= 0 ? 0 : Math.max(0, healthy - desired);
  const generation = metadata.generation ?? 0;
  const next: PodDisruptionBudgetStatus = {
    observedGeneration: generation,
    ...(Object.keys(disrupted).length === 0 ? {} : { disruptedPods: disrupted }),
    disruptionsAllowed: allowed,
    currentHealthy: healthy,
    desiredHealthy: desired,
    expectedPods: expected,
  };
  next.conditions = withCondition(
    status,
    allowed > 0 ? 'True' : 'False',
    allowed > 0 ? 'SufficientPods' : 'InsufficientPods',
    '',
    generation,
    nowMs,
  );
  return equalJson(next, status) ? undefined : next;
}

/** When nothing can be counted no eviction is safe. Mirrors failSafe. */
export function failedStatus({ status }: Budget, why: string, nowMs: number): PodDisruptionBudgetStatus {
  const generation = status?.observedGeneration ?? 0;
  return {
    currentHealthy: 0,
    desiredHealthy: 0,
    expectedPods: 0,
    ...status,
    disruptionsAllowed: 0,
    conditions: withCondition(status, 'False', 'SyncFailed', why, generation, nowMs),
  };
}

function withCondition(
  status: PodDisruptionBudgetStatus | undefined,
  value: string,
  reason: string,
  message: string,
  observedGeneration: number,
  nowMs: number,
): NonNullable<PodDisruptionBudgetStatus['conditions']> {
  const before = (status?.conditions ?? []).find(({ type }) => type === conditionType);
  const condition = {
    type: conditionType,
    status: value,
    ...(observedGeneration === 0 ? {} : { observedGeneration }),
    lastTransitionTime:
      before?.status === value ? (before.lastTransitionTime ?? formatTime(nowMs)) : formatTime(nowMs),
    reason,
    message,
  };
  const others = (status?.conditions ?? []).filter(({ type }) => type !== conditionType);
  return [...others, condition];
}
