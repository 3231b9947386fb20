import type { ByteChannel } from '../byte-channel.ts';
import {
  closeCode,
  opcode,
  WebSocketError,
  type WebSocketEvent,
  WebSocketReader,
  webSocketFrame,
} from './frames.ts';

/** A piece of a message. A promise: do not read on before. */
export type OnPiece = (piece: WebSocketEvent & { readonly kind: 'message' }) => Promise<void> | undefined;

/** The server's side of one WebSocket (RFC 6455), without extensions. */
export class WebSocketConnection {
  readonly #channel: ByteChannel;
  readonly #reader = new WebSocketReader();
  #closing = false;

  constructor(channel: ByteChannel) {
    this.#channel = channel;
  }

  get closed(): AbortSignal {
    return this.#channel.closed;
  }

  /** Reads until the connection ends. Never rejects: who breaks the rules gets a close code. */
  async run(onPiece: OnPiece): Promise<void> {
    try {
      for await (const chunk of this.#channel.input)
        for (const event of this.#reader.read(chunk)) {
          const patience = this.#handle(event, onPiece);
          if (patience !== undefined) await patience;
        }
    } catch (error) {
      await this.close(error instanceof WebSocketError ? error.code : closeCode.protocolError);
    }
  }

  #handle(event: WebSocketEvent, onPiece: OnPiece): Promise<void> | undefined {
    switch (event.kind) {
      case 'message':
        // After our close, what the client still says is read and forgotten.
        return this.#closing ? undefined : onPiece(event);
      case 'ping':
        return this.#closing ? undefined : this.#channel.write(webSocketFrame(opcode.pong, event.bytes));
      case 'close':
        return this.close(closeCode.normal);
      case 'pong':
        return undefined;
    }
  }

  /** One message. Resolves when more may be sent. */
  async send(text: boolean, ...parts: readonly Uint8Array[]): Promise<void> {
    if (this.#closing) return;
    await this.#channel.write(webSocketFrame(text ? opcode.text : opcode.binary, ...parts));
  }

  /** What was sent still arrives. */
  async close(code: number = closeCode.normal): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    const payload = Buffer.alloc(2);
    payload.writeUInt16BE(code);
    await this.#channel.write(webSocketFrame(opcode.close, payload));
    this.#channel.end();
  }
}
