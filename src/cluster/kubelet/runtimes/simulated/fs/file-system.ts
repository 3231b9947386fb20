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
  /** Only shown: what is there comes with the mount above it. */
  readonly onlyListed?: boolean;
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

/** What is mounted over the root, for a table that is made when somebody looks. */
export interface MountSource {
  readonly clock: { now(): number };
  mountInto(files: FileSystem): void;
}

/** The tree a container sees: its image, what it wrote over it, and what is mounted. */
export class FileSystem {
  readonly root: MountPoint;
  readonly #source: MountSource;
  /** Mounted paths in order; later ones hide earlier ones. */
  #mounts: MountPoint[] | undefined;
  /** Folders that the image lacks, made so that something could be mounted below them. */
  #made: Map<string, DirInode> | undefined;
  /** Making the table again would not give the same. */
  #changed = false;

  constructor(root: MountPoint, source: MountSource) {
    this.root = root;
    this.#source = source;
  }

  now(): number {
    return this.#source.clock.now();
  }

  get mounts(): readonly MountPoint[] {
    return this.#table();
  }

  #table(): MountPoint[] {
    if (this.#mounts === undefined) {
      this.#mounts = [this.root];
      this.#source.mountInto(this);
    }
    return this.#mounts;
  }

  /** Makes the table of mounts again at the next look: many containers never look again. Nothing of it is in use. */
  forget(): void {
    if (this.#changed) return;
    this.#mounts = undefined;
    this.#made = undefined;
  }

  /** Links on the way are followed, as runc does: `/var/run/x` may be mounted on `/run/x`. */
  mount(asked: MountPoint): void {
    const path = this.#realPath(asked.path);
    this.#table().push(path === asked.path ? asked : moved(asked, path));
  }

  unmount(path: string): boolean {
    const table = this.#table();
    const index = table.findLastIndex((point) => point.path === path && point !== this.root);
    if (index < 0 || table[index]?.onlyListed === true) return false;
    table.splice(index, 1);
    this.#changed = true;
    return true;
  }

  /** The same files with another root, for `chroot` and `/proc/<pid>/root`. Undefined: no folder. */
  rooted(path: string, caller: Caller): FileSystem | undefined {
    const found = this.walk(path, caller, { change: !this.root.readOnly });
    if (found.node?.kind !== 'dir') return undefined;
    const holder = this.#mountedAt(found.path)?.holder ?? { root: found.node };
    const below = this.mounts.filter(({ path: mounted }) => mounted.startsWith(`${found.path}/`));
    return new FileSystem(
      { ...moved(found.mount, '/'), holder },
      {
        clock: this.#source.clock,
        mountInto: (files) => {
          for (const point of below) files.mount(moved(point, point.path.slice(found.path.length)));
        },
      },
    );
  }

  /** Names of what is mounted in a folder: they are in its listing, whether its own tree has them or not. */
  namesMountedIn(folder: string): readonly string[] {
    const prefix = folder === '/' ? '/' : `${folder}/`;
    const names = new Set<string>();
    for (const { path, onlyListed } of this.mounts) {
      if (onlyListed === true || !path.startsWith(prefix)) continue;
      const [name = ''] = path.slice(prefix.length).split('/', 1);
      if (name !== '') names.add(name);
    }
    return [...names];
  }

  /** Something is mounted here, or below in folders made for it. */
  isMounted(path: string): boolean {
    return this.#mountedAt(path) !== undefined || this.#made?.has(path) === true;
  }

  /** What is mounted right there; not the root. */
  #mountedAt(path: string): MountPoint | undefined {
    const table = this.#table();
    for (let at = table.length - 1; at > 0; at--) {
      const point = table[at];
      if (point?.path === path && point.onlyListed !== true) return point;
    }
    return undefined;
  }

  /** Stops at what is mounted already: the kernel's own trees have no links that lead elsewhere. */
  #realPath(path: string): string {
    let parts = path.split('/').filter((part) => part !== '');
    let here: Step = this.#top(false);
    for (let links = 0; parts.length > 0; ) {
      const [name = '', ...rest] = parts;
      const below = childPath(here.path, name);
      if (here.node.kind !== 'dir' || this.#mountedAt(below) !== undefined) break;
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
    if (options.change === true) this.#changed = true;
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
        if (options.change === true) here.mount.quota?.changed?.();
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
    if (options.change === true) last.mount.quota?.changed?.();
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
    const mounted = this.#mountedAt(path);
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
    const made = this.#made?.get(path);
    if (made !== undefined) return made;
    const prefix = `${path}/`;
    const below = (point: MountPoint) => point.onlyListed !== true && point.path.startsWith(prefix);
    if (!this.mounts.some(below)) return undefined;
    const folder = newDir();
    this.#made ??= new Map();
    this.#made.set(path, folder);
    return folder;
  }
}

interface Step {
  readonly path: string;
  readonly node: Inode;
  readonly mount: MountPoint;
}

/** The same at another path. */
function moved(
  { source, type, options, readOnly, quota, holder, onlyListed }: MountPoint,
  path: string,
): MountPoint {
  return { path, source, type, options, readOnly, quota, holder, onlyListed: onlyListed === true };
}

function held(mount: MountPoint, change: boolean): Inode {
  if (change && mount.holder.root.shared) mount.holder.root = privateCopy(mount.holder.root);
  return mount.holder.root;
}

function childPath(folder: string, name: string): string {
  return folder === '/' ? `/${name}` : `${folder}/${name}`;
}
