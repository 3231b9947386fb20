import type { Readable } from 'node:stream';

export interface TarEntry {
  readonly name: string;
  readonly type: 'file' | 'directory' | 'link' | 'other';
  readonly sizeBytes: number;
}

/** What to do with an entry: feed its bytes somewhere, skip it, or stop reading the archive. */
export type EntryAction = ((data: Buffer) => void) | 'skip' | 'stop';

const block = 512;
/** Of a long name or a set of pax records. */
const maxNameBytes = 64 * 1024;

/**
 * Reads a tar archive as it arrives, never holding more than one chunk. Understands ustar, GNU long names and pax
 * `path`, which is what Docker writes.
 * @param maxBytes of archive; beyond it reading stops and the result is `false`.
 * @returns whether the archive was read to its end (or until `stop`).
 */
export async function readTar(
  source: Readable | AsyncIterable<Buffer>,
  maxBytes: number,
  onEntry: (entry: TarEntry) => EntryAction,
  onEntryEnd: () => void = () => {},
): Promise<boolean> {
  const parser = createTarParser(onEntry, onEntryEnd);
  let total = 0;
  for await (const chunk of source as AsyncIterable<Buffer>) {
    total += chunk.length;
    if (total > maxBytes) return false;
    if (parser(chunk) === 'done') return true;
  }
  return true;
}

/** The push half of `readTar`, for archives inside archives (layers). */
export function createTarParser(
  onEntry: (entry: TarEntry) => EntryAction,
  onEntryEnd: () => void = () => {},
): (chunk: Buffer) => 'more' | 'done' {
  let header = Buffer.alloc(0);
  let left = 0; // bytes of the current entry still to come
  let padding = 0;
  let action: EntryAction = 'skip';
  let longName: Buffer[] | undefined; // collects the body of an 'L' or 'x' entry
  let longBytes = 0;
  let longKind = '';
  let nextName = '';

  /** Returns 'done' at the end mark or when the reader has enough. */
  function startEntry(): 'more' | 'done' {
    if (header.every((byte) => byte === 0)) return 'done';
    const kind = String.fromCharCode(header[156] ?? 0);
    left = parseSize(header.subarray(124, 136));
    padding = (block - (left % block)) % block;
    if (kind === 'L' || kind === 'x') {
      longKind = kind;
      longName = [];
      longBytes = 0;
      return 'more';
    }
    const name = nextName || headerName(header);
    nextName = '';
    action = kind === 'g' || kind === 'K' ? 'skip' : onEntry({ name, type: typeOf(kind), sizeBytes: left });
    if (left === 0 && typeof action === 'function') onEntryEnd();
    return action === 'stop' ? 'done' : 'more';
  }

  function endEntry(): void {
    if (longName !== undefined) {
      nextName = longNameOf(longKind, Buffer.concat(longName)) || nextName;
      longName = undefined;
    } else if (typeof action === 'function') onEntryEnd();
    action = 'skip';
  }

  return (chunk) => {
    let rest = chunk;
    while (rest.length > 0) {
      if (left > 0) {
        const part = rest.subarray(0, left);
        if (longName !== undefined) {
          longBytes += part.length;
          if (longBytes <= maxNameBytes) longName.push(Buffer.from(part));
        } else if (typeof action === 'function') action(part);
        left -= part.length;
        rest = rest.subarray(part.length);
        if (left === 0) endEntry();
      } else if (padding > 0) {
        const skipped = Math.min(padding, rest.length);
        padding -= skipped;
        rest = rest.subarray(skipped);
      } else {
        const wanted = block - header.length;
        header = Buffer.concat([header, rest.subarray(0, wanted)]);
        rest = rest.subarray(wanted);
        if (header.length < block) break;
        const state = startEntry();
        header = Buffer.alloc(0);
        if (state === 'done') return 'done';
      }
    }
    return 'more';
  };
}

function headerName(header: Buffer): string {
  const name = text(header.subarray(0, 100));
  const prefix =
    header.subarray(257, 262).toString('latin1') === 'ustar' ? text(header.subarray(345, 500)) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

/** Octal text, or GNU base-256 when the first bit is set. */
function parseSize(field: Buffer): number {
  if (((field[0] ?? 0) & 0x80) !== 0) return Number(field.readBigUInt64BE(field.length - 8));
  return Number.parseInt(text(field).trim() || '0', 8) || 0;
}

function longNameOf(kind: string, body: Buffer): string {
  if (kind === 'L') return text(body);
  return /(?:^|\n)\d+ path=([^\n]*)\n/.exec(body.toString('utf8'))?.[1] ?? '';
}

const text = (field: Buffer) => {
  const end = field.indexOf(0);
  return field.subarray(0, end < 0 ? field.length : end).toString('utf8');
};

function typeOf(kind: string): TarEntry['type'] {
  if (kind === '0' || kind === '\0') return 'file';
  if (kind === '5') return 'directory';
  return kind === '1' || kind === '2' ? 'link' : 'other';
}
