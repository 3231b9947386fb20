import type { Duplex } from 'node:stream';
import type { Pod } from '../../../kube/api/core-v1.ts';
import { failure, internalError, notFound } from '../../../kube/status.ts';
import { findContainer, nameOf, namespaceOf, uidOf } from '../pods/pod.ts';
import { containerNamed } from '../runtime/pod-runtime.ts';
import type { ProcessIo } from '../runtime.ts';
import type { KubeletSession } from '../session.ts';
import { type LogOptions, logContainer, readLog } from './logs.ts';

/** As the API server's NodeAccess has it. */
export interface PodRef {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export type StreamEnd =
  | { readonly kind: 'exit'; readonly exitCode: number }
  | { readonly kind: 'failed'; readonly message: string };

export interface PodStats {
  readonly pod: PodRef;
  readonly containers: readonly {
    readonly name: string;
    readonly cpuMilli: number;
    readonly memoryBytes: number;
  }[];
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What port 10250 of one kubelet answers. Every rejection is a StatusError in upstream's words. */
export class KubeletServer {
  readonly #session: () => KubeletSession;

  constructor(session: () => KubeletSession) {
    this.#session = session;
  }

  async logs(
    ref: PodRef,
    container: string,
    options: LogOptions,
    signal: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>> {
    const session = this.#session();
    const pod = this.#pod(ref);
    const status = session.statuses.get(uidOf(pod)) ?? pod.status ?? {};
    const id = logContainer(ref.name, status, container, options.previous);
    const log = session.context.runtime.log(id);
    if (log === undefined) return once(`unable to retrieve container logs for containerd://${id}`);
    return readLog(log, options, signal);
  }

  /** Rejects with what keeps a stream from being opened. */
  async prepare(ref: PodRef, verb: 'exec' | 'attach' | 'portforward', container: string): Promise<void> {
    if (this.#session().find(ref.namespace, ref.name, ref.uid) === undefined)
      throw failure(404, 'NotFound', 'pod does not exist');
    if (verb !== 'portforward') this.#running(ref, container, missingText(verb, ref, container));
  }

  async exec(ref: PodRef, container: string, command: readonly string[], io: ProcessIo): Promise<StreamEnd> {
    const { runtime } = this.#session().context;
    const id = this.#running(ref, container, missingText('exec', ref, container));
    return run(() => runtime.exec(id, command, io));
  }

  async attach(ref: PodRef, container: string, io: ProcessIo): Promise<StreamEnd> {
    const { runtime } = this.#session().context;
    const id = this.#running(ref, container, missingText('attach', ref, container));
    const tty = findContainer(this.#pod(ref), container)?.container.tty === true;
    return run(() =>
      runtime.attach(id, {
        ...io,
        stdout: (bytes) => io.stdout(bytes),
        stderr: (bytes) => io.stderr(bytes),
        tty,
      }),
    );
  }

  async portForward(ref: PodRef, port: number): Promise<Duplex> {
    const session = this.#session();
    const sandbox = session.runtimeOf(uidOf(this.#pod(ref))).sandboxes.find(({ state }) => state === 'ready');
    if (sandbox === undefined) throw internalError(`pod not found ("${ref.name}_${ref.namespace}")`);
    return session.context.runtime.portForward(sandbox.id, port);
  }

  /** cpu and memory of everything that runs. */
  podStats(): readonly PodStats[] {
    const session = this.#session();
    const { runtime } = session.context;
    const all: PodStats[] = [];
    for (const { pod, mayRun } of session.workers) {
      if (!mayRun) continue;
      const containers = session.runtimeOf(uidOf(pod)).containers.flatMap(({ id, config }) => {
        const stats = runtime.stats(id);
        return stats === undefined
          ? []
          : [{ name: config.name, cpuMilli: stats.cpuMilli, memoryBytes: stats.memoryBytes }];
      });
      const ref = { namespace: namespaceOf(pod), name: nameOf(pod), uid: uidOf(pod) };
      if (containers.length > 0) all.push({ pod: ref, containers });
    }
    return all;
  }

  #pod({ namespace, name, uid }: PodRef): Pod {
    const worker = this.#session().find(namespace, name, uid);
    if (worker !== undefined) return worker.pod;
    const known = this.#session().podOf(uid);
    if (known === undefined) throw notFound({ group: '', resource: 'pods' }, name);
    return known;
  }

  #running(ref: PodRef, container: string, missing: string): string {
    const session = this.#session();
    const { serving, unreachable } = session.context.runtime;
    if (!serving) throw failure(500, 'InternalError', unreachable);
    const seen = containerNamed(session.runtimeNow(uidOf(this.#pod(ref))), container);
    if (seen?.state !== 'running') throw failure(500, 'InternalError', missing);
    return seen.id;
  }
}

async function run(work: () => Promise<{ readonly exitCode: number }>): Promise<StreamEnd> {
  try {
    const { exitCode } = await work();
    return { kind: 'exit', exitCode };
  } catch (error) {
    return { kind: 'failed', message: messageOf(error) };
  }
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}

const missingText = (verb: 'exec' | 'attach', { namespace, name }: PodRef, container: string): string =>
  verb === 'exec'
    ? `container not found ("${container}")`
    : `container ${container} not found in pod ${name}_${namespace}`;
