import { Content } from './content.ts';
import { Errno } from './errno.ts';
import type { Found } from './file-system.ts';
import { FileView } from './file-view.ts';
import {
  allowed,
  type Caller,
  type FileInode,
  type Inode,
  namesOf,
  newDir,
  newFile,
  newLink,
  newSpecial,
} from './inode.ts';

/** The file system as one process sees it: relative paths, its permissions, its umask. Everything throws `Errno`. */
export class Files extends FileView {
  /** For a child process: the same tree, its own folder and mask. */
  child(caller: Caller): Files {
    const files = new Files(this.system, this.cwd, caller);
    files.umask = this.umask;
    return files;
  }

  writeBytes(path: string, bytes: Uint8Array, mode = 0o666): void {
    const { node, found } = this.openFile(path, { write: true, create: true, truncate: true, mode });
    if (node.kind === 'file') this.writeAt(node, found, 0, bytes);
  }

  /** The node that `open(2)` would give; a file is created or cut when asked. */
  openFile(
    path: string,
    how: {
      readonly read?: boolean;
      readonly write?: boolean;
      readonly create?: boolean;
      readonly truncate?: boolean;
      readonly exclusive?: boolean;
      readonly mode?: number;
    },
  ): { readonly node: Inode; readonly found: Found } {
    let found = this.find(path, { change: how.write === true && this.changeable(path) });
    let node = found.node;
    if (node === undefined) {
      if (how.create !== true || path.endsWith('/'))
        throw new Errno(how.create === true ? 'EISDIR' : 'ENOENT');
      node = this.#add(found, newFile(new Content(), this.#owner((how.mode ?? 0o666) & ~this.umask)));
      found = { ...found, node };
      return { node, found };
    }
    if (how.exclusive === true) throw new Errno('EEXIST');
    if (how.write === true) {
      if (node.kind === 'dir') throw new Errno('EISDIR');
      if (found.mount.readOnly && node.kind === 'file') throw new Errno('EROFS');
    }
    const wanted = (how.read === true ? 4 : 0) | (how.write === true ? 2 : 0);
    if (!allowed(node, this.caller, wanted)) throw new Errno('EACCES');
    if (how.truncate === true && node.kind === 'file' && node.generate === undefined) {
      this.resize(node, found, 0);
    }
    return { node, found };
  }

  writeAt(node: FileInode, found: Found, offset: number, bytes: Uint8Array): void {
    const growth = offset + bytes.byteLength - node.content.size;
    const quota = found.mount.quota;
    if (quota?.isFull === true) throw new Errno('ENOSPC');
    if (growth > 0 && quota !== undefined) {
      const refused = quota.grow(growth);
      if (refused !== undefined) throw new Errno(refused);
    }
    const { kept } = node.content;
    node.content.write(offset, bytes);
    quota?.keep(node.content.kept - kept);
    node.mtimeMs = this.system.now();
    quota?.changed?.(node);
  }

  resize(node: FileInode, found: Found, size: number): void {
    const growth = size - node.content.size;
    const refused = found.mount.quota?.grow(growth);
    if (growth > 0 && refused !== undefined) throw new Errno(refused);
    const { kept } = node.content;
    node.content.truncate(size);
    found.mount.quota?.keep(node.content.kept - kept);
    node.mtimeMs = this.system.now();
    found.mount.quota?.changed?.(node);
  }

  mkdir(path: string, mode = 0o777): void {
    const found = this.find(path.replace(/(.)\/+$/, '$1'), { follow: false, change: this.changeable(path) });
    if (found.node !== undefined) throw new Errno('EEXIST');
    this.#add(found, newDir(this.#owner(mode & ~this.umask)));
  }

  symlink(target: string, path: string): void {
    this.#addNew(path, newLink(target, this.#owner(0o777)));
  }

  mkfifo(path: string): void {
    this.#addNew(path, newSpecial('fifo', 'fifo', this.#owner(0o666 & ~this.umask)));
  }

  link(existing: string, path: string): void {
    const { node, mount } = this.find(existing, { follow: false, change: this.changeable(existing) });
    if (node === undefined) throw new Errno('ENOENT');
    if (node.kind === 'dir') throw new Errno('EPERM');
    const found = this.find(path, { follow: false, change: this.changeable(path) });
    if (found.node !== undefined) throw new Errno('EEXIST');
    if (found.mount !== mount) throw new Errno('EXDEV');
    if (node.kind === 'file') node.nlink++;
    this.#add(found, node);
  }

  unlink(path: string): void {
    const found = this.#removable(path);
    if (found.node.kind === 'dir') throw new Errno('EISDIR');
    this.#drop(found, found.node);
  }

  rmdir(path: string): void {
    const found = this.#removable(path);
    if (found.node.kind !== 'dir') throw new Errno('ENOTDIR');
    if (/(^|\/)\.$/.test(path)) throw new Errno('EINVAL');
    if (namesOf(found.node, this.caller).length > 0) throw new Errno('ENOTEMPTY');
    this.#drop(found, found.node);
  }

  rename(from: string, to: string): void {
    const source = this.#removable(from);
    const target = this.find(to, { follow: false, change: this.changeable(to) });
    if (target.mount !== source.mount) throw new Errno('EXDEV');
    if (
      source.node.kind === 'dir' &&
      `${target.path}/`.startsWith(`${source.path}/`) &&
      target.path !== source.path
    ) {
      throw new Errno('EINVAL');
    }
    if (target.node === source.node) return;
    if (target.node !== undefined) {
      if (target.node.kind === 'dir') {
        if (source.node.kind !== 'dir') throw new Errno('EISDIR');
        if (namesOf(target.node, this.caller).length > 0) throw new Errno('ENOTEMPTY');
      } else if (source.node.kind === 'dir') throw new Errno('ENOTDIR');
      this.#drop(target, target.node);
    }
    this.#mayChange(target);
    source.parent.entries.delete(source.name);
    source.parent.mtimeMs = this.system.now();
    target.parent.entries.set(target.name, source.node);
    target.parent.mtimeMs = this.system.now();
  }

  chmod(path: string, mode: number): void {
    const node = this.#owned(path, 'mode', true);
    node.mode = (node.mode & ~0o7777) | (mode & 0o7777);
  }

  /** Undefined: stays. */
  chown(path: string, uid: number | undefined, gid: number | undefined, follow = true): void {
    const node = this.#owned(path, 'owner', follow);
    node.uid = uid ?? node.uid;
    node.gid = gid ?? node.gid;
  }

  utimes(path: string, mtimeMs: number): void {
    const found = this.find(path, { change: this.changeable(path) });
    if (found.node === undefined) throw new Errno('ENOENT');
    if (found.mount.readOnly) throw new Errno('EROFS');
    if (found.node.uid !== this.caller.uid && !allowed(found.node, this.caller, 2)) throw new Errno('EACCES');
    found.node.mtimeMs = mtimeMs;
  }

  #owner(mode: number): { mode: number; uid: number; gid: number; mtimeMs: number } {
    return { mode, uid: this.caller.uid, gid: this.caller.gid, mtimeMs: this.system.now() };
  }

  #mayChange(found: Found): void {
    if (found.parent.virtual !== undefined) throw new Errno('EPERM');
    if (found.mount.readOnly) throw new Errno('EROFS');
    if (!allowed(found.parent, this.caller, 2)) throw new Errno('EACCES');
  }

  #add<T extends Inode>(found: Found, node: T): T {
    this.#mayChange(found);
    if (found.parent.mode & 0o2000 && node.kind !== 'link') {
      node.gid = found.parent.gid;
      if (node.kind === 'dir') node.mode |= 0o2000;
    }
    const { quota } = found.mount;
    if (quota?.isFull === true) throw new Errno('ENOSPC');
    quota?.keep(entryBytes);
    found.parent.entries.set(found.name, node);
    found.parent.mtimeMs = this.system.now();
    return node;
  }

  #addNew(path: string, node: Inode): void {
    const found = this.find(path, { follow: false, change: this.changeable(path) });
    if (found.node !== undefined) throw new Errno('EEXIST');
    this.#add(found, node);
  }

  #removable(path: string): Found & { readonly node: Inode } {
    const found = this.find(path.replace(/(.)\/+$/, '$1'), { follow: false, change: this.changeable(path) });
    const { node } = found;
    if (node === undefined) throw new Errno('ENOENT');
    if (found.path === '/' || this.system.isMounted(found.path)) throw new Errno('EBUSY');
    this.#mayChange(found);
    const { uid, capabilities } = this.caller;
    const sticky = (found.parent.mode & 0o1000) !== 0;
    if (sticky && (capabilities & fowner) === 0n && node.uid !== uid && found.parent.uid !== uid) {
      throw new Errno('EPERM');
    }
    return { ...found, node };
  }

  #drop(found: Found, node: Inode): void {
    const { quota } = found.mount;
    quota?.keep(-entryBytes);
    if (node.kind === 'file' && --node.nlink <= 0) {
      quota?.grow(-node.content.size);
      quota?.keep(-node.content.kept);
    }
    found.parent.entries.delete(found.name);
    found.parent.mtimeMs = this.system.now();
  }

  #owned(path: string, what: 'mode' | 'owner', follow: boolean): Inode {
    const found = this.find(path, { follow, change: this.changeable(path) });
    if (found.node === undefined) throw new Errno('ENOENT');
    if (found.mount.readOnly) throw new Errno('EROFS');
    const { uid, capabilities } = this.caller;
    const right = what === 'mode' ? fowner : chownCapability;
    if ((capabilities & right) === 0n && (what === 'owner' || found.node.uid !== uid))
      throw new Errno('EPERM');
    return found.node;
  }
}

/** What a file or a folder really takes of this machine beside its content, about. */
const entryBytes = 512;
const chownCapability = 1n << 0n;

const fowner = 1n << 3n;
