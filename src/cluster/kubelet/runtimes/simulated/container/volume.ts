import { RuntimeError, type Volume, type VolumeOptions } from '../../../runtime.ts';
import { Content, type Quota } from '../fs/content.ts';
import { type DirInode, type FileInode, type Inode, newDir, newFile, newLink } from '../fs/inode.ts';
import { baseName, folderOf } from '../fs/paths.ts';
import { KeptTree, type RealMemory } from '../process/budget.ts';

/** Bytes that a volume without a limit may hold: a disk of the node. */
const diskBytes = 40 * 1024 ** 3;

/** Where volumes are: what all of one machine share. */
export interface VolumeHome {
  readonly real: RealMemory;
  now(): number;
  removed(volume: VolumeState): void;
  /** Something in it is other than before; `file`: its content. */
  changed?(volume: VolumeState, file?: object): void;
  /** Where it is kept there is no room. */
  isFull?(volume: VolumeState): boolean;
}

interface PayloadFile {
  readonly path: string;
  readonly bytes: Uint8Array | string;
  readonly mode: number;
}

/** A directory that containers of this node mount. Its tree is made when somebody looks: most containers never do. */
export class VolumeState extends KeptTree implements Volume, Quota {
  readonly options: VolumeOptions;
  used = 0;
  readonly #home: VolumeHome;
  #root: Inode | undefined;
  /** What was last put there at once, and when. */
  #payload: readonly PayloadFile[] | undefined;
  #payloadAtMs = 0;
  #generation = 0;
  /** `fsGroup`. */
  #group: number | undefined;

  constructor(options: VolumeOptions, home: VolumeHome, root?: DirInode) {
    super(home.real);
    this.options = options;
    this.#home = home;
    this.#root = root;
    if (root === undefined) this.#payloadAtMs = home.now();
  }

  get limit(): number {
    return this.options.memory ? this.options.sizeLimitBytes : diskBytes;
  }

  get root(): Inode {
    if (this.#root === undefined) {
      const root = newDir({ mode: this.options.memory ? 0o1777 : 0o777, mtimeMs: this.#payloadAtMs });
      this.#root = root;
      if (this.#payload !== undefined) this.#write(root, this.#payload);
    }
    return this.#root;
  }

  set root(root: Inode) {
    this.#root = root;
  }

  grow(bytes: number): 'ENOSPC' | undefined {
    if (bytes > 0 && this.limit > 0 && this.used + bytes > this.limit) return 'ENOSPC';
    if (bytes > 0 && this.#home.isFull?.(this) === true) return 'ENOSPC';
    this.used = Math.max(0, this.used + bytes);
    return undefined;
  }

  changed(file?: object): void {
    this.#home.changed?.(this, file);
  }

  /** A tree that was there before: its bytes count. */
  adopt(root: DirInode): void {
    this.#root = root;
    this.used = 0;
    this.keep(-this.kept);
    for (const { content } of filesIn(root)) {
      this.used += content.size;
      this.keep(content.kept);
    }
  }

  /** As upstream's atomic writer: what is there already is not written again. */
  replace(files: ReadonlyMap<string, { readonly bytes: Uint8Array | string; readonly mode: number }>): void {
    if (this.#has(files)) return;
    const payload = [...files].map(([path, { bytes, mode }]): PayloadFile => ({ path, bytes, mode }));
    this.used = payload.reduce((sum, { bytes }) => sum + Buffer.byteLength(bytes), 0);
    this.#payload = payload;
    this.#payloadAtMs = this.#home.now();
    this.#generation++;
    if (this.#root !== undefined) this.#write(this.#folder(), payload);
  }

  #has(files: ReadonlyMap<string, { readonly bytes: Uint8Array | string; readonly mode: number }>): boolean {
    const payload = this.#payload;
    if (payload === undefined || payload.length !== files.size) return false;
    return payload.every(({ path, bytes, mode }) => {
      const file = files.get(path);
      return file !== undefined && file.mode === mode && sameBytes(file.bytes, bytes);
    });
  }

  #write(root: DirInode, payload: readonly PayloadFile[]): void {
    const atMs = this.#payloadAtMs;
    const version = newDir({ mode: 0o755, mtimeMs: atMs, gid: root.gid });
    for (const { path, bytes, mode } of payload) {
      const folder = makeFolder(version, folderOf(path), 0o755, atMs);
      folder.entries.set(baseName(path), newFile(Content.of(bytes), { mode, mtimeMs: atMs, gid: root.gid }));
    }
    const chance = (atMs * 7919 + this.#generation - 1) % 3_000_000_000;
    const name = `..${stamp(atMs)}.${String(1_000_000_000 + chance).slice(0, 10)}`;
    for (const key of [...root.entries.keys()]) root.entries.delete(key);
    root.entries.set(name, version);
    root.entries.set('..data', newLink(name, { mtimeMs: atMs }));
    for (const key of version.entries.keys()) {
      root.entries.set(key, newLink(`..data/${key}`, { mtimeMs: atMs }));
    }
    root.mtimeMs = atMs;
    if (this.#group !== undefined) this.#hand(root, this.#group);
  }

  read(path: string): Uint8Array | undefined {
    const node = this.at(path);
    return node?.kind === 'file' ? node.content.all() : undefined;
  }

  typeOf(path: string): 'file' | 'directory' | undefined {
    const node = this.at(path);
    return node === undefined ? undefined : node.kind === 'dir' ? 'directory' : 'file';
  }

  make(path: string, type: 'file' | 'directory', mode: number): void {
    if (this.at(path) !== undefined) return;
    const nowMs = this.#home.now();
    const folder = makeFolder(this.#folder(), folderOf(path), 0o755, nowMs);
    const owner = { mode, mtimeMs: nowMs, gid: folder.gid };
    folder.entries.set(baseName(path), type === 'directory' ? newDir(owner) : newFile('', owner));
    this.changed();
  }

  drop(path: string): void {
    const folder = this.at(folderOf(path));
    const node = this.at(path);
    if (folder?.kind !== 'dir' || node === undefined || !folder.entries.delete(baseName(path))) return;
    for (const { content } of filesIn(node)) {
      this.used = Math.max(0, this.used - content.size);
      this.keep(-content.kept);
    }
    this.changed();
  }

  usedBytes(): number {
    return this.used;
  }

  chgrp(group: number): void {
    this.#group = group;
    if (this.#root === undefined && this.#payload !== undefined) return;
    this.#hand(this.#folder(), group);
    this.changed();
  }

  /** As upstream's SetVolumeOwnership: what the kubelet writes stays read-only for the group. */
  #hand(node: Inode, group: number): void {
    const written = this.#payload !== undefined;
    node.gid = group;
    if (node.kind === 'dir') {
      node.mode |= written ? 0o2550 : 0o2770;
      for (const child of node.entries.values()) this.#hand(child, group);
    } else if (node.kind === 'file') node.mode |= written ? 0o440 : 0o660;
  }

  remove(): void {
    this.empty();
    this.#home.removed(this);
  }

  /** What is in memory is gone when the machine loses power. */
  empty(): void {
    this.#root = undefined;
    this.#payload = undefined;
    this.#payloadAtMs = this.#home.now();
    this.used = 0;
    this.keep(-this.kept);
  }

  /** Follows its own links only. */
  at(path: string, depth = 0): Inode | undefined {
    let node: Inode = this.root;
    const parts = path.split('/').filter((part) => part !== '' && part !== '.');
    for (const [index, part] of parts.entries()) {
      if (node.kind !== 'dir') return undefined;
      const next: Inode | undefined = node.entries.get(part);
      if (next === undefined) return undefined;
      if (next.kind === 'link' && typeof next.target === 'string') {
        if (depth > 8) return undefined;
        const before = next.target.startsWith('/') ? [] : parts.slice(0, index);
        return this.at([...before, next.target, ...parts.slice(index + 1)].join('/'), depth + 1);
      }
      node = next;
    }
    return node;
  }

  /** What is mounted for a subPath; a directory is made when nothing is there. Throws when the path leads out of the volume. */
  mountable(subPath: string): { root: Inode } {
    if (subPath === '') return this;
    if (subPath.split('/').includes('..')) {
      throw new RuntimeError(`subPath ${subPath} must not contain '..'`, 'InvalidArgument');
    }
    if (this.at(subPath) === undefined) this.make(subPath, 'directory', this.root.mode & 0o777);
    const root = this.at(subPath);
    if (root === undefined) throw new RuntimeError(`failed to prepare subPath ${subPath}`);
    return { root };
  }

  #folder(): DirInode {
    const { root } = this;
    if (root.kind !== 'dir') throw new RuntimeError('a volume is a directory');
    return root;
  }
}

/** Each once, whatever names it has. */
function filesIn(root: Inode): ReadonlySet<FileInode> {
  const files = new Set<FileInode>();
  const todo: Inode[] = [root];
  for (let node = todo.pop(); node !== undefined; node = todo.pop()) {
    if (node.shared) continue;
    if (node.kind === 'file') files.add(node);
    else if (node.kind === 'dir') todo.push(...node.entries.values());
  }
  return files;
}

function sameBytes(a: Uint8Array | string, b: Uint8Array | string): boolean {
  if (a === b) return true;
  if (typeof a === 'string' && typeof b === 'string') return false;
  return Buffer.compare(asBytes(a), asBytes(b)) === 0;
}

const asBytes = (data: Uint8Array | string): Uint8Array =>
  typeof data === 'string' ? Buffer.from(data) : data;

function makeFolder(root: DirInode, path: string, mode: number, nowMs: number): DirInode {
  let at = root;
  for (const part of path.split('/').filter((one) => one !== '' && one !== '.')) {
    let next = at.entries.get(part);
    if (next === undefined) {
      next = newDir({ mode, mtimeMs: nowMs, gid: at.gid });
      at.entries.set(part, next);
    }
    if (next.kind !== 'dir') throw new RuntimeError(`${part} is no directory`);
    at = next;
  }
  return at;
}

/** `2026_11_23_08_31_07` */
function stamp(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace(/[-T:]/g, '_');
}
