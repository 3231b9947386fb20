import { hexToken, type Random } from '../../../base/random.ts';
import type { Pod, Taint } from '../../../kube/api/core-v1.ts';

/** A machine to be: what its kubelet registers as its Node. */
export interface NodeSpec {
  readonly name: string;
  /** `nodeIP`; must be the same as the network's. */
  readonly ip: string;
  readonly zone?: string;
  readonly region?: string;
  readonly cpuMilli?: number;
  readonly memoryBytes?: number;
  readonly ephemeralStorageBytes?: number;
  readonly pods?: number;
  readonly labels?: { readonly [key: string]: string };
  readonly taints?: readonly Taint[];
  /** More that can be asked for: `nvidia.com/gpu`. */
  readonly resources?: { readonly [name: string]: string };
  /** Manifests of static Pods by file. */
  readonly staticPods?: ReadonlyMap<string, Pod>;
}

/** A spec with everything decided. */
export interface NodeSettings {
  readonly name: string;
  readonly ip: string;
  readonly labels: { readonly [key: string]: string };
  readonly taints: readonly Taint[];
  readonly capacity: { readonly [name: string]: string };
  readonly allocatable: { readonly [name: string]: string };
  readonly memoryBytes: number;
  readonly clusterDns: string;
  readonly clusterDomain: string;
  /** What the machine itself resolves names with. */
  readonly hostDns: { readonly nameservers: readonly string[]; readonly searches: readonly string[] };
  /** `v1.32.3` */
  readonly version: string;
  readonly machineId: string;
  readonly bootId: string;
}

const kibi = 1024;

export function nodeSettings(
  spec: NodeSpec,
  common: Pick<NodeSettings, 'clusterDns' | 'clusterDomain' | 'hostDns' | 'version'> & {
    readonly machineId: string;
    readonly bootId: string;
  },
): NodeSettings {
  const cpuMilli = spec.cpuMilli ?? 4000;
  const memoryBytes = spec.memoryBytes ?? 8 * kibi ** 3;
  const storage = spec.ephemeralStorageBytes ?? 100 * kibi ** 3;
  const cpu = cpuMilli % 1000 === 0 ? String(cpuMilli / 1000) : `${cpuMilli}m`;
  const rest = {
    'hugepages-1Gi': '0',
    'hugepages-2Mi': '0',
    pods: String(spec.pods ?? 110),
    ...spec.resources,
  };
  return {
    ...common,
    name: spec.name,
    ip: spec.ip,
    labels: {
      'beta.kubernetes.io/arch': 'amd64',
      'beta.kubernetes.io/os': 'linux',
      'kubernetes.io/arch': 'amd64',
      'kubernetes.io/hostname': spec.name,
      'kubernetes.io/os': 'linux',
      ...(spec.zone === undefined ? {} : { 'topology.kubernetes.io/zone': spec.zone }),
      ...(spec.region === undefined ? {} : { 'topology.kubernetes.io/region': spec.region }),
      ...spec.labels,
    },
    taints: spec.taints ?? [],
    capacity: {
      cpu,
      'ephemeral-storage': `${Math.floor(storage / kibi)}Ki`,
      memory: `${Math.floor(memoryBytes / kibi)}Ki`,
      ...rest,
    },
    allocatable: {
      cpu,
      // Hard eviction thresholds are kept back: 15 % of the disk less 5 %, 100 MiB of memory.
      'ephemeral-storage': String(Math.floor(Math.floor(storage / kibi) * kibi * 0.95)),
      memory: `${Math.floor(memoryBytes / kibi) - 100 * kibi}Ki`,
      ...rest,
    },
    memoryBytes,
  };
}

/** Of one start of a machine. */
export const bootId = (random: Random): string =>
  [8, 4, 4, 4, 12].map((length) => hexToken(random, length)).join('-');
