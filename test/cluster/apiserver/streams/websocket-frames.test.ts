import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  opcode,
  WebSocketReader,
  webSocketFrame,
} from '../../../../src/cluster/apiserver/streams/websocket/frames.ts';
import { clientFrame } from '../../../helpers/webSocketClient.ts';

function meaning(chunks: readonly Buffer[]): string[] {
  const reader = new WebSocketReader();
  const said: string[] = [];
  let message: string | undefined;
  for (const chunk of chunks)
    for (const event of reader.read(chunk)) {
      if (event.kind === 'close') said.push(`close ${event.code}`);
      else if (event.kind !== 'message') said.push(`${event.kind} ${event.bytes.toString('hex')}`);
      else {
        if (event.first) {
          expect(message).toBeUndefined();
          message = event.text ? 'text ' : 'binary ';
        }
        message += event.bytes.toString('hex');
        if (!event.last) continue;
        said.push(message ?? '');
        message = undefined;
      }
    }
  return said;
}

function split(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((from, i) => bytes.subarray(from, at[i] ?? bytes.length));
}

const mask = fc.integer({ min: 0, max: 0xffffffff });
const control = fc
  .tuple(fc.constantFrom(opcode.ping, opcode.pong), fc.uint8Array({ maxLength: 125 }), mask)
  .map(([kind, bytes, key]) => clientFrame(kind, bytes, { mask: key }));
const message = fc
  .tuple(
    fc.boolean(),
    fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 4 }),
    mask,
    control,
  )
  .map(([text, parts, key, between]) =>
    Buffer.concat(
      parts.flatMap((part, at) => [
        clientFrame(at > 0 ? opcode.continuation : text ? opcode.text : opcode.binary, part, {
          fin: at === parts.length - 1,
          mask: key,
        }),
        // Control frames may come between fragments.
        between,
      ]),
    ),
  );

describe('WebSocket frames', () => {
  it('mean the same however they were split on the way', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(message, control), { maxLength: 5 }),
        fc.array(fc.nat(), { maxLength: 12 }),
        (frames, cuts) => {
          const bytes = Buffer.concat(frames);
          expect(meaning(split(bytes, cuts))).toEqual(meaning([bytes]));
        },
      ),
    );
  });

  it.each([0, 125, 126, 65_535, 65_536])('of %d bytes say their length', (size) => {
    const bytes = Buffer.alloc(size, 7);
    expect(meaning([clientFrame(opcode.binary, bytes)])).toEqual([`binary ${bytes.toString('hex')}`]);
    const ours = webSocketFrame(opcode.binary, bytes);
    expect(ours.subarray(-size || ours.length)).toEqual(bytes);
  });

  it('are refused when they break the rules', () => {
    const read =
      (...frames: Buffer[]) =>
      () =>
        meaning(frames);
    expect(read(webSocketFrame(opcode.binary, Buffer.from('x')))).toThrow('masks');
    expect(read(clientFrame(opcode.continuation, Buffer.from('x')))).toThrow('out of order');
    const begun = clientFrame(opcode.text, Buffer.from('x'), { fin: false });
    expect(read(begun, clientFrame(opcode.text, Buffer.from('y')))).toThrow('out of order');
    expect(read(clientFrame(3, Buffer.alloc(0)))).toThrow('unknown opcode');
    expect(read(clientFrame(11, Buffer.alloc(0)))).toThrow('unknown opcode');
    expect(read(clientFrame(opcode.ping, Buffer.alloc(126)))).toThrow('too large');
    expect(read(clientFrame(opcode.ping, Buffer.alloc(1), { fin: false }))).toThrow('too large');
    expect(read(clientFrame(opcode.close, Buffer.alloc(1)))).toThrow('half a close code');
    expect(read(Buffer.from('c28000000000', 'hex'))).toThrow('reserved');
    expect(read(Buffer.from('82ff0000000100000000', 'hex'), Buffer.alloc(4))).toThrow('too large');
  });
});
