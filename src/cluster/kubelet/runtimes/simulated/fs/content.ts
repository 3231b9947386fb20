const pageBytes = 65_536;
const zeroPage = new Uint8Array(pageBytes);
const nothing = new Uint8Array(0);

/** What is counted while files grow, and where it stops. */
export interface Quota {
  /** Bytes of content. */
  used: number;
  /** 0: no limit. */
  limit: number;
  /** Bytes of this machine's memory that the content really takes. */
  kept: number;
  /** The reason for what was refused; undefined: the bytes are taken. */
  grow(bytes: number): 'ENOSPC' | 'ENOMEM' | undefined;
}

/**
 * The bytes of a file in pages. A page of zeros takes no memory: `dd if=/dev/zero` of gigabytes stays cheap, what is really
 * kept is counted in `kept`.
 */
export class Content {
  #pages: (Uint8Array | undefined)[] = [];
  size = 0;
  /** Bytes of memory that pages other than of zeros hold. */
  kept = 0;

  static of(bytes: Uint8Array): Content {
    const content = new Content();
    content.write(0, bytes);
    return content;
  }

  clone(): Content {
    const copy = new Content();
    copy.#pages = this.#pages.map((page) => page?.slice());
    copy.size = this.size;
    copy.kept = this.kept;
    return copy;
  }

  all(): Uint8Array {
    return this.read(0, this.size);
  }

  read(offset: number, length: number): Uint8Array {
    const end = Math.min(this.size, offset + length);
    if (offset >= end) return nothing;
    const first = Math.floor(offset / pageBytes);
    if (Math.floor((end - 1) / pageBytes) === first) {
      const page = this.#pages[first];
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
      const page = this.#pages[index];
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
    if (size < this.size) {
      const pages = Math.ceil(size / pageBytes);
      this.#pages.length = Math.min(this.#pages.length, pages);
      const rest = size - (pages - 1) * pageBytes;
      const last = this.#pages[pages - 1];
      if (last !== undefined && last.byteLength > rest) this.#pages[pages - 1] = last.slice(0, rest);
    }
    this.size = size;
    this.kept = this.#pages.reduce((sum, page) => sum + (page?.byteLength ?? 0), 0);
  }

  #writePage(index: number, from: number, bytes: Uint8Array): void {
    const page = this.#pages[index];
    const to = from + bytes.byteLength;
    if (page === undefined && isZero(bytes)) {
      // A hole: it reads as zeros.
      if (this.#pages.length <= index) this.#pages.length = index + 1;
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
    this.#pages[index] = grown;
    this.kept += room - (page?.byteLength ?? 0);
  }
}

function isZero(bytes: Uint8Array): boolean {
  if (bytes.byteLength < 512 || bytes[0] !== 0) return false;
  return Buffer.compare(bytes, zeroPage.subarray(0, bytes.byteLength)) === 0;
}
