import { crc32 } from './crc32.ts';
import type { Entry, HardState, SnapshotPoint } from './entry.ts';

/**
 * The log on disk is a row of frames, each written by one write and made durable by one sync before the next is begun. So only
 * the last frame of the last file can be torn; anything else that does not check is damage.
 *
 * Frame (little endian, a multiple of 8 bytes): magic u32, records u32, sequence f64, bytes of the frame u32, CRC-32 of the
 * record table u32, CRC-32 of all that u32, 4 zero bytes; the record table; the records' data one after the other. Record: kind u8, 3 zero bytes, bytes
 * of its data u32, CRC-32 of its data u32, 4 zero bytes, term f64, index f64, proposal f64.
 */
export type LogRecord =
  | { readonly kind: 'hard-state'; readonly hardState: HardState }
  | { readonly kind: 'entry'; readonly entry: Entry }
  /** The log starts again after a snapshot. */
  | { readonly kind: 'reset'; readonly point: SnapshotPoint };

const MAGIC = 0x31465243;
const HEADER_BYTES = 32;
const RECORD_BYTES = 40;
const SECTOR_BYTES = 512;
const HARD_STATE = 1;
const NOOP = 2;
const DATA = 3;
const RESET = 4;
const nothing = new Uint8Array(0);

/** Members of one process write the same buffers: each is summed once. */
const sums = new WeakMap<Uint8Array, number>();

function sumOf(data: Uint8Array): number {
  let sum = sums.get(data);
  if (sum === undefined) {
    sum = crc32(data);
    sums.set(data, sum);
  }
  return sum;
}

interface Row {
  readonly kind: number;
  readonly term: number;
  readonly index: number;
  readonly proposal: number;
  readonly data: Uint8Array;
}

function rowOf(record: LogRecord): Row {
  switch (record.kind) {
    case 'hard-state': {
      const { term, votedFor } = record.hardState;
      const data = votedFor === undefined ? nothing : new TextEncoder().encode(votedFor);
      return { kind: HARD_STATE, term, index: 0, proposal: 0, data };
    }
    case 'entry': {
      const { kind, term, index, proposal, data } = record.entry;
      return { kind: kind === 'noop' ? NOOP : DATA, term, index, proposal, data };
    }
    case 'reset':
      return { kind: RESET, term: record.point.term, index: record.point.index, proposal: 0, data: nothing };
  }
}

/** One frame with these records. `scratch` is used if it is large enough; the result is valid until its next use. */
export function encodeFrame(sequence: number, records: readonly LogRecord[], scratch: Buffer): Buffer {
  const rows = records.map(rowOf);
  const tableEnd = HEADER_BYTES + RECORD_BYTES * rows.length;
  const dataBytes = rows.reduce((sum, row) => sum + row.data.byteLength, 0);
  const bytes = Math.ceil((tableEnd + dataBytes) / 8) * 8;
  const frame = bytes <= scratch.byteLength ? scratch.subarray(0, bytes) : Buffer.allocUnsafe(bytes);
  frame.writeUInt32LE(MAGIC, 0);
  frame.writeUInt32LE(rows.length, 4);
  frame.writeDoubleLE(sequence, 8);
  frame.writeUInt32LE(bytes, 16);
  let at = HEADER_BYTES;
  let dataAt = tableEnd;
  for (const row of rows) {
    frame.writeUInt32LE(row.kind, at);
    frame.writeUInt32LE(row.data.byteLength, at + 4);
    frame.writeUInt32LE(sumOf(row.data), at + 8);
    frame.writeUInt32LE(0, at + 12);
    frame.writeDoubleLE(row.term, at + 16);
    frame.writeDoubleLE(row.index, at + 24);
    frame.writeDoubleLE(row.proposal, at + 32);
    frame.set(row.data, dataAt);
    at += RECORD_BYTES;
    dataAt += row.data.byteLength;
  }
  frame.fill(0, dataAt);
  frame.writeUInt32LE(crc32(frame.subarray(HEADER_BYTES, tableEnd)), 20);
  frame.writeUInt32LE(crc32(frame.subarray(0, 24)), 24);
  frame.writeUInt32LE(0, 28);
  return frame;
}

interface Header {
  readonly records: number;
  readonly sequence: number;
  readonly bytes: number;
}

/** Undefined: no frame begins there, or its header is damaged. */
function readHeader(file: Buffer, at: number): Header | undefined {
  if (at + HEADER_BYTES > file.length || file.readUInt32LE(at) !== MAGIC) return undefined;
  if (crc32(file.subarray(at, at + 24)) !== file.readUInt32LE(at + 24)) return undefined;
  return {
    records: file.readUInt32LE(at + 4),
    sequence: file.readDoubleLE(at + 8),
    bytes: file.readUInt32LE(at + 16),
  };
}

export interface Scan {
  readonly records: LogRecord[];
  /** Sequence of the frame that would follow. */
  readonly nextSequence: number;
  /** Where the good frames end. */
  readonly end: number;
  /** Undefined: the file ends there. `torn`: an interrupted last write, which nobody was told of. Else damage, in words. */
  readonly problem: 'torn' | { readonly damage: string } | undefined;
}

/** Reads the frames of one file, the first of which must have `sequence`. Entries get buffers of their own. */
export function scanFrames(file: Buffer, sequence: number): Scan {
  const records: LogRecord[] = [];
  let at = 0;
  let expected = sequence;
  const stop = (problem: Scan['problem']): Scan => ({ records, nextSequence: expected, end: at, problem });
  while (at < file.length) {
    const header = readHeader(file, at);
    if (!header) {
      if (findFrame(file, at + 8, expected))
        return stop({ damage: 'a frame is damaged and good ones follow it' });
      return stop(
        looksTorn(file, at, file.length) ? 'torn' : { damage: 'the header of the last frame is damaged' },
      );
    }
    if (header.sequence !== expected) {
      return stop({ damage: `frame ${header.sequence} where frame ${expected} should be` });
    }
    const end = at + header.bytes;
    if (end > file.length) return stop('torn');
    const read = readRecords(file.subarray(at, end), header.records);
    if (!read) {
      if (end === file.length && looksTorn(file, at, end)) return stop('torn');
      return stop({ damage: `the data of frame ${expected} are damaged` });
    }
    for (const record of read) records.push(record);
    at = end;
    expected++;
  }
  return stop(undefined);
}

function readRecords(frame: Buffer, count: number): LogRecord[] | undefined {
  const records: LogRecord[] = [];
  let at = HEADER_BYTES;
  let dataAt = HEADER_BYTES + RECORD_BYTES * count;
  if (dataAt > frame.length || crc32(frame.subarray(HEADER_BYTES, dataAt)) !== frame.readUInt32LE(20))
    return undefined;
  for (let row = 0; row < count; row++, at += RECORD_BYTES) {
    const dataEnd = dataAt + frame.readUInt32LE(at + 4);
    if (dataEnd > frame.length) return undefined;
    const data = Uint8Array.prototype.slice.call(frame, dataAt, dataEnd);
    dataAt = dataEnd;
    if (crc32(data) !== frame.readUInt32LE(at + 8)) return undefined;
    const record = recordOf(frame, at, data);
    if (!record) return undefined;
    records.push(record);
  }
  return records;
}

function recordOf(frame: Buffer, at: number, data: Uint8Array): LogRecord | undefined {
  const term = frame.readDoubleLE(at + 16);
  const index = frame.readDoubleLE(at + 24);
  const kind = frame.readUInt32LE(at);
  if (kind === HARD_STATE) {
    const votedFor = data.length === 0 ? undefined : new TextDecoder().decode(data);
    return { kind: 'hard-state', hardState: { term, votedFor } };
  }
  if (kind === RESET) return { kind: 'reset', point: { index, term } };
  if (kind !== NOOP && kind !== DATA) return undefined;
  const proposal = frame.readDoubleLE(at + 32);
  return { kind: 'entry', entry: { index, term, kind: kind === NOOP ? 'noop' : 'data', proposal, data } };
}

/** A whole, later frame at or after `from`: then what is before it is not the end of the file. */
function findFrame(file: Buffer, from: number, sequence: number): boolean {
  for (let at = from; at + HEADER_BYTES <= file.length; at += 8) {
    if (file.readUInt32LE(at) !== MAGIC) continue;
    const header = readHeader(file, at);
    if (header && header.sequence > sequence) return true;
  }
  return false;
}

/** A write that did not reach the disk leaves the file short, or whole sectors of zeros; a flipped bit leaves neither. */
function looksTorn(file: Buffer, from: number, to: number): boolean {
  if (to - from < HEADER_BYTES) return true;
  for (let at = from; at < to; ) {
    const sectorEnd = Math.min(to, (Math.floor(at / SECTOR_BYTES) + 1) * SECTOR_BYTES);
    if (file.subarray(at, sectorEnd).every((byte) => byte === 0)) return true;
    at = sectorEnd;
  }
  return false;
}
