import path from 'node:path';
import { PassThrough } from 'node:stream';
import { seededRandom } from '../../../../../src/base/random.ts';
import type {
  ContainerConfig,
  ContainerStatus,
  Runtime,
  SandboxConfig,
} from '../../../../../src/cluster/kubelet/runtime.ts';
import type { SimulatedNode } from '../../../../../src/cluster/kubelet/runtimes/simulated/container/parts.ts';
import {
  type Catalogue,
  createSimulatedRuntime,
  loadCatalogue,
} from '../../../../../src/cluster/kubelet/runtimes/simulated/index.ts';
import { FakeClock } from '../../../../helpers/fakeClock.ts';
import { FakeNetwork } from './network.ts';

const assets = path.resolve(import.meta.dirname, '../../../../../assets/imagenes');

export interface World {
  readonly clock: FakeClock;
  readonly runtime: Runtime;
  readonly network: FakeNetwork;
  /** A container that has started. */
  run(image: string, config?: Partial<ContainerConfig>, sandbox?: Partial<SandboxConfig>): Promise<Started>;
}

export interface Started {
  readonly id: string;
  readonly sandbox: string;
  status(): ContainerStatus;
  /** What was printed so far. */
  text(stream?: 'stdout' | 'stderr'): string;
  /** Lets time pass until it has ended. */
  end(withinMs?: number): Promise<ContainerStatus>;
  exec(command: readonly string[], stdin?: string): Promise<{ out: string; err: string; code: number }>;
}

let catalogue: Promise<Catalogue> | undefined;

export async function simulatedWorld(
  node: Partial<SimulatedNode> = {},
  folders: readonly string[] = [],
): Promise<World> {
  const own = () =>
    loadCatalogue([assets, ...folders], (text) => {
      throw new Error(text);
    });
  if (folders.length === 0) catalogue ??= own();
  const images = await (folders.length > 0 ? own() : (catalogue ?? own()));
  const clock = new FakeClock(Date.UTC(2026, 0, 15, 10, 0, 0));
  const network = new FakeNetwork();
  const runtime = createSimulatedRuntime({
    clock,
    random: seededRandom(7),
    catalogue: images,
    network,
    node: { name: 'nodo-1', cpus: 2, memoryBytes: 4 * 1024 ** 3, delays: 'none', ...node },
  });
  let pods = 0;
  const run = async (
    image: string,
    config: Partial<ContainerConfig> = {},
    pod: Partial<SandboxConfig> = {},
  ): Promise<Started> => {
    if (runtime.image(image) === undefined) await runtime.pullImage(image);
    const sandbox = await runtime.runSandbox(sandboxConfig(`p${++pods}`, pod));
    const id = await runtime.createContainer(sandbox, containerConfig(image, config));
    await runtime.startContainer(id);
    return started(runtime, clock, sandbox, id);
  };
  return { clock, runtime, network, run };
}

export function started(runtime: Runtime, clock: FakeClock, sandbox: string, id: string): Started {
  const status = () => {
    const found = runtime
      .sandboxes()
      .flatMap((one) => one.containers)
      .find((one) => one.id === id);
    if (found === undefined) throw new Error('no such container');
    return found;
  };
  return {
    id,
    sandbox,
    status,
    text: (stream) =>
      (runtime.log(id)?.lines() ?? [])
        .filter((line) => stream === undefined || line.stream === stream)
        .map((line) => line.text)
        .join(''),
    end: async (withinMs = 60_000) => {
      const untilMs = clock.now() + withinMs;
      await clock.advance(0);
      while (status().state !== 'exited' && clock.now() < untilMs) await clock.advance(100);
      return status();
    },
    exec: async (command, stdin) => {
      const parts = { out: '', err: '' };
      const decoder = new TextDecoder();
      const running = runtime.exec(id, command, {
        stdout: (bytes) => {
          parts.out += decoder.decode(bytes);
        },
        stderr: (bytes) => {
          parts.err += decoder.decode(bytes);
        },
        tty: false,
        ...(stdin === undefined
          ? {}
          : {
              stdin: (async function* () {
                yield Buffer.from(stdin);
              })(),
            }),
      });
      let code: number | undefined;
      let failure: unknown;
      running.then(
        (end) => {
          code = end.exitCode;
        },
        (error) => {
          failure = error;
          code = -1;
        },
      );
      for (let n = 0; n < 2000 && code === undefined; n++) await clock.advance(n === 0 ? 0 : 50);
      if (failure !== undefined) throw failure;
      return { ...parts, code: code ?? -1 };
    },
  };
}

export function sandboxConfig(name: string, pod: Partial<SandboxConfig> = {}): SandboxConfig {
  return {
    namespace: 'default',
    name,
    uid: `uid-${name}`,
    attempt: 0,
    hostname: name,
    domainname: '',
    hostNetwork: false,
    hostPID: false,
    shareProcessNamespace: false,
    hostAliases: [],
    resolver: {
      nameservers: ['10.0.0.10'],
      searches: ['default.svc.cluster.local', 'svc.cluster.local', 'cluster.local'],
      ndots: 5,
    },
    sysctls: {},
    ...pod,
  };
}

export function containerConfig(image: string, config: Partial<ContainerConfig> = {}): ContainerConfig {
  return {
    name: 'c',
    attempt: 0,
    image,
    command: undefined,
    args: undefined,
    workingDir: undefined,
    env: [],
    mounts: [],
    stdin: false,
    stdinOnce: false,
    tty: false,
    runAsUser: undefined,
    runAsGroup: undefined,
    fsGroup: undefined,
    supplementalGroups: [],
    readOnlyRootFilesystem: false,
    privileged: false,
    capabilities: { add: [], drop: [] },
    memoryLimitBytes: 0,
    cpuLimitMilli: 0,
    cpuRequestMilli: 0,
    oomScoreAdj: 1000,
    processNamespaceOf: undefined,
    terminationMessagePath: '/dev/termination-log',
    ...config,
  };
}

export function stream(): PassThrough {
  return new PassThrough();
}
