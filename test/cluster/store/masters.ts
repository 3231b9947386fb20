import { seededRandom } from '../../../src/base/random.ts';
import { RaftNetwork } from '../../../src/cluster/raft/network.ts';
import { createRaftMember, type RaftNode } from '../../../src/cluster/raft/node.ts';
import type { RaftSettings } from '../../../src/cluster/raft/settings.ts';
import type { ReplicatedState } from '../../../src/cluster/store/replicated-state.ts';
import {
  createReplicatedStore,
  type ReplicatedStore,
  type ReplicatedStoreOptions,
} from '../../../src/cluster/store/replicated-store.ts';
import { FakeClock } from '../../helpers/fakeClock.ts';
import { MemoryStorage } from '../raft/memoryStorage.ts';

export type MastersOptions = Partial<ReplicatedStoreOptions> & { readonly settings?: Partial<RaftSettings> };

/** Stores over the real consensus, on a clock that the test moves and disks that are memory. */
export class Masters {
  readonly clock = new FakeClock();
  readonly network = new RaftNetwork();
  readonly siblings = new Set<ReplicatedState>();
  readonly disks = new Map<string, MemoryStorage>();
  readonly stores = new Map<string, ReplicatedStore>();
  readonly names: readonly string[];
  readonly #options: MastersOptions;
  #seed = 1;

  constructor(count: number, options: MastersOptions = {}) {
    this.names = Array.from({ length: count }, (_, n) => `master-${n + 1}`);
    this.#options = options;
  }

  async start(name: string): Promise<ReplicatedStore> {
    const storage = this.disks.get(name) ?? new MemoryStorage();
    this.disks.set(name, storage);
    this.#seed += 1;
    const random = seededRandom(this.#seed);
    const { settings, ...rest } = this.#options;
    let leave = () => {};
    const store = await createReplicatedStore({
      clock: this.clock,
      random,
      siblings: this.siblings,
      ...rest,
      startRaft: async (stateMachine) => {
        const node: RaftNode = await createRaftMember({
          id: name,
          peers: this.names,
          storage,
          stateMachine,
          send: (to, message) => this.network.send(name, to, message),
          clock: this.clock,
          random,
          ...(settings === undefined ? {} : { settings }),
        });
        leave = this.network.join(name, node);
        return node;
      },
    });
    const close = store.close.bind(store);
    store.close = async () => {
      leave();
      this.stores.delete(name);
      await close();
    };
    this.stores.set(name, store);
    return store;
  }

  async startAll(): Promise<readonly ReplicatedStore[]> {
    const stores = [];
    for (const name of this.names) stores.push(await this.start(name));
    await this.until(() => this.leader() !== undefined);
    return stores;
  }

  /** The leader of the newest term, among those that run. */
  leader(): ReplicatedStore | undefined {
    return [...this.stores.values()]
      .filter((store) => store.raft.status().role === 'leader')
      .sort((left, right) => right.raft.status().term - left.raft.status().term)[0];
  }

  followers(): readonly ReplicatedStore[] {
    return [...this.stores.values()].filter((store) => store.raft.status().role === 'follower');
  }

  /** Moves the clock in small steps until it holds; throws after ten seconds. Answers how long it took. */
  async until(holds: () => boolean, limitMs = 10_000): Promise<number> {
    const begin = this.clock.now();
    while (!holds()) {
      if (this.clock.now() - begin > limitMs) throw new Error(`not within ${limitMs} ms`);
      await this.clock.advance(5);
    }
    return this.clock.now() - begin;
  }

  /** Waits for a promise while the clock moves. */
  async settled<T>(promise: Promise<T>): Promise<T> {
    let done = false;
    const mark = () => {
      done = true;
    };
    promise.then(mark, mark);
    await this.until(() => done);
    return promise;
  }

  async close(): Promise<void> {
    for (const store of [...this.stores.values()]) await store.close();
  }
}
