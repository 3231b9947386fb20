import type { Runtime } from '../../runtime.ts';
import { SimulatedRuntime, type SimulatedRuntimeOptions } from './runtime.ts';

/**
 * Containers that are only pretended: virtual processes with a shell and programs of our own, files in memory, time from the
 * cluster's clock. Nothing of it executes on the learner's machine.
 *
 * The shell is our own because `just-bash`, the best there is, runs a script to its end and hands back its output: it has no
 * signals, no jobs, no PID 1, no streams while it runs and no clock that can stand still, and those are what the course teaches.
 *
 *   fs/         inodes, mounts, permissions             images/     catalogue, references, pulling
 *   process/    processes, signals, pipes, limits       shell/      the language of `sh`
 *   programs/   what images contain                     container/  containerd and runc
 */
export function createSimulatedRuntime(options: SimulatedRuntimeOptions): Runtime {
  return new SimulatedRuntime(options);
}

export { decodeBatch as checkBatch } from './disk/batch.ts';
export type { MachineDisks } from './disk/machine-volumes.ts';
export type { DiskStorage } from './disk/node-disk.ts';
export { NodeDisk } from './disk/node-disk.ts';
export type { Catalogue } from './images/catalogue.ts';
export { loadCatalogue } from './images/load.ts';
export { RealMemory } from './process/budget.ts';
