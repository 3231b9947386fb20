import type { Clock } from '../../../../../base/clock.ts';
import type { Random } from '../../../../../base/random.ts';
import type { NetworkInterface } from '../../../../network/contract.ts';
import type { Cgroup } from './cgroup.ts';
import type { Host, Program } from './syscalls.ts';

/** The programs there are, by the name that a file of an image carries. */
export interface Programs {
  get(name: string): Program | undefined;
  /** Memory of one that has just started, in bytes. */
  memoryOf(name: string, command: string): number;
}

/** What all processes of a container share. */
export interface Surroundings {
  readonly container: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly cgroup: Cgroup;
  readonly net: NetworkInterface;
  readonly host: Host;
  readonly programs: Programs;
  setHostname(name: string): void;
}
