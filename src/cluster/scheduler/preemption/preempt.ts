import type { Random } from '../../../base/random.ts';
import type { PodDisruptionBudget } from '../../../kube/api/policy-v1.ts';
import type { CycleState } from '../framework/cycle-state.ts';
import { fitMessage, type Refusals } from '../framework/fit-error.ts';
import type { Framework } from '../framework/framework.ts';
import type { NodeInfo } from '../framework/node-info.ts';
import type { PodInfo } from '../framework/pod-info.ts';
import type { Snapshot } from '../framework/snapshot.ts';
import { type Status, unresolvable } from '../framework/status.ts';
import { chooseCandidate } from './choose-candidate.ts';
import { selectVictims, type Victims } from './victims.ts';

export interface PreemptionInput {
  readonly framework: Framework;
  readonly state: CycleState;
  readonly pod: PodInfo;
  readonly snapshot: Snapshot;
  readonly refusals: Refusals;
  readonly budgets: readonly PodDisruptionBudget[];
  readonly nowMs: number;
  readonly random: Random;
}

export interface PreemptionResult {
  /** Whom to evict, and where. */
  readonly victims?: Victims;
  /** Why nobody is evicted, in upstream's words. */
  readonly message?: string;
  /** False: whatever was promised to the Pod before still holds. */
  readonly renominates: boolean;
}

const notHelpful = unresolvable('DefaultPreemption', 'Preemption is not helpful for scheduling');

/** How many nodes that would do are compared: a tenth of all, but not fewer than this. */
const leastCandidates = 100;

/** Whether evicting less important Pods would let this one in, and which. Decides only. Mirrors Evaluator.Preempt. */
export function findPreemption(input: PreemptionInput): PreemptionResult {
  const { pod, snapshot, refusals, random, nowMs } = input;
  const no = ineligible(pod, snapshot, refusals);
  if (no !== undefined) return { message: no, renominates: false };
  const nodes = snapshot.nodes.filter(
    ({ name }) => (refusals.byNode.get(name) ?? refusals.others)?.code === 'Unschedulable',
  );
  const { candidates, statuses } = dryRun(input, nodes);
  const victims = chooseCandidate(candidates, nowMs, random);
  if (victims !== undefined) return { victims, renominates: true };
  const accident = [...statuses.values()].find(({ code }) => code === 'Error');
  if (accident !== undefined) return { message: accident.reasons.join(', '), renominates: false };
  const why = { total: snapshot.nodes.length, byNode: statuses, others: notHelpful };
  return { message: fitMessage(why, '', ''), renominates: true };
}

/** Mirrors PodEligibleToPreemptOthers. */
function ineligible({ pod, priority }: PodInfo, snapshot: Snapshot, refusals: Refusals): string | undefined {
  if (pod.spec?.preemptionPolicy === 'Never') return 'not eligible due to preemptionPolicy=Never.';
  const nominated = pod.status?.nominatedNodeName ?? '';
  if (nominated === '') return undefined;
  const refusal = refusals.byNode.get(nominated) ?? refusals.others;
  if (refusal?.code === 'UnschedulableAndUnresolvable') return undefined;
  const leaving = (snapshot.get(nominated)?.pods ?? []).some(
    (other) => other.priority < priority && other.deleting && isPreempted(other),
  );
  return leaving ? 'not eligible due to a terminating pod on the nominated node.' : undefined;
}

function isPreempted({ pod }: PodInfo): boolean {
  const condition = (pod.status?.conditions ?? []).find(({ type }) => type === 'DisruptionTarget');
  return condition?.status === 'True' && condition.reason === 'PreemptionByScheduler';
}

/** Starts somewhere and stops when there is enough to choose from. Mirrors DryRunPreemption. */
function dryRun(
  { framework, state, pod, budgets, nowMs, random }: PreemptionInput,
  nodes: readonly NodeInfo[],
): { readonly candidates: readonly Victims[]; readonly statuses: ReadonlyMap<string, Status> } {
  const clean: Victims[] = [];
  const violating: Victims[] = [];
  const statuses = new Map<string, Status>();
  const enough = Math.min(nodes.length, Math.max(leastCandidates, Math.trunc(nodes.length / 10)));
  const offset = nodes.length > 1 ? random.int(nodes.length) : 0;
  for (let turn = 0; turn < nodes.length; turn++) {
    const node = nodes[(offset + turn) % nodes.length];
    if (node === undefined) continue;
    const result = selectVictims(framework, state, pod, node, budgets, nowMs);
    if ('code' in result) statuses.set(node.name, result);
    else if (result.pods.length > 0) (result.violations === 0 ? clean : violating).push(result);
    if (clean.length > 0 && clean.length + violating.length >= enough) break;
  }
  return { candidates: [...clean, ...violating], statuses };
}
