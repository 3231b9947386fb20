import { type Cidr, formatCIDR, parseCIDR } from '../../kube/ip.ts';

/**
 * Deals out the networks of `/mask` of some IPv4 ranges, in order and round and round: one that was given back comes again
 * last. Mirrors pkg/controller/nodeipam/ipam/cidrset.
 */
export class NodeRanges {
  readonly #ranges: readonly { readonly first: number; readonly count: number }[];
  readonly #mask: number;
  readonly #used = new Map<string, string>();
  readonly #usedBy = new Map<string, string>();
  #next = 0;

  /** Throws an Error for a range that is none, is not IPv4 or is smaller than `mask`. */
  constructor(ranges: readonly string[], mask: number) {
    this.#mask = mask;
    this.#ranges = ranges.map((text) => {
      const cidr = parseCIDR(text);
      if (cidr === undefined || cidr.address.family !== 4 || cidr.prefix > mask || mask > 30)
        throw new Error(`no range for Pods of nodes with /${mask}: ${text}`);
      return { first: toNumber(cidr), count: 2 ** (mask - cidr.prefix) };
    });
  }

  /** What `node` got before, or the next free one; undefined when there is none left. */
  take(node: string): string | undefined {
    const before = this.#usedBy.get(node);
    if (before !== undefined) return before;
    const total = this.#ranges.reduce((sum, { count }) => sum + count, 0);
    for (let tried = 0; tried < total; tried++) {
      const range = this.#at((this.#next + tried) % total);
      if (this.#used.has(range)) continue;
      this.#next = (this.#next + tried + 1) % total;
      this.occupy(node, range);
      return range;
    }
    return undefined;
  }

  /** Somebody gave it this one. */
  occupy(node: string, range: string): void {
    if (this.#usedBy.get(node) === range) return;
    this.release(node);
    this.#usedBy.set(node, range);
    if (!this.#used.has(range)) this.#used.set(range, node);
  }

  release(node: string): void {
    const range = this.#usedBy.get(node);
    if (range === undefined) return;
    this.#usedBy.delete(node);
    if (this.#used.get(range) === node) this.#used.delete(range);
  }

  #at(index: number): string {
    let left = index;
    for (const { first, count } of this.#ranges) {
      if (left < count) {
        const number = first + left * 2 ** (32 - this.#mask);
        const bytes = [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256);
        return formatCIDR({ address: { family: 4, bytes }, prefix: this.#mask });
      }
      left -= count;
    }
    throw new Error('unreachable');
  }
}

const toNumber = ({ address }: Cidr): number => address.bytes.reduce((sum, byte) => sum * 256 + byte, 0);
