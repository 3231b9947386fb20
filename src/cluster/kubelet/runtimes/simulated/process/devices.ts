import type { Random } from '../../../../../base/random.ts';
import { Errno } from '../fs/errno.ts';
import type { Found } from '../fs/file-system.ts';
import type { Files } from '../fs/files.ts';
import type { FileInode, Inode, SpecialInode } from '../fs/inode.ts';
import { toText } from './bytes.ts';
import { noBytes, OpenFile, type Waiter } from './open-file.ts';
import type { OpenHow } from './syscalls.ts';

/** `/dev/null` and its kind. Writing costs nothing, reading gives what the name says. */
export class Device extends OpenFile {
  readonly #name: string;
  readonly #random: Random;
  readonly #node: Inode | undefined;

  constructor(name: string, random: Random, node?: Inode) {
    super();
    this.#name = name;
    this.#random = random;
    this.#node = node;
  }

  get label(): string {
    return `/dev/${this.#name}`;
  }

  override get node(): Inode | undefined {
    return this.#node;
  }

  read(max: number, who: Waiter): Uint8Array {
    switch (this.#name) {
      case 'zero':
      case 'full':
        return new Uint8Array(Math.min(max, 1 << 20));
      case 'random':
      case 'urandom': {
        const bytes = new Uint8Array(Math.min(max, 65_536));
        who.charge?.(bytes.byteLength >> 10);
        fillAtRandom(bytes, this.#random.int(2 ** 32 - 1) + 1);
        return bytes;
      }
      default:
        return noBytes;
    }
  }

  write(): void {
    if (this.#name === 'full') throw new Errno('ENOSPC');
  }
}

/** Marsaglia's xorshift: a byte at a time from the cluster's own chance would cost a hundred times as much. */
function fillAtRandom(bytes: Uint8Array, seed: number): void {
  let state = seed;
  for (let at = 0; at < bytes.length; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[at] = state >>> 11;
  }
}

/** A file or a folder opened by path. */
export class OpenInode extends OpenFile {
  readonly label: string;
  readonly #node: Inode;
  readonly #found: Found;
  readonly #files: Files;
  readonly #how: OpenHow;
  #offset = 0;
  /** What a generated file said when it was first read. */
  #made: Uint8Array | undefined;

  constructor(node: Inode, found: Found, files: Files, how: OpenHow) {
    super();
    this.label = found.path;
    this.#node = node;
    this.#found = found;
    this.#files = files;
    this.#how = how;
  }

  override get node(): Inode {
    return this.#node;
  }

  read(max: number): Uint8Array {
    if (this.#how.read !== true) throw new Errno('EBADF');
    const node = this.#file();
    let bytes: Uint8Array;
    if (node.generate === undefined) bytes = node.content.read(this.#offset, max);
    else {
      this.#made ??= Buffer.from(node.generate(this.#files.caller));
      bytes = this.#made.subarray(this.#offset, this.#offset + max);
    }
    this.#offset += bytes.byteLength;
    return bytes;
  }

  write(bytes: Uint8Array): void {
    if (this.#how.write !== true) throw new Errno('EBADF');
    const node = this.#file();
    if (node.generate !== undefined) {
      if (node.accept === undefined) throw new Errno('EACCES');
      node.accept(toText(bytes), this.#files.caller);
      return;
    }
    if (this.#how.append === true) this.#offset = node.content.size;
    this.#files.writeAt(node, this.#found, this.#offset, bytes);
    this.#offset += bytes.byteLength;
  }

  override seek(offset: number): boolean {
    if (this.#node.kind !== 'file') return false;
    this.#offset = offset;
    return true;
  }

  #file(): FileInode {
    if (this.#node.kind === 'dir') throw new Errno('EISDIR');
    if (this.#node.kind !== 'file') throw new Errno('EINVAL');
    return this.#node;
  }
}

export function isSpecial(node: Inode): node is SpecialInode {
  return node.kind === 'device' || node.kind === 'fifo';
}
