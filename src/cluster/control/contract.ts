/** What a running cluster lets its owner see and do from outside the API. The control server speaks exactly this. */
export interface RunningCluster {
  /** `https://127.0.0.1:<port>` */
  readonly url: string;
  readonly port: number;
  /** The administrator's, as YAML. */
  readonly kubeconfig: string;
  /** What did not go well at the start though a majority runs: one Spanish sentence each. */
  readonly troubles: readonly string[];
  status(): ClusterStatus;
  /** Rejects with `FaultRefused`. `master` counts from 1. */
  fault(master: number, action: MasterAction): Promise<void>;
  /** Ends everything; the data stay. */
  stop(): Promise<void>;
}

export const masterActions = ['parar', 'arrancar', 'aislar', 'reconectar'] as const;
export type MasterAction = (typeof masterActions)[number];

/** The shape that `curso cluster estado --json` prints inside. */
export interface ClusterStatus {
  readonly kubernetesVersion: string;
  readonly speed: number;
  readonly masters: readonly MasterStatus[];
  readonly nodes: readonly NodeStatus[];
}

export interface MasterStatus {
  readonly name: string;
  readonly role: 'leader' | 'follower' | 'candidate' | 'stopped';
  readonly term: number;
  readonly commitIndex: number;
  /** False: stopped, or cut off from the other masters. */
  readonly reachable: boolean;
}

export interface NodeStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly pods: number;
}

/** Nonsense in a fault: there is no such master, or it is so already. `message` is Spanish. */
export class FaultRefused extends Error {}

/** What a cluster is started with. */
export interface ClusterSettings {
  readonly masters: 1 | 3 | 5;
  /** 0: any free one. */
  readonly port: number;
  readonly nodes: number;
  readonly speed: number;
  readonly scheduler: boolean;
  /** Upstream's `--controllers`: `*`, `name`, `-name`. */
  readonly controllers: readonly string[];
  readonly admissionOff: readonly string[];
  readonly authorization: 'rbac' | 'siempre';
  /** Text of a token file in upstream's CSV, with its name for messages. */
  readonly tokens?: { readonly file: string; readonly text: string };
}
