import { concat, toBytes } from '../../process/bytes.ts';
import type { Syscalls } from '../../process/syscalls.ts';
import { modeText } from './ls.ts';

interface Head {
  readonly size: number;
  readonly type: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeMs: number;
  readonly link: string;
  readonly user: string;
  readonly group: string;
}

export function header(name: string, head: Head): Uint8Array {
  const block = new Uint8Array(512);
  const text = (at: number, value: string, length: number) =>
    block.set(toBytes(value).subarray(0, length), at);
  const octal = (at: number, value: number, length: number) =>
    text(
      at,
      `${Math.floor(value)
        .toString(8)
        .padStart(length - 1, '0')}\0`,
      length,
    );
  text(0, name, 100);
  octal(100, head.mode, 8);
  octal(108, head.uid, 8);
  octal(116, head.gid, 8);
  octal(124, head.size, 12);
  octal(136, head.mtimeMs / 1000, 12);
  text(148, '        ', 8);
  text(156, head.type, 1);
  text(157, head.link, 100);
  text(257, 'ustar  \0', 8);
  text(265, head.user, 32);
  text(297, head.group, 32);
  text(
    148,
    `${block
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    8,
  );
  return block;
}

export function padded(bytes: Uint8Array): Uint8Array {
  const all = new Uint8Array(Math.ceil(bytes.byteLength / 512) * 512);
  all.set(bytes);
  return all;
}

/** Reads exact amounts from a descriptor or from bytes. */
export class Source {
  readonly #sys: Syscalls;
  readonly #fd: number;
  #rest: Uint8Array;

  constructor(sys: Syscalls, fd: number, bytes?: Uint8Array) {
    this.#sys = sys;
    this.#fd = fd;
    this.#rest = bytes ?? new Uint8Array(0);
  }

  async take(count: number, use: (bytes: Uint8Array) => void | Promise<void>): Promise<number> {
    let got = 0;
    while (got < count) {
      if (this.#rest.byteLength === 0) {
        if (this.#fd < 0) return got;
        this.#rest = await this.#sys.read(this.#fd);
        if (this.#rest.byteLength === 0) return got;
      }
      const part = this.#rest.subarray(0, count - got);
      this.#rest = this.#rest.subarray(part.byteLength);
      got += part.byteLength;
      await use(part);
    }
    return got;
  }

  async block(count: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    await this.take(count, (bytes) => {
      parts.push(bytes);
    });
    return concat(parts);
  }
}

export function listing(type: string, mode: number, size: number, name: string): string {
  const kind = type === '5' ? 'dir' : type === '2' ? 'link' : 'file';
  const text = modeText({
    kind,
    mode: mode & 0o7777,
    uid: 0,
    gid: 0,
    size,
    mtimeMs: 0,
    nlink: 1,
    node: { kind: 'link', target: '', mode: 0, uid: 0, gid: 0, mtimeMs: 0, shared: false },
  });
  return `${text} 0/0 ${String(size).padStart(9)} ${name}`;
}
