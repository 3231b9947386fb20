import type { Duplex } from 'node:stream';

/** A frame as clients send them: masked. */
export function clientFrame(
  opcode: number,
  payload: Uint8Array | string,
  { fin = true, mask = 0x12345678 }: { readonly fin?: boolean; readonly mask?: number } = {},
): Buffer {
  const bytes = Buffer.from(payload);
  const key = Buffer.alloc(4);
  key.writeUInt32BE(mask);
  const extra = bytes.length < 126 ? 0 : bytes.length < 65_536 ? 2 : 8;
  const head = Buffer.alloc(2 + extra);
  head.writeUInt8((fin ? 0x80 : 0) | opcode, 0);
  head.writeUInt8(0x80 | (extra === 0 ? bytes.length : extra === 2 ? 126 : 127), 1);
  if (extra === 2) head.writeUInt16BE(bytes.length, 2);
  if (extra === 8) head.writeBigUInt64BE(BigInt(bytes.length), 2);
  const masked = bytes.map((byte, at) => byte ^ (key[at & 3] ?? 0));
  return Buffer.concat([head, key, masked]);
}

export interface ServerMessage {
  readonly opcode: number;
  readonly bytes: Buffer;
}

/** Reads what a server sends: whole, unmasked frames. */
export class WebSocketClient {
  readonly socket: Duplex;
  readonly messages: ServerMessage[] = [];
  readonly ended: Promise<void>;

  constructor(socket: Duplex) {
    this.socket = socket;
    this.ended = this.#run().catch((error: NodeJS.ErrnoException) => {
      // Cut off: an end as well.
      if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
    });
  }

  async #run(): Promise<void> {
    let rest = Buffer.alloc(0);
    for await (const chunk of this.socket.iterator({ destroyOnReturn: false })) {
      rest = Buffer.concat([rest, chunk as Buffer]);
      for (let used = this.#take(rest); used > 0; used = this.#take(rest)) rest = rest.subarray(used);
    }
  }

  #take(rest: Buffer): number {
    if (rest.length < 2) return 0;
    const short = rest.readUInt8(1);
    const head = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (rest.length < head) return 0;
    const length =
      short === 126 ? rest.readUInt16BE(2) : short === 127 ? Number(rest.readBigUInt64BE(2)) : short;
    if (rest.length < head + length) return 0;
    this.messages.push({
      opcode: rest.readUInt8(0) & 0x0f,
      bytes: Buffer.from(rest.subarray(head, head + length)),
    });
    return head + length;
  }

  send(opcode: number, payload: Uint8Array | string): Promise<void> {
    return new Promise((resolve) => {
      this.socket.write(clientFrame(opcode, payload), () => resolve());
    });
  }

  /** What came on a channel, whatever the messages it came in; the channel's byte or digit in front is taken off. */
  onChannel(channel: number, base64 = false): string {
    const own = this.messages.filter(
      ({ opcode, bytes }) => opcode < 8 && bytes[0] === (base64 ? 0x30 + channel : channel),
    );
    return own
      .map(({ bytes }) => bytes.subarray(1))
      .map((bytes) => (base64 ? Buffer.from(bytes.toString(), 'base64') : bytes).toString())
      .join('');
  }
}
