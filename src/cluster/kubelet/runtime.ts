import type { Duplex } from 'node:stream';

/**
 * What a kubelet asks of the thing that runs containers. Mirrors the CRI (k8s.io/cri-api runtime/v1) where it matters; each
 * implementation lives in `runtimes/<name>/`. All calls may be repeated: stopping what is stopped is no error.
 * Every rejection is a `RuntimeError` whose message is what containerd and runc would have said.
 */
export interface Runtime {
  /** For `nodeInfo.containerRuntimeVersion`: `containerd://1.7.24`. */
  readonly version: string;
  /** Everything there is now, running or not, until removed: the kubelet compares this with what should be (PLEG). */
  sandboxes(): readonly SandboxStatus[];
  /** Something changed in this Pod: a hint, so that nobody has to poll. The result stops it. */
  onChange(listener: (podUid: string) => void): () => void;

  /** The Pod's namespaces, held by the pause process; resolves with its id (64 hex digits). */
  runSandbox(config: SandboxConfig): Promise<string>;
  /** Kills what is left inside, gives the address back. */
  stopSandbox(id: string): Promise<void>;
  removeSandbox(id: string): Promise<void>;

  /** Rejects as the registry or containerd would: `ErrImagePull` texts. Pulling takes as long as the catalogue says, on the clock. */
  pullImage(image: string): Promise<PulledImage>;
  /** Undefined: not on this node. */
  image(image: string): PulledImage | undefined;
  images(): readonly PulledImage[];
  removeImage(image: string): Promise<void>;

  /** Resolves with its id. Rejects when it cannot be made (`CreateContainerError`). */
  createContainer(sandbox: string, config: ContainerConfig): Promise<string>;
  /** Rejects when the process cannot be started (`RunContainerError`: exec format, no such file…); the container then counts as exited, 128. */
  startContainer(id: string): Promise<void>;
  /** The image's stop signal, then SIGKILL after the grace. Resolves when it has ended. */
  stopContainer(id: string, graceMs: number): Promise<void>;
  removeContainer(id: string): Promise<void>;

  /** A process more in a running container. Rejects when it cannot be started (message for `exec` and probes). */
  exec(id: string, command: readonly string[], io: ProcessIo): Promise<ProcessEnd>;
  /** Joins the main process's streams; resolves when it ends or the client's input does and nothing follows. */
  attach(id: string, io: ProcessIo): Promise<ProcessEnd>;
  /** A connection to a port inside the sandbox's network namespace (127.0.0.1). */
  portForward(sandbox: string, port: number): Promise<Duplex>;
  /** Undefined: no such container. Kept until it is removed. */
  log(id: string): ContainerLog | undefined;
  /** Undefined: it does not run. */
  stats(id: string): ContainerStats | undefined;

  /** An empty directory that containers can mount. */
  createVolume(options: VolumeOptions): Volume;
  /** The machine's own files, from its root: what `hostPath` shows. */
  hostFiles(): Volume;

  /** `kill -9` on the machine: of a container's first process, or of the pause process of a sandbox. */
  kill(id: string): void;
  /** The machine starts again: what an earlier process of ours left of Pods (all of it has ended), and images that were there. */
  recover?(sandboxes: readonly SandboxStatus[], images: readonly string[]): void;
  /** Drops what is kept of volumes with an id that nobody wants any more. */
  forgetVolumes?(isWanted: (id: string) => boolean): void;
  /** The machine loses power: all is gone at once but images and volumes that survive; nobody is told. */
  powerOff(): void;
  stop(): Promise<void>;
}

export class RuntimeError extends Error {
  /** `NotFound` and the like, where containerd prefixes `rpc error: code = NotFound desc = `; the message already has it. */
  readonly code: string;
  constructor(message: string, code = 'Unknown') {
    super(message);
    this.code = code;
  }
}

export interface SandboxConfig {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Counts the sandboxes of this Pod. */
  readonly attempt: number;
  readonly hostname: string;
  readonly domainname: string;
  readonly hostNetwork: boolean;
  readonly hostPID: boolean;
  readonly shareProcessNamespace: boolean;
  readonly hostAliases: readonly { readonly ip: string; readonly hostnames: readonly string[] }[];
  readonly resolver: {
    readonly nameservers: readonly string[];
    readonly searches: readonly string[];
    readonly ndots: number;
    /** Others of resolv.conf, as they stand there. */
    readonly options?: readonly string[];
  };
  readonly sysctls: { readonly [name: string]: string };
  /** Ports of the node that lead to this Pod. */
  readonly hostPorts?: readonly {
    readonly hostPort: number;
    readonly containerPort: number;
    readonly protocol: 'TCP' | 'UDP';
  }[];
}

export interface SandboxStatus {
  readonly id: string;
  readonly config: SandboxConfig;
  readonly state: 'ready' | 'notready';
  /** ms since the epoch. */
  readonly createdAt: number;
  readonly ip: string;
  readonly containers: readonly ContainerStatus[];
}

export interface ContainerConfig {
  readonly name: string;
  /** Counts restarts. */
  readonly attempt: number;
  readonly image: string;
  /** The Pod's; undefined: the image's. */
  readonly command: readonly string[] | undefined;
  readonly args: readonly string[] | undefined;
  readonly workingDir: string | undefined;
  /** In order; the image's own come before. */
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly mounts: readonly Mount[];
  readonly stdin: boolean;
  readonly stdinOnce: boolean;
  readonly tty: boolean;
  readonly runAsUser: number | undefined;
  readonly runAsGroup: number | undefined;
  readonly fsGroup: number | undefined;
  readonly supplementalGroups: readonly number[];
  readonly readOnlyRootFilesystem: boolean;
  readonly privileged: boolean;
  /** `allowPrivilegeEscalation: false`. */
  readonly noNewPrivileges?: boolean;
  readonly capabilities: { readonly add: readonly string[]; readonly drop: readonly string[] };
  /** 0: no limit. Bytes, and thousandths of a cpu. */
  readonly memoryLimitBytes: number;
  readonly cpuLimitMilli: number;
  readonly cpuRequestMilli: number;
  readonly oomScoreAdj: number;
  /** `targetContainerName` of an ephemeral container: the id of whose processes it sees. */
  readonly processNamespaceOf: string | undefined;
  readonly terminationMessagePath: string;
}

export interface Mount {
  readonly containerPath: string;
  readonly volume: Volume;
  /** Inside the volume; '' for all of it. */
  readonly subPath: string;
  readonly readOnly: boolean;
}

export interface ContainerStatus {
  readonly id: string;
  readonly config: ContainerConfig;
  readonly state: 'created' | 'running' | 'exited';
  /** ms since the epoch; 0: not yet. */
  readonly createdAt: number;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly exitCode: number;
  /** `Completed`, `Error`, `OOMKilled`, `StartError`; '' while it runs. */
  readonly reason: string;
  /** Of a start that failed. */
  readonly message: string;
  /** What was written to `terminationMessagePath`. At most 4,096 bytes. */
  readonly terminationMessage: string;
  /** `docker.io/library/nginx:1.29-alpine` as statuses show it. */
  readonly image: string;
  /** `docker.io/library/nginx@sha256:…`. */
  readonly imageId: string;
}

export interface PulledImage {
  readonly id: string;
  /** As asked for, and normalised: `nginx`, `docker.io/library/nginx:latest`. */
  readonly names: readonly string[];
  readonly digest: string;
  readonly sizeBytes: number;
  /** Numeric user of its configuration; undefined with `username`: a name that only the container can resolve. */
  readonly uid: number | undefined;
  readonly username: string;
}

export interface ProcessIo {
  /** Undefined: /dev/null. */
  readonly stdin?: AsyncIterable<Uint8Array>;
  /** Resolves when more may be written. */
  stdout(bytes: Uint8Array): Promise<void> | void;
  /** With a tty nothing comes here. */
  stderr(bytes: Uint8Array): Promise<void> | void;
  readonly tty: boolean;
  readonly resize?: AsyncIterable<{ readonly width: number; readonly height: number }>;
  /** Aborts when nobody listens any more: an exec goes on without readers, as upstream's. With `kill`, it is killed. */
  readonly signal?: AbortSignal;
  readonly kill?: boolean;
}

export interface ProcessEnd {
  /** 0–255; 128 + signal. */
  readonly exitCode: number;
}

export interface ContainerLog {
  /** From the oldest that is kept (10 MiB a container). */
  lines(): readonly LogLine[];
  /** Called for each line after those of `lines()`. The result stops it. */
  onLine(listener: (line: LogLine) => void): () => void;
  /** Resolves when nothing more will come. */
  readonly ended: Promise<void>;
}

export interface LogLine {
  /** ms since the epoch, with fractions for order. */
  readonly atMs: number;
  readonly stream: 'stdout' | 'stderr';
  /** With its newline, unless the process ended (or 16 KiB came) before one. */
  readonly text: string;
}

export interface ContainerStats {
  readonly cpuMilli: number;
  /** Nanoseconds since it started. */
  readonly cpuTotalNs: number;
  /** Working set. */
  readonly memoryBytes: number;
  /** What it wrote to its own layer and logs. */
  readonly diskBytes: number;
}

export interface VolumeOptions {
  /** `emptyDir`, `configMap`… for messages and `mount`. */
  readonly kind: string;
  /** Memory-backed: a tmpfs in `mount`. */
  readonly memory: boolean;
  /** 0: none. */
  readonly sizeLimitBytes: number;
  /** Lives on when the machine is switched off. */
  readonly survives: boolean;
  /** What is written into it is found again under the same id when the machine starts again; undefined: it is not. */
  readonly id?: string;
}

export interface Volume {
  readonly options: VolumeOptions;
  /**
   * Replaces everything at once, as the kubelet's atomic writer does: relative path → content, which must not change afterwards
   * (text that others hold too takes no room twice). Nothing happens when all of it is there already. `mode` e.g. 0o644.
   */
  replace(files: ReadonlyMap<string, { readonly bytes: Uint8Array | string; readonly mode: number }>): void;
  /** Undefined: no such file. */
  read(path: string): Uint8Array | undefined;
  /** Undefined: nothing is there. */
  typeOf(path: string): 'file' | 'directory' | undefined;
  /** An empty file or a directory, with the directories above it; nothing when it is there. */
  make(path: string, type: 'file' | 'directory', mode: number): void;
  /** Removes what is there, with all below. */
  drop(path: string): void;
  usedBytes(): number;
  /** `fsGroup`: owner group of what is in it. */
  chgrp(group: number): void;
  remove(): void;
}
