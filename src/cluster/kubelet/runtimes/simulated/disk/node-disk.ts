import type { Clock } from '../../../../../base/clock.ts';
import { errorCode } from '../../../../../base/files.ts';
import type { DirInode, Inode } from '../fs/inode.ts';
import { decodeBatch, encodeBatch } from './batch.ts';
import { SavedTrees } from './saved-trees.ts';
import { TreeWriter } from './tree-writer.ts';

/** Where a disk's batches are kept, in order. */
export interface DiskStorage {
  /** Resolves when it would be there after the machine's own power were cut. Rejects with the system's error. */
  append(batch: Uint8Array): Promise<void>;
  /** From now on there is only this one. */
  replace(batch: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

export interface DiskOptions {
  /** Of this machine, for messages. */
  readonly name: string;
  readonly storage: DiskStorage;
  /** What was kept, oldest first. */
  readonly batches: readonly Uint8Array[];
  /** Real time: what was written is kept soon although the cluster's clock stands still. */
  readonly clock: Clock;
  trouble(what: string, error: unknown): void;
}

/** Something that a disk keeps: its tree as it is now. */
export interface Kept {
  readonly root: Inode;
}

/** How long a write may wait until it is kept. */
const flushMs = 1_000;
const retryMs = 5_000;
/** Whoever writes all the time must not keep this machine's disk busy all the time. */
const restFactor = 5;
const smallBytes = 1024 * 1024;
const fullCodes = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EIO']);
const nothing: ReadonlySet<object> = new Set();

/**
 * The trees of one simulated machine that outlive this process. Whoever changes one says so, and at the latest a second later what
 * is other is written, all that changed at once: after a `kill -9` they are as they were at one moment, not half new.
 */
export class NodeDisk {
  readonly #options: DiskOptions;
  readonly #saved = new SavedTrees();
  readonly #live = new Map<string, Kept>();
  readonly #writer = new TreeWriter();
  #touched = new Set<object>();
  #isOther = false;
  #writtenBytes: number;
  #fullBytes = 0;
  #roots = '';
  /** What is on the disk cannot be added to: it is written whole next. */
  #mustReplace = false;
  #isFull = false;
  #cancel: (() => void) | undefined;
  #turn: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: DiskOptions) {
    this.#options = options;
    this.#writtenBytes = options.batches.reduce((sum, batch) => sum + batch.byteLength, 0);
    try {
      for (const batch of options.batches) this.#saved.apply(decodeBatch(batch));
    } catch (error) {
      options.trouble(`disk of ${options.name}`, error);
    }
    // Numbers of inodes are of one process.
    this.#mustReplace = options.batches.length > 0;
  }

  /** This machine's disk takes no more: neither does the simulated one. */
  get isFull(): boolean {
    return this.#isFull;
  }

  /** What was kept under that name by an earlier process. `base`: where the machine's own files come from. */
  found(name: string, base?: DirInode): DirInode | undefined {
    return this.#live.has(name) ? undefined : this.#saved.tree(name, base);
  }

  /** From now on this is what is kept under that name. */
  keep(name: string, tree: Kept): void {
    this.#live.set(name, tree);
  }

  forget(name: string): void {
    const was = this.#live.delete(name);
    if (this.#saved.drop(name) || was) this.changed();
  }

  /** Of both, those that live and those that nobody asked for yet. */
  names(): readonly string[] {
    return [...new Set([...this.#live.keys(), ...this.#saved.names()])];
  }

  /** A tree is another; `file`: so is its content. */
  changed(file?: object): void {
    this.#isOther = true;
    if (file !== undefined) this.#touched.add(file);
    this.#arm(flushMs);
  }

  /** Resolves when all that was written until now is kept, or could not be. */
  flush(): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#turn = this.#turn.then(() => this.#write());
    return this.#turn;
  }

  /** All of it, as one batch. */
  whole(): Uint8Array | undefined {
    const trees = this.#trees();
    if (trees.size === 0) return undefined;
    return encodeBatch(new TreeWriter().batch(trees, nothing, true));
  }

  async close(): Promise<void> {
    await this.flush();
    this.#closed = true;
    this.#cancel?.();
    await this.#options.storage.close();
  }

  #trees(): Map<string, Inode> {
    const trees = new Map<string, Inode>();
    for (const name of this.#saved.names()) {
      const tree = this.#live.has(name) ? undefined : this.#saved.keptTree(name);
      if (tree !== undefined) trees.set(name, tree);
    }
    for (const [name, { root }] of this.#live) trees.set(name, root);
    return trees;
  }

  #arm(delayMs: number): void {
    if (this.#closed) return;
    this.#cancel ??= this.#options.clock.after(delayMs, () => void this.flush());
  }

  async #write(): Promise<void> {
    if (!this.#isOther) return;
    const { clock, storage, name, trouble } = this.#options;
    const touched = this.#touched;
    this.#touched = new Set();
    this.#isOther = false;
    const startMs = clock.now();
    try {
      const replace = this.#mustReplace || this.#writtenBytes > 2 * this.#fullBytes + smallBytes;
      const change = this.#writer.batch(this.#trees(), touched, replace);
      const roots = JSON.stringify(change.roots);
      const isNothing = change.nodes.length === 0 && change.pages.length === 0 && roots === this.#roots;
      if (isNothing && !replace) return;
      this.#roots = roots;
      const batch = encodeBatch(change);
      this.#mustReplace = true;
      await (replace ? storage.replace(batch) : storage.append(batch));
      this.#mustReplace = false;
      this.#writtenBytes = replace ? batch.byteLength : this.#writtenBytes + batch.byteLength;
      if (replace) this.#fullBytes = batch.byteLength;
      this.#isFull = false;
    } catch (error) {
      this.#isFull = fullCodes.has(errorCode(error));
      this.#isOther = true;
      trouble(`disk of ${name}`, error);
      this.#arm(retryMs);
      return;
    }
    if (this.#isOther) this.#arm(Math.max(flushMs, (clock.now() - startMs) * restFactor));
  }
}
