import { PassThrough } from 'node:stream';
import type { Clock } from '../../src/base/clock.ts';
import {
  type ContainerConfig,
  type ContainerStatus,
  type PulledImage,
  type Runtime,
  RuntimeError,
  type SandboxConfig,
  type SandboxStatus,
  type Volume,
  type VolumeOptions,
} from '../../src/cluster/kubelet/runtime.ts';

/** How the container of that name behaves each time it is started. */
export interface Behaviour {
  /** Undefined: it runs on. */
  readonly exitAfterMs?: number;
  readonly exitCode?: number;
  readonly oom?: boolean;
  /** Undefined: it ends at TERM, with 143. `ignores`: only KILL helps. */
  readonly onTerm?: { readonly afterMs: number; readonly exitCode: number } | 'ignores';
  readonly failsToStart?: string;
  readonly memoryBytes?: number;
  readonly diskBytes?: number;
  /** What a command run in it answers. */
  readonly exec?: (command: readonly string[]) => { readonly exitCode: number; readonly out?: string };
  readonly log?: readonly string[];
}

type Changing<T> = { -readonly [key in keyof T]: T[key] };

/** A runtime without processes: containers run as long as their behaviour says. */
export class FakeRuntime implements Runtime {
  readonly version = 'containerd://1.7.24';
  readonly behaviours = new Map<string, (attempt: number) => Behaviour>();
  readonly missing = new Set<string>();
  readonly #clock: Clock;
  readonly #sandboxes = new Map<
    string,
    Changing<SandboxStatus> & { containers: Changing<ContainerStatus>[] }
  >();
  readonly #listeners = new Set<(uid: string) => void>();
  readonly #present = new Map<string, PulledImage>();
  readonly #files = new FakeVolume({ kind: 'hostPath', memory: false, sizeLimitBytes: 0, survives: true });
  #ids = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  sandboxes(): readonly SandboxStatus[] {
    return [...this.#sandboxes.values()].map((one) => ({
      ...one,
      containers: one.containers.map((container) => ({ ...container })),
    }));
  }

  onChange(listener: (uid: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async runSandbox(config: SandboxConfig): Promise<string> {
    const id = this.#id();
    this.#sandboxes.set(id, {
      id,
      config,
      state: 'ready',
      createdAt: this.#clock.now(),
      ip: config.hostNetwork ? '' : `10.244.0.${this.#ids}`,
      containers: [],
    });
    this.#tell(config.uid);
    return id;
  }

  async stopSandbox(id: string): Promise<void> {
    const sandbox = this.#sandboxes.get(id);
    if (sandbox === undefined) return;
    for (const container of sandbox.containers) this.#end(container.id, 137, 'Error');
    sandbox.state = 'notready';
    this.#tell(sandbox.config.uid);
  }

  async removeSandbox(id: string): Promise<void> {
    const sandbox = this.#sandboxes.get(id);
    this.#sandboxes.delete(id);
    if (sandbox !== undefined) this.#tell(sandbox.config.uid);
  }

  async pullImage(image: string): Promise<PulledImage> {
    if (this.missing.has(image))
      throw new RuntimeError(
        `rpc error: code = NotFound desc = failed to pull and unpack image "docker.io/library/${image}": failed to resolve reference "docker.io/library/${image}": docker.io/library/${image}: not found`,
        'NotFound',
      );
    const pulled = { id: image, names: [image], digest: 'sha256:0', sizeBytes: 1000, uid: 0, username: '' };
    this.#present.set(image, pulled);
    return pulled;
  }

  image(image: string): PulledImage | undefined {
    return this.#present.get(image);
  }

  images(): readonly PulledImage[] {
    return [...this.#present.values()];
  }

  async removeImage(image: string): Promise<void> {
    this.#present.delete(image);
  }

  async createContainer(sandboxId: string, config: ContainerConfig): Promise<string> {
    const sandbox = this.#sandboxes.get(sandboxId);
    if (sandbox === undefined) throw new RuntimeError('no such sandbox', 'NotFound');
    const id = this.#id();
    sandbox.containers.push({
      id,
      config,
      state: 'created',
      createdAt: this.#clock.now(),
      startedAt: 0,
      finishedAt: 0,
      exitCode: 0,
      reason: '',
      message: '',
      terminationMessage: '',
      image: `docker.io/library/${config.image}`,
      imageId: `docker.io/library/${config.image}@sha256:0`,
    });
    this.#tell(sandbox.config.uid);
    return id;
  }

  async startContainer(id: string): Promise<void> {
    const [container, uid] = this.#find(id);
    const behaviour = this.#behaviour(container);
    if (behaviour.failsToStart !== undefined) {
      Object.assign(container, {
        state: 'exited',
        exitCode: 128,
        reason: 'StartError',
        message: behaviour.failsToStart,
        finishedAt: this.#clock.now(),
      });
      this.#tell(uid);
      throw new RuntimeError(behaviour.failsToStart);
    }
    container.state = 'running';
    container.startedAt = this.#clock.now();
    this.#tell(uid);
    const { exitAfterMs, exitCode = 0, oom = false } = behaviour;
    if (exitAfterMs !== undefined)
      this.#clock.after(exitAfterMs, () =>
        this.#end(id, oom ? 137 : exitCode, oom ? 'OOMKilled' : undefined),
      );
  }

  async stopContainer(id: string, graceMs: number): Promise<void> {
    const found = this.#maybe(id);
    if (found?.[0].state !== 'running') return;
    const { onTerm } = this.#behaviour(found[0]);
    const { afterMs, exitCode } =
      onTerm === 'ignores' ? { afterMs: graceMs, exitCode: 137 } : (onTerm ?? { afterMs: 0, exitCode: 143 });
    if (afterMs > 0) await this.#clock.sleep(Math.min(afterMs, graceMs));
    this.#end(id, afterMs > graceMs ? 137 : exitCode);
  }

  async removeContainer(id: string): Promise<void> {
    for (const sandbox of this.#sandboxes.values()) {
      if (!sandbox.containers.some((container) => container.id === id)) continue;
      sandbox.containers = sandbox.containers.filter((container) => container.id !== id);
      this.#tell(sandbox.config.uid);
    }
  }

  async exec(id: string, command: readonly string[], io: Parameters<Runtime['exec']>[2]) {
    const [container] = this.#find(id);
    const answer = this.#behaviour(container).exec?.(command) ?? { exitCode: 0 };
    if (answer.out !== undefined) await io.stdout(Buffer.from(answer.out));
    return { exitCode: answer.exitCode };
  }

  async attach() {
    return { exitCode: 0 };
  }

  async portForward() {
    return new PassThrough();
  }

  log(id: string) {
    const found = this.#maybe(id);
    if (found === undefined) return undefined;
    const lines = (this.#behaviour(found[0]).log ?? []).map((text, index) => ({
      atMs: found[0].startedAt + index,
      stream: 'stdout' as const,
      text: `${text}\n`,
    }));
    return { lines: () => lines, onLine: () => () => undefined, ended: Promise.resolve() };
  }

  stats(id: string) {
    const found = this.#maybe(id);
    if (found?.[0].state !== 'running') return undefined;
    return {
      cpuMilli: 5,
      cpuTotalNs: 0,
      memoryBytes: this.#behaviour(found[0]).memoryBytes ?? 1_000_000,
      diskBytes: this.#behaviour(found[0]).diskBytes ?? 0,
    };
  }

  createVolume(options: VolumeOptions): Volume {
    return new FakeVolume(options);
  }

  hostFiles(): Volume {
    return this.#files;
  }

  kill(id: string): void {
    const sandbox = this.#sandboxes.get(id);
    if (sandbox === undefined) this.#end(id, 137, 'Error');
    else {
      sandbox.state = 'notready';
      this.#tell(sandbox.config.uid);
    }
  }

  powerOff(): void {
    for (const sandbox of this.#sandboxes.values()) {
      for (const container of sandbox.containers)
        if (container.state === 'running')
          Object.assign(container, {
            state: 'exited',
            exitCode: 255,
            reason: 'Unknown',
            finishedAt: this.#clock.now(),
          });
      sandbox.state = 'notready';
    }
  }

  async stop(): Promise<void> {
    this.#listeners.clear();
    this.#sandboxes.clear();
  }

  /** As `kill -9` of its first process on the node. */
  killNamed(container: string): void {
    for (const sandbox of this.#sandboxes.values())
      for (const one of sandbox.containers) if (one.config.name === container) this.#end(one.id, 137);
  }

  #behaviour(container: ContainerStatus): Behaviour {
    return this.behaviours.get(container.config.name)?.(container.config.attempt) ?? {};
  }

  #end(id: string, exitCode: number, reason?: string): void {
    const found = this.#maybe(id);
    if (found?.[0].state !== 'running') return;
    Object.assign(found[0], {
      state: 'exited',
      exitCode,
      reason: reason ?? (exitCode === 0 ? 'Completed' : 'Error'),
      finishedAt: this.#clock.now(),
    });
    this.#tell(found[1]);
  }

  #find(id: string): [Changing<ContainerStatus>, string] {
    const found = this.#maybe(id);
    if (found === undefined) throw new RuntimeError(`container ${id} not found`, 'NotFound');
    return found;
  }

  #maybe(id: string): [Changing<ContainerStatus>, string] | undefined {
    for (const sandbox of this.#sandboxes.values())
      for (const container of sandbox.containers)
        if (container.id === id) return [container, sandbox.config.uid];
    return undefined;
  }

  #tell(uid: string): void {
    for (const listener of this.#listeners) listener(uid);
  }

  #id(): string {
    this.#ids += 1;
    return String(this.#ids).padStart(64, '0');
  }
}

class FakeVolume implements Volume {
  readonly options: VolumeOptions;
  readonly files = new Map<string, { readonly bytes: Uint8Array; readonly mode: number }>();
  constructor(options: VolumeOptions) {
    this.options = options;
  }
  replace(files: ReadonlyMap<string, { readonly bytes: Uint8Array; readonly mode: number }>): void {
    this.files.clear();
    for (const [path, file] of files) this.files.set(path, file);
  }
  read(path: string): Uint8Array | undefined {
    return this.files.get(path)?.bytes;
  }
  typeOf(path: string): 'file' | 'directory' | undefined {
    return this.files.has(path) ? 'file' : path === '/' || path === '/etc' ? 'directory' : undefined;
  }
  make(path: string, type: 'file' | 'directory', mode: number): void {
    if (type === 'file') this.files.set(path, { bytes: new Uint8Array(), mode });
  }
  drop(path: string): void {
    const under = path.replace(/^\/+/, '');
    for (const key of [...this.files.keys()])
      if (key === under || key.startsWith(`${under}/`)) this.files.delete(key);
  }

  usedBytes(): number {
    return [...this.files.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);
  }
  chgrp(): void {}
  remove(): void {
    this.files.clear();
  }
}
