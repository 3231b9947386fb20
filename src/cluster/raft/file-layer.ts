import * as fs from 'node:fs';
import * as fsp from 'node:fs/promises';
import * as path from 'node:path';

/** The few things the log asks of a file system. Tests put one between that counts, fills up and loses what was not synced. */
export interface FileLayer {
  /** With its parents; private to the user. */
  makeDirectory(directory: string): Promise<void>;
  /** Names in it. */
  list(directory: string): Promise<string[]>;
  read(file: string): Promise<Buffer>;
  /** Opens for writing, made private to the user if it is not there. */
  open(file: string): LogFile;
  rename(from: string, to: string): Promise<void>;
  remove(file: string): Promise<void>;
  /** Makes durable which names are in it. */
  syncDirectory(directory: string): Promise<void>;
}

export interface LogFile {
  /** Writes all of it at `offset`, or throws; then part of it may be there. */
  write(bytes: Uint8Array, offset: number): void;
  truncate(bytes: number): void;
  /** Makes the content durable. */
  sync(): Promise<void>;
  close(): void;
}

export const nodeFiles: FileLayer = {
  makeDirectory: async (directory) => {
    await fsp.mkdir(directory, { recursive: true, mode: 0o700 });
  },
  list: (directory) => fsp.readdir(directory),
  read: (file) => fsp.readFile(file),
  open: (file) => new NodeLogFile(fs.openSync(file, fs.constants.O_WRONLY | fs.constants.O_CREAT, 0o600)),
  rename: (from, to) => fsp.rename(from, to),
  remove: (file) => fsp.rm(file, { force: true }),
  syncDirectory: async (directory) => {
    const handle = await fsp.open(path.resolve(directory), 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
};

class NodeLogFile implements LogFile {
  readonly #fd: number;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** Into the page cache, which takes microseconds: the trip through the thread pool is spared for the sync. */
  write(bytes: Uint8Array, offset: number): void {
    let done = 0;
    while (done < bytes.byteLength)
      done += fs.writeSync(this.#fd, bytes, done, bytes.byteLength - done, offset + done);
  }

  truncate(bytes: number): void {
    fs.ftruncateSync(this.#fd, bytes);
  }

  sync(): Promise<void> {
    return new Promise((resolve, reject) => {
      fs.fdatasync(this.#fd, (error) => (error ? reject(error) : resolve()));
    });
  }

  close(): void {
    fs.closeSync(this.#fd);
  }
}
