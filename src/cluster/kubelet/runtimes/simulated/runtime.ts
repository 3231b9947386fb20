import type { Duplex } from 'node:stream';
import type { Clock } from '../../../../base/clock.ts';
import type { Random } from '../../../../base/random.ts';
import { type Network, NetworkError } from '../../../network/contract.ts';
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
} from '../../runtime.ts';
import { Container } from './container/container.ts';
import { hostTree } from './container/host-files.ts';
import { hexId, type Parts, type SimulatedNode, usualDelays } from './container/parts.ts';
import { Sandbox } from './container/sandbox.ts';
import { type MachineDisks, MachineVolumes } from './disk/machine-volumes.ts';
import { Remains } from './disk/remains.ts';
import type { Catalogue } from './images/catalogue.ts';
import { ImageStore } from './images/store.ts';
import { NodeMemory, RealMemory } from './process/budget.ts';
import { Cores } from './process/cgroup.ts';

export interface SimulatedRuntimeOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly catalogue: Catalogue;
  readonly network: Network;
  readonly node: SimulatedNode;
  /** What outlives this process; undefined: nothing does. */
  readonly disks?: MachineDisks;
  /** What the containers of all nodes together really hold; undefined: there is only this one. */
  readonly real?: RealMemory;
  /** Told, in Spanish, when an image is not in the catalogue and how to add it. */
  readonly unknownImage?: (image: string, hint: string) => void;
}

/** What the disk calls the machine's own files. */
const hostId = 'host';

/** containerd's part, played in memory: nothing runs on this machine. */
export class SimulatedRuntime implements Runtime {
  readonly version = 'containerd://1.7.27';
  readonly #options: SimulatedRuntimeOptions;
  readonly #parts: Parts;
  readonly #images: ImageStore;
  readonly #sandboxes = new Map<string, Sandbox>();
  readonly #containers = new Map<string, { readonly container: Container; readonly sandbox: Sandbox }>();
  readonly #listeners = new Set<(podUid: string) => void>();
  readonly #volumes: MachineVolumes;
  readonly #remains = new Remains();
  #host: Volume | undefined;

  constructor(options: SimulatedRuntimeOptions) {
    const { clock, random, catalogue, node } = options;
    this.#options = options;
    const full = {
      architecture: 'amd64',
      kernel: '6.12.47',
      delays: 'real',
      oomGroupKill: false,
      ...node,
    } as const;
    const real = options.real ?? new RealMemory();
    this.#volumes = new MachineVolumes(clock, options.disks, real);
    this.#parts = {
      ...{ node: full, clock, random, programs: catalogue.programs, cores: new Cores(node.cpus) },
      memory: new NodeMemory(node.memoryBytes, real),
      bootedAtMs: clock.now() - 3_600_000,
      volumes: this.#volumes,
      changed: (podUid) => this.#changed(podUid),
    };
    this.#images = new ImageStore({
      ...{ catalogue, clock, delays: full.delays, platform: `linux/${full.architecture}` },
      unknownImage: options.unknownImage ?? (() => undefined),
    });
    // Parts of it are this machine's own: only whoever has those can keep it.
    if (this.#volumes.hasKept(hostId)) this.hostFiles();
  }

  sandboxes(): readonly SandboxStatus[] {
    return [...this.#remains.all(), ...[...this.#sandboxes.values()].map((sandbox) => sandbox.status())];
  }

  recover(sandboxes: readonly SandboxStatus[], images: readonly string[]): void {
    for (const sandbox of sandboxes) this.#remains.add(sandbox);
    for (const image of images) this.#images.recover(image);
  }

  forgetVolumes(isWanted: (id: string) => boolean): void {
    this.#volumes.forget((id) => id === hostId || isWanted(id));
  }

  onChange(listener: (podUid: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async runSandbox(config: SandboxConfig): Promise<string> {
    const { clock, random, network } = this.#options;
    if (this.#parts.node.delays !== 'none') await clock.sleep(usualDelays.sandbox);
    const id = hexId(random);
    this.#sandboxes.set(id, new Sandbox(id, config, network, this.#parts));
    this.#changed(config.uid);
    return id;
  }

  async stopSandbox(id: string): Promise<void> {
    const sandbox = this.#sandboxes.get(id);
    if (sandbox?.stop() === true) this.#changed(sandbox.config.uid);
  }

  async removeSandbox(id: string): Promise<void> {
    const sandbox = this.#sandboxes.get(id);
    if (sandbox === undefined) {
      const uid = this.#remains.remove(id);
      if (uid !== undefined) this.#changed(uid);
      return;
    }
    sandbox.stop();
    for (const [one, container] of sandbox.containers) {
      container.removed();
      this.#containers.delete(one);
    }
    this.#sandboxes.delete(id);
    this.#changed(sandbox.config.uid);
  }

  pullImage(image: string): Promise<PulledImage> {
    return this.#images.pull(image);
  }

  image(image: string): PulledImage | undefined {
    return this.#images.find(image)?.pulled;
  }

  images(): readonly PulledImage[] {
    return this.#images.all();
  }

  async removeImage(image: string): Promise<void> {
    this.#images.remove(image);
  }

  async createContainer(sandboxId: string, config: ContainerConfig): Promise<string> {
    const { clock, random } = this.#options;
    if (this.#parts.node.delays !== 'none') await clock.sleep(usualDelays.create);
    const sandbox = this.#sandboxes.get(sandboxId);
    if (sandbox === undefined)
      throw new RuntimeError(`failed to find sandbox id "${sandboxId}": not found`, 'NotFound');
    const image = this.#images.find(config.image);
    if (image === undefined) {
      throw new RuntimeError(`failed to resolve image "${config.image}": not found`, 'NotFound');
    }
    const id = hexId(random);
    const container = new Container(id, config, image, sandbox, this.#parts);
    sandbox.containers.set(id, container);
    this.#containers.set(id, { container, sandbox });
    this.#changed(sandbox.config.uid);
    return id;
  }

  async startContainer(id: string): Promise<void> {
    const { container } = this.#existing(id);
    const target = container.config.processNamespaceOf;
    const namespace = target === undefined ? undefined : this.#containers.get(target)?.container.namespace;
    await container.start(namespace);
  }

  async stopContainer(id: string, graceMs: number): Promise<void> {
    await this.#containers.get(id)?.container.stop(graceMs);
  }

  async removeContainer(id: string): Promise<void> {
    const found = this.#containers.get(id);
    if (found === undefined) {
      const uid = this.#remains.removeContainer(id);
      if (uid !== undefined) this.#changed(uid);
      return;
    }
    found.container.removed();
    found.sandbox.containers.delete(id);
    this.#containers.delete(id);
    this.#changed(found.sandbox.config.uid);
  }

  async exec(id: string, command: readonly string[], io: ProcessIo): Promise<ProcessEnd> {
    return this.#existing(id).container.exec(command, io);
  }

  async attach(id: string, io: ProcessIo): Promise<ProcessEnd> {
    return this.#existing(id).container.attach(io);
  }

  async portForward(sandboxId: string, port: number): Promise<Duplex> {
    const sandbox = this.#sandboxes.get(sandboxId);
    if (sandbox === undefined || !sandbox.ready) {
      throw new RuntimeError(`failed to find sandbox "${sandboxId}" in store: not found`, 'NotFound');
    }
    try {
      return await sandbox.net.connect('127.0.0.1', port);
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      const path = `/var/run/netns/cni-${sandboxId.slice(0, 8)}-${sandboxId.slice(8, 12)}-${sandboxId.slice(12, 16)}-${sandboxId.slice(16, 20)}-${sandboxId.slice(20, 32)}`;
      throw new RuntimeError(
        `failed to execute portforward in network namespace "${path}": failed to connect to localhost:${port} inside namespace "${sandboxId}", IPv4: dial tcp4 127.0.0.1:${port}: connect: connection refused IPv6 dial tcp6: address localhost: no suitable address found`,
      );
    }
  }

  log(id: string): ContainerLog | undefined {
    return this.#containers.get(id)?.container.log;
  }

  stats(id: string): ContainerStats | undefined {
    return this.#containers.get(id)?.container.stats();
  }

  createVolume(options: VolumeOptions): Volume {
    return this.#volumes.create(options);
  }

  hostFiles(): Volume {
    const options = { kind: 'hostPath', memory: false, sizeLimitBytes: 0, survives: true, id: hostId };
    this.#host ??= this.#volumes.create(
      options,
      hostTree(this.#parts.node.name, this.#options.catalogue.tools()),
    );
    return this.#host;
  }

  kill(id: string): void {
    const sandbox = this.#sandboxes.get(id);
    if (sandbox === undefined) this.#containers.get(id)?.container.kill();
    else if (sandbox.pauseKilled()) this.#changed(sandbox.config.uid);
  }

  powerOff(): void {
    for (const sandbox of this.#sandboxes.values()) sandbox.lost();
    this.#volumes.powerOff();
  }

  async stop(): Promise<void> {
    this.#listeners.clear();
    for (const sandbox of this.#sandboxes.values()) sandbox.stop();
    this.#sandboxes.clear();
    this.#containers.clear();
  }

  #existing(id: string): { readonly container: Container; readonly sandbox: Sandbox } {
    const found = this.#containers.get(id);
    if (found === undefined) {
      throw new RuntimeError(`an error occurred when try to find container "${id}": not found`, 'NotFound');
    }
    return found;
  }

  #changed(podUid: string): void {
    for (const listener of [...this.#listeners]) listener(podUid);
  }
}
