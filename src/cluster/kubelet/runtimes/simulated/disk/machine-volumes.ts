import type { VolumeOptions } from '../../../runtime.ts';
import { VolumeState } from '../container/volume.ts';
import type { DirInode } from '../fs/inode.ts';
import { RealMemory } from '../process/budget.ts';
import type { NodeDisk } from './node-disk.ts';

export interface MachineDisks {
  /** Of this machine, if something was ever kept of it: most of thousands have nothing. */
  readonly existing: NodeDisk | undefined;
  /** The same, made when it is missing. */
  readonly own: NodeDisk;
  /** Storage that is of no machine. */
  readonly shared: NodeDisk;
}

/** The volumes of one machine, and which of them its disk keeps. */
export class MachineVolumes {
  readonly real: RealMemory;
  readonly #clock: { now(): number };
  readonly #disks: MachineDisks | undefined;
  /** Those that a machine without power loses. */
  readonly #inMemory = new Set<VolumeState>();

  constructor(clock: { now(): number }, disks: MachineDisks | undefined, real = new RealMemory()) {
    this.real = real;
    this.#clock = clock;
    this.#disks = disks;
  }

  now(): number {
    return this.#clock.now();
  }

  /** What an earlier process left under the same id is in it. `base`: what is in it otherwise. */
  create(options: VolumeOptions, base?: DirInode): VolumeState {
    const { id, memory, survives } = options;
    const volume = new VolumeState(options, this, base);
    if (memory && !survives) this.#inMemory.add(volume);
    const disk = id === undefined ? undefined : this.#existing(id);
    const found = id === undefined ? undefined : disk?.found(id, base);
    if (id === undefined || disk === undefined || found === undefined) return volume;
    volume.adopt(found);
    disk.keep(id, volume);
    return volume;
  }

  /** Drops what was kept of volumes that nobody wants any more. */
  forget(isWanted: (id: string) => boolean): void {
    const disk = this.#disks?.existing;
    for (const id of disk?.names() ?? []) if (!isWanted(id)) disk?.forget(id);
  }

  hasKept(id: string): boolean {
    return this.#disks?.existing?.names().includes(id) === true;
  }

  powerOff(): void {
    for (const volume of this.#inMemory) volume.empty();
  }

  /** From the first change on it is kept: most volumes never see one. */
  changed(volume: VolumeState, file?: object): void {
    const { id } = volume.options;
    if (id === undefined) return;
    const disk = this.#existing(id) ?? this.#disks?.own;
    if (disk === undefined) return;
    disk.keep(id, volume);
    disk.changed(file);
  }

  removed(volume: VolumeState): void {
    this.#inMemory.delete(volume);
    const { id } = volume.options;
    if (id !== undefined) this.#existing(id)?.forget(id);
  }

  isFull({ options: { id } }: VolumeState): boolean {
    return id !== undefined && this.#existing(id)?.isFull === true;
  }

  #existing(id: string): NodeDisk | undefined {
    return id.startsWith(sharedPrefix) ? this.#disks?.shared : this.#disks?.existing;
  }
}

/** Ids of volumes that are of no machine begin with it. */
const sharedPrefix = 'pv/';
