/** RFC 6455 frames. */
export const opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** Close codes. */
export const closeCode = { normal: 1000, protocolError: 1002, tooBig: 1009 } as const;

export type WebSocketEvent =
  /** A piece of a message, told as it comes: `first` and `last` say where it begins and ends. */
  | {
      readonly kind: 'message';
      readonly text: boolean;
      readonly first: boolean;
      readonly last: boolean;
      readonly bytes: Buffer;
    }
  | { readonly kind: 'ping' | 'pong'; readonly bytes: Buffer }
  | { readonly kind: 'close'; readonly code: number };

/** The other side broke the rules. */
export class WebSocketError extends Error {
  readonly code: number;
  constructor(message: string, code: number = closeCode.protocolError) {
    super(message);
    this.code = code;
  }
}

interface Frame {
  readonly opcode: number;
  readonly fin: boolean;
  readonly mask: Buffer;
  readonly first: boolean;
  left: number;
  /** Bytes of it that were unmasked so far. */
  done: number;
}

const mostControlBytes = 125;
/** A frame as large as upstream takes (golang.org/x/net/websocket). */
const mostFrameBytes = 32 * 1024 * 1024;

/** Reads what clients send, whose frames are masked; how it was split on the way makes no difference. */
export class WebSocketReader {
  #kept: Buffer = Buffer.alloc(0);
  #frame: Frame | undefined;
  /** Kind of the message that goes on in continuations. */
  #message: { readonly text: boolean } | undefined;

  /** Throws `WebSocketError`. */
  *read(chunk: Uint8Array): Generator<WebSocketEvent> {
    let rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (this.#kept.length > 0) rest = Buffer.concat([this.#kept, rest]);
    this.#kept = Buffer.alloc(0);
    for (;;) {
      if (this.#frame === undefined) {
        const size = headSize(rest);
        if (size === undefined || rest.length < size) break;
        this.#frame = this.#begin(rest.subarray(0, size));
        rest = rest.subarray(size);
      }
      const frame = this.#frame;
      if (frame.opcode >= 8) {
        if (rest.length < frame.left) break;
        const bytes = unmask(frame, rest.subarray(0, frame.left));
        rest = rest.subarray(bytes.length);
        this.#frame = undefined;
        yield control(frame.opcode, bytes);
        continue;
      }
      if (rest.length === 0 && frame.left > 0) break;
      const first = frame.first && frame.done === 0;
      const bytes = unmask(frame, rest.subarray(0, frame.left));
      rest = rest.subarray(bytes.length);
      frame.left -= bytes.length;
      const ended = frame.left === 0;
      const text = this.#message?.text === true;
      if (ended) this.#frame = undefined;
      if (ended && frame.fin) this.#message = undefined;
      yield { kind: 'message', text, first, last: ended && frame.fin, bytes };
    }
    this.#kept = rest;
  }

  #begin(head: Buffer): Frame {
    const [one, two] = [head.readUInt8(0), head.readUInt8(1)];
    const fin = (one & 0x80) !== 0;
    const kind = one & 0x0f;
    if ((one & 0x70) !== 0) throw new WebSocketError('reserved bits are set');
    if ((two & 0x80) === 0) throw new WebSocketError('a client masks its frames');
    const left = lengthOf(head);
    if (kind >= 8) {
      if (kind > opcode.pong) throw new WebSocketError('an unknown opcode');
      if (!fin || left > mostControlBytes) throw new WebSocketError('a control frame that is too large');
    } else {
      if (left > mostFrameBytes) throw new WebSocketError('a frame that is too large', closeCode.tooBig);
      if (kind > opcode.binary) throw new WebSocketError('an unknown opcode');
      if ((kind === opcode.continuation) !== (this.#message !== undefined))
        throw new WebSocketError('fragments out of order');
      if (kind !== opcode.continuation) this.#message = { text: kind === opcode.text };
    }
    const first = kind !== opcode.continuation;
    return { opcode: kind, fin, mask: Buffer.from(head.subarray(-4)), first, left, done: 0 };
  }
}

/** How long the head is; undefined: not even that is known yet. */
function headSize(bytes: Buffer): number | undefined {
  if (bytes.length < 2) return undefined;
  const two = bytes.readUInt8(1);
  const length = two & 0x7f;
  return 2 + (length === 127 ? 8 : length === 126 ? 2 : 0) + ((two & 0x80) === 0 ? 0 : 4);
}

function lengthOf(head: Buffer): number {
  const short = head.readUInt8(1) & 0x7f;
  if (short === 126) return head.readUInt16BE(2);
  return short === 127 ? head.readUInt32BE(2) * 2 ** 32 + head.readUInt32BE(6) : short;
}

function unmask(frame: Frame, bytes: Buffer): Buffer {
  const plain = Buffer.allocUnsafe(bytes.length);
  const { mask, done } = frame;
  for (let at = 0; at < bytes.length; at++) plain[at] = (bytes[at] ?? 0) ^ (mask[(done + at) & 3] ?? 0);
  frame.done = done + bytes.length;
  return plain;
}

function control(kind: number, bytes: Buffer): WebSocketEvent {
  if (kind !== opcode.close) return { kind: kind === opcode.ping ? 'ping' : 'pong', bytes };
  if (bytes.length === 1) throw new WebSocketError('half a close code');
  return { kind: 'close', code: bytes.length === 0 ? closeCode.normal : bytes.readUInt16BE(0) };
}

/** A whole, unmasked frame, as servers send them. */
export function webSocketFrame(kind: number, ...parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  head.writeUInt8(0x80 | kind, 0);
  head.writeUInt8(length < 126 ? length : length < 65_536 ? 126 : 127, 1);
  if (head.length === 4) head.writeUInt16BE(length, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, ...parts]);
}
