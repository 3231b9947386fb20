import { crc32 } from '../raft/crc32.ts';
import { BinaryReader, BinaryWriter } from './binary.ts';

import type { SessionState } from './sessions.ts';
import type { KeyValue } from './store.ts';

/** Everything the replicated state is, without history: what a member starts from, or a lagging one is sent. */
export interface SnapshotContent {
  readonly revision: number;
  readonly sessions: readonly SessionState[];
  /** In key order. */
  readonly items: readonly KeyValue[];
}

/** `CKS` and the version of the format. */
const magic = [0x43, 0x4b, 0x53, 1];

/** Keys share their beginning with the one before: only the rest is written. A CRC-32 ends it. */
export function encodeSnapshot(
  revision: number,
  sessions: readonly SessionState[],
  items: readonly KeyValue[],
): Uint8Array {
  const expectedBytes = items.reduce((sum, { key, value }) => sum + key.length + value.length + 32, 4096);
  const writer = new BinaryWriter(expectedBytes);
  for (const byte of magic) writer.byte(byte);
  writer.number(revision);
  writer.number(sessions.length);
  for (const session of sessions) {
    writer.text(session.session);
    writer.number(session.recent.length);
    for (const sequence of session.recent) writer.number(sequence);
  }
  writer.number(items.length);
  let before = '';
  for (const { key, value, createRevision, modRevision, version } of items) {
    const shared = sharedLength(before, key);
    writer.number(shared);
    writer.text(key.slice(shared));
    writer.number(createRevision);
    writer.number(modRevision - createRevision);
    writer.number(version);
    writer.bytes(value);
    before = key;
  }
  const body = writer.finish();
  const checksum = crc32(body);
  for (let shift = 0; shift < 32; shift += 8) writer.byte((checksum >>> shift) & 0xff);
  return writer.finish();
}

/** Throws an Error that says what is wrong with it; the values are copies. */
export function decodeSnapshot(snapshot: Uint8Array): SnapshotContent {
  const body = snapshot.subarray(0, Math.max(0, snapshot.length - 4));
  let checksum = 0;
  for (let at = 0; at < 4; at += 1) checksum += (snapshot[body.length + at] ?? 0) * 256 ** at;
  if (snapshot.length < magic.length + 4 || crc32(body) !== checksum)
    throw new Error('the snapshot of the store is damaged');
  const reader = new BinaryReader(body);
  for (const byte of magic)
    if (reader.byte() !== byte)
      throw new Error('the snapshot of the store is of a version that is not known here');
  const revision = reader.number();
  const sessions = Array.from({ length: reader.number() }, () => ({
    session: reader.text(),
    recent: Array.from({ length: reader.number() }, () => reader.number()),
  }));
  const count = reader.number();
  const items: KeyValue[] = [];
  let key = '';
  for (let n = 0; n < count; n += 1) {
    key = key.slice(0, reader.number()) + reader.text();
    const createRevision = reader.number();
    const modRevision = createRevision + reader.number();
    const version = reader.number();
    items.push({ key, createRevision, modRevision, version, value: reader.bytes().slice() });
  }
  return { revision, sessions, items };
}

function sharedLength(left: string, right: string): number {
  const most = Math.min(left.length, right.length);
  let length = 0;
  while (length < most && left.charCodeAt(length) === right.charCodeAt(length)) length += 1;
  return length;
}
