import { type Network, NetworkError, type NetworkInterface } from '../../../../network/contract.ts';
import { RuntimeError, type SandboxConfig, type SandboxStatus } from '../../../runtime.ts';
import { FileSystem } from '../fs/file-system.ts';
import { Files } from '../fs/files.ts';
import { newDir } from '../fs/inode.ts';
import { Cgroup } from '../process/cgroup.ts';
import { PidNamespace, Process } from '../process/process.ts';
import type { Container } from './container.ts';
import type { Parts, SandboxParts } from './parts.ts';
import { VolumeState } from './volume.ts';

/** A Pod's namespaces, and the containers in them. */
export class Sandbox implements SandboxParts {
  readonly id: string;
  readonly config: SandboxConfig;
  readonly net: NetworkInterface;
  readonly namespace: PidNamespace | undefined;
  hostname: string;
  readonly containers = new Map<string, Container>();
  readonly #parts: Parts;
  readonly #createdAt: number;
  #shm: VolumeState | undefined;
  #ready = true;
  /** What is left inside may run on without the pause process. */
  #over = false;
  #status: SandboxStatus | undefined;

  /** Throws `RuntimeError` when the network gives no address. */
  constructor(id: string, config: SandboxConfig, network: Network, parts: Parts) {
    this.id = id;
    this.config = config;
    this.hostname = config.hostname;
    this.#createdAt = parts.clock.now();
    this.net = attach(id, config, network, parts.node.name);
    this.#parts = parts;
    this.namespace = config.shareProcessNamespace ? pausedNamespace(this, parts) : undefined;
  }

  get shm(): VolumeState {
    this.#shm ??= new VolumeState(shmOptions, this.#parts.volumes);
    return this.#shm;
  }

  get ready(): boolean {
    return this.#ready;
  }

  /** The same object while nothing changed. */
  status(): SandboxStatus {
    const containers = [...this.containers.values()].map((container) => container.status);
    const known = this.#status;
    const same =
      known !== undefined &&
      (known.state === 'ready') === this.#ready &&
      known.containers.length === containers.length &&
      known.containers.every((one, index) => one === containers[index]);
    if (same && known !== undefined) return known;
    this.#status = {
      id: this.id,
      config: this.config,
      state: this.#ready ? 'ready' : 'notready',
      createdAt: this.#createdAt,
      ip: this.net.ip,
      containers,
    };
    return this.#status;
  }

  /** Kills what is left and gives the address back; false when that was done before. */
  stop(): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.#ready = false;
    for (const container of this.containers.values()) container.kill();
    this.namespace?.init?.deliver(9, 'runtime');
    this.net.close();
    return true;
  }

  /** Somebody killed the pause process: containers go on, unless it is the first of their processes. False: it had ended. */
  pauseKilled(): boolean {
    if (!this.#ready) return false;
    this.#ready = false;
    if (this.namespace === undefined) return true;
    for (const container of this.containers.values()) container.kill();
    this.namespace.init?.deliver(9, 'runtime');
    return true;
  }

  /** The machine lost power. */
  lost(): void {
    if (this.#over) return;
    this.#over = true;
    this.#ready = false;
    for (const container of this.containers.values()) container.lost();
    this.net.close();
  }
}

const shmOptions = { kind: 'shm', memory: true, sizeLimitBytes: 64 * 1024 * 1024, survives: false };

function attach(id: string, config: SandboxConfig, network: Network, node: string): NetworkInterface {
  const { namespace, name, uid, resolver, hostNetwork, hostPorts } = config;
  try {
    return network.attach({
      ...{ node, namespace, name, uid, resolver },
      ...(hostNetwork ? { hostNetwork } : {}),
      ...(hostPorts === undefined ? {} : { hostPorts }),
    });
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    const why = error.code === 'NetworkNotReady' ? 'cni plugin not initialized' : error.message;
    throw new RuntimeError(
      `rpc error: code = Unknown desc = failed to setup network for sandbox "${id}": ${why}`,
      error.code,
    );
  }
}

/** A process namespace for the whole Pod: PID 1 is the pause program. */
function pausedNamespace(sandbox: Sandbox, parts: Parts): PidNamespace {
  const namespace = new PidNamespace();
  const root = {
    path: '/',
    source: 'overlay',
    type: 'overlay',
    options: 'ro',
    readOnly: true,
    quota: undefined,
    holder: { root: newDir() },
  };
  const cred = { uid: 65_535, gid: 65_535, groups: [], capabilities: 0n };
  const limits = { memoryLimitBytes: 0, cpuLimitMilli: 0, cpuRequestMilli: 0, pidsLimit: 1 };
  const pause = new Process(
    namespace,
    {
      ...{
        container: sandbox.id,
        clock: parts.clock,
        random: parts.random,
        net: sandbox.net,
        programs: parts.programs,
      },
      cgroup: new Cgroup(limits, parts.cores, parts.memory, parts.clock.now()),
      host: {
        ...{ hostname: sandbox.hostname, domainname: '', node: parts.node.name, kernel: parts.node.kernel },
        ...{
          architecture: parts.node.architecture,
          cpus: parts.node.cpus,
          memoryBytes: parts.node.memoryBytes,
        },
        ...{ bootedAtMs: parts.bootedAtMs, memoryLimitBytes: 0, memoryUsed: () => 0, behaviour: {} },
        flavour: { tools: 'busybox', psTime: true, banner: '', standalone: false, asksCursor: false },
      },
      setHostname: () => undefined,
    },
    {
      ...{
        args: ['/pause'],
        comm: 'pause',
        env: new Map(),
        cred,
        fds: new Map(),
        parent: undefined,
        group: 0,
      },
      files: (caller) =>
        new Files(new FileSystem(root, { clock: parts.clock, mountInto: () => undefined }), '/', caller),
    },
  );
  pause.reapsOrphans = true;
  pause.run(() => pause.block<number>(() => undefined));
  namespace.skip(5);
  return namespace;
}
