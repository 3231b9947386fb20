import type { Clock } from '../base/clock.ts';
import type { Owner } from '../base/platform.ts';
import { diskFile, newDisk, nodesWithDisk, openDisk } from './disk-files.ts';
import { type DiskStorage, type MachineDisks, NodeDisk } from './kubelet/runtimes/simulated/index.ts';

/** Volumes that are of no node are kept as if they were of this one; no node can have such a name. */
const sharedName = 'compartido_';

export interface DisksOptions {
  /** Of the cluster's data. */
  readonly folder: string;
  readonly owner: Owner | undefined;
  /** Real time. */
  readonly clock: Clock;
  trouble(what: string, error: unknown): void;
}

/** The disks of all nodes, each read when the cluster starts and written while it runs. */
export interface Disks {
  machine(node: string): MachineDisks;
  /** What is on them now, by name, for a photo. */
  whole(): ReadonlyMap<string, Uint8Array>;
  /** Writes what is left. */
  close(): Promise<void>;
}

/** Reads what an earlier process left. Damaged disks are put aside and told of; the machine starts with what was whole. */
export async function openDisks(options: DisksOptions): Promise<Disks> {
  const { folder, owner, clock, trouble } = options;
  const disks = new Map<string, NodeDisk>();
  const made = (name: string, storage: DiskStorage, batches: readonly Uint8Array[]) => {
    const disk = new NodeDisk({ name, storage, batches, clock, trouble });
    disks.set(name, disk);
    return disk;
  };
  const of = (name: string) => disks.get(name) ?? made(name, newDisk(diskFile(folder, name), owner), []);
  const open = async (name: string) => {
    const { storage, batches, damaged } = await openDisk(diskFile(folder, name), owner);
    if (damaged !== undefined)
      trouble(`disk of ${name}`, new Error(`it is damaged, and was put aside as ${damaged}`));
    made(name, storage, batches);
  };
  for (const name of await nodesWithDisk(folder)) await open(name);
  const shared = of(sharedName);
  return {
    machine: (node) => ({
      get existing() {
        return disks.get(node);
      },
      get own() {
        return of(node);
      },
      shared,
    }),
    whole() {
      const found = new Map<string, Uint8Array>();
      for (const [name, disk] of disks) {
        const batch = disk.whole();
        if (batch !== undefined) found.set(name, batch);
      }
      return found;
    },
    async close() {
      await Promise.all([...disks.values()].map((disk) => disk.close()));
    },
  };
}
