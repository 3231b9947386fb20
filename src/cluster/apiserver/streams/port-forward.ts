import type { Duplex } from 'node:stream';
import { messageOf } from './command-session.ts';

/** Opens a connection to a port inside the Pod. Rejects with what the client is told. */
export type DialPort = (port: number) => Promise<Duplex>;

export interface ForwardedStreams {
  readonly input: AsyncIterable<Uint8Array>;
  write(bytes: Uint8Array): Promise<void>;
  /** Nothing more comes from the Pod. */
  finish(): Promise<void>;
  /** Tells what went wrong; '' when nothing did. */
  fail(message: string): Promise<void>;
  /** Aborts when the client has given this one up, or is gone. */
  readonly gone: AbortSignal;
}

/** One connection: both directions until the Pod's side has ended or the client has gone. Never rejects. */
export async function forward(
  port: number,
  pod: string,
  dial: DialPort,
  streams: ForwardedStreams,
): Promise<void> {
  let target: Duplex;
  try {
    target = await dial(port);
  } catch (error) {
    const message = messageOf(error);
    const told = message.startsWith('error forwarding port')
      ? message
      : `error forwarding port ${port} to pod ${pod}, uid : ${message}`;
    await streams.fail(told);
    await streams.finish();
    return;
  }
  // Reset, or ended half-way: the other side sees the end, as with a connection of its own.
  target.on('error', () => target.destroy());
  const giveUp = () => target.destroy();
  streams.gone.addEventListener('abort', giveUp);
  if (streams.gone.aborted) giveUp();
  void towards(target, streams.input);
  try {
    for await (const chunk of target.iterator({ destroyOnReturn: false }))
      await streams.write(chunk as Uint8Array);
  } catch {
    // Told by the end of the stream.
  }
  streams.gone.removeEventListener('abort', giveUp);
  await streams.finish();
  await streams.fail('');
  target.destroy();
}

async function towards(target: Duplex, input: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const bytes of input) {
    if (target.destroyed || target.writableEnded) return;
    if (!target.write(bytes)) await drained(target);
  }
  if (!target.destroyed && !target.writableEnded) target.end();
}

function drained(target: Duplex): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      target.off('drain', done);
      target.off('close', done);
      resolve();
    };
    target.on('drain', done);
    target.on('close', done);
    if (target.destroyed) done();
  });
}
