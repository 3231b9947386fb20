import type { Files } from '../fs/files.ts';
import type { Caller } from '../fs/inode.ts';
import type { OpenFile } from './open-file.ts';
import type { Credentials } from './syscalls.ts';

/** What a new process is made of. */
export interface ProcessStart<Parent> {
  readonly args: readonly string[];
  readonly comm: string;
  /** A function: made when somebody looks, which many programs never do. */
  readonly env: ReadonlyMap<string, string> | (() => ReadonlyMap<string, string>);
  readonly cred: Credentials;
  readonly files: (caller: Caller) => Files;
  readonly fds: Map<number, OpenFile>;
  readonly parent: Parent | undefined;
  readonly group: number;
}
