import type { PluginScores } from './framework/framework.ts';
import type { Status } from './framework/status.ts';

/** The last attempt to place a Pod, as plain data. */
export interface SchedulingDecision {
  readonly namespace: string;
  readonly pod: string;
  readonly uid: string;
  readonly atMs: number;
  /** 1: the first. */
  readonly attempt: number;
  readonly outcome: 'scheduled' | 'unschedulable' | 'error';
  /** The node that was chosen; undefined: none. */
  readonly node?: string;
  /** What the Pod's condition says. */
  readonly message?: string;
  /** Evicting these would make room on that node, and they were. */
  readonly preemption?: { readonly node: string; readonly victims: readonly string[] };
  /** The node that is promised to the Pod. */
  readonly nominatedNode?: string;
  /** Nodes that were not looked at, as enough others had been found. */
  readonly unseen: number;
  readonly nodes: readonly NodeDecision[];
}

export interface NodeDecision {
  /** `*`: all that are not listed, refused for one reason. */
  readonly node: string;
  /** The filter that said no, and its words; undefined: it would do. */
  readonly refusedBy?: string;
  readonly reasons?: readonly string[];
  /** Absent when there was nothing to compare. */
  readonly scores?: readonly NodeScore[];
  readonly total?: number;
}

export interface NodeScore {
  readonly plugin: string;
  /** The plugin's own number. */
  readonly raw: number;
  /** Brought to 0..100. */
  readonly score: number;
  readonly weight: number;
}

/** What an attempt leaves behind, in the form that costs least to keep. */
export interface AttemptRecord extends Omit<SchedulingDecision, 'nodes' | 'unseen'> {
  readonly totalNodes: number;
  readonly refusals: ReadonlyMap<string, Status>;
  /** Why those that are not in `refusals` were not looked at, if there is a reason for all. */
  readonly othersRefused: Status | undefined;
  readonly feasible: readonly string[];
  readonly scores: readonly PluginScores[];
}

/** The latest decision on each of the last Pods. */
export interface DecisionLog {
  of(namespace: string, name: string): SchedulingDecision | undefined;
  record(attempt: AttemptRecord): void;
}

/** Of the nodes that would do, the best so many are kept, and of those that would not as many. */
const nodesKept = 100;

/** `most`: how many Pods are remembered. */
export function createDecisionLog(most = 500): DecisionLog {
  const decisions = new Map<string, SchedulingDecision>();
  return {
    of: (namespace, name) => decisions.get(`${namespace}/${name}`),
    record(attempt) {
      const key = `${attempt.namespace}/${attempt.pod}`;
      decisions.delete(key);
      decisions.set(key, decisionOf(attempt));
      for (const oldest of decisions.keys()) {
        if (decisions.size <= most) break;
        decisions.delete(oldest);
      }
    },
  };
}

function decisionOf(attempt: AttemptRecord): SchedulingDecision {
  const { totalNodes, refusals, othersRefused, feasible, scores, ...rest } = attempt;
  const unseen = othersRefused === undefined ? totalNodes - refusals.size - feasible.length : 0;
  const nodes: NodeDecision[] = best(feasible, scores);
  for (const [node, { plugin, reasons }] of refusals) {
    if (nodes.length >= 2 * nodesKept) break;
    nodes.push({ node, refusedBy: plugin, reasons });
  }
  if (othersRefused !== undefined && totalNodes > refusals.size)
    nodes.push({ node: '*', refusedBy: othersRefused.plugin, reasons: othersRefused.reasons });
  return { ...rest, unseen, nodes };
}

function best(feasible: readonly string[], scores: readonly PluginScores[]): NodeDecision[] {
  if (scores.length === 0) return feasible.slice(0, nodesKept).map((node) => ({ node }));
  const totals = totalsOf(feasible.length, scores);
  const order = feasible.map((_node, at) => at);
  // Sorting matters only when some must be left out.
  if (order.length > nodesKept) order.sort((a, b) => (totals[b] ?? 0) - (totals[a] ?? 0));
  return order.slice(0, nodesKept).map((at) => ({
    node: feasible[at] ?? '',
    scores: scores.map(({ plugin, weight, raw, scores: own }) => ({
      plugin,
      raw: raw[at] ?? 0,
      score: own[at] ?? 0,
      weight,
    })),
    total: totals[at] ?? 0,
  }));
}

/** The weighted sum for each node. */
export function totalsOf(nodes: number, scores: readonly PluginScores[]): readonly number[] {
  const totals = new Array<number>(nodes).fill(0);
  for (const { weight, scores: own } of scores)
    for (const [at, score] of own.entries()) totals[at] = (totals[at] ?? 0) + score * weight;
  return totals;
}
