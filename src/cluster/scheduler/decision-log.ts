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
/** Of all Pods together. A row takes about 80 bytes. */
const rowsKept = 20_000;

interface Kept {
  readonly rows: number;
  readonly decision: () => SchedulingDecision;
}

/** `most`: how many Pods are remembered; fewer where there are many nodes. */
export function createDecisionLog(most = 500): DecisionLog {
  const kept = new Map<string, Kept>();
  let rows = 0;
  const forget = (key: string) => {
    rows -= kept.get(key)?.rows ?? 0;
    kept.delete(key);
  };
  return {
    of: (namespace, name) => kept.get(`${namespace}/${name}`)?.decision(),
    record(attempt) {
      const key = `${attempt.namespace}/${attempt.pod}`;
      forget(key);
      const one = compact(attempt);
      kept.set(key, one);
      rows += one.rows;
      for (const oldest of kept.keys()) {
        if (kept.size <= most && rows <= rowsKept) break;
        forget(oldest);
      }
    },
  };
}

/** Few are ever asked for: what is kept are arrays of numbers, and the table is made of them when somebody wants to see it. */
function compact(attempt: AttemptRecord): Kept {
  const { totalNodes, refusals, othersRefused, feasible, scores, ...head } = attempt;
  const unseen = othersRefused === undefined ? totalNodes - refusals.size - feasible.length : 0;
  const totals = totalsOf(feasible.length, scores);
  const chosen = bestOf(totals);
  const names = chosen.map((at) => feasible[at] ?? '');
  const columns = scores.map(({ plugin, weight, raw, scores: own }) => ({
    plugin,
    weight,
    raw: Int32Array.from(chosen, (at) => raw[at] ?? 0),
    scores: Int32Array.from(chosen, (at) => own[at] ?? 0),
  }));
  const refused: [string, Status][] = [];
  for (const entry of refusals) {
    if (refused.length >= nodesKept) break;
    refused.push(entry);
  }
  const everybody = totalNodes > refusals.size ? othersRefused : undefined;
  const decision = () => {
    const nodes: NodeDecision[] = names.map((node, row) => {
      if (columns.length === 0) return { node };
      const own = columns.map((column) => ({
        plugin: column.plugin,
        raw: column.raw[row] ?? 0,
        score: column.scores[row] ?? 0,
        weight: column.weight,
      }));
      return { node, scores: own, total: own.reduce((sum, { score, weight }) => sum + score * weight, 0) };
    });
    for (const [node, { plugin, reasons }] of refused) nodes.push({ node, refusedBy: plugin, reasons });
    if (everybody !== undefined)
      nodes.push({ node: '*', refusedBy: everybody.plugin, reasons: everybody.reasons });
    return { ...head, unseen, nodes };
  };
  return { rows: names.length + refused.length, decision };
}

/** Their places; in order unless some must be left out. */
function bestOf(totals: readonly number[]): readonly number[] {
  const order = totals.map((_total, at) => at);
  if (order.length > nodesKept) order.sort((a, b) => (totals[b] ?? 0) - (totals[a] ?? 0));
  return order.slice(0, nodesKept);
}

/** The weighted sum for each node. */
export function totalsOf(nodes: number, scores: readonly PluginScores[]): readonly number[] {
  const totals = new Array<number>(nodes).fill(0);
  for (const { weight, scores: own } of scores)
    for (const [at, score] of own.entries()) totals[at] = (totals[at] ?? 0) + score * weight;
  return totals;
}
