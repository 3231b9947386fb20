import type { IncomingMessage } from 'node:http';

/** Reads bodies into memory, each up to a limit and all together up to another. */
export interface BodyReader {
  /**
   * Undefined without a body; never more than `limit + 1` bytes; `full` when too much is held already. Rejects when the
   * client goes away. What was read counts until `release`.
   */
  read(message: IncomingMessage): Promise<Buffer | 'full' | undefined> | undefined;
  release(bytes: number): void;
}

/** Whether the request says that a body follows. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return (headers['content-length'] ?? '0') !== '0' || headers['transfer-encoding'] !== undefined;
}

export function createBodyReader(limit: number, limitOfAll: number): BodyReader {
  let held = 0;
  return {
    read(message) {
      if (!hasBody(message)) return undefined;
      return new Promise((resolve, reject) => {
        const chunks: Buffer[] = [];
        let size = 0;
        let done = false;
        const giveUp = () => {
          if (done) return;
          done = true;
          held -= size;
          chunks.length = 0;
        };
        message.on('data', (chunk: Buffer) => {
          if (done) return; // read and forgotten, so that the refusal reaches the client
          if (held + chunk.length > limitOfAll) {
            giveUp();
            resolve('full');
            return;
          }
          chunks.push(chunk);
          size += chunk.length;
          held += chunk.length;
          if (size <= limit) return;
          done = true;
          held -= size - (limit + 1);
          resolve(Buffer.concat(chunks).subarray(0, limit + 1));
        });
        message.on('end', () => {
          if (done) return;
          done = true;
          resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
        });
        const gone = (error: Error) => {
          giveUp();
          reject(error);
        };
        message.on('error', gone);
        message.on('aborted', () => gone(new Error('aborted')));
      });
    },
    release(bytes) {
      held -= bytes;
    },
  };
}
