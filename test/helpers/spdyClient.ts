import type { Duplex } from 'node:stream';
import {
  controlFrame,
  dataFrame,
  FrameReader,
  flagFin,
  frameType,
  words,
} from '../../src/cluster/apiserver/streams/spdy/frames.ts';
import { HeaderReader, HeaderWriter } from '../../src/cluster/apiserver/streams/spdy/headers.ts';

/** What came back on one stream. */
export interface Received {
  replied: boolean;
  ended: boolean;
  reset: number | undefined;
  readonly bytes: Buffer[];
}

/** The client's side, as small as a test needs it: kubectl's own, but for what a test makes it do wrong. */
export class SpdyClient {
  readonly socket: Duplex;
  readonly streams = new Map<number, Received>();
  /** Types and payloads of other frames. */
  readonly others: { readonly type: number; readonly payload: Buffer }[] = [];
  /** The server has ended the connection. */
  readonly ended: Promise<void>;
  readonly #headersOut = new HeaderWriter();
  readonly #headersIn = new HeaderReader();
  #next = 1;

  constructor(socket: Duplex) {
    this.socket = socket;
    this.ended = this.#run().catch((error: NodeJS.ErrnoException) => {
      // Cut off: an end as well.
      if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
    });
  }

  async #run(): Promise<void> {
    const frames = new FrameReader();
    for await (const chunk of this.socket.iterator({ destroyOnReturn: false }))
      for (const frame of frames.read(chunk as Buffer)) {
        if (frame.kind === 'data') {
          const stream = this.of(frame.stream);
          if (!stream.replied) throw new Error('data before the reply');
          stream.bytes.push(Buffer.from(frame.bytes));
          stream.ended ||= frame.fin;
          continue;
        }
        const { type, payload } = frame;
        const id = payload.readUInt32BE(0);
        if (type === frameType.synReply) {
          this.#headersIn.read(payload.subarray(4));
          this.of(id).replied = true;
        } else if (type === frameType.rstStream) this.of(id).reset = payload.readUInt32BE(4);
        else this.others.push({ type, payload: Buffer.from(payload) });
      }
  }

  of(id: number): Received {
    let stream = this.streams.get(id);
    if (stream === undefined) {
      stream = { replied: false, ended: false, reset: undefined, bytes: [] };
      this.streams.set(id, stream);
    }
    return stream;
  }

  text(id: number): string {
    return Buffer.concat(this.of(id).bytes).toString();
  }

  open(
    headers: { readonly [name: string]: string },
    options: { readonly id?: number; readonly fin?: boolean } = {},
  ): number {
    const id = options.id ?? this.#next;
    this.#next = id + 2;
    const block = this.#headersOut.write(new Map(Object.entries(headers)));
    this.raw(
      frameType.synStream,
      Buffer.concat([words(id, 0), Buffer.alloc(2), block]),
      options.fin ? flagFin : 0,
    );
    return id;
  }

  send(id: number, bytes: Uint8Array | string, fin = false): Promise<void> {
    return new Promise((resolve) => {
      this.socket.write(dataFrame(id, Buffer.from(bytes), fin), () => resolve());
    });
  }

  raw(type: number, payload: Buffer, flags = 0): void {
    this.socket.write(controlFrame(type, flags, payload));
  }
}
