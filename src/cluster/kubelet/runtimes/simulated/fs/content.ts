const pageBytes = 65_536;
const zeroPage = new Uint8Array(pageBytes);
const nothing = new Uint8Array(0);

/** What is counted while files grow, and where it stops. */
export interface Quota {
  /** Bytes of content. */
  used: number;
  /** 0: no limit. */
  limit: number;
  /** Bytes of this machine's memory that the content really takes; changed by `keep`. */
  readonly kept: number;
  /** So many more (or less) are really taken. */
  keep(bytes: number): void;
  /** This machine has no memory to give for more, whatever the limit. */
  readonly isFull: boolean;
  /** The reason for what was refused; undefined: the bytes are taken. */
  grow(bytes: number): 'ENOSPC' | 'ENOMEM' | undefined;
  /** Something in it is other than before; `file`: its content. For what outlives this process. */
  changed?(file?: object): void;
}

/** Of an empty file: never changed. */
const noPages: readonly (Uint8Array | undefined)[] = [];

/**
 * The bytes of a file in pages. A page of zeros takes no memory: `dd if=/dev/zero` of gigabytes stays cheap, what is really
 * kept is counted in `kept`.
 */
export class Content {
  /** What the file was made of, until somebody reads or writes it: many files of many Pods are made of the same text. */
  #source: string | Uint8Array | undefined;
  #own: (Uint8Array | undefined)[] | undefined;
  size = 0;
  /** Bytes of memory that pages other than of zeros hold. */
  kept = 0;

  /** `source` must not change afterwards. */
  static of(source: string | Uint8Array): Content {
    const content = new Content();
    const size = typeof source === 'string' ? Buffer.byteLength(source) : source.byteLength;
    content.size = size;
    content.kept = size;
    if (size > 0) content.#source = source;
    return content;
  }

  clone(): Content {
    const copy = new Content();
    copy.#source = this.#source;
    copy.#own = this.#own?.map((page) => page?.slice());
    copy.size = this.size;
    copy.kept = this.kept;
    return copy;
  }

  get #pages(): readonly (Uint8Array | undefined)[] {
    return this.#source === undefined ? (this.#own ?? noPages) : this.#changeable();
  }

  #changeable(): (Uint8Array | undefined)[] {
    const source = this.#source;
    this.#own ??= [];
    if (source !== undefined) {
      this.#source = undefined;
      this.kept = 0;
      this.write(0, typeof source === 'string' ? Buffer.from(source) : source);
    }
    return this.#own;
  }

  all(): Uint8Array {
    return this.read(0, this.size);
  }

  read(offset: number, length: number): Uint8Array {
    const end = Math.min(this.size, offset + length);
    if (offset >= end) return nothing;
    const pages = this.#pages;
    const first = Math.floor(offset / pageBytes);
    if (Math.floor((end - 1) / pageBytes) === first) {
      const page = pages[first];
      const from = offset - first * pageBytes;
      const to = end - first * pageBytes;
      if (page !== undefined && page.byteLength >= to) return page.slice(from, to);
      if (page === undefined) return zeroPage.subarray(0, to - from);
    }
    const bytes = new Uint8Array(end - offset);
    for (let at = offset; at < end; ) {
      const index = Math.floor(at / pageBytes);
      const from = at - index * pageBytes;
      const count = Math.min(pageBytes - from, end - at);
      const page = pages[index];
      if (page !== undefined)
        bytes.set(page.subarray(from, Math.min(from + count, page.byteLength)), at - offset);
      at += count;
    }
    return bytes;
  }

  write(offset: number, bytes: Uint8Array): void {
    const end = offset + bytes.byteLength;
    for (let at = offset; at < end; ) {
      const index = Math.floor(at / pageBytes);
      const from = at - index * pageBytes;
      const count = Math.min(pageBytes - from, end - at);
      this.#writePage(index, from, bytes.subarray(at - offset, at - offset + count));
      at += count;
    }
    this.size = Math.max(this.size, end);
  }

  truncate(size: number): void {
    const pages = this.#changeable();
    if (size < this.size) {
      const count = Math.ceil(size / pageBytes);
      pages.length = Math.min(pages.length, count);
      const rest = size - (count - 1) * pageBytes;
      const last = pages[count - 1];
      if (last !== undefined && last.byteLength > rest) pages[count - 1] = last.slice(0, rest);
    }
    this.size = size;
    this.kept = pages.reduce((sum, page) => sum + (page?.byteLength ?? 0), 0);
  }

  #writePage(index: number, from: number, bytes: Uint8Array): void {
    const pages = this.#changeable();
    const page = pages[index];
    const to = from + bytes.byteLength;
    if (page === undefined && isZero(bytes)) {
      // A hole: it reads as zeros.
      if (pages.length <= index) pages.length = index + 1;
      return;
    }
    if (page !== undefined && page.byteLength >= to) {
      page.set(bytes, from);
      return;
    }
    const room =
      page === undefined && from === 0 ? to : Math.min(pageBytes, Math.max(to, (page?.byteLength ?? 0) * 2));
    const grown = new Uint8Array(room);
    if (page !== undefined) grown.set(page);
    grown.set(bytes, from);
    pages[index] = grown;
    this.kept += room - (page?.byteLength ?? 0);
  }
}

function isZero(bytes: Uint8Array): boolean {
  if (bytes.byteLength < 512 || bytes[0] !== 0) return false;
  return Buffer.compare(bytes, zeroPage.subarray(0, bytes.byteLength)) === 0;
}
