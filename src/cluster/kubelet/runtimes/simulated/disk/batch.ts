/**
 * What is written of a disk at once: a line of JSON, then the bytes of pages one after the other. A batch says what changed since
 * the one before; a `full` one says everything. Names are data, so they stand in arrays, never as keys.
 */
export interface Batch {
  readonly full: boolean;
  /** Trees by name; all of them, each time. */
  readonly roots: readonly (readonly [name: string, id: number])[];
  readonly nodes: readonly NodeRecord[];
  readonly pages: readonly Page[];
}

export interface NodeRecord {
  readonly id: number;
  readonly kind: 'file' | 'dir' | 'link' | 'fifo';
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeMs: number;
  /** Of a file. */
  readonly size?: number;
  /** Of a file that is a program of the catalogue. */
  readonly program?: string;
  /** Of a folder; the id `own` stands for what the machine's own tree has there. */
  readonly entries?: readonly (readonly [name: string, id: number])[];
  /** Of a link. */
  readonly target?: string;
}

export const pageBytes = 65_536;
/** What a volume may hold. */
const largestBytes = 40 * 1024 ** 3;

/** Where the machine's own files are not copied. */
export const own = 0;

export interface Page {
  readonly id: number;
  readonly index: number;
  /** Empty: zeros. */
  readonly bytes: Uint8Array;
}

export function encodeBatch({ full, roots, nodes, pages }: Batch): Uint8Array {
  const head = JSON.stringify({
    full,
    roots,
    nodes,
    pages: pages.map(({ id, index, bytes }) => [id, index, bytes.byteLength]),
  });
  return Buffer.concat([Buffer.from(`${head}\n`), ...pages.map(({ bytes }) => bytes)]);
}

/** Throws when it is none. */
export function decodeBatch(bytes: Uint8Array): Batch {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = buffer.indexOf(10);
  const head = JSON.parse(buffer.toString('utf8', 0, Math.max(0, end))) as Head;
  const { full, roots, nodes } = head;
  const isWhole =
    isListOf(roots, ([name, id]) => typeof name === 'string' && isCount(id)) &&
    isListOf(nodes, isRecord) &&
    isListOf(
      head.pages,
      ([id, index, length]) => isCount(id) && isCount(index) && isCount(length, pageBytes),
    );
  if (!isWhole) throw new Error('no batch');
  let at = end + 1;
  const pages = head.pages.map(([id, index, length]) => {
    const page = { id, index, bytes: buffer.subarray(at, at + length) };
    at += length;
    return page;
  });
  if (at !== buffer.byteLength) throw new Error('a batch of another length');
  return { full: full === true, roots, nodes, pages };
}

/** A photo may come from anybody. */
function isRecord({
  id,
  kind,
  mode,
  uid,
  gid,
  mtimeMs,
  size,
  program,
  entries,
  target,
}: NodeRecord): boolean {
  return (
    isCount(id) &&
    ['file', 'dir', 'link', 'fifo'].includes(kind) &&
    isCount(mode, 0o7777) &&
    isCount(uid) &&
    isCount(gid) &&
    Number.isFinite(mtimeMs) &&
    (size === undefined || isCount(size, largestBytes)) &&
    (program === undefined || typeof program === 'string') &&
    (target === undefined || typeof target === 'string') &&
    (entries === undefined || isListOf(entries, ([name, child]) => isName(name) && isCount(child)))
  );
}

const isCount = (value: unknown, most = Number.MAX_SAFE_INTEGER): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= most;

const isName = (name: unknown): boolean =>
  typeof name === 'string' && name !== '' && name !== '.' && name !== '..' && !name.includes('/');

function isListOf<T>(list: readonly T[], isOne: (one: T) => boolean): boolean {
  return Array.isArray(list) && list.every((one) => typeof one === 'object' && one !== null && isOne(one));
}

interface Head {
  readonly full?: boolean;
  readonly roots: Batch['roots'];
  readonly nodes: readonly NodeRecord[];
  readonly pages: readonly (readonly [id: number, index: number, length: number])[];
}
