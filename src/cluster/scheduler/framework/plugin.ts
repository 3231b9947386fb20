import type { Pod } from '../../../kube/api/core-v1.ts';
import type { EventInterest } from './cluster-event.ts';
import type { CycleState } from './cycle-state.ts';
import type { NodeInfo } from './node-info.ts';
import type { PodInfo } from './pod-info.ts';
import type { Snapshot } from './snapshot.ts';
import type { Status } from './status.ts';

/**
 * A rule of placement. What it is given it only reads; what it works out for one attempt it keeps in the CycleState.
 * `undefined` as an answer is yes. Mirrors the extension points of pkg/scheduler/framework.
 */
export interface Plugin {
  readonly name: string;
  /** How much its score counts. */
  readonly weight?: number;
  /** What may let in a Pod that it refused. */
  readonly events: readonly EventInterest[];
  /** No: the Pod is not even tried. */
  preEnqueue?(pod: Pod): Status | undefined;
  /** Once per attempt. */
  preFilter?(state: CycleState, pod: PodInfo, snapshot: Snapshot): PreFilterResult;
  /** In a trial, `other` comes to the node (already counted in it) or leaves it. */
  podAdded?(state: CycleState, pod: PodInfo, other: PodInfo, node: NodeInfo): void;
  podRemoved?(state: CycleState, pod: PodInfo, other: PodInfo, node: NodeInfo): void;
  filter?(state: CycleState, pod: PodInfo, node: NodeInfo): Status | undefined;
  /** Once per attempt, when more than one node is left. `skip`: it would score all alike. */
  preScore?(
    state: CycleState,
    pod: PodInfo,
    nodes: readonly NodeInfo[],
    snapshot: Snapshot,
  ): 'skip' | undefined;
  score?(state: CycleState, pod: PodInfo, node: NodeInfo, snapshot: Snapshot): number;
  /** Brings the scores of all nodes to 0..100, in place. */
  normalize?(state: CycleState, scores: number[], nodes: readonly NodeInfo[]): void;
  /** The Pod is assumed to be on the node: sets aside what it takes. */
  reserve?(state: CycleState, pod: PodInfo, node: string): Status | undefined;
  unreserve?(state: CycleState, pod: PodInfo, node: string): void;
  /** What has to be done in the cluster first. Rejects when it cannot be. */
  preBind?(state: CycleState, pod: PodInfo, node: string, signal: AbortSignal): Promise<void>;
}

/** `skip`: its filter has nothing to say about this Pod. `nodes`: only these come into question. */
export type PreFilterResult =
  | undefined
  | 'skip'
  | { readonly status: Status }
  | { readonly nodes: ReadonlySet<string> };

export const maxScore = 100;
