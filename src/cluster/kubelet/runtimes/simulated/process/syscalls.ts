import type { Random } from '../../../../../base/random.ts';
import type { NetworkInterface } from '../../../../network/contract.ts';
import type { Files } from '../fs/files.ts';
import type { Inode } from '../fs/inode.ts';

/**
 * All that a simulated program can do. Nothing of the learner's machine is reachable through it. Waiting calls reject with
 * `ProcessEnded` once the process is killed: programs let it pass.
 */
export interface Syscalls {
  readonly pid: number;
  readonly ppid: number;
  readonly pgid: number;
  readonly args: readonly string[];
  readonly env: ReadonlyMap<string, string>;
  readonly files: Files;
  readonly cred: Credentials;
  readonly host: Host;
  readonly net: NetworkInterface;
  readonly random: Random;
  /** The container's processes as it sees them. */
  readonly processes: ProcessList;

  /** ms since the epoch. */
  now(): number;
  sleep(ms: number): Promise<void>;
  /** A timer; the result cancels it. The caller cancels it when its process ends. */
  after(ms: number, action: () => void): () => void;
  /** Counts work: a promise when others must have their turn first, or the cpu limit is used up. */
  spend(steps?: number): Promise<void> | undefined;
  /** Uses a cpu for so long; takes longer under a limit. */
  burn(cpuMs: number): Promise<void>;
  /** Takes (or with a negative number gives back) memory. Over the limit somebody is killed: perhaps the caller. */
  allocate(bytes: number): void;
  /** As `allocate`, for what the program really keeps: of that containers have a share, whatever their limits. */
  hold(bytes: number): void;
  /** Runs `start`, which gets the ways to end the wait and returns how to undo it when the process dies. */
  block<T>(
    start: (done: (value: T) => void, fail: (error: unknown) => void) => (() => void) | undefined,
  ): Promise<T>;
  /** Aborted when the process ends. */
  abortSignal(): AbortSignal;

  /** At most `max` bytes; none at the end. */
  read(fd: number, max?: number): Uint8Array | Promise<Uint8Array>;
  write(fd: number, data: string | Uint8Array): void | Promise<void>;
  out(data: string | Uint8Array): void | Promise<void>;
  err(data: string | Uint8Array): void | Promise<void>;
  open(path: string, how: OpenHow): number;
  close(fd: number): void;
  /** `to` undefined: the lowest free from 10 on. */
  dup(fd: number, to?: number): number;
  hasFd(fd: number): boolean;
  fds(): readonly number[];
  pipe(): readonly [number, number];
  seek(fd: number, offset: number): boolean;
  tty(fd: number): Terminal | undefined;
  /** What is open there, for `tail -f` and `/proc`. */
  node(fd: number): Inode | undefined;

  /** A program in a new process. Throws `Errno` or `ExecFailure` when it cannot be started. */
  spawn(path: string, args: readonly string[], options?: SpawnOptions): Child;
  /** A copy of this process that goes on with `body`. */
  fork(body: (child: Syscalls) => Promise<number>, options?: SpawnOptions): Child;
  /** This process becomes `path`. Throws: `ProcessReplaced` to unwind, `Errno` when it cannot be. */
  exec(
    path: string,
    args: readonly string[],
    env: ReadonlyMap<string, string>,
    title?: readonly string[],
  ): never;
  /** What `ps` shows, without changing program. */
  setName(comm: string): void;
  /** What `ps` shows in place of the arguments. */
  setTitle(title: readonly string[]): void;
  /** A signal for a process (or with a negative number for a group). Throws `Errno`. */
  kill(pid: number, signal: number): void;
  /** Undefined: the default action again. */
  onSignal(signal: number, action: (() => void) | 'ignore' | undefined): void;
  ignores(signal: number): boolean;
  /** It was killed; what still runs of it changes nothing. */
  readonly ended: boolean;
  /** Ends the process at once, from a signal's handler or a request. */
  exitSoon(code: number): void;
  /** Ends the process at once. */
  exit(code: number): never;
  setGroup(pid: number, group: number): void;
  setHostname(name: string): void;
  /** Another root for this process. Throws `Errno`. */
  chroot(path: string): void;
  /** As PID 1 shells do: orphans that end are taken from the table. */
  adopt(): void;
}

export interface OpenHow {
  readonly read?: boolean;
  readonly write?: boolean;
  readonly append?: boolean;
  readonly create?: boolean;
  readonly truncate?: boolean;
  readonly exclusive?: boolean;
  readonly mode?: number;
}

export interface Credentials {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  readonly capabilities: bigint;
}

export interface SpawnOptions {
  /** Descriptor there → descriptor here. Others from 0 to 9 are inherited. */
  readonly fds?: ReadonlyMap<number, number>;
  /** Those not to inherit. */
  readonly close?: readonly number[];
  readonly env?: ReadonlyMap<string, string>;
  /** 0: a group of its own. */
  readonly group?: number;
  /** What `ps` shows in place of the arguments. */
  readonly title?: readonly string[];
}

export interface Child {
  readonly pid: number;
  /** Not while it runs. */
  readonly end: ProcessEnded | undefined;
  /** Takes it from the process table when it has ended. */
  wait(): Promise<ProcessEnded>;
}

/** How a process ended; thrown inside it to unwind. */
export class ProcessEnded {
  readonly code: number;
  readonly signal: number;
  readonly dumped = false;
  constructor(code: number, signal = 0) {
    this.code = code;
    this.signal = signal;
  }

  /** As `$?` shows it. */
  get status(): number {
    return this.signal > 0 ? 128 + this.signal : this.code;
  }
}

export interface Terminal {
  width: number;
  height: number;
  readonly name: string;
  /** Lines are edited and echoed by the terminal; a shell turns it off while it edits. */
  cooked: boolean;
  echo: boolean;
  /** Whom Ctrl-C reaches. */
  foreground: number;
  write(bytes: Uint8Array): void | Promise<void>;
  /** Input is waiting. */
  readonly pending: boolean;
}

/** Thrown to unwind a program whose process becomes another. */
export class ProcessReplaced {
  readonly next: () => Promise<number>;
  constructor(next: () => Promise<number>) {
    this.next = next;
  }
}

/** Facts about the machine, as the container is told. */
export interface Host {
  readonly hostname: string;
  readonly domainname: string;
  readonly node: string;
  readonly kernel: string;
  readonly architecture: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly bootedAtMs: number;
  /** `gnu` prints as coreutils does; the others as busybox. */
  readonly flavour: Flavour;
  /** Of the container. 0: no limit. */
  readonly memoryLimitBytes: number;
  memoryUsed(): number;
  /** The image's settings for the program that serves it. */
  readonly behaviour: { readonly [name: string]: unknown };
}

export interface Flavour {
  readonly tools: 'busybox' | 'gnu';
  /** `ps` has a TIME column, as in the official busybox. */
  readonly psTime: boolean;
  /** Lines a shell at a terminal greets with. */
  readonly banner: string;
  /** Applets run inside the shell's own process. */
  readonly standalone: boolean;
  /** Asks the terminal where its cursor is, as busybox's line editor does. */
  readonly asksCursor: boolean;
}

export interface ProcessInfo {
  readonly pid: number;
  readonly ppid: number;
  readonly pgid: number;
  readonly uid: number;
  readonly gid: number;
  readonly state: 'R' | 'S' | 'T' | 'Z';
  readonly comm: string;
  readonly args: readonly string[];
  readonly startedAtMs: number;
  readonly cpuMs: number;
  readonly memoryBytes: number;
  readonly tty: string;
  readonly env: ReadonlyMap<string, string>;
  readonly cwd: string;
  readonly container: string;
}

export interface ProcessList {
  all(): readonly ProcessInfo[];
  get(pid: number): ProcessInfo | undefined;
}

export type Program = (sys: Syscalls) => Promise<number> | number;
