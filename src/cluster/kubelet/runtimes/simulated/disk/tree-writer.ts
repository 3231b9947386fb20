import { createHash } from 'node:crypto';
import type { FileInode, Inode } from '../fs/inode.ts';
import { type Batch, type NodeRecord, own, type Page, pageBytes } from './batch.ts';

/** What was last written of an inode. */
interface Written {
  readonly id: number;
  meta: string;
  /** Digests of a file's pages; '' for zeros. */
  pages: readonly string[];
}

const zeros = new Uint8Array(pageBytes);
const noBytes = new Uint8Array(0);

/** Compares trees with what was written of them before, and says what is to be written now. */
export class TreeWriter {
  readonly #written = new WeakMap<Inode, Written>();
  #nextId = own + 1;

  /** `touched`: files whose content may be another than before. `full`: everything, whatever was written. */
  batch(trees: ReadonlyMap<string, Inode>, touched: ReadonlySet<object>, full: boolean): Batch {
    const nodes: NodeRecord[] = [];
    const pages: Page[] = [];
    const seen = new Set<Inode>();
    const todo: { readonly node: Inode; readonly written: Written }[] = [];
    const idOf = (node: Inode): number => {
      let written = this.#written.get(node);
      if (written === undefined) {
        written = { id: this.#nextId++, meta: '', pages: [] };
        this.#written.set(node, written);
      }
      if (!seen.has(node)) todo.push({ node, written });
      seen.add(node);
      return written.id;
    };
    const roots = [...trees].map(([name, root]) => [name, idOf(root)] as const);
    for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
      const { node, written } = next;
      const record = recordOf(node, written.id, idOf);
      if (record === undefined) continue;
      const isNew = full || written.meta === '';
      if (node.kind === 'file' && (isNew || touched.has(node))) addPages(node, written, isNew, pages);
      const meta = JSON.stringify(record);
      if (!isNew && meta === written.meta) continue;
      written.meta = meta;
      nodes.push(record);
    }
    return { full, roots, nodes, pages };
  }
}

/** Those that are others than they were. */
function addPages({ content }: FileInode, written: Written, all: boolean, pages: Page[]): void {
  const before = all ? [] : written.pages;
  const now: string[] = [];
  const count = Math.ceil(content.size / pageBytes);
  for (let index = 0; index < Math.max(count, before.length); index += 1) {
    const bytes = index < count ? content.read(index * pageBytes, pageBytes) : noBytes;
    const isZero = Buffer.compare(bytes, zeros.subarray(0, bytes.byteLength)) === 0;
    const digest = isZero ? '' : createHash('sha1').update(bytes).digest('base64');
    if (digest !== (before[index] ?? ''))
      pages.push({ id: written.id, index, bytes: isZero ? noBytes : bytes });
    if (index < count) now.push(digest);
  }
  written.pages = now;
}

/** Undefined: a disk does not keep such a thing. */
function recordOf(node: Inode, id: number, idOf: (node: Inode) => number): NodeRecord | undefined {
  const { mode, uid, gid, mtimeMs } = node;
  const meta = { id, mode: mode & 0o7777, uid, gid, mtimeMs };
  switch (node.kind) {
    case 'file': {
      const { content, program, generate } = node;
      if (generate !== undefined) return undefined;
      return {
        ...meta,
        kind: 'file',
        size: content.size,
        ...(program === undefined ? {} : { program }),
      };
    }
    case 'link':
      return typeof node.target === 'string' ? { ...meta, kind: 'link', target: node.target } : undefined;
    case 'dir': {
      // What is the image's, or the machine's, is there when it starts again.
      const entries = [...node.entries].map(
        ([name, child]) => [name, child.shared ? own : idOf(child)] as const,
      );
      return node.virtual === undefined ? { ...meta, kind: 'dir', entries } : undefined;
    }
    default:
      return node.kind === 'fifo' ? { ...meta, kind: 'fifo' } : undefined;
  }
}
