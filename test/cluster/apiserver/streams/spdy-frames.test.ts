import { deflateRawSync, deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { headerDictionary } from '../../../../src/cluster/apiserver/streams/spdy/dictionary.ts';
import {
  controlFrame,
  dataFrame,
  FrameReader,
  type SpdyFrame,
  words,
} from '../../../../src/cluster/apiserver/streams/spdy/frames.ts';
import { HeaderReader, HeaderWriter } from '../../../../src/cluster/apiserver/streams/spdy/headers.ts';

/** Frames as they mean something: pieces of data of one frame together. */
function meaning(chunks: readonly Buffer[]): string[] {
  const reader = new FrameReader();
  const said: string[] = [];
  let data = '';
  const add = (frame: SpdyFrame) => {
    if (frame.kind === 'control') said.push(`${frame.type} ${frame.flags} ${frame.payload.toString('hex')}`);
    else {
      data += frame.bytes.toString('hex');
      if (!frame.fin) return;
      said.push(`data ${frame.stream} ${data}`);
      data = '';
    }
  };
  for (const chunk of chunks) for (const frame of reader.read(chunk)) add(frame);
  return said;
}

function split(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((from, i) => bytes.subarray(from, at[i] ?? bytes.length));
}

const frame = fc.oneof(
  fc
    .tuple(fc.integer({ min: 1, max: 0x7fffffff }), fc.uint8Array({ maxLength: 300 }))
    .map(([id, bytes]) => dataFrame(id, bytes, true)),
  fc
    .tuple(
      fc.integer({ min: 0, max: 20 }),
      fc.integer({ min: 0, max: 255 }),
      fc.uint8Array({ maxLength: 60 }),
    )
    .map(([type, flags, payload]) => controlFrame(type, flags, Buffer.from(payload))),
);

describe('SPDY frames', () => {
  it('mean the same however they were split on the way', () => {
    fc.assert(
      fc.property(
        fc.array(frame, { maxLength: 8 }),
        fc.array(fc.nat(), { maxLength: 12 }),
        (frames, cuts) => {
          const bytes = Buffer.concat(frames);
          expect(meaning(split(bytes, cuts))).toEqual(meaning([bytes]));
          expect(meaning([bytes])).toHaveLength(frames.length);
        },
      ),
    );
  });

  it('are refused when they are of another version, or say that they are large', () => {
    const read = (hex: string) => () => [...new FrameReader().read(Buffer.from(hex, 'hex'))];
    expect(read('8002000100000000')).toThrow('another version');
    expect(read('8003000400ffffff')).toThrow('too large');
    expect(read('0000000000000001')).toThrow('stream 0');
  });

  it('never break the reader, whatever arrives', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        try {
          for (const _ of new FrameReader().read(bytes));
        } catch (error) {
          expect(String(error)).toMatch(/stream 0|too large|another version/);
        }
      }),
    );
  });
});

describe('SPDY headers', () => {
  const block = fc.array(fc.tuple(fc.stringMatching(/^[a-z-]{1,20}$/), fc.stringMatching(/^[ -~]{0,40}$/)), {
    maxLength: 6,
  });

  it('come back as they went, block after block', () => {
    fc.assert(
      fc.property(fc.array(block, { maxLength: 5 }), (blocks) => {
        const [writer, reader] = [new HeaderWriter(), new HeaderReader()];
        for (const pairs of blocks) {
          const headers = new Map(pairs);
          expect(reader.read(writer.write(headers))).toEqual(headers);
        }
      }),
    );
  });

  it('use the dictionary of the protocol', () => {
    const first = new HeaderWriter().write(new Map([['streamtype', 'error']]));
    expect(first.subarray(0, 6).toString('hex')).toBe('78bbe3c6a7c2');
    expect(headerDictionary()).toHaveLength(1423);
  });

  it('may also come without the dictionary', () => {
    const plain = Buffer.concat([words(1, 4), Buffer.from('port'), words(4), Buffer.from('8080')]);
    expect(new HeaderReader().read(deflateSync(plain))).toEqual(new Map([['port', '8080']]));
  });

  it('are refused when they are a bomb, nonsense, too many or twice', () => {
    const packed = (plain: Buffer) =>
      Buffer.concat([
        Buffer.from('78bbe3c6a7c2', 'hex'),
        deflateRawSync(plain, { dictionary: headerDictionary() }),
      ]);
    const read = (bytes: Buffer) => () => new HeaderReader().read(bytes);
    expect(read(packed(Buffer.alloc(50_000_000)))).toThrow();
    expect(read(Buffer.from('not zlib at all'))).toThrow('not a zlib stream');
    expect(read(packed(words(100_000)))).toThrow('too many');
    expect(read(packed(Buffer.concat([words(1, 99), Buffer.from('x')])))).toThrow('too soon');
    const pair = Buffer.concat([words(1), Buffer.from('a'), words(1), Buffer.from('b')]);
    expect(read(packed(Buffer.concat([words(2), pair, pair])))).toThrow('twice');
    expect(read(packed(Buffer.concat([words(1, 1), Buffer.from('A'), words(0)])))).toThrow('lower case');
    expect(read(Buffer.from('78bb00000000', 'hex'))).toThrow('another dictionary');
  });
});
