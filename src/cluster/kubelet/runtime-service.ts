import type { Duplex } from 'node:stream';
import {
  type ContainerConfig,
  type ContainerLog,
  type ContainerStats,
  type ProcessEnd,
  type ProcessIo,
  type PulledImage,
  type Runtime,
  RuntimeError,
  type SandboxConfig,
  type SandboxStatus,
  type Volume,
  type VolumeOptions,
} from './runtime.ts';

/** What a client says that finds no socket. */
const unreachable =
  'rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial unix /run/containerd/containerd.sock: connect: no such file or directory"';

/**
 * A machine's runtime as its kubelet reaches it, over a socket: while the service is stopped nothing can be asked, and what runs
 * goes on. Without a network configuration no Pod gets an address.
 */
export class RuntimeService implements Runtime {
  readonly #runtime: Runtime;
  readonly #listeners = new Set<() => void>();
  #serving = true;
  #networked = true;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  readonly unreachable = unreachable;

  get serving(): boolean {
    return this.#serving;
  }

  /** Whether there is a CNI configuration. */
  get networked(): boolean {
    return this.#networked;
  }

  setServing(serving: boolean): void {
    if (this.#serving === serving) return;
    this.#serving = serving;
    for (const listener of [...this.#listeners]) listener();
  }

  setNetworked(networked: boolean): void {
    if (this.#networked === networked) return;
    this.#networked = networked;
    for (const listener of [...this.#listeners]) listener();
  }

  /** The service or its network configuration came or went. The result stops it. */
  onService(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get version(): string {
    return this.#runtime.version;
  }

  /** Throws while the service is stopped. */
  sandboxes(): readonly SandboxStatus[] {
    return this.#asked().sandboxes();
  }

  onChange(listener: (podUid: string) => void): () => void {
    return this.#runtime.onChange(listener);
  }

  async runSandbox(config: SandboxConfig): Promise<string> {
    const runtime = this.#asked();
    if (!this.#networked && !config.hostNetwork)
      throw new RuntimeError(
        'rpc error: code = Unknown desc = failed to setup network for sandbox: cni plugin not initialized',
      );
    return runtime.runSandbox(config);
  }

  async stopSandbox(id: string): Promise<void> {
    return this.#asked().stopSandbox(id);
  }

  async removeSandbox(id: string): Promise<void> {
    return this.#asked().removeSandbox(id);
  }

  async pullImage(image: string): Promise<PulledImage> {
    return this.#asked().pullImage(image);
  }

  image(image: string): PulledImage | undefined {
    return this.#asked().image(image);
  }

  images(): readonly PulledImage[] {
    return this.#runtime.images();
  }

  async removeImage(image: string): Promise<void> {
    return this.#asked().removeImage(image);
  }

  async createContainer(sandbox: string, config: ContainerConfig): Promise<string> {
    return this.#asked().createContainer(sandbox, config);
  }

  async startContainer(id: string): Promise<void> {
    return this.#asked().startContainer(id);
  }

  async stopContainer(id: string, graceMs: number): Promise<void> {
    return this.#asked().stopContainer(id, graceMs);
  }

  async removeContainer(id: string): Promise<void> {
    return this.#asked().removeContainer(id);
  }

  async exec(id: string, command: readonly string[], io: ProcessIo): Promise<ProcessEnd> {
    return this.#asked().exec(id, command, io);
  }

  async attach(id: string, io: ProcessIo): Promise<ProcessEnd> {
    return this.#asked().attach(id, io);
  }

  async portForward(sandbox: string, port: number): Promise<Duplex> {
    return this.#asked().portForward(sandbox, port);
  }

  log(id: string): ContainerLog | undefined {
    return this.#serving ? this.#runtime.log(id) : undefined;
  }

  stats(id: string): ContainerStats | undefined {
    return this.#serving ? this.#runtime.stats(id) : undefined;
  }

  createVolume(options: VolumeOptions): Volume {
    return this.#runtime.createVolume(options);
  }

  hostFiles(): Volume {
    return this.#runtime.hostFiles();
  }

  kill(id: string): void {
    this.#runtime.kill(id);
  }

  powerOff(): void {
    this.#runtime.powerOff();
  }

  stop(): Promise<void> {
    return this.#runtime.stop();
  }

  /** Throws the `RuntimeError` of a client that finds no socket. */
  #asked(): Runtime {
    if (!this.#serving) throw new RuntimeError(unreachable, 'Unavailable');
    return this.#runtime;
  }
}
