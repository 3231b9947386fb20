import type { ByteChannel } from '../byte-channel.ts';
import {
  controlFrame,
  FrameReader,
  flagFin,
  flagUnidirectional,
  frameType,
  goAwayCode,
  resetCode,
  SpdyError,
  type SpdyFrame,
  words,
} from './frames.ts';
import { HeaderReader, HeaderWriter } from './headers.ts';
import { SpdyStream } from './stream.ts';
import { initialWindow, SendWindow } from './window.ts';

const mostStreams = 2_000;
const settingInitialWindow = 7;

export interface SpdyOptions {
  /** A stream that the client opened; the reply is sent when this returns. A text: it is refused, and why. */
  onStream(stream: SpdyStream): string | undefined;
  /** Anything but a ping came or went. */
  onActivity?(): void;
}

/**
 * The server's side of SPDY/3.1, as far as Kubernetes uses it: only the client opens streams. Mirrors moby/spdystream, which
 * knows no windows: ours bind only towards a client that shows it keeps them (by a SETTINGS or WINDOW_UPDATE of its own).
 */
export class SpdyConnection {
  readonly #channel: ByteChannel;
  readonly #options: SpdyOptions;
  readonly #frames = new FrameReader();
  readonly #headersIn = new HeaderReader();
  readonly #headersOut = new HeaderWriter();
  readonly #streams = new Map<number, SpdyStream>();
  readonly #window = new SendWindow();
  #initialWindow = initialWindow;
  #windowsCount = false;
  #lastStream = 0;
  #goneAway = false;
  /** Read and not yet told to the client by a WINDOW_UPDATE of the whole connection. */
  #unacknowledged = 0;

  constructor(channel: ByteChannel, options: SpdyOptions) {
    this.#channel = channel;
    this.#options = options;
  }

  /** Reads until the connection is gone. Never rejects: a client that breaks the rules is told, and left. */
  async run(): Promise<void> {
    try {
      for await (const chunk of this.#channel.input)
        for (const frame of this.#frames.read(chunk)) {
          const patience = this.#handle(frame);
          if (patience !== undefined) await patience;
        }
    } catch {
      await this.#control(frameType.goAway, words(this.#lastStream, goAwayCode.protocolError));
      this.#channel.end();
    }
    for (const stream of this.#streams.values()) stream.cut();
    this.#streams.clear();
    this.#window.open();
  }

  /** What was written still arrives; whatever the client says from now on is read and forgotten. */
  async close(): Promise<void> {
    if (this.#goneAway) return;
    this.#goneAway = true;
    for (const stream of this.#streams.values()) stream.input.discard();
    await this.#control(frameType.goAway, words(this.#lastStream, goAwayCode.ok));
    this.#channel.end();
  }

  #handle(frame: SpdyFrame): Promise<void> | undefined {
    if (frame.kind === 'data') return this.#data(frame);
    const { type, flags, payload } = frame;
    switch (type) {
      case frameType.synStream:
        return this.#open(flags, payload);
      case frameType.synReply:
      case frameType.headers:
        // Read all the same: headers are compressed as one stream.
        this.#headersIn.read(from(payload, 4));
        if ((flags & flagFin) !== 0) this.#streams.get(streamId(payload))?.endInput();
        return undefined;
      case frameType.rstStream:
        this.#reset(streamId(payload));
        return undefined;
      case frameType.settings:
        this.#settings(payload);
        return undefined;
      case frameType.ping:
        return from(payload, 0, 4).readUInt32BE(0) % 2 === 1 ? this.#control(type, payload) : undefined;
      case frameType.goAway:
        this.#goneAway = true;
        return undefined;
      case frameType.windowUpdate:
        this.#moreWindow(streamId(payload), from(payload, 4, 8).readUInt32BE(0) & 0x7fffffff);
        return undefined;
      default:
        return undefined;
    }
  }

  async #open(flags: number, payload: Buffer): Promise<void> {
    this.#options.onActivity?.();
    const id = streamId(payload);
    const headers = this.#headersIn.read(from(payload, 10));
    if (id % 2 === 0 || id <= this.#lastStream) return this.#sendReset(id, resetCode.protocolError);
    if (this.#goneAway || this.#streams.size >= mostStreams)
      return this.#sendReset(id, resetCode.refusedStream);
    this.#lastStream = id;
    const stream = new SpdyStream(id, headers, {
      write: (bytes) => {
        this.#options.onActivity?.();
        return this.#channel.write(bytes);
      },
      window: this.#window,
      taken: (count) => this.#taken(stream, count),
      over: () => this.#streams.delete(id),
    });
    stream.window.add(this.#initialWindow - initialWindow);
    if (this.#windowsCount) stream.window.bind();
    if ((flags & flagUnidirectional) !== 0) stream.neverWrites();
    if ((flags & flagFin) !== 0) stream.endInput();
    this.#streams.set(id, stream);
    const refused = this.#options.onStream(stream);
    if (refused !== undefined) {
      this.#streams.delete(id);
      stream.cut();
      return this.#sendReset(id, resetCode.refusedStream);
    }
    // The client drops data that comes before its stream was accepted.
    await this.#control(
      frameType.synReply,
      Buffer.concat([words(id), this.#headersOut.write(new Map<string, string>())]),
    );
  }

  #data({ stream: id, bytes, fin }: SpdyFrame & { kind: 'data' }): Promise<void> | undefined {
    this.#options.onActivity?.();
    const stream = this.#streams.get(id);
    // Gone a moment ago, perhaps: not worth a complaint, but it counts for the window of the whole.
    if (stream === undefined) {
      if (id > this.#lastStream) throw new SpdyError('data of a stream that was never opened');
      this.#taken(undefined, bytes.length);
      return undefined;
    }
    const patience = stream.input.push(bytes);
    if (fin) stream.endInput();
    return patience;
  }

  #reset(id: number): void {
    const stream = this.#streams.get(id);
    this.#streams.delete(id);
    stream?.cut();
  }

  #settings(payload: Buffer): void {
    const count = from(payload, 0, 4).readUInt32BE(0);
    if (payload.length !== 4 + 8 * count) throw new SpdyError('settings of another length');
    for (let at = 4; at < payload.length; at += 8) {
      if ((payload.readUInt32BE(at) & 0xffffff) !== settingInitialWindow) continue;
      const size = payload.readUInt32BE(at + 4);
      if (size > 0x7fffffff) throw new SpdyError('a window that is too large');
      for (const stream of this.#streams.values()) stream.window.add(size - this.#initialWindow);
      this.#initialWindow = size;
      this.#bindWindows();
    }
  }

  #moreWindow(id: number, count: number): void {
    if (id === 0) {
      this.#window.add(count);
      this.#window.bind();
      return;
    }
    this.#bindWindows();
    const stream = this.#streams.get(id);
    if (stream === undefined || stream.window.add(count)) return;
    this.#reset(id);
    void this.#sendReset(id, resetCode.flowControlError);
  }

  #bindWindows(): void {
    if (this.#windowsCount) return;
    this.#windowsCount = true;
    for (const stream of this.#streams.values()) stream.window.bind();
  }

  /** Gives back the room of what was read, in halves of a window. */
  #taken(stream: SpdyStream | undefined, count: number): void {
    this.#unacknowledged += count;
    if (this.#unacknowledged >= initialWindow / 2) {
      void this.#control(frameType.windowUpdate, words(0, this.#unacknowledged));
      this.#unacknowledged = 0;
    }
    const owed = stream?.owed(count) ?? 0;
    if (stream !== undefined && owed > 0) void this.#control(frameType.windowUpdate, words(stream.id, owed));
  }

  #sendReset(id: number, code: number): Promise<void> {
    return this.#control(frameType.rstStream, words(id, code));
  }

  #control(type: number, payload: Buffer): Promise<void> {
    return this.#channel.write(controlFrame(type, 0, payload));
  }
}

function streamId(payload: Buffer): number {
  return from(payload, 0, 4).readUInt32BE(0) & 0x7fffffff;
}

function from(payload: Buffer, start: number, needed = start): Buffer {
  if (payload.length < needed) throw new SpdyError('a frame that ends too soon');
  return payload.subarray(start);
}
