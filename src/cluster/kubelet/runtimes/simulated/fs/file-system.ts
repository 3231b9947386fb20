import type { Quota } from './content.ts';
import { Errno } from './errno.ts';
import {
  allowed,
  type Caller,
  type DirInode,
  entryOf,
  type Inode,
  linkTarget,
  privateCopy,
} from './inode.ts';

/** Something mounted over a path: a volume, `/proc`, `/etc/hosts`. */
export interface MountPoint {
  readonly path: string;
  readonly source: string;
  readonly type: string;
  readonly options: string;
  readonly readOnly: boolean;
  readonly quota: Quota | undefined;
  /** What is mounted. A holder, so that what is shared can be copied before it is changed. */
  readonly holder: { root: Inode };
}

/** Where a path leads. `node` is missing when only its folder exists. */
export interface Found {
  readonly path: string;
  readonly name: string;
  /** Of the folder that holds it; for what is mounted, too. */
  readonly parent: DirInode;
  readonly node: Inode | undefined;
  readonly mount: MountPoint;
}

export interface WalkOptions {
  /** Follow a symbolic link at the end. */
  readonly follow?: boolean;
  /** The result will be changed: what is shared on the way is copied. */
  readonly change?: boolean;
}

const longestPath = 4096;
const mostLinks = 40;

/** The tree a container sees: its image, what it wrote over it, and what is mounted. */
export class FileSystem {
  readonly root: MountPoint;
  /** Mounted paths in order; later ones hide earlier ones. */
  readonly mounts: MountPoint[] = [];
  readonly #byPath = new Map<string, MountPoint>();
  readonly now: () => number;

  constructor(root: MountPoint, now: () => number) {
    this.root = root;
    this.now = now;
    this.mounts.push(root);
  }

  mount(point: MountPoint): void {
    this.mounts.push(point);
    this.#byPath.set(point.path, point);
  }

  unmount(path: string): boolean {
    if (!this.#byPath.delete(path)) return false;
    this.mounts.splice(
      this.mounts.findLastIndex((point) => point.path === path),
      1,
    );
    return true;
  }

  /** Names of what is mounted in a folder: they are in its listing, whether its own tree has them or not. */
  namesMountedIn(folder: string): readonly string[] {
    const prefix = folder === '/' ? '/' : `${folder}/`;
    return [...this.#byPath.keys()]
      .filter((path) => path.startsWith(prefix) && !path.slice(prefix.length).includes('/'))
      .map((path) => path.slice(prefix.length));
  }

  /** Something is mounted exactly here. */
  isMounted(path: string): boolean {
    return this.#byPath.has(path);
  }

  /** Follows `path` (absolute). Throws `Errno` when a folder on the way is missing, is no folder or may not be searched. */
  walk(path: string, caller: Caller, options: WalkOptions = {}): Found {
    if (path.length > longestPath) throw new Errno('ENAMETOOLONG');
    let links = 0;
    let todo = path.split('/').filter((part) => part !== '' && part !== '.');
    const mustBeFolder = path.endsWith('/') || path.endsWith('/.');
    let stack: Step[] = [this.#top(options.change === true)];
    while (todo.length > 0) {
      const [name = '', ...rest] = todo;
      todo = rest;
      if (name === '..') {
        if (stack.length > 1) stack.pop();
        continue;
      }
      const here = stack.at(-1) as Step;
      if (here.node.kind !== 'dir') throw new Errno('ENOTDIR');
      if (!allowed(here.node, caller, 1)) throw new Errno('EACCES');
      if (name.length > 255) throw new Errno('ENAMETOOLONG');
      const step = this.#step(here, here.node, name, caller, options.change === true);
      if (step === undefined) {
        if (rest.length > 0) throw new Errno('ENOENT');
        return {
          path: childPath(here.path, name),
          name,
          parent: here.node,
          node: undefined,
          mount: here.mount,
        };
      }
      if (step.node.kind === 'link' && (rest.length > 0 || options.follow !== false || mustBeFolder)) {
        if (++links > mostLinks) throw new Errno('ELOOP');
        const target = linkTarget(step.node, caller);
        if (target.startsWith('/')) stack = stack.slice(0, 1);
        todo = [...target.split('/').filter((part) => part !== '' && part !== '.'), ...rest];
        continue;
      }
      stack.push(step);
    }
    const last = stack.at(-1) as Step;
    if (mustBeFolder && last.node.kind !== 'dir') throw new Errno('ENOTDIR');
    const above = stack.at(-2) ?? last;
    return {
      path: last.path,
      name: last.path.slice(last.path.lastIndexOf('/') + 1),
      parent: above.node as DirInode,
      node: last.node,
      mount: last.mount,
    };
  }

  #top(change: boolean): Step {
    return { path: '/', node: held(this.root, change), mount: this.root };
  }

  #step(here: Step, folder: DirInode, name: string, caller: Caller, change: boolean): Step | undefined {
    const path = childPath(here.path, name);
    const mounted = this.#byPath.get(path);
    if (mounted !== undefined) return { path, node: held(mounted, change), mount: mounted };
    let node = entryOf(folder, name, caller);
    if (node === undefined) return undefined;
    if (change && node.shared) {
      node = privateCopy(node);
      folder.entries.set(name, node);
    }
    return { path, node, mount: here.mount };
  }
}

interface Step {
  readonly path: string;
  readonly node: Inode;
  readonly mount: MountPoint;
}

function held(mount: MountPoint, change: boolean): Inode {
  if (change && mount.holder.root.shared) mount.holder.root = privateCopy(mount.holder.root);
  return mount.holder.root;
}

function childPath(folder: string, name: string): string {
  return folder === '/' ? `/${name}` : `${folder}/${name}`;
}
