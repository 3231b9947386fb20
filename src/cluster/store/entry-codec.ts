import { BinaryReader, BinaryWriter } from './binary.ts';
import type { Change } from './store.ts';

/** What the replicated store puts into the log. Several commits share an entry: one append, one sync. */
export interface LogEntry {
  /** Names the open store that proposed it; never used again by another. */
  readonly session: string;
  /** Counts that session's proposals, so that one which arrives twice is applied once. */
  readonly sequence: number;
  readonly command:
    | { readonly kind: 'commits'; readonly commits: readonly (readonly Change[])[] }
    | { readonly kind: 'compact'; readonly revision: number };
}

const commitsKind = 1;
const compactKind = 2;
const hasExpected = 1;
const isDelete = 2;

export function encodeEntry(entry: LogEntry): Uint8Array {
  const writer = new BinaryWriter(estimate(entry));
  writer.byte(entry.command.kind === 'commits' ? commitsKind : compactKind);
  writer.text(entry.session);
  writer.number(entry.sequence);
  if (entry.command.kind === 'compact') {
    writer.number(entry.command.revision);
    return writer.finish();
  }
  writer.number(entry.command.commits.length);
  for (const changes of entry.command.commits) {
    writer.number(changes.length);
    for (const { key, expectedRevision, value } of changes) {
      writer.byte((expectedRevision === undefined ? 0 : hasExpected) | (value === undefined ? isDelete : 0));
      writer.text(key);
      if (expectedRevision !== undefined) writer.number(expectedRevision);
      if (value !== undefined) writer.bytes(value);
    }
  }
  return writer.finish();
}

const decoded = new WeakMap<Uint8Array, LogEntry>();

/**
 * Decoded once per buffer: members of one process see the same one, and so share the values too. These lie in the entry,
 * which the log keeps anyway. Throws `RangeError` for what is not an entry.
 */
export function decodeEntry(data: Uint8Array): LogEntry {
  const known = decoded.get(data);
  if (known !== undefined) return known;
  const entry = decode(data);
  decoded.set(data, entry);
  return entry;
}

function decode(data: Uint8Array): LogEntry {
  const reader = new BinaryReader(data);
  const kind = reader.byte();
  const session = reader.text();
  const sequence = reader.number();
  if (kind === compactKind)
    return { session, sequence, command: { kind: 'compact', revision: reader.number() } };
  if (kind !== commitsKind) throw new RangeError(`unknown kind of entry ${kind}`);
  const commits = Array.from({ length: counted(reader) }, () =>
    Array.from({ length: counted(reader) }, () => decodeChange(reader)),
  );
  return { session, sequence, command: { kind: 'commits', commits } };
}

function decodeChange(reader: BinaryReader): Change {
  const flags = reader.byte();
  const key = reader.text();
  const expectedRevision = (flags & hasExpected) === 0 ? undefined : reader.number();
  const value = (flags & isDelete) === 0 ? reader.bytes() : undefined;
  return expectedRevision === undefined ? { key, value } : { key, expectedRevision, value };
}

/** A list's length; every element takes at least a byte, so that a damaged one asks for no memory. */
function counted(reader: BinaryReader): number {
  const count = reader.number();
  if (count > reader.left) throw new RangeError('the record is cut off');
  return count;
}

function estimate({ command }: LogEntry): number {
  if (command.kind === 'compact') return 64;
  let bytes = 64;
  for (const changes of command.commits)
    for (const { key, value } of changes) bytes += 32 + key.length + (value?.length ?? 0);
  return bytes;
}
