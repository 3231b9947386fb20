import { RuntimeError, type Volume, type VolumeOptions } from '../../../runtime.ts';
import { Content, type Quota } from '../fs/content.ts';
import { type DirInode, type Inode, newDir, newFile, newLink } from '../fs/inode.ts';
import { baseName, folderOf } from '../fs/paths.ts';

/** Bytes that a volume without a limit may hold: a disk of the node. */
const diskBytes = 40 * 1024 ** 3;

/** A directory that containers of this node mount. */
export class VolumeState implements Volume, Quota {
  readonly options: VolumeOptions;
  /** `root` is replaced when the machine loses power. */
  readonly holder: { root: Inode };
  used = 0;
  kept = 0;
  readonly limit: number;
  readonly #now: () => number;
  #generation = 0;

  constructor(options: VolumeOptions, now: () => number, root?: DirInode) {
    this.options = options;
    this.#now = now;
    this.limit = options.memory ? options.sizeLimitBytes : diskBytes;
    this.holder = { root: root ?? this.#emptyRoot() };
  }

  grow(bytes: number): 'ENOSPC' | undefined {
    if (bytes > 0 && this.limit > 0 && this.used + bytes > this.limit) return 'ENOSPC';
    this.used = Math.max(0, this.used + bytes);
    return undefined;
  }

  replace(files: ReadonlyMap<string, { readonly bytes: Uint8Array; readonly mode: number }>): void {
    const root = this.#root();
    const version = newDir({ mode: 0o755, mtimeMs: this.#now(), gid: root.gid });
    this.used = 0;
    for (const [path, { bytes, mode }] of files) {
      const folder = makeFolder(version, folderOf(path), 0o755, this.#now());
      folder.entries.set(
        baseName(path),
        newFile(Content.of(bytes), { mode, mtimeMs: this.#now(), gid: root.gid }),
      );
      this.used += bytes.byteLength;
    }
    const name = `..${stamp(this.#now())}.${String(1_000_000_000 + ((this.#now() * 7919 + this.#generation++) % 3_000_000_000)).slice(0, 10)}`;
    for (const key of [...root.entries.keys()]) root.entries.delete(key);
    root.entries.set(name, version);
    root.entries.set('..data', newLink(name, { mtimeMs: this.#now() }));
    for (const key of version.entries.keys()) {
      root.entries.set(key, newLink(`..data/${key}`, { mtimeMs: this.#now() }));
    }
    root.mtimeMs = this.#now();
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
    const folder = makeFolder(this.#root(), folderOf(path), 0o755, this.#now());
    const owner = { mode, mtimeMs: this.#now(), gid: folder.gid };
    folder.entries.set(baseName(path), type === 'directory' ? newDir(owner) : newFile('', owner));
  }

  usedBytes(): number {
    return this.used;
  }

  chgrp(group: number): void {
    const change = (node: Inode): void => {
      node.gid = group;
      if (node.kind === 'dir') {
        node.mode |= 0o2070;
        for (const child of node.entries.values()) change(child);
      } else if (node.kind === 'file') node.mode |= 0o060;
    };
    change(this.#root());
  }

  remove(): void {
    this.holder.root = this.#emptyRoot();
    this.used = 0;
    this.kept = 0;
  }

  /** Follows its own links only. */
  at(path: string, depth = 0): Inode | undefined {
    let node: Inode = this.#root();
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
    if (subPath === '') return this.holder;
    if (subPath.split('/').includes('..')) {
      throw new RuntimeError(`subPath ${subPath} must not contain '..'`, 'InvalidArgument');
    }
    if (this.at(subPath) === undefined) this.make(subPath, 'directory', 0o755);
    const root = this.at(subPath);
    if (root === undefined) throw new RuntimeError(`failed to prepare subPath ${subPath}`);
    return { root };
  }

  #root(): DirInode {
    const { root } = this.holder;
    if (root.kind !== 'dir') throw new RuntimeError('a volume is a directory');
    return root;
  }

  #emptyRoot(): DirInode {
    return newDir({ mode: this.options.memory ? 0o1777 : 0o777, mtimeMs: this.#now() });
  }
}

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
