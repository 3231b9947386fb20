import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32 } from '../../../src/cluster/raft/crc32.ts';
import { BinaryReader, BinaryWriter } from '../../../src/cluster/store/binary.ts';
import { decodeEntry, encodeEntry, type LogEntry } from '../../../src/cluster/store/entry-codec.ts';
import { decodeSnapshot, encodeSnapshot } from '../../../src/cluster/store/snapshot-codec.ts';
import type { Change, KeyValue } from '../../../src/cluster/store/store.ts';

const someText = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('__proto__', '\ud800'));
const someNumber = fc.maxSafeNat();
const someChange: fc.Arbitrary<Change> = fc
  .record({
    key: someText,
    expectedRevision: fc.option(someNumber, { nil: undefined }),
    value: fc.option(fc.uint8Array({ maxLength: 300 }), { nil: undefined }),
  })
  .map(({ expectedRevision, ...rest }) =>
    expectedRevision === undefined ? rest : { ...rest, expectedRevision },
  );
const someEntry: fc.Arbitrary<LogEntry> = fc.record({
  session: someText,
  sequence: someNumber,
  command: fc.oneof(
    fc.record({ kind: fc.constant('commits' as const), commits: fc.array(fc.array(someChange)) }),
    fc.record({ kind: fc.constant('compact' as const), revision: someNumber }),
  ),
});

describe('records of the store', () => {
  it('come back as they were written', () => {
    fc.assert(
      fc.property(someEntry, (entry) => {
        const back = decodeEntry(encodeEntry(entry));
        expect(back).toEqual(entry);
      }),
    );
  });

  it('are decoded once per buffer', () => {
    const commits = [[{ key: 'a', value: Uint8Array.of(1) }], [{ key: 'b', value: Uint8Array.of(2) }]];
    const data = encodeEntry({ session: 's', sequence: 1, command: { kind: 'commits', commits } });
    expect(decodeEntry(data)).toBe(decodeEntry(data));
  });

  it('are refused when they are cut off or are something else, and cost no memory then', () => {
    const entry = encodeEntry({
      session: 'abc',
      sequence: 300,
      command: { kind: 'commits', commits: [[{ key: '/a', value: new Uint8Array(200) }]] },
    });
    for (let length = 0; length < entry.length; length += 1)
      expect(() => decodeEntry(entry.slice(0, length))).toThrow(RangeError);
    expect(() => decodeEntry(Uint8Array.of(9, 0, 0))).toThrow('unknown kind');
    const writer = new BinaryWriter(4);
    writer.byte(1);
    writer.text('');
    writer.number(1);
    writer.number(2 ** 50);
    expect(() => decodeEntry(writer.finish())).toThrow('cut off');
    expect(() => new BinaryReader(new Uint8Array(9).fill(0xff)).number()).toThrow('too large');
    expect(() => new BinaryWriter().number(-1)).toThrow(RangeError);
    expect(() => new BinaryWriter().number(0.5)).toThrow(RangeError);
  });
});

describe('snapshots', () => {
  const someItems: fc.Arbitrary<KeyValue[]> = fc
    .uniqueArray(
      fc.record({
        key: someText,
        value: fc.uint8Array({ maxLength: 50 }),
        createRevision: fc.nat(),
        version: fc.nat(),
        changes: fc.nat(),
      }),
      { selector: ({ key }) => key },
    )
    .map((items) =>
      items
        .map(({ changes, ...item }) => ({ ...item, modRevision: item.createRevision + changes }))
        .sort((left, right) => (left.key < right.key ? -1 : 1)),
    );
  const someSessions = fc.array(fc.record({ session: someText, recent: fc.array(someNumber) }));

  it('come back as they were written, and are refused with any byte changed or missing', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        someSessions,
        someItems,
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (revision, sessions, items, at, change) => {
          const bytes = encodeSnapshot(revision, sessions, items);
          expect(decodeSnapshot(bytes)).toEqual({ revision, sessions, items });
          const damaged = bytes.slice();
          const position = at % damaged.length;
          damaged[position] = (damaged[position] ?? 0) ^ change;
          expect(() => decodeSnapshot(damaged)).toThrow('damaged');
          expect(() => decodeSnapshot(bytes.slice(0, position))).toThrow('damaged');
        },
      ),
    );
  });

  it('write the common beginning of neighbouring keys once', () => {
    const items = Array.from({ length: 1000 }, (_, n) => ({
      key: `/registry/pods/default/web-${10_000 + n}`,
      value: new Uint8Array(10),
      createRevision: n + 1,
      modRevision: n + 1,
      version: 1,
    }));
    expect(encodeSnapshot(2000, [], items).length).toBeLessThan(1000 * 25);
  });

  it('know a version that is newer than they', () => {
    const bytes = encodeSnapshot(1, [], []).slice();
    bytes[3] = 2;
    const checksum = crc32(bytes.subarray(0, -4));
    new DataView(bytes.buffer).setUint32(bytes.length - 4, checksum, true);
    expect(() => decodeSnapshot(bytes)).toThrow('version');
  });
});
