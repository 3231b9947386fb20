/** SPDY/3.1 on the wire (draft-mbelshe-httpbis-spdy-00, 2.2). */
export const frameType = {
  synStream: 1,
  synReply: 2,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  headers: 8,
  windowUpdate: 9,
} as const;

export const flagFin = 1;
export const flagUnidirectional = 2;

/** Reasons of RST_STREAM. */
export const resetCode = {
  protocolError: 1,
  refusedStream: 3,
  cancel: 5,
  internalError: 6,
  flowControlError: 7,
} as const;

/** Reasons of GOAWAY. */
export const goAwayCode = { ok: 0, protocolError: 1 } as const;

export type SpdyFrame =
  | { readonly kind: 'control'; readonly type: number; readonly flags: number; readonly payload: Buffer }
  /** A piece of a DATA frame: large ones are told as they come. `fin` with the last one. */
  | { readonly kind: 'data'; readonly stream: number; readonly bytes: Buffer; readonly fin: boolean };

/** The other side broke the rules: the connection ends. */
export class SpdyError extends Error {}

/** Control frames are small; what claims to be larger is not read. */
const mostControlBytes = 64 * 1024;

/** Cuts what arrives into frames; how it was split on the way makes no difference. Throws `SpdyError`. */
export class FrameReader {
  #kept: Buffer = Buffer.alloc(0);
  #data: { readonly stream: number; readonly fin: boolean; left: number } | undefined;

  *read(chunk: Uint8Array): Generator<SpdyFrame> {
    let rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (this.#kept.length > 0) rest = Buffer.concat([this.#kept, rest]);
    this.#kept = Buffer.alloc(0);
    for (;;) {
      if (this.#data !== undefined) {
        if (rest.length === 0 && this.#data.left > 0) return;
        const bytes = rest.subarray(0, this.#data.left);
        rest = rest.subarray(bytes.length);
        this.#data.left -= bytes.length;
        const { stream, left } = this.#data;
        const fin = this.#data.fin && left === 0;
        if (left === 0) this.#data = undefined;
        yield { kind: 'data', stream, bytes, fin };
        continue;
      }
      if (rest.length < 8) break;
      const first = rest.readUInt32BE(0);
      const flags = rest.readUInt8(4);
      const length = rest.readUIntBE(5, 3);
      if (first < 0x80000000) {
        if (first === 0) throw new SpdyError('data of stream 0');
        rest = rest.subarray(8);
        this.#data = { stream: first, fin: (flags & flagFin) !== 0, left: length };
        continue;
      }
      if (((first >>> 16) & 0x7fff) !== 3) throw new SpdyError('another version of SPDY');
      if (length > mostControlBytes) throw new SpdyError('a control frame that is too large');
      if (rest.length < 8 + length) break;
      const payload = rest.subarray(8, 8 + length);
      rest = rest.subarray(8 + length);
      yield { kind: 'control', type: first & 0xffff, flags, payload };
    }
    this.#kept = rest;
  }
}

export function controlFrame(type: number, flags: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(0x80030000 + type);
  head.writeUInt32BE(payload.length, 4);
  head.writeUInt8(flags, 4);
  return Buffer.concat([head, payload]);
}

export function dataFrame(stream: number, bytes: Uint8Array, fin: boolean): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(stream);
  head.writeUInt32BE(bytes.length, 4);
  head.writeUInt8(fin ? flagFin : 0, 4);
  return Buffer.concat([head, bytes]);
}

export function words(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [at, value] of values.entries()) bytes.writeUInt32BE(value >>> 0, 4 * at);
  return bytes;
}
