import { describe, expect, it, onTestFinished } from 'vitest';
import { seededRandom } from '../../../src/base/random.ts';
import type { CommittedEntry, RaftStatus, StateMachine } from '../../../src/cluster/raft/contract.ts';
import { RaftUnavailable } from '../../../src/cluster/raft/contract.ts';
import { openDiskStorage } from '../../../src/cluster/raft/disk.ts';
import { RaftNetwork } from '../../../src/cluster/raft/network.ts';
import { createRaftMember, type RaftNode } from '../../../src/cluster/raft/node.ts';
import type { RaftSettings } from '../../../src/cluster/raft/settings.ts';
import type { RaftStorage } from '../../../src/cluster/raft/storage.ts';
import { FakeClock } from '../../helpers/fakeClock.ts';
import { MemoryFiles } from './memoryFiles.ts';
import { MemoryStorage } from './memoryStorage.ts';

const ids = ['m1', 'm2', 'm3'] as const;
type Id = (typeof ids)[number];

/** Keeps what it is given as a list of texts; the answer to each is how many there are. */
class Texts implements StateMachine {
  texts: string[] = [];
  apply(entry: CommittedEntry): number {
    return this.texts.push(Buffer.from(entry.data).toString());
  }
  snapshot(): Uint8Array {
    return Buffer.from(JSON.stringify(this.texts));
  }
  restore(snapshot: Uint8Array): void {
    this.texts = JSON.parse(Buffer.from(snapshot).toString()) as string[];
  }
}

class Trio {
  readonly clock = new FakeClock();
  /** What those who wait are timed by. */
  readonly wire: FakeClock;
  readonly network = new RaftNetwork();
  readonly storages = new Map<Id, RaftStorage>();
  readonly machines = new Map<Id, Texts>();
  readonly members = new Map<Id, RaftNode>();
  readonly #settings: Partial<RaftSettings>;

  constructor(settings: Partial<RaftSettings> = {}, wire?: FakeClock) {
    this.#settings = settings;
    this.wire = wire ?? this.clock;
    for (const id of ids) this.storages.set(id, new MemoryStorage());
    onTestFinished(async () => {
      for (const member of this.members.values()) await member.stop();
    });
  }

  async start(id: Id): Promise<RaftNode> {
    const stateMachine = new Texts();
    const storage = this.storages.get(id) ?? new MemoryStorage();
    const member = await createRaftMember({
      id,
      peers: ids,
      storage,
      stateMachine,
      send: (to, message) => this.network.send(id, to, message),
      clock: this.clock,
      wire: this.wire,
      random: seededRandom(ids.indexOf(id)),
      settings: this.#settings,
    });
    this.network.join(id, member);
    this.machines.set(id, stateMachine);
    this.members.set(id, member);
    return member;
  }

  /** All three, led by m1. */
  async startAll(): Promise<this> {
    for (const id of ids) await this.start(id);
    this.member('m1').campaign();
    await this.clock.advance(0);
    return this;
  }

  member(id: Id): RaftNode {
    const member = this.members.get(id);
    if (!member) throw new Error(`${id} was not started`);
    return member;
  }

  texts(id: Id): string[] | undefined {
    return this.machines.get(id)?.texts;
  }
}

function bytes(text: string): Uint8Array {
  return Buffer.from(text);
}

/** What became of a promise so far. */
function watch(promise: Promise<unknown>): { state: 'open' | 'done' | 'failed'; value: unknown } {
  const seen: ReturnType<typeof watch> = { state: 'open', value: undefined };
  promise.then(
    (value) => Object.assign(seen, { state: 'done', value }),
    (value: unknown) => Object.assign(seen, { state: 'failed', value }),
  );
  return seen;
}

describe('a member', () => {
  it('does not let anybody wait by a clock that stands still', async () => {
    const trio = await new Trio({}, new FakeClock()).startAll();
    expect(await trio.member('m2').propose(bytes('a'))).toBe(1);
    await trio.member('m1').stop();
    const write = watch(trio.member('m2').propose(bytes('b')));
    const read = watch(trio.member('m3').readIndex());
    await trio.wire.advance(4_900);
    expect([write.state, read.state]).toEqual(['open', 'open']);
    await trio.wire.advance(600);
    expect([write, read]).toMatchObject([
      { state: 'failed', value: { why: 'timeout' } },
      { state: 'failed', value: { why: 'timeout' } },
    ]);
    // Nobody was told before that the leader is gone: no time has passed for them.
    expect(trio.member('m2').status()).toMatchObject({ role: 'follower', term: 1, leader: 'm1' });
    await trio.clock.advance(2_000);
    expect(await trio.member('m3').propose(bytes('c'))).toBeDefined();
    await trio.member('m2').readIndex();
    expect(trio.texts('m2')?.at(-1)).toBe('c');
  });

  it('gives the proposer what apply returned, at the leader and at a follower, without waiting for a tick', async () => {
    const trio = await new Trio().startAll();
    expect(await trio.member('m1').propose(bytes('a'))).toBe(1);
    expect(await trio.member('m2').propose(bytes('b'))).toBe(2);
    await trio.member('m3').readIndex();
    expect(trio.texts('m3')).toEqual(['a', 'b']);
    expect(trio.member('m1').status()).toMatchObject({
      role: 'leader',
      leader: 'm1',
      commitIndex: 3,
      matchIndex: { m2: 3, m3: 3 },
    });
  });

  it('makes one append and one sync of the proposals of one turn', async () => {
    const trio = new Trio();
    const files = ids.map(() => new MemoryFiles());
    for (const [index, id] of ids.entries()) {
      const layer = files[index];
      if (layer) trio.storages.set(id, openDiskStorage({ directory: id, files: layer }));
    }
    await trio.startAll();
    for (const layer of files) layer.syncs = 0;
    await Promise.all(Array.from({ length: 50 }, (_, each) => trio.member('m1').propose(bytes(`${each}`))));
    await trio.member('m3').readIndex();
    expect(files.map((layer) => layer.syncs)).toEqual([1, 1, 1]);
  });

  it('elects another leader within a second of the end of the old one, and loses nothing acknowledged', async () => {
    const trio = await new Trio().startAll();
    await trio.member('m2').propose(bytes('before'));
    await trio.clock.advance(100);
    await trio.member('m1').stop();
    const during = watch(trio.member('m2').propose(bytes('during')));
    await trio.clock.advance(1_000);
    expect(during).toEqual({ state: 'done', value: 2 });
    expect(trio.texts('m3')).toEqual(['before', 'during']);
    const back = await trio.start('m1');
    await trio.clock.advance(200);
    await back.readIndex();
    expect(trio.texts('m1')).toEqual(['before', 'during']);
  });

  it('proposes again what a deposed leader certainly did not get committed', async () => {
    const trio = await new Trio().startAll();
    trio.network.isolate('m1');
    const lost = watch(trio.member('m1').propose(bytes('cut off')));
    await trio.clock.advance(1_500);
    expect(lost.state).toBe('open');
    trio.network.reconnect('m1');
    await trio.clock.advance(500);
    expect(lost).toEqual({ state: 'done', value: 1 });
    expect(trio.texts('m2')).toEqual(['cut off']);
  });

  it('says what is known of a proposal and of a read that no majority answers', async () => {
    const trio = await new Trio().startAll();
    trio.network.isolate('m1');
    const sent = watch(trio.member('m1').propose(bytes('x')));
    await trio.clock.advance(2_000);
    const unsent = watch(trio.member('m1').propose(bytes('y')));
    const read = watch(trio.member('m1').readIndex());
    await trio.clock.advance(6_000);
    expect(sent.value).toBeInstanceOf(RaftUnavailable);
    expect(sent.value).toMatchObject({ why: 'timeout', outcomeUnknown: true });
    expect(unsent.value).toMatchObject({ why: 'no-leader', outcomeUnknown: false });
    expect(read.value).toMatchObject({ why: 'no-leader', outcomeUnknown: false });
  });

  it('refuses more than it can hold', async () => {
    const trio = await new Trio({ maxPending: 2, maxPendingBytes: 100 }).startAll();
    const member = trio.member('m1');
    await expect(member.propose(new Uint8Array(101))).rejects.toMatchObject({
      why: 'dropped',
      outcomeUnknown: false,
    });
    const two = [member.propose(bytes('a')), member.propose(bytes('b'))];
    await expect(member.propose(bytes('c'))).rejects.toMatchObject({ why: 'dropped', outcomeUnknown: false });
    expect(await Promise.all(two)).toEqual([1, 2]);
  });

  it('refuses writes with the reason while no disk has room, goes on reading, and writes again afterwards', async () => {
    const trio = await new Trio().startAll();
    const disks = [...trio.storages.values()] as MemoryStorage[];
    await trio.member('m1').propose(bytes('a'));
    for (const disk of disks) disk.refuse = 'ENOSPC';
    const first = watch(trio.member('m1').propose(bytes('b')));
    await trio.clock.advance(300);
    await expect(trio.member('m1').propose(bytes('c'))).rejects.toMatchObject({
      why: 'disk',
      outcomeUnknown: false,
      message: /ENOSPC/,
    });
    const viaFollower = watch(trio.member('m2').propose(bytes('d')));
    await trio.clock.advance(1_500);
    expect(first.value).toMatchObject({ why: 'disk', outcomeUnknown: true });
    expect(viaFollower.value).toMatchObject({ why: 'disk' });
    await trio.member('m3').readIndex();
    for (const disk of disks) disk.refuse = undefined;
    await trio.clock.advance(1_500);
    expect(await trio.member('m2').propose(bytes('e'))).toBe(3);
    expect(trio.texts('m3')).toEqual(['a', 'b', 'e']);
  });

  it('compacts its log, brings others up to date with snapshots, and starts from them', async () => {
    const trio = await new Trio({ snapshotEntries: 10, keepBehind: 0 }).startAll();
    trio.network.isolate('m3');
    for (let each = 0; each < 40; each++) await trio.member('m1').propose(bytes(`${each}`));
    trio.network.reconnect('m3');
    await trio.clock.advance(1_000);
    expect(trio.texts('m3')).toHaveLength(40);
    await trio.member('m2').stop();
    expect((await trio.storages.get('m2')?.load())?.snapshot?.index).toBeGreaterThan(20);
    const again = await trio.start('m2');
    await trio.clock.advance(300);
    await again.readIndex();
    expect(trio.texts('m2')).toEqual(trio.texts('m1'));
  });

  it('hands over leadership, and tells who listens', async () => {
    const trio = await new Trio().startAll();
    const seen: RaftStatus[] = [];
    const stop = trio.member('m1').onStatus((status) => seen.push(status));
    await trio.member('m3').transferLeadership('m2');
    await trio.clock.advance(0);
    expect(seen.at(-1)).toMatchObject({ role: 'follower', leader: 'm2', term: 2 });
    stop();
    await expect(trio.member('m3').transferLeadership('m9')).rejects.toMatchObject({ why: 'dropped' });
    trio.network.isolate('m3');
    const failed = watch(trio.member('m1').transferLeadership('m3'));
    await trio.clock.advance(6_000);
    expect(failed.value).toMatchObject({ why: 'timeout' });
  });

  it('that stops ends what waits and leaves no timer', async () => {
    const trio = await new Trio().startAll();
    trio.network.isolate('m1');
    const waiting = [trio.member('m1').propose(bytes('x')), trio.member('m1').readIndex()].map(watch);
    await trio.member('m1').stop();
    await trio.clock.advance(0);
    for (const each of waiting) expect(each.value).toMatchObject({ why: 'stopped' });
    await expect(trio.member('m1').propose(bytes('y'))).rejects.toMatchObject({
      why: 'stopped',
      outcomeUnknown: false,
    });
    expect(trio.member('m1').status().role).toBe('stopped');
    for (const id of ['m2', 'm3'] as const) await trio.member(id).stop();
    expect(trio.clock.pending).toBe(0);
  });

  it('is one of 1, 3 or 5', async () => {
    const options = {
      storage: new MemoryStorage(),
      stateMachine: new Texts(),
      send: () => {},
      clock: new FakeClock(),
      random: seededRandom(1),
    };
    await expect(createRaftMember({ ...options, id: 'a', peers: ['b'] })).rejects.toThrow(
      '1, 3 or 5 members, not 2',
    );
    const alone = await createRaftMember({ ...options, id: 'a', peers: [] });
    alone.campaign();
    expect(await alone.propose(bytes('a'))).toBe(1);
    await alone.stop();
  });
});

describe('the network', () => {
  it('loses what is sent over a cut wire, and what is under way when it is cut', async () => {
    const network = new RaftNetwork();
    const seen: string[] = [];
    for (const id of ids)
      network.join(id, { receive: (from, message) => seen.push(`${from}>${id} ${message.term}`) });
    const send = (term: number) => {
      for (const to of ['m2', 'm3']) network.send('m1', to, { type: 'TimeoutNow', term });
    };
    send(1);
    network.cut('m2', 'm1');
    await Promise.resolve();
    expect(seen).toEqual(['m1>m3 1']);
    network.heal('m1', 'm2');
    network.isolate('m3');
    expect(network.isIsolated('m3')).toBe(true);
    send(2);
    await Promise.resolve();
    network.reconnect('m3');
    send(3);
    await Promise.resolve();
    expect(seen).toEqual(['m1>m3 1', 'm1>m2 2', 'm1>m2 3', 'm1>m3 3']);
  });
});
