import { Content } from '../fs/content.ts';
import { type DirInode, type Inode, newDir, newFile, newLink, newSpecial } from '../fs/inode.ts';
import { type Batch, type NodeRecord, own, pageBytes } from './batch.ts';

const deepest = 200;
/** Stands for what a machine has of its own, where that machine is not there. */
const anything = newDir({ shared: true });

/** What the batches of a disk come to. */
export class SavedTrees {
  readonly #nodes = new Map<number, NodeRecord>();
  readonly #pages = new Map<number, Map<number, Uint8Array>>();
  readonly #kept = new Map<string, DirInode>();
  #roots = new Map<string, number>();

  apply({ full, roots, nodes, pages }: Batch): void {
    if (full) {
      this.#nodes.clear();
      this.#pages.clear();
    }
    this.#roots = new Map(roots);
    for (const node of nodes) this.#nodes.set(node.id, node);
    for (const { id, index, bytes } of pages) {
      let known = this.#pages.get(id);
      if (known === undefined) {
        known = new Map();
        this.#pages.set(id, known);
      }
      if (bytes.byteLength === 0) known.delete(index);
      else known.set(index, bytes);
    }
  }

  names(): readonly string[] {
    return [...this.#roots.keys()];
  }

  /** False: there was none. */
  drop(name: string): boolean {
    this.#kept.delete(name);
    return this.#roots.delete(name);
  }

  /** The tree of that name as it was found, the same each time: nobody uses it. */
  keptTree(name: string): DirInode | undefined {
    const known = this.#kept.get(name);
    if (known !== undefined) return known;
    const tree = this.#rooted(name, anything);
    if (tree !== undefined) this.#kept.set(name, tree);
    return tree;
  }

  /** The tree of that name, made anew; undefined: none was kept. `base`: the machine's own, where it says so. */
  tree(name: string, base?: DirInode): DirInode | undefined {
    this.#kept.delete(name);
    return this.#rooted(name, base);
  }

  #rooted(name: string, base: DirInode | undefined): DirInode | undefined {
    const id = this.#roots.get(name);
    if (id === undefined) return undefined;
    // Two names of one file stay two names of one file.
    const made = new Map<number, Inode>();
    const node = this.#make(id, base, made, 0);
    return node?.kind === 'dir' ? node : undefined;
  }

  #make(id: number, base: Inode | undefined, made: Map<number, Inode>, depth: number): Inode | undefined {
    const record = this.#nodes.get(id);
    if (record === undefined || depth > deepest) return undefined;
    const known = made.get(id);
    if (known?.kind === 'file') known.nlink += 1;
    if (known !== undefined) return known.kind === 'dir' ? undefined : known;
    const { mode, uid, gid, mtimeMs } = record;
    const owner = { mode, uid, gid, mtimeMs };
    if (record.kind !== 'dir') {
      const node = this.#leaf(record, owner);
      made.set(id, node);
      return node;
    }
    const folder = newDir(owner);
    made.set(id, folder);
    for (const [name, child] of record.entries ?? []) {
      const inBase = base?.kind === 'dir' ? base.entries.get(name) : undefined;
      const below = base === anything ? anything : inBase;
      const node = child === own ? below : this.#make(child, below, made, depth + 1);
      if (node !== undefined) folder.entries.set(name, node);
    }
    return folder;
  }

  #leaf(
    { id, kind, size = 0, program, target = '' }: NodeRecord,
    owner: Parameters<typeof newFile>[1],
  ): Inode {
    if (kind === 'link') return newLink(target, owner);
    if (kind === 'fifo') return newSpecial('fifo', 'fifo', owner);
    const content = new Content();
    for (const [index, bytes] of this.#pages.get(id) ?? []) {
      const from = index * pageBytes;
      if (from < size) content.write(from, bytes.subarray(0, size - from));
    }
    if (content.size !== size) content.truncate(size);
    return newFile(content, { ...owner, ...(program === undefined ? {} : { program }) });
  }
}
