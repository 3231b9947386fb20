import { parseCIDR } from '../../../kube/ip.ts';
import { NetworkError } from '../contract.ts';

/**
 * The addresses of one node's Pods. Mirrors the host-local plugin: the first is the gateway's, then round and round, so that
 * one given back is the last to come again.
 */
export class AddressRange {
  readonly #cidr: string;
  readonly #first: number;
  readonly #last: number;
  readonly #taken = new Set<number>();
  #previous: number;

  /** Throws `NetworkNotReady` when `cidr` is no IPv4 range with room for a Pod. */
  constructor(cidr: string) {
    const parsed = parseCIDR(cidr);
    if (parsed === undefined || parsed.address.family !== 4 || parsed.prefix > 29)
      throw new NetworkError('NetworkNotReady', cidr, `the range ${cidr} holds no Pod addresses`);
    const size = 2 ** (32 - parsed.prefix);
    const base = Math.floor(numberOf(parsed.address.bytes) / size) * size;
    this.#cidr = cidr;
    // .0 is the network, .1 the gateway, the last one the broadcast address.
    this.#first = base + 2;
    this.#last = base + size - 2;
    this.#previous = this.#first - 1;
  }

  /** Throws `NetworkNotReady` when all are given. */
  take(): string {
    const size = this.#last - this.#first + 1;
    for (let tries = 0; tries < size; tries++) {
      this.#previous = this.#previous >= this.#last ? this.#first : this.#previous + 1;
      if (this.#taken.has(this.#previous)) continue;
      this.#taken.add(this.#previous);
      return textOf(this.#previous);
    }
    throw new NetworkError(
      'NetworkNotReady',
      this.#cidr,
      `failed to allocate for range 0: no IP addresses available in range set: ${textOf(this.#first - 1)}-${textOf(this.#last)}`,
    );
  }

  give(ip: string): void {
    this.#taken.delete(numberOf(ip.split('.').map(Number)));
  }
}

function numberOf(bytes: readonly number[]): number {
  return bytes.reduce((sum, byte) => sum * 256 + byte, 0);
}

function textOf(address: number): string {
  return [2 ** 24, 2 ** 16, 2 ** 8, 1].map((unit) => Math.floor(address / unit) % 256).join('.');
}
