import type { Quota } from './content.ts';
import { Errno } from './errno.ts';
import {
  allowed,
  type Caller,
  type DirInode,
  entryOf,
  type Inode,
  linkTarget,
  newDir,
  privateCopy,
} from './inode.ts';
import { normal } from './paths.ts';

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

const root: Caller = { uid: 0, gid: 0, groups: [], capabilities: -1n, pid: 0 };
const longestPath = 4096;
const mostLinks = 40;

/** The tree a container sees: its image, what it wrote over it, and what is mounted. */
export class FileSystem {
  readonly root: MountPoint;
  /** Mounted paths in order; later ones hide earlier ones. */
  readonly mounts: MountPoint[] = [];
  readonly #byPath = new Map<string, MountPoint>();
  /** Folders that the image lacks, made so that something could be mounted below them. */
  readonly #made = new Map<string, DirInode>();
  readonly now: () => number;

  constructor(root: MountPoint, now: () => number) {
    this.root = root;
    this.now = now;
    this.mounts.push(root);
  }

  /** Links on the way are followed, as runc does: `/var/run/x` may be mounted on `/run/x`. */
  mount(asked: MountPoint): void {
    const path = this.#realPath(asked.path);
    const point = path === asked.path ? asked : { ...asked, path };
    this.mounts.push(point);
    this.#byPath.set(path, point);
  }

  unmount(path: string): boolean {
    if (!this.#byPath.delete(path)) return false;
    this.mounts.splice(
      this.mounts.findLastIndex((point) => point.path === path),
      1,
    );
    return true;
  }

  /** The same files with another root, for `chroot` and `/proc/<pid>/root`. Undefined: no folder. */
  rooted(path: string, caller: Caller): FileSystem | undefined {
    const found = this.walk(path, caller, { change: !this.root.readOnly });
    if (found.node?.kind !== 'dir') return undefined;
    const holder = this.#byPath.get(found.path)?.holder ?? { root: found.node };
    const system = new FileSystem({ ...found.mount, path: '/', holder }, this.now);
    for (const point of this.mounts) {
      if (point.path.startsWith(`${found.path}/`))
        system.mount({ ...point, path: point.path.slice(found.path.length) });
    }
    return system;
  }

  /** Names of what is mounted in a folder: they are in its listing, whether its own tree has them or not. */
  namesMountedIn(folder: string): readonly string[] {
    const prefix = folder === '/' ? '/' : `${folder}/`;
    const names = new Set<string>();
    for (const path of this.#byPath.keys()) {
      const [name = ''] = path.startsWith(prefix) ? path.slice(prefix.length).split('/', 1) : [];
      if (name !== '') names.add(name);
    }
    return [...names];
  }

  /** Something is mounted here, or below in folders made for it. */
  isMounted(path: string): boolean {
    return this.#byPath.has(path) || this.#made.has(path);
  }

  /** Stops at what is mounted already: the kernel's own trees have no links that lead elsewhere. */
  #realPath(path: string): string {
    let parts = path.split('/').filter((part) => part !== '');
    let here: Step = this.#top(false);
    for (let links = 0; parts.length > 0; ) {
      const [name = '', ...rest] = parts;
      const below = childPath(here.path, name);
      if (here.node.kind !== 'dir' || this.#byPath.has(below)) break;
      const node = entryOf(here.node, name, root);
      if (node === undefined) break;
      parts = rest;
      if (node.kind !== 'link') {
        here = { path: below, node, mount: here.mount };
        continue;
      }
      if (++links > mostLinks) throw new Errno('ELOOP');
      const target = linkTarget(node, root);
      const from = target.startsWith('/') ? '/' : here.path;
      parts = [
        ...normal(`${from}/${target}`)
          .split('/')
          .filter((part) => part !== ''),
        ...rest,
      ];
      here = this.#top(false);
    }
    return parts.reduce(childPath, here.path);
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
        const inside = step.node.into?.();
        if (inside !== undefined) {
          stack.push({ ...step, node: inside });
          continue;
        }
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
    let node = entryOf(folder, name, caller) ?? this.#wayToMount(path);
    if (node === undefined) return undefined;
    if (change && node.shared) {
      node = privateCopy(node);
      folder.entries.set(name, node);
    }
    return { path, node, mount: here.mount };
  }

  #wayToMount(path: string): DirInode | undefined {
    const made = this.#made.get(path);
    if (made !== undefined) return made;
    const prefix = `${path}/`;
    if (![...this.#byPath.keys()].some((mounted) => mounted.startsWith(prefix))) return undefined;
    const folder = newDir();
    this.#made.set(path, folder);
    return folder;
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
