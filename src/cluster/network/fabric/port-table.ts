import { NetworkError, type VirtualServer } from '../contract.ts';

export type Protocol = 'TCP' | 'UDP';

/** A program that waits on a port, with what it has accepted. */
export interface Listener {
  readonly port: number;
  readonly protocol: Protocol;
  readonly loopback: boolean;
  readonly server: VirtualServer;
  /** Whoever opened it: a Pod of the node's network listens on the node's ports. */
  readonly owner: object;
  readonly accepted: Set<Resettable>;
}

export interface Resettable {
  reset(code: 'ECONNRESET' | 'ETIMEDOUT'): void;
}

const firstEphemeral = 32768;
const lastEphemeral = 60999;

/** The ports of one network namespace. One of 0.0.0.0 and one of 127.0.0.1 exclude each other, as in Linux. */
export class PortTable {
  /** Most Pods listen on nothing. */
  #listeners: Map<string, Listener> | undefined;
  #ephemeral = firstEphemeral - 1;

  /** Port 0: any that is free. Throws `EADDRINUSE`. */
  open(
    ip: string,
    port: number,
    server: VirtualServer,
    options: { readonly protocol?: Protocol; readonly loopback?: boolean },
    owner: object,
  ): (how?: 'drain') => void {
    const { protocol = 'TCP', loopback = false } = options;
    if (!Number.isInteger(port) || port < 0 || port > 65535)
      throw new RangeError(`${port} is no port: 0 to 65535`);
    const chosen = port === 0 ? this.#free(protocol) : port;
    const key = keyOf(protocol, chosen);
    if (this.#listeners?.has(key) === true)
      throw new NetworkError(
        'EADDRINUSE',
        `${loopback ? '127.0.0.1' : ip}:${chosen}`,
        `bind: address already in use: ${loopback ? '127.0.0.1' : '0.0.0.0'}:${chosen}`,
      );
    const listener: Listener = { port: chosen, protocol, loopback, server, owner, accepted: new Set() };
    this.#listeners ??= new Map();
    this.#listeners.set(key, listener);
    return (how) => {
      if (this.#listeners?.get(key) === listener) this.#listeners.delete(key);
      if (how !== 'drain') for (const one of [...listener.accepted]) one.reset('ECONNRESET');
    };
  }

  /** Who answers; `inside`: asked from the same namespace through 127.0.0.1 or its own address. */
  find(protocol: Protocol, port: number, inside: boolean): Listener | undefined {
    const listener = this.#listeners?.get(keyOf(protocol, port));
    return listener === undefined || (listener.loopback && !inside) ? undefined : listener;
  }

  /** Sorted by port. */
  list(): readonly Listener[] {
    return [...(this.#listeners?.values() ?? [])].sort(
      (a, b) => a.port - b.port || (a.protocol < b.protocol ? -1 : 1),
    );
  }

  /** Everything, or what `owner` opened. */
  closeAll(owner?: object): void {
    for (const [key, listener] of [...(this.#listeners ?? [])]) {
      if (owner !== undefined && listener.owner !== owner) continue;
      this.#listeners?.delete(key);
      for (const one of [...listener.accepted]) one.reset('ECONNRESET');
    }
  }

  /** The port that an outgoing connection gets. */
  nextEphemeral(): number {
    this.#ephemeral = this.#ephemeral >= lastEphemeral ? firstEphemeral : this.#ephemeral + 1;
    return this.#ephemeral;
  }

  #free(protocol: Protocol): number {
    for (let tries = firstEphemeral; tries <= lastEphemeral; tries++) {
      const port = this.nextEphemeral();
      if (this.#listeners?.has(keyOf(protocol, port)) !== true) return port;
    }
    throw new NetworkError('EADDRINUSE', '0.0.0.0:0', 'bind: no port is free');
  }
}

const keyOf = (protocol: Protocol, port: number): string => `${protocol}/${port}`;
