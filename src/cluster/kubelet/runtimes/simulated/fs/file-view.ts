import { Errno } from './errno.ts';
import type { FileSystem, Found } from './file-system.ts';
import { allowed, type Caller, type DirInode, type Inode, linkTarget, namesOf, sizeOf } from './inode.ts';
import { absolute, normal } from './paths.ts';

export interface Stat {
  readonly kind: Inode['kind'];
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtimeMs: number;
  readonly nlink: number;
  /** Same object, same file: stands for device and inode number. */
  readonly node: Inode;
}

/** The file system as one process sees it: what can be asked of it. Everything throws `Errno`. */
export class FileView {
  readonly system: FileSystem;
  cwd: string;

  umask = 0o022;
  readonly caller: Caller;

  constructor(system: FileSystem, cwd: string, caller: Caller) {
    this.system = system;
    this.cwd = cwd;
    this.caller = caller;
  }

  find(path: string, options: { readonly follow?: boolean; readonly change?: boolean } = {}): Found {
    if (path === '') throw new Errno('ENOENT');
    return this.system.walk(absolute(path, this.cwd), this.caller, options);
  }

  stat(path: string, follow = true): Stat {
    const { node } = this.find(path, { follow });
    if (node === undefined) throw new Errno('ENOENT');
    return this.statOf(node);
  }

  statOf(node: Inode): Stat {
    const nlink = node.kind === 'file' ? node.nlink : node.kind === 'dir' ? 2 + subfolders(node) : 1;
    const size = sizeOf(node, this.caller);
    const { kind, mode, uid, gid, mtimeMs } = node;
    return { kind, mode: mode & 0o7777, uid, gid, size, mtimeMs: mtimeMs || this.system.now(), nlink, node };
  }

  exists(path: string): boolean {
    try {
      return this.find(path).node !== undefined;
    } catch {
      return false;
    }
  }

  /** `wanted`: 4 read, 2 write, 1 execute. */
  access(path: string, wanted: number): boolean {
    try {
      const { node, mount } = this.find(path);
      if (node === undefined || ((wanted & 2) !== 0 && mount.readOnly)) return false;
      return allowed(node, this.caller, wanted);
    } catch {
      return false;
    }
  }

  isDir(path: string): boolean {
    try {
      return this.find(path).node?.kind === 'dir';
    } catch {
      return false;
    }
  }

  readdir(path: string): string[] {
    const { node, path: at } = this.find(path);
    if (node === undefined) throw new Errno('ENOENT');
    if (node.kind !== 'dir') throw new Errno('ENOTDIR');
    if (!allowed(node, this.caller, 4)) throw new Errno('EACCES');
    const names = namesOf(node, this.caller);
    const mounted = this.system.namesMountedIn(at).filter((name) => !names.includes(name));
    return mounted.length === 0 ? names : [...names, ...mounted].sort();
  }

  readlink(path: string): string {
    const { node } = this.find(path, { follow: false });
    if (node === undefined) throw new Errno('ENOENT');
    if (node.kind !== 'link') throw new Errno('EINVAL');
    return linkTarget(node, this.caller);
  }

  realpath(path: string): string {
    const found = this.find(path);
    if (found.node === undefined) throw new Errno('ENOENT');
    return found.path;
  }

  readBytes(path: string): Uint8Array {
    const node = this.#existing(path);
    if (node.kind === 'dir') throw new Errno('EISDIR');
    if (!allowed(node, this.caller, 4)) throw new Errno('EACCES');
    if (node.kind !== 'file') return new Uint8Array(0);
    return node.generate === undefined ? node.content.all() : Buffer.from(node.generate(this.caller));
  }

  readText(path: string): string {
    return Buffer.from(this.readBytes(path)).toString('utf8');
  }

  chdir(path: string): void {
    const found = this.find(path);
    if (found.node === undefined) throw new Errno('ENOENT');
    if (found.node.kind !== 'dir') throw new Errno('ENOTDIR');
    if (!allowed(found.node, this.caller, 1)) throw new Errno('EACCES');
    this.cwd = found.path;
  }

  #existing(path: string): Inode {
    const { node } = this.find(path);
    if (node === undefined) throw new Errno('ENOENT');
    return node;
  }

  /** Copying what is shared is only right where writing is. */
  protected changeable(path: string): boolean {
    const at = normal(absolute(path, this.cwd));
    let best = this.system.root;
    for (const point of this.system.mounts) {
      if (point.path.length >= best.path.length && (at === point.path || at.startsWith(`${point.path}/`)))
        best = point;
    }
    return !best.readOnly;
  }
}

function subfolders(node: DirInode): number {
  let count = 0;
  for (const child of node.entries.values()) if (child.kind === 'dir') count++;
  return count;
}
