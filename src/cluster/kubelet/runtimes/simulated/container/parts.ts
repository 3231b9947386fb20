import type { Clock } from '../../../../../base/clock.ts';
import type { Random } from '../../../../../base/random.ts';
import type { NetworkInterface } from '../../../../network/contract.ts';
import type { SandboxConfig } from '../../../runtime.ts';
import type { NodeMemory } from '../process/budget.ts';
import type { Cores } from '../process/cgroup.ts';
import type { PidNamespace } from '../process/process.ts';
import type { Programs } from '../process/surroundings.ts';
import type { VolumeHome, VolumeState } from './volume.ts';

/** The simulated machine that a runtime works on. */
export interface SimulatedNode {
  readonly name: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  /** `amd64` (default) or `arm64`. */
  readonly architecture?: string;
  readonly kernel?: string;
  /** `none`: pulls, sandboxes and containers take no time, for benchmarks. */
  readonly delays?: 'none' | 'real';
  /** All processes of a container die together when memory is short, as with cgroup v2 under a kubelet of 1.28 or later. */
  readonly oomGroupKill?: boolean;
}

/** What containers of one runtime share. */
export interface Parts {
  readonly node: Required<SimulatedNode>;
  readonly clock: Clock;
  readonly random: Random;
  readonly cores: Cores;
  readonly memory: NodeMemory;
  readonly programs: Programs;
  readonly bootedAtMs: number;
  readonly volumes: VolumeHome;
  changed(podUid: string): void;
}

/** ms that containerd and runc need. */
export const usualDelays = { sandbox: 180, create: 25, start: 60 } as const;

/** What a container needs of its sandbox. */
export interface SandboxParts {
  readonly id: string;
  readonly config: SandboxConfig;
  readonly net: NetworkInterface;
  readonly shm: VolumeState;
  /** Undefined: the container gets its own. */
  readonly namespace: PidNamespace | undefined;
  hostname: string;
}

/** 64 digits, as containerd's ids. */
export function hexId(random: Parts['random']): string {
  return Array.from({ length: 16 }, () => random.int(65_536).toString(16).padStart(4, '0')).join('');
}
