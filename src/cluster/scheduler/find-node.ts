import type { Random } from '../../base/random.ts';
import { totalsOf } from './decision-log.ts';
import { CycleState } from './framework/cycle-state.ts';
import type { Refusals } from './framework/fit-error.ts';
import type { Framework, PluginScores } from './framework/framework.ts';
import type { NodeInfo } from './framework/node-info.ts';
import type { PodInfo } from './framework/pod-info.ts';
import type { Snapshot } from './framework/snapshot.ts';
import { messageOf, type Status, unresolvable } from './framework/status.ts';

/** What came of looking for a node; `node` undefined: none takes the Pod. */
export interface Search {
  readonly state: CycleState;
  readonly node: string | undefined;
  readonly refusals: Refusals;
  /** Told by PreFilter about all nodes at once; ''. */
  readonly preFilterMessage: string;
  readonly refusedBy: ReadonlySet<string>;
  readonly feasible: readonly NodeInfo[];
  readonly scores: readonly PluginScores[];
  /** Where the next search starts, so that all nodes get their turn. */
  readonly nextStart: number;
}

/** With fewer nodes all are looked at; with more, until so many are found that take the Pod. */
const leastFeasible = 100;
const leastPercent = 5;

/** Mirrors numFeasibleNodesToFind with `percentageOfNodesToScore: 0`: half of them, less the more there are. */
export function feasibleWanted(nodes: number): number {
  if (nodes < leastFeasible) return nodes;
  const percent = Math.max(leastPercent, 50 - Math.trunc(nodes / 125));
  return Math.max(leastFeasible, Math.trunc((nodes * percent) / 100));
}

/** Filters and scores. Changes nothing. Throws when a plugin cannot tell. Mirrors schedulePod. */
export function findNode(
  framework: Framework,
  pod: PodInfo,
  snapshot: Snapshot,
  start: number,
  random: Random,
): Search {
  const state = new CycleState();
  const total = snapshot.nodes.length;
  const { status, nodes: named, narrowedBy } = framework.preFilter(state, pod, snapshot);
  if (status?.code === 'Error') throw new Error(messageOf(status));
  const base = { state, scores: [], feasible: [], node: undefined, nextStart: start, preFilterMessage: '' };
  if (status !== undefined)
    return {
      ...base,
      refusals: { total, byNode: new Map(), others: status },
      preFilterMessage: messageOf(status),
      refusedBy: new Set([status.plugin]),
    };
  const byNode = new Map<string, Status>();
  const others =
    named === undefined
      ? undefined
      : unresolvable('', `node(s) didn't satisfy plugin(s) [${[...narrowedBy].sort().join(' ')}]`);
  const refusals: Refusals = { total, byNode, others };
  const promised = snapshot.get(pod.pod.status?.nominatedNodeName ?? '');
  let feasible = promised === undefined ? [] : passing(framework, state, pod, [promised], 0, byNode);
  let nextStart = start;
  if (feasible.length === 0) {
    const nodes =
      named === undefined ? snapshot.nodes : [...named].flatMap((name) => snapshot.get(name) ?? []);
    feasible = passing(framework, state, pod, nodes, start, byNode);
    nextStart = total === 0 ? 0 : (start + feasible.length + byNode.size) % total;
  }
  const refusedBy = new Set(narrowedBy);
  for (const { plugin } of byNode.values()) refusedBy.add(plugin);
  const search = { ...base, refusals, refusedBy, feasible, nextStart };
  if (feasible.length <= 1) return { ...search, node: feasible[0]?.name };
  const scores = framework.score(state, pod, feasible, snapshot);
  return { ...search, scores, node: feasible[bestOf(totalsOf(feasible.length, scores), random)]?.name };
}

function passing(
  framework: Framework,
  state: CycleState,
  pod: PodInfo,
  nodes: readonly NodeInfo[],
  start: number,
  refused: Map<string, Status>,
): NodeInfo[] {
  const wanted = feasibleWanted(nodes.length);
  const feasible: NodeInfo[] = [];
  for (let turn = 0; turn < nodes.length && feasible.length < wanted; turn++) {
    const node = nodes[(start + turn) % nodes.length];
    if (node === undefined) continue;
    const status = framework.filterWithNominated(state, pod, node);
    if (status === undefined) {
      refused.delete(node.name);
      feasible.push(node);
    } else if (status.code === 'Error') throw new Error(messageOf(status));
    else refused.set(node.name, status);
  }
  return feasible;
}

/** One of the highest; chance decides among equals. */
function bestOf(totals: readonly number[], random: Random): number {
  let highest = Number.NEGATIVE_INFINITY;
  let best: number[] = [];
  for (const [at, total] of totals.entries()) {
    if (total < highest) continue;
    if (total > highest) best = [];
    highest = total;
    best.push(at);
  }
  return (best.length > 1 ? best[random.int(best.length)] : best[0]) ?? 0;
}
