import type { JsonObject } from '../base/json.ts';
import type { EvidenceLevel, UnknownReason } from './verdict.ts';

/**
 * The port through which checks look at a world. It belongs to the checks; `backends/*` implement it.
 * Every view is read-only and bounded in bytes and time. A missing view makes a check `unknown`, with advice.
 */
export interface Backend {
  /** The attempt's own folder; always there, on every system. */
  readonly files: FilesView;
  readonly docker?: DockerView;
  readonly linux?: LinuxView;
  readonly cluster?: KubeView;
  /** Why a view is not there. */
  readonly missing: {
    readonly docker?: Unavailable;
    readonly linux?: Unavailable;
    readonly cluster?: Unavailable;
  };
  /** Calls `listener` soon (<= 100 ms) after something observable may have changed; the result stops it. */
  onChange(listener: () => void): () => void;
  close(): Promise<void>;
}

export interface Unavailable {
  readonly reason: UnknownReason;
  /** Spanish, one sentence: what we found. */
  readonly why: string;
  /** Spanish: the one command or action that mends it on this system. */
  readonly next: string;
}

/** Thrown by a view when it could not look; the engine turns it into an `unknown` verdict. */
export class CouldNotLook extends Error {
  readonly unavailable: Unavailable;
  constructor(unavailable: Unavailable, options?: { cause?: unknown }) {
    super(unavailable.why, options);
    this.unavailable = unavailable;
  }
}

// ── Files ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** Files of the learner's working folder. Paths are relative; one that leaves the folder is refused (`EACCES`). */
export interface FilesView {
  read(path: string, maxBytes?: number): Promise<Read<string>>;
  list(path: string): Promise<Read<readonly string[]>>;
}

// ── Docker ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** Objects come exactly as the Engine API gives them; `undefined` means "looked, and it does not exist". */
export interface DockerView {
  readonly level: EvidenceLevel;
  /** Negotiated API version, e.g. '1.41'. */
  readonly apiVersion: string;
  container(name: string): Promise<JsonObject | undefined>;
  /**
   * Containers by label, name fragment or volume they mount, running or not: `{label: 'com.docker.compose.project=x'}`.
   * At most 100.
   */
  containers(filter: {
    readonly label?: string;
    readonly name?: string;
    readonly volume?: string;
  }): Promise<readonly JsonObject[]>;
  image(reference: string): Promise<JsonObject | undefined>;
  imageHistory(reference: string): Promise<readonly JsonObject[]>;
  network(name: string): Promise<JsonObject | undefined>;
  volume(name: string): Promise<JsonObject | undefined>;
  /** Last lines of stdout+stderr, control characters removed. At most 64 KiB and 2 s. */
  logs(container: string, tailLines: number): Promise<string>;
  /** `docker diff`: at most 1,000 entries. */
  changes(container: string): Promise<readonly { readonly kind: 'A' | 'C' | 'D'; readonly path: string }[]>;
  /** Events since a Unix time in ms, for one container name; the engine keeps the last 256. */
  events(sinceMs: number, container: string): Promise<readonly JsonObject[]>;
  /** Runs a short read-only probe inside a running container (for DNS and reachability). At most 4 KiB and 3 s. */
  probe(
    container: string,
    argv: readonly string[],
  ): Promise<{ readonly exitCode: number; readonly output: string }>;
  /** A file read out of a container or image through the archive API, without running anything. At most 64 KiB. */
  readFile(container: string, path: string): Promise<string | undefined>;
  /**
   * Looks for a text in an image's configuration, history and the files of every layer, hidden ones included. At most
   * 64 MiB and 15 s; `complete` is false when that was not enough. `undefined`: no such image.
   */
  searchImage(
    reference: string,
    text: string,
  ): Promise<
    { readonly count: number; readonly where: readonly string[]; readonly complete: boolean } | undefined
  >;
  /** Existing names somebody may have written instead of `name`, nearest first, at most 5. For advice only. */
  near(kind: 'container' | 'image' | 'network' | 'volume', name: string): Promise<readonly string[]>;
}

// ── Linux ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** Which step of the ladder this view stands on: root → userns → station (privileged container) → simulated. */
export type Rung = 'root' | 'userns' | 'station' | 'simulated';

export type ReadError = 'ENOENT' | 'EACCES' | 'EPERM' | 'EINVAL' | 'ESRCH' | 'ENOTDIR' | 'EISDIR' | 'OTHER';
export type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: ReadError };

export interface FileFacts {
  readonly type: 'file' | 'directory' | 'link' | 'chardev' | 'blockdev' | 'fifo' | 'socket';
  readonly dev: number;
  readonly ino: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
  /** Device number for devices, as major:minor. */
  readonly rdev: string;
}

/** A file-system view of one kernel: `/proc`, `/sys/fs/cgroup` and files, as the learner's terminal sees them. */
export interface LinuxView {
  readonly rung: Rung;
  readonly level: EvidenceLevel;
  /** Pid of the process that stands for "the host" in comparisons of namespaces (`curso`, or the station's shell). */
  readonly selfPid: number;
  /**
   * Text of a file, at most `maxBytes` (default 64 KiB); control bytes are kept, callers clean what they show.
   * `latin1` keeps every byte as one character, for binary headers.
   */
  read(path: string, maxBytes?: number, encoding?: 'utf8' | 'latin1'): Promise<Read<string>>;
  readlink(path: string): Promise<Read<string>>;
  list(path: string): Promise<Read<readonly string[]>>;
  stat(path: string, follow?: boolean): Promise<Read<FileFacts>>;
  /** Type of the file system that holds `path`: 'cgroup2fs', 'tmpfs', 'overlayfs', … as `stat -f -c %T` names it. */
  fileSystemType(path: string): Promise<Read<string>>;
  /** Runs a short read-only tool inside namespaces of `pid` (nsenter). At most 64 KiB and 3 s: `ip -d addr` takes 700 bytes for each interface. */
  enter(
    pid: number,
    namespaces: readonly NamespaceName[],
    argv: readonly string[],
  ): Promise<Read<{ readonly exitCode: number; readonly output: string }>>;
}

export const namespaceNames = ['mnt', 'uts', 'ipc', 'pid', 'net', 'user', 'cgroup', 'time'] as const;
export type NamespaceName = (typeof namespaceNames)[number];

// ── Kubernetes ──────────────────────────────────────────────────────────────────────────────────────────────────

/** Which kind of object, as people write it: `deployment`, `deploy`, `Deployment`, `deployments.apps`. */
export type KindName = string;

/**
 * Any Kubernetes cluster, through its API alone; what only the built-in one can tell is in `builtin`. Objects come as the API
 * gives them, without managedFields; `undefined` means "looked, and it does not exist". Throws `CouldNotLook` when the API
 * does not answer, does not know the kind, or forbids it: never costs the learner anything.
 */
export interface KubeView {
  /** `integrado`, or `real` through a kubeconfig. */
  readonly level: EvidenceLevel;
  /** How the learner calls kubectl there: `kubectl`, `kubectl --context kind-aula`. */
  readonly kubectl: string;
  get(kind: KindName, namespace: string, name: string): Promise<JsonObject | undefined>;
  /** At most 2,000; `namespace` undefined: all of them. */
  list(
    kind: KindName,
    namespace: string | undefined,
    filter?: { readonly labels?: string; readonly fields?: string },
  ): Promise<readonly JsonObject[]>;
  /**
   * Every state that objects of a kind in a namespace were in since a moment, oldest first, with a deletion as the last state.
   * Undefined: the cluster no longer remembers that far back. `sinceMs` of the Unix epoch; on a real cluster the states seen by
   * this process since it began to look, and whatever its watch still has.
   */
  history(kind: KindName, namespace: string, sinceMs: number): Promise<readonly KubeState[] | undefined>;
  /** Whether `user` may; undefined: whoever the kubeconfig is. */
  canI(question: {
    readonly verb: string;
    readonly resource: string;
    readonly namespace: string;
    readonly name?: string;
    readonly user?: string;
    readonly groups?: readonly string[];
  }): Promise<boolean>;
  /** One HTTP GET to a Service, a Pod or a port of a node through the API server's proxy, or why nobody answered. */
  http(target: {
    readonly kind: 'service' | 'pod' | 'node';
    /** Not of a node. */
    readonly namespace: string;
    readonly name: string;
    /** Number or name; '' for the only one. */
    readonly port: string;
    readonly path: string;
    /** How long nobody may answer; then nobody does. Without it, as long as the API server waits. */
    readonly patienceMs?: number;
  }): Promise<
    | { readonly ok: true; readonly status: number; readonly body: string }
    | { readonly ok: false; readonly why: string }
  >;
  /** Names somebody may have written instead, nearest first: of that kind there, and in other namespaces (`default/mostrador`). */
  near(kind: KindName, namespace: string, name: string): Promise<readonly string[]>;
  /** Only of the built-in cluster. */
  readonly builtin?: BuiltinView;
}

export interface KubeState {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: JsonObject;
  readonly resourceVersion: number;
}

/** What the API does not tell. Throws `CouldNotLook` when the cluster's process does not answer. */
export interface BuiltinView {
  /** Requests that people made, oldest first. */
  audit(query: {
    readonly verbs?: readonly string[];
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
    readonly succeeded?: boolean;
    readonly sinceMs: number;
    readonly components?: boolean;
  }): Promise<readonly JsonObject[]>;
  /** As `curso cluster estado --json` has them. */
  masters(): Promise<readonly JsonObject[]>;
  nodes(): Promise<readonly JsonObject[]>;
  /** An HTTP GET from inside a Pod, by name and rules as the Pod sees them. */
  probe(
    pod: { readonly namespace: string; readonly name: string },
    url: string,
  ): Promise<{
    readonly status: number | undefined;
    readonly body: string;
    readonly steps: readonly string[];
  }>;
  /** Of the cluster's clock, Unix ms. */
  now(): Promise<number>;
  /** Whether that clock stands still. */
  paused(): Promise<boolean>;
}
