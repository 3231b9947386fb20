import type { FileLayer, LogFile } from '../../../src/cluster/raft/file-layer.ts';

/** Files in memory that count syncs, can be full, and can be looked at and damaged. */
export class MemoryFiles implements FileLayer {
  readonly content = new Map<string, Buffer>();
  syncs = 0;
  /** Bytes that may still be written; beyond them ENOSPC, after writing what fits. */
  space = Number.POSITIVE_INFINITY;
  /** Code of the error that syncs end with. */
  syncError: string | undefined;
  /** Set: syncs wait until it is called. */
  held: (() => void)[] | undefined;

  async makeDirectory(): Promise<void> {}

  async list(directory: string): Promise<string[]> {
    const prefix = `${directory}/`;
    return [...this.content.keys()]
      .filter((name) => name.startsWith(prefix))
      .map((name) => name.slice(prefix.length));
  }

  async read(file: string): Promise<Buffer> {
    return Buffer.from(this.bytes(file));
  }

  open(file: string): LogFile {
    if (!this.content.has(file)) this.content.set(file, Buffer.alloc(0));
    return {
      write: (bytes, offset) => this.#write(file, bytes, offset),
      truncate: (size) => {
        const old = this.bytes(file);
        this.space += Math.max(0, old.length - size);
        this.content.set(
          file,
          Buffer.concat([old.subarray(0, size), Buffer.alloc(Math.max(0, size - old.length))]),
        );
      },
      sync: () => this.#sync(),
      close: () => {},
    };
  }

  async rename(from: string, to: string): Promise<void> {
    this.content.set(to, this.bytes(from));
    this.content.delete(from);
  }

  async remove(file: string): Promise<void> {
    this.content.delete(file);
  }

  async syncDirectory(): Promise<void> {}

  bytes(file: string): Buffer {
    const bytes = this.content.get(file);
    if (!bytes) throw Object.assign(new Error(`no ${file}`), { code: 'ENOENT' });
    return bytes;
  }

  /** Another disk with the same content. */
  copy(): MemoryFiles {
    const other = new MemoryFiles();
    for (const [name, bytes] of this.content) other.content.set(name, Buffer.from(bytes));
    return other;
  }

  #write(file: string, bytes: Uint8Array, offset: number): void {
    const old = this.bytes(file);
    const fits = Math.min(bytes.length, this.space);
    this.space -= fits;
    const grown = Buffer.alloc(Math.max(old.length, offset + fits));
    old.copy(grown);
    grown.set(bytes.subarray(0, fits), offset);
    this.content.set(file, grown);
    if (fits < bytes.length)
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  }

  async #sync(): Promise<void> {
    this.syncs++;
    const { held } = this;
    if (held) await new Promise<void>((resolve) => held.push(resolve));
    if (this.syncError) throw Object.assign(new Error(`${this.syncError}: sync`), { code: this.syncError });
  }
}
