import type { Duplex } from 'node:stream';
import type { Pod } from '../../kube/api/core-v1.ts';
import { failure } from '../../kube/status.ts';
import type { Machine } from './machine.ts';
import type { ProcessIo } from './runtime.ts';
import { KubeletSession } from './session.ts';
import { KubeletServer, type PodRef, type PodStats, type StreamEnd } from './streams/kubelet-api.ts';
import type { LogOptions } from './streams/logs.ts';

/** `off`: the machine has no power. `isolated`: it runs, and nobody reaches it nor it anybody. `stopped`: only the kubelet is. */
export type KubeletState = 'on' | 'off' | 'isolated' | 'stopped';

export interface NodeStats {
  readonly node: string;
  readonly atMs: number;
  readonly windowMs: number;
  readonly cpuMilli: number;
  readonly memoryBytes: number;
  readonly pods: readonly PodStats[];
}

/** What a machine itself uses, beside its Pods. */
const idleCpuMilli = 60;
const idleMemoryBytes = 400 * 1024 ** 2;
const statsWindowMs = 15_000;

/** A node's kubelet with its machine: what port 10250 answers, and what can be done to it from outside. */
export class Kubelet {
  readonly name: string;
  readonly #machine: Machine;
  readonly #podsHere: () => readonly Pod[];
  readonly #server: KubeletServer;
  #state: KubeletState = 'stopped';
  #session: KubeletSession | undefined;

  constructor(machine: Machine, podsHere: () => readonly Pod[]) {
    this.name = machine.settings.name;
    this.#machine = machine;
    this.#podsHere = podsHere;
    this.#server = new KubeletServer(() => {
      if (this.#session === undefined)
        throw failure(
          500,
          'InternalError',
          `dial tcp ${machine.settings.ip}:10250: connect: connection refused`,
        );
      return this.#session;
    });
  }

  get state(): KubeletState {
    return this.#state;
  }

  /** Whether it hears of the API's changes. */
  get connected(): boolean {
    return this.#state === 'on';
  }

  /** The kubelet begins, or begins again. */
  start(): void {
    if (this.#session !== undefined) return;
    this.#state = 'on';
    this.#session = new KubeletSession(this.#machine);
    this.#session.start(this.#podsHere());
  }

  /** The kubelet ends; what it started goes on. */
  stopKubelet(): void {
    if (this.#state === 'off') return;
    this.#endSession();
    this.#state = 'stopped';
  }

  restart(): void {
    if (this.#state === 'off') return;
    this.#endSession();
    this.start();
  }

  powerOff(): void {
    if (this.#state === 'off') return;
    this.#endSession();
    this.#state = 'off';
    this.#machine.runtime.powerOff();
  }

  powerOn(): void {
    if (this.#state !== 'off') return;
    this.#machine.boot();
    this.start();
  }

  isolate(): void {
    if (this.#state === 'on') this.#state = 'isolated';
  }

  reconnect(): void {
    if (this.#state !== 'isolated') return;
    this.#state = 'on';
    this.#session?.reconcile(this.#podsHere());
  }

  /** The container runtime's service stops, or starts again; what it started goes on. */
  setRuntimeServing(serving: boolean): void {
    this.#machine.runtime.setServing(serving);
  }

  /** The configuration of the network plugin is taken away, or put back: without it no Pod gets an address. */
  setNetworkConfigured(configured: boolean): void {
    this.#machine.runtime.setNetworked(configured);
  }

  podChanged(after: Pod | undefined, before: Pod | undefined): void {
    if (this.connected) this.#session?.podChanged(after, before);
  }

  nodeChanged(): void {
    if (this.connected) this.#session?.nodeChanged();
  }

  /** Manifests of static Pods, by file. */
  setManifests(manifests: ReadonlyMap<string, Pod>): void {
    this.#machine.manifests = manifests;
    this.#session?.setManifests();
  }

  logs(
    pod: PodRef,
    container: string,
    options: LogOptions,
    signal: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>> {
    return this.#server.logs(pod, container, options, signal);
  }

  exec(pod: PodRef, container: string, command: readonly string[], io: ProcessIo): Promise<StreamEnd> {
    return this.#server.exec(pod, container, command, io);
  }

  attach(pod: PodRef, container: string, io: ProcessIo): Promise<StreamEnd> {
    return this.#server.attach(pod, container, io);
  }

  prepare(pod: PodRef, verb: 'exec' | 'attach' | 'portforward', container: string): Promise<void> {
    return this.#server.prepare(pod, verb, container);
  }

  portForward(pod: PodRef, port: number): Promise<Duplex> {
    return this.#server.portForward(pod, port);
  }

  stats(): NodeStats {
    const pods = this.#server.podStats();
    const all = pods.flatMap(({ containers }) => containers);
    return {
      node: this.name,
      atMs: this.#machine.clock.now(),
      windowMs: statsWindowMs,
      cpuMilli: all.reduce((sum, { cpuMilli }) => sum + cpuMilli, idleCpuMilli),
      memoryBytes: all.reduce((sum, { memoryBytes }) => sum + memoryBytes, idleMemoryBytes),
      pods,
    };
  }

  /** Everything ends. */
  async close(): Promise<void> {
    this.#endSession();
    this.#state = 'stopped';
    await this.#machine.runtime.stop();
  }

  #endSession(): void {
    this.#session?.stop();
    this.#session = undefined;
  }
}
