import type { LabelSelector } from '../../../kube/api/meta-v1.ts';
import type { PodDisruptionBudget } from '../../../kube/api/policy-v1.ts';
import { labelSelectorFrom } from '../../../kube/selectors/labels.ts';
import { timeToMs } from '../../../kube/time.ts';
import type { CycleState } from '../framework/cycle-state.ts';
import type { Framework } from '../framework/framework.ts';
import type { NodeInfo } from '../framework/node-info.ts';
import type { PodInfo } from '../framework/pod-info.ts';
import { type Status, unresolvable } from '../framework/status.ts';

/** Who would have to go from a node. */
export interface Victims {
  readonly node: string;
  /** The most important first; never empty. */
  readonly pods: readonly PodInfo[];
  /** How many of them a PodDisruptionBudget would have kept. */
  readonly violations: number;
}

const nobody = unresolvable('DefaultPreemption', 'No preemption victims found for incoming pod');

/**
 * As few and as unimportant Pods as possible whose going makes room: all lower ones go, and those that still fit come
 * back, first those that a budget protects, each time the more important first. Mirrors SelectVictimsOnNode.
 */
export function selectVictims(
  framework: Framework,
  state: CycleState,
  pod: PodInfo,
  node: NodeInfo,
  budgets: readonly PodDisruptionBudget[],
  nowMs: number,
): Victims | Status {
  const lower = node.pods.filter(({ priority }) => priority < pod.priority);
  if (lower.length === 0) return nobody;
  const trial = state.clone();
  const left = node.clone();
  for (const other of lower) framework.removePod(trial, pod, other, left);
  const refusal = framework.filterWithNominated(trial, pod, left);
  if (refusal !== undefined) return refusal;
  const important = byImportance(nowMs);
  const { violating, others } = splitByBudgets([...lower].sort(important), budgets);
  const gone: PodInfo[] = [];
  const mustGo = (other: PodInfo): boolean => {
    framework.addPod(trial, pod, other, left);
    if (framework.filterWithNominated(trial, pod, left) === undefined) return false;
    framework.removePod(trial, pod, other, left);
    gone.push(other);
    return true;
  };
  const violations = violating.filter(mustGo).length;
  for (const other of others) mustGo(other);
  return { node: node.name, pods: gone.sort(important), violations };
}

/** When it started; a Pod that has not counts as starting now. */
export function startMs({ pod }: PodInfo, nowMs: number): number {
  const ms = timeToMs(pod.status?.startTime);
  return Number.isNaN(ms) ? nowMs : ms;
}

/** The higher priority first, then who runs longer. Mirrors util.MoreImportantPod. */
function byImportance(nowMs: number): (a: PodInfo, b: PodInfo) => number {
  return (a, b) => b.priority - a.priority || startMs(a, nowMs) - startMs(b, nowMs);
}

/** One that cannot be read, which the API should have refused, selects nobody. */
function selectorOf(selector: LabelSelector | undefined): ReturnType<typeof labelSelectorFrom> {
  try {
    return labelSelectorFrom(selector);
  } catch {
    return labelSelectorFrom(undefined);
  }
}

/** Taken one by one in this order, whose going would break a budget. Mirrors filterPodsWithPDBViolation. */
function splitByBudgets(
  pods: readonly PodInfo[],
  budgets: readonly PodDisruptionBudget[],
): { readonly violating: readonly PodInfo[]; readonly others: readonly PodInfo[] } {
  const rules = budgets.map(({ metadata, spec, status }) => ({
    namespace: metadata?.namespace ?? '',
    selector: selectorOf(spec?.selector),
    allowed: status?.disruptionsAllowed ?? 0,
    disrupted: status?.disruptedPods ?? {},
  }));
  const violating: PodInfo[] = [];
  const others: PodInfo[] = [];
  for (const pod of pods) {
    let broken = false;
    for (const rule of Object.keys(pod.labels ?? {}).length === 0 ? [] : rules) {
      if (rule.namespace !== pod.namespace || rule.selector.empty) continue;
      if (!rule.selector.matches(pod.labels) || Object.hasOwn(rule.disrupted, pod.name)) continue;
      rule.allowed -= 1;
      if (rule.allowed < 0) broken = true;
    }
    (broken ? violating : others).push(pod);
  }
  return { violating, others };
}
