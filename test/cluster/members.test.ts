import { afterEach, describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/base/random.ts';
import type { MasterAction } from '../../src/cluster/control/contract.ts';
import { FaultRefused } from '../../src/cluster/control/contract.ts';
import { applyFault } from '../../src/cluster/faults.ts';
import { Master } from '../../src/cluster/members.ts';
import { RaftNetwork } from '../../src/cluster/raft/network.ts';
import { StorageCorrupt } from '../../src/cluster/raft/storage.ts';
import type { ReplicatedState } from '../../src/cluster/store/replicated-state.ts';
import { FakeClock } from '../helpers/fakeClock.ts';
import { MemoryStorage } from './raft/memoryStorage.ts';

const value = Uint8Array.of(1);
let masters: readonly Master[] = [];
let clock = new FakeClock();
let closed: string[] = [];
let storages: MemoryStorage[] = [];

function make(count: number): readonly Master[] {
  clock = new FakeClock();
  closed = [];
  const network = new RaftNetwork();
  const siblings = new Set<ReplicatedState>();
  const names = Array.from({ length: count }, (_, at) => `master-${at + 1}`);
  storages = names.map(() => new MemoryStorage());
  masters = names.map((name, at) => {
    const storage = storages[at] ?? new MemoryStorage();
    return new Master({
      name,
      names,
      network,
      siblings,
      clock,
      random: seededRandom(at),
      openStorage: () => storage,
      createServer: () => ({
        handle: () => Promise.reject(new Error('nobody asks')),
        reader: { get: () => undefined, list: () => [], update: () => Promise.resolve(undefined) },
        start: () => Promise.resolve(),
        close: () => closed.push(`server ${name}`),
      }),
      createFront: () => ({
        accept: () => {},
        acceptInside: () => {},
        close: () => closed.push(`front ${name}`),
        keep: () => {},
        connections: () => 0,
      }),
    });
  });
  return masters;
}

async function start(count: number): Promise<void> {
  for (const master of make(count)) await master.start();
  await until(() => roles().includes('leader'));
}

const roles = () => masters.map((master) => master.status().role);
const fault = (number: number, action: MasterAction) => applyFault(masters, number, action);
const leader = () => masters.findIndex((master) => master.status().role === 'leader') + 1;

async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; !holds(); turn += 1) {
    if (turn > 1000) throw new Error('it never happened');
    await clock.advance(10);
  }
}

async function write(number: number, key: string): Promise<unknown> {
  let outcome: unknown;
  masters[number - 1]?.store?.commit([{ key, value }]).then(
    (result) => {
      outcome = result;
    },
    (error: unknown) => {
      outcome = error;
    },
  );
  await until(() => outcome !== undefined);
  return outcome;
}

afterEach(async () => {
  for (const master of masters) await master.stop();
});

describe('masters', () => {
  it('say what they are, whoever leads', async () => {
    await start(3);
    expect(roles().sort()).toEqual(['follower', 'follower', 'leader']);
    await write(1, 'a');
    for (const master of masters) {
      expect(master.status()).toMatchObject({ reachable: true });
      expect(master.status().term).toBeGreaterThan(0);
      expect(master.healthy()).toBe(true);
      // New connections go to those whose loss would not also lose the leader.
      expect(master.preferred()).toBe(master.status().role !== 'leader');
    }
  });

  it('stop as a machine that is switched off, and start again with what they had', async () => {
    await start(3);
    await write(1, 'before');
    const first = leader();
    await fault(first, 'parar');
    expect(closed).toEqual([`front master-${first}`, `server master-${first}`]);
    expect(masters[first - 1]?.status()).toMatchObject({ role: 'stopped', reachable: false });
    expect(masters[first - 1]?.status().commitIndex).toBeGreaterThan(0);
    expect(masters[first - 1]?.healthy()).toBe(false);
    await until(() => leader() > 0);
    expect(await write(leader(), 'meanwhile')).toMatchObject({ done: true });
    await fault(first, 'arrancar');
    const back = masters[first - 1];
    await until(() => back?.store?.get('meanwhile') !== undefined);
    expect(back?.store?.get('before')).toBeDefined();
    expect(back?.healthy()).toBe(true);
  });

  it('answer nothing that needs a majority while they are isolated, and catch up after', async () => {
    await start(3);
    const cut = leader();
    await fault(cut, 'aislar');
    expect(masters[cut - 1]?.healthy()).toBe(false);
    await until(() => masters.some((master, at) => at !== cut - 1 && master.status().role === 'leader'));
    expect(masters[cut - 1]?.status().reachable).toBe(false);
    expect(await write(cut, 'lost')).toMatchObject({
      code: expect.stringMatching(/unavailable|unknown-outcome/),
    });
    await fault(cut, 'reconectar');
    await until(() => masters[cut - 1]?.status().role === 'follower');
    expect(await write(cut, 'after')).toMatchObject({ done: true });
  });

  it('do one thing after the other, however fast they are asked', async () => {
    await start(3);
    const master = masters[0];
    let loading = 0;
    let most = 0;
    const storage = storages[0];
    const load = storage?.load.bind(storage);
    if (storage !== undefined && load !== undefined)
      storage.load = async () => {
        loading += 1;
        most = Math.max(most, loading);
        await undefined;
        return load().finally(() => {
          loading -= 1;
        });
      };
    const asked = ['stop', 'start', 'start', 'stop', 'start', 'start'] as const;
    await Promise.all(asked.map((action) => master?.[action]()));
    expect(most).toBe(1);
    expect(closed).toHaveLength(4);
    expect(master?.status().role).toBe('follower');
  });

  it('stay isolated when they are stopped and started meanwhile', async () => {
    await start(3);
    await fault(2, 'aislar');
    await fault(2, 'parar');
    await fault(2, 'arrancar');
    expect(masters[1]?.status().reachable).toBe(false);
    await fault(2, 'reconectar');
    await until(() => masters[1]?.status().role === 'follower' || masters[1]?.status().role === 'leader');
    expect(masters[1]?.status().reachable).toBe(true);
  });

  it('lose the majority, and have it again', async () => {
    await start(3);
    await fault(1, 'parar');
    await fault(2, 'parar');
    expect(await write(3, 'a')).toBeInstanceOf(Error);
    await fault(1, 'arrancar');
    await until(() => leader() > 0);
    expect(await write(3, 'b')).toMatchObject({ done: true });
  });

  it('refuse what is nonsense, in Spanish and doing nothing', async () => {
    await start(3);
    const refused = async (number: number, action: MasterAction, words: string) => {
      const error = await fault(number, action).catch((why: unknown) => why);
      expect(error).toBeInstanceOf(FaultRefused);
      expect((error as Error).message).toContain(words);
    };
    await refused(0, 'parar', 'del 1 al 3');
    await refused(4, 'parar', 'del 1 al 3');
    await refused(1.5, 'parar', 'del 1 al 3');
    await refused(1, 'arrancar', 'ya está en marcha');
    await refused(1, 'reconectar', 'no está aislado');
    await fault(1, 'parar');
    await refused(1, 'parar', 'ya está parado');
    await fault(2, 'aislar');
    await refused(2, 'aislar', 'ya está aislado');
    for (const master of masters) await master.stop();
    await start(1);
    await refused(2, 'parar', 'Solo hay un master');
    await refused(1, 'aislar', 'Solo hay un master');
  });

  it('say which file is damaged when they cannot start', async () => {
    await start(3);
    await fault(3, 'parar');
    const storage = storages[2];
    if (storage !== undefined)
      storage.load = () => Promise.reject(new StorageCorrupt('log-1', 40, 'the data of frame 3 are damaged'));
    const error = await fault(3, 'arrancar').catch((why: unknown) => why);
    expect(error).toBeInstanceOf(FaultRefused);
    expect((error as Error).message).toContain('log-1');
    expect(masters[2]?.status().role).toBe('stopped');
  });
});
