import type { Duplex } from 'node:stream';
import { failure } from '../../kube/status.ts';

/**
 * The one way from the API server to the nodes: logs, exec, attach, port-forward, metrics, proxy. Belongs to the API server;
 * the cluster plugs the kubelets and the network in. Mirrors the kubelet's server on port 10250 (pkg/kubelet/server).
 */
export interface NodeAccess {
  /** Throws a `StatusError` 500 in upstream's words when the node is off, cut off or unknown: `dial tcp <ip>:10250: …`. */
  kubelet(node: string): KubeletApi;
  /** An HTTP exchange from the control plane to an address of the cluster: `proxy` of Pods and Services. Rejects with a StatusError 503. */
  http(ip: string, port: number, request: ProxyRequest, signal: AbortSignal): Promise<ProxyResponse>;
  /** Nodes whose kubelet answers. */
  nodes(): readonly string[];
}

/** No node answers: a control plane on its own. */
export const noNodes: NodeAccess = {
  kubelet(node) {
    throw failure(500, 'InternalError', `dial tcp: lookup ${node}: the kubelet of this node does not answer`);
  },
  http: (ip) =>
    Promise.reject(failure(503, 'ServiceUnavailable', `dial tcp: lookup ${ip}: nothing answers there`)),
  nodes: () => [],
};

/** Every rejection is a `StatusError` in upstream's words. */
export interface KubeletApi {
  /** Chunks of whole lines; ends when all is said, or with `follow` when the container has ended. */
  logs(
    pod: PodRef,
    container: string,
    options: LogOptions,
    signal: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>>;
  /** Rejects before anything runs: `container not found ("c")`. */
  exec(pod: PodRef, container: string, command: readonly string[], io: StreamIo): Promise<StreamEnd>;
  attach(pod: PodRef, container: string, io: StreamIo): Promise<StreamEnd>;
  /** A connection to that port inside the Pod. Rejects with an Error whose message goes to the client's error stream. */
  portForward(pod: PodRef, port: number): Promise<Duplex>;
  stats(): NodeStats;
  /**
   * Asked before a client's connection is upgraded for `exec`, `attach` or `portForward`, as upstream's kubelet asks its runtime
   * for a URL first. Rejects with what would keep it from starting at all: `container not found ("c")` (500), `pod does not
   * exist` (404). Without it such a rejection of the call itself is told through the error stream. `container` '' for ports.
   */
  prepare?(pod: PodRef, verb: 'exec' | 'attach' | 'portforward', container: string): Promise<void>;
  /** What `/configz` shows as `kubeletconfig`. */
  configuration?(): { readonly [key: string]: unknown };
}

export interface PodRef {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** PodLogOptions, parsed and valid. */
export interface LogOptions {
  readonly follow: boolean;
  readonly previous: boolean;
  readonly timestamps: boolean;
  readonly tailLines: number | undefined;
  readonly limitBytes: number | undefined;
  /** ms since the epoch. */
  readonly sinceMs: number | undefined;
}

export interface StreamIo {
  readonly stdin?: AsyncIterable<Uint8Array>;
  stdout(bytes: Uint8Array): Promise<void> | void;
  stderr(bytes: Uint8Array): Promise<void> | void;
  readonly tty: boolean;
  readonly resize?: AsyncIterable<{ readonly width: number; readonly height: number }>;
  readonly signal: AbortSignal;
}

export type StreamEnd =
  | { readonly kind: 'exit'; readonly exitCode: number }
  /** It could not be run: the text of the InternalError that the client prints. */
  | { readonly kind: 'failed'; readonly message: string };

export interface NodeStats {
  readonly node: string;
  /** ms since the epoch, and how long it was measured. */
  readonly atMs: number;
  readonly windowMs: number;
  readonly cpuMilli: number;
  readonly memoryBytes: number;
  readonly pods: readonly {
    readonly pod: PodRef;
    readonly containers: readonly {
      readonly name: string;
      readonly cpuMilli: number;
      readonly memoryBytes: number;
    }[];
  }[];
}

export interface ProxyRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: { readonly [name: string]: string };
  readonly body?: Uint8Array;
}

export interface ProxyResponse {
  readonly status: number;
  readonly headers: { readonly [name: string]: string };
  readonly body: Uint8Array;
}
