import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import { StatusError } from '../kube/status.ts';
import type { Transport } from '../kube/transport.ts';
import type { ApiServer } from './apiserver/server.ts';
import type { MasterStatus } from './control/contract.ts';
import type { Backend } from './front/balancer.ts';
import type { HttpFront } from './front/http-front.ts';
import type { RaftNetwork } from './raft/network.ts';
import { createRaftMember, type RaftNode } from './raft/node.ts';
import type { RaftSettings } from './raft/settings.ts';
import type { RaftStorage } from './raft/storage.ts';
import type { ReplicatedState } from './store/replicated-state.ts';
import { createReplicatedStore, type ReplicatedStore } from './store/replicated-store.ts';
import { type Store, StoreError } from './store/store.ts';

/** kube-apiserver's --event-ttl. */
const eventsExpiry = { prefix: '/registry/events/', afterMs: 60 * 60_000 };

export interface MasterOptions {
  /** `master-1` */
  readonly name: string;
  /** Of all of them. */
  readonly names: readonly string[];
  readonly network: RaftNetwork;
  readonly siblings: Set<ReplicatedState>;
  readonly clock: Clock;
  /** Real time, when the cluster's own can stand still: nobody waits for an answer by a clock that does not run. */
  readonly wire?: Clock;
  readonly random: Random;
  readonly openStorage: () => RaftStorage;
  readonly createServer: (
    store: Store,
    name: string,
  ) => Pick<ApiServer, 'handle' | 'close' | 'reader' | 'start'>;
  readonly createFront: (handle: Transport) => HttpFront;
  readonly raft?: Partial<RaftSettings>;
  /** It no longer leads, and nobody stopped it or cut it off. */
  readonly lost?: () => void;
}

const retryMs = 500;
const isUnavailable = (error: unknown) => error instanceof StatusError && (error.status.code ?? 0) >= 500;

/** The API says it in etcd's way, with the store's own words. */
const isFromDisk = (error: unknown) =>
  error instanceof StoreError
    ? error.code === 'disk'
    : error instanceof Error && /the log cannot be written|refuse writes/.test(error.message);

type Server = ReturnType<MasterOptions['createServer']>;

interface Running {
  readonly node: RaftNode;
  readonly store: ReplicatedStore;
  readonly server: Server;
  readonly front: HttpFront;
  readonly leave: () => void;
}

/** One master: a member of the store with an API server of its own. It can stop, and start again on what its disk has. */
export class Master implements Backend {
  readonly name: string;
  readonly #options: MasterOptions;
  #running: Running | undefined;
  #left = new AbortController();
  #turn: Promise<void> = Promise.resolve();
  #lastTerm = 0;
  #lastCommit = 0;

  constructor(options: MasterOptions) {
    this.name = options.name;
    this.#options = options;
  }

  /** Its API server, while it runs. */
  get server(): Server | undefined {
    return this.#running?.server;
  }

  get store(): ReplicatedStore | undefined {
    return this.#running?.store;
  }

  get node(): RaftNode | undefined {
    return this.#running?.node;
  }

  /** Aborts when it is isolated: whoever can go elsewhere had better not wait for it. */
  get left(): AbortSignal {
    return this.#left.signal;
  }

  get isIsolated(): boolean {
    return this.#options.network.isIsolated(this.name);
  }

  /** Reads its disk and joins the others. Rejects with what the disk says: `StorageCorrupt`, or the system's error. */
  start(): Promise<void> {
    return this.#inTurn(() => this.#start());
  }

  async #start(): Promise<void> {
    if (this.#running !== undefined) return;
    const { name, names, network, siblings, clock, wire = clock, random, raft } = this.#options;
    const made: { node?: RaftNode } = {};
    const store = await createReplicatedStore({
      clock,
      wire,
      random,
      siblings,
      expiry: eventsExpiry,
      startRaft: async (stateMachine) => {
        made.node = await createRaftMember({
          id: name,
          peers: names,
          storage: this.#options.openStorage(),
          stateMachine,
          send: (to, message) => network.send(name, to, message),
          clock,
          wire,
          random,
          ...(raft === undefined ? {} : { settings: raft }),
        });
        return made.node;
      },
    });
    const { node } = made;
    if (node === undefined) throw new Error(`${name} did not start`);
    const leave = network.join(name, node);
    this.#noticeLost(node);
    try {
      const server = this.#options.createServer(store, name);
      const front = this.#options.createFront(server.handle);
      front.keep(!this.isIsolated);
      this.#running = { node, store, server, leave, front };
    } catch (error) {
      leave();
      await store.close();
      throw error;
    }
  }

  /**
   * Waits until it can write, and creates what must exist: from then on its API server calls itself ready. Resolves also when it
   * was stopped meanwhile. A disk that refuses is waited for too. With
   * `withinMs`, at a cluster's start, it is told at once, and whatever else it is after that time.
   */
  async becomeReady(withinMs?: number): Promise<void> {
    const clock = this.#options.wire ?? this.#options.clock;
    const deadline = withinMs === undefined ? Number.POSITIVE_INFINITY : clock.now() + withinMs;
    const running = this.#running;
    while (running !== undefined && this.#running === running) {
      try {
        await running.store.sync();
        await running.server.start();
        return;
      } catch (error) {
        // Without a majority it is asked again; anything else is nothing that time would mend.
        if (!(error instanceof StoreError) && !isUnavailable(error)) throw error;
        if (withinMs !== undefined && (isFromDisk(error) || clock.now() > deadline)) throw error;
        await new Promise<void>((resolve) => clock.after(retryMs, resolve));
      }
    }
  }

  /** As if its machine were switched off: nothing is handed over and nobody is told. What it acknowledged is on its disk. */
  stop(): Promise<void> {
    return this.#inTurn(() => this.#stop());
  }

  #noticeLost(node: RaftNode): void {
    let led = false;
    node.onStatus(({ role }) => {
      if (led && role !== 'leader' && role !== 'stopped' && !this.isIsolated) this.#options.lost?.();
      led = role === 'leader';
    });
  }

  /** One after the other: a disk that is still being let go of must not be read, nor one read twice. */
  #inTurn(action: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(action);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async #stop(): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    this.#running = undefined;
    this.#lastTerm = running.node.status().term;
    this.#lastCommit = running.node.status().commitIndex;
    running.leave();
    running.front.close();
    running.server.close();
    await running.store.close();
  }

  isolate(): void {
    this.#options.network.isolate(this.name);
    this.#left.abort();
    // As a balancer does with one that it takes out: whoever stayed would be told for ever that there is no leader.
    this.#running?.front.keep(false);
  }

  reconnect(): void {
    this.#options.network.reconnect(this.name);
    this.#left = new AbortController();
    this.#running?.front.keep(true);
  }

  status(): MasterStatus {
    const { name } = this;
    const status = this.#running?.node.status();
    if (status === undefined)
      return { name, role: 'stopped', term: this.#lastTerm, commitIndex: this.#lastCommit, reachable: false };
    const { term, commitIndex } = status;
    const role = status.role === 'pre-candidate' ? 'candidate' : status.role;
    return { name, role, term, commitIndex, reachable: !this.isIsolated };
  }

  /** The balancer leaves out those that are down and those that hear no other: they could not answer. */
  healthy(): boolean {
    return this.#running !== undefined && !this.isIsolated;
  }

  /** The leader has enough to do, and whoever watches at another one does not notice when it is lost. */
  preferred(): boolean {
    return this.#running?.node.status().role !== 'leader';
  }

  accept(socket: Socket): void {
    if (this.#running === undefined) socket.resetAndDestroy();
    else this.#running.front.accept(socket);
  }

  /** From inside the cluster. */
  acceptInside(connection: Duplex, peerIp: string): void {
    if (this.#running === undefined) connection.destroy();
    else this.#running.front.acceptInside(connection, peerIp);
  }
}
