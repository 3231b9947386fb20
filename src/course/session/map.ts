/** What the live map shows of a cluster: values that come ready, so that the screen only places them. */
export interface ClusterMap {
  /** `stopped`: `why` says so, and `next` how to start it. */
  readonly state: 'live' | 'stopped';
  readonly why: string;
  readonly next: string;
  /** `Kubernetes v1.32.13`, or the context. */
  readonly title: string;
  /** «reloj en pausa, 10:00:01,5», «reloj ×10»; '' at its pace. */
  readonly pace: string;
  /** Whether its clock stands still; undefined where it cannot be moved. */
  readonly paused?: boolean;
  /** None on a cluster that does not tell. */
  readonly masters: readonly MapMaster[];
  readonly nodes: readonly MapNode[];
  /** Pods that no node has yet. */
  readonly waiting: readonly MapPod[];
  readonly services: readonly MapService[];
  /** Plain Spanish, oldest first. */
  readonly events: readonly string[];
}

export interface MapMaster {
  readonly name: string;
  readonly role: 'leader' | 'follower' | 'candidate' | 'stopped';
  readonly term: number;
  readonly commitIndex: number;
  readonly reachable: boolean;
}

export interface MapNode {
  readonly name: string;
  readonly ready: boolean;
  /** «apagado», «aislado», «sin Pods nuevos»; '' when nothing. */
  readonly note: string;
  readonly pods: readonly MapPod[];
}

export interface MapPod {
  readonly namespace: string;
  readonly name: string;
  /** kubectl's STATUS. */
  readonly status: string;
  readonly look: PodLook;
}

/** What matters of a Pod at a glance; each has a sign and a colour. */
export const podLooks = ['ready', 'starting', 'failing', 'ending', 'done'] as const;
export type PodLook = (typeof podLooks)[number];

export interface MapService {
  readonly namespace: string;
  readonly name: string;
  readonly ready: number;
  readonly total: number;
  /** Where its Pods are: names, as far as they are known. */
  readonly pods: readonly string[];
}
