import { Content } from './content.ts';

/** Who asks: what permissions are checked against, and whom `/proc/self` means. */
export interface Caller {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  /** CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_CHOWN as bits of a mask. */
  readonly capabilities: bigint;
  /** Its process id, for `/proc/self`; 0 when nobody runs. */
  readonly pid: number;
}

interface Meta {
  mode: number;
  uid: number;
  gid: number;
  mtimeMs: number;
  /** Part of an image that other containers share: copied before it is changed. */
  readonly shared: boolean;
}

export interface FileInode extends Meta {
  readonly kind: 'file';
  content: Content;
  /** A binary: the name of the simulated program that runs. */
  readonly program?: string;
  nlink: number;
  /** Not stored: made when it is read. */
  readonly generate?: (caller: Caller) => string;
  readonly accept?: (text: string, caller: Caller) => void;
}

export interface DirInode extends Meta {
  readonly kind: 'dir';
  readonly entries: Map<string, Inode>;
  /** Entries that are made when they are looked up (`/proc`). */
  readonly virtual?: {
    names(caller: Caller): readonly string[];
    get(name: string, caller: Caller): Inode | undefined;
  };
}

export interface LinkInode extends Meta {
  readonly kind: 'link';
  readonly target: string | ((caller: Caller) => string);
  /** Leads there, whatever the target says (`/proc/<pid>/root`). */
  readonly into?: () => Inode | undefined;
}

/** A device, a named pipe or an open file of another process: who opens it gets what `open` makes. */
export interface SpecialInode extends Meta {
  readonly kind: 'device' | 'fifo';
  /** What the process layer opens: `null`, `zero`, `tty`, `fd:3`… or a pipe's own state. */
  readonly device: string;
  /** Room for the layer that opens it (a named pipe's buffer). */
  state?: object;
}

export type Inode = FileInode | DirInode | LinkInode | SpecialInode;

export interface Owner {
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly mtimeMs?: number;
  readonly shared?: boolean;
}

export function newFile(
  content: Content | string,
  owner: Owner & { readonly program?: string } = {},
): FileInode {
  return {
    kind: 'file',
    content: typeof content === 'string' ? Content.of(content) : content,
    nlink: 1,
    ...(owner.program === undefined ? {} : { program: owner.program }),
    ...meta(owner, 0o644),
  };
}

export function newDir(owner: Owner = {}): DirInode {
  return { kind: 'dir', entries: new Map(), ...meta(owner, 0o755) };
}

export function newLink(target: LinkInode['target'], owner: Owner = {}): LinkInode {
  return { kind: 'link', target, ...meta(owner, 0o777), mode: 0o777 };
}

export function newSpecial(kind: SpecialInode['kind'], device: string, owner: Owner = {}): SpecialInode {
  return { kind, device, ...meta(owner, 0o666) };
}

/** A file that is made anew at each reading. */
export function generated(
  text: (caller: Caller) => string,
  mode = 0o444,
  accept?: (text: string, caller: Caller) => void,
): FileInode {
  return { ...newFile(new Content(), { mode }), generate: text, ...(accept === undefined ? {} : { accept }) };
}

export function generatedDir(virtual: NonNullable<DirInode['virtual']>, mode = 0o555): DirInode {
  return { ...newDir({ mode }), virtual };
}

function meta(owner: Owner, mode: number): Meta {
  return {
    mode: owner.mode ?? mode,
    uid: owner.uid ?? 0,
    gid: owner.gid ?? 0,
    mtimeMs: owner.mtimeMs ?? 0,
    shared: owner.shared ?? false,
  };
}

/** A copy that its container may change; entries below stay shared until they are touched. */
export function privateCopy(node: Inode): Inode {
  switch (node.kind) {
    case 'dir':
      return { ...node, entries: new Map(node.entries), shared: false };
    case 'file':
      return { ...node, content: node.content.clone(), shared: false };
    default:
      return { ...node, shared: false };
  }
}

export function entryOf(dir: DirInode, name: string, caller: Caller): Inode | undefined {
  return dir.entries.get(name) ?? dir.virtual?.get(name, caller);
}

export function namesOf(dir: DirInode, caller: Caller): string[] {
  const names = [...dir.entries.keys()];
  return (dir.virtual === undefined ? names : [...new Set([...names, ...dir.virtual.names(caller)])]).sort();
}

export function sizeOf(node: Inode, caller: Caller): number {
  switch (node.kind) {
    case 'file':
      return node.generate === undefined ? node.content.size : 0;
    case 'dir':
      return node.virtual === undefined ? 4096 : 0;
    case 'link':
      return linkTarget(node, caller).length;
    default:
      return 0;
  }
}

export function linkTarget(node: LinkInode, caller: Caller): string {
  return typeof node.target === 'string' ? node.target : node.target(caller);
}

const dacOverride = 1n << 1n;

/** `wanted`: 4 read, 2 write, 1 execute or search. */
export function allowed(node: Inode, caller: Caller, wanted: number): boolean {
  if ((caller.capabilities & dacOverride) !== 0n) {
    return (wanted & 1) === 0 || node.kind === 'dir' || (node.mode & 0o111) !== 0;
  }
  const shift =
    node.uid === caller.uid ? 6 : caller.gid === node.gid || caller.groups.includes(node.gid) ? 3 : 0;
  return ((node.mode >> shift) & wanted) === wanted;
}
