/** Begins each path but `/detener`: a course and a cluster's process of different versions understand no more of each other. */
export const controlVersion = '2';

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
  /** Rejects with `FaultRefused`. */
  nodeFault(node: string, action: NodeAction): Promise<void>;
  /** The scheduler (`scheduler`) or one controller by its name. Rejects with `FaultRefused`. */
  component(name: string, action: ComponentAction): Promise<void>;
  /** Rejects with `FaultRefused`. */
  time(action: TimeAction): Promise<void>;
  /** What kube-proxy has programmed on a node, in iptables-save's words. Rejects with `FaultRefused`. */
  rules(node: string): string;
  /** An HTTP request from inside a Pod, step by step. Rejects with `FaultRefused` when there is no such Pod running. */
  probe(pod: { readonly namespace: string; readonly name: string }, url: string): Promise<ProbeReport>;
  /** Why a Pod is where it is; undefined: this process decided nothing about it. */
  decision(namespace: string, name: string): SchedulingReport | undefined;
  /** Writes all objects into a file of this machine (absolute path). Rejects with `FaultRefused`. */
  save(file: string): Promise<void>;
  /** What was asked of the API servers, oldest first. */
  audit(query: AuditQuery): Promise<readonly AuditRecord[]>;
  /** Ends everything; the data stay. */
  stop(): Promise<void>;
}

/** What to look for; every field given must hold. Times are RFC 3339 of the cluster's clock. */
export interface AuditQuery {
  readonly verbs?: readonly string[];
  readonly user?: string;
  readonly group?: string;
  readonly resource?: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  /** By whole words: `kubectl apply`. */
  readonly command?: string;
  readonly since?: string;
  readonly until?: string;
  /** Only what was answered with success (true) or refused (false). */
  readonly succeeded?: boolean;
  /** Also requests of the cluster's own components. Default false. */
  readonly components?: boolean;
  /** The newest so many. Default 1000. */
  readonly limit?: number;
}

export interface AuditRecord {
  /** RFC 3339 with microseconds. */
  readonly receivedAt: string;
  readonly user: string;
  readonly groups: readonly string[];
  readonly verb: string;
  readonly url: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly code: number;
  readonly reason?: string;
  readonly userAgent: string;
  readonly kubectlCommand?: string;
  readonly dryRun: boolean;
  /** After a write: what was stored. */
  readonly resourceVersion?: string;
}

export const masterActions = ['parar', 'arrancar', 'aislar', 'reconectar'] as const;
export type MasterAction = (typeof masterActions)[number];

export const nodeActions = ['apagar', 'encender', 'aislar', 'reconectar'] as const;
export type NodeAction = (typeof nodeActions)[number];

export const componentActions = ['parar', 'arrancar'] as const;
export type ComponentAction = (typeof componentActions)[number];

export type TimeAction =
  | { readonly kind: 'pausar' | 'seguir' }
  /** 1 to 600,000 ms; resolves when it is there. */
  | { readonly kind: 'avanzar'; readonly ms: number }
  /** 0.1 to 100. */
  | { readonly kind: 'velocidad'; readonly speed: number };

/** The shape that `curso cluster estado --json` prints inside. */
export interface ClusterStatus {
  readonly kubernetesVersion: string;
  readonly speed: number;
  readonly paused: boolean;
  /** How often a leader, of Raft or by a Lease, no longer led at this speed though nobody stopped it: the machine cannot keep up. */
  readonly lostLeads: number;
  /** Of the cluster's clock, RFC 3339; with milliseconds while it is paused, since it is then moved by less than a second. */
  readonly time: string;
  /** How far that is ahead of this machine's, ms; negative: behind. */
  readonly aheadMs: number;
  /** Where it tells what goes wrong inside, and how much of the last hour was no passing trouble. */
  readonly troubles: { readonly file: string; readonly serious: number };
  /** What `component` takes: the scheduler and the controllers. */
  readonly components: readonly string[];
  /** Those of them that were stopped by hand. */
  readonly stopped: readonly string[];
  /** What the learner should know, in Spanish, newest last: an image that nobody has, and how to add it. */
  readonly notices: readonly string[];
  readonly ports: readonly PortStatus[];
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

/** Something of the cluster that listens on this computer's 127.0.0.1, or should. */
export interface PortStatus {
  /** `servicio panaderia/mostrador:http`, `ingress`. */
  readonly what: string;
  /** Undefined: not open. */
  readonly port: number | undefined;
  /** Why not, in Spanish; '' when it is, or when there is nobody to send to. */
  readonly trouble: string;
}

export interface NodeStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly pods: number;
  /** Of its machine, whatever the API believes. */
  readonly power: 'on' | 'off' | 'isolated' | 'unknown';
  /** The folder of this computer that its kubelet takes static Pods from; a big cluster's last nodes have none. */
  readonly manifests?: string;
}

export interface ProbeReport {
  /** In order, in plain Spanish. */
  readonly steps: readonly { readonly ok: boolean; readonly text: string }[];
  /** Undefined: there was no answer. */
  readonly response?: { readonly status: number; readonly body: string };
}

/** One decision of the scheduler. */
export interface SchedulingReport {
  /** RFC 3339. */
  readonly time: string;
  /** Undefined: it found none. */
  readonly node: string | undefined;
  readonly nominated: string | undefined;
  readonly message: string;
  readonly nodes: readonly {
    readonly name: string;
    /** The plugin that refused the node and upstream's reason. */
    readonly refused?: { readonly plugin: string; readonly reason: string };
    readonly scores: readonly { readonly plugin: string; readonly score: number; readonly weight: number }[];
    readonly total: number;
  }[];
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
  /**
   * Whether CoreDNS is installed: `new`, if this cluster never had it; `all`, also what somebody has deleted of it. Undefined: it is
   * not, and the address of the cluster's DNS answers by itself.
   */
  readonly dns?: 'new' | 'all';
  /** Text of a token file in upstream's CSV, with its name for messages. */
  readonly tokens?: { readonly file: string; readonly text: string };
}
