import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../src/base/clock.ts';
import { createPacedClock } from '../../src/base/paced-clock.ts';
import { seededRandom } from '../../src/base/random.ts';
import type { Lease } from '../../src/kube/api/coordination-v1.ts';
import { createClient } from '../../src/kube/create-client.ts';
import { type LeaderElection, runLeaderElection } from '../../src/kube/leader-election.ts';
import { internalError } from '../../src/kube/status.ts';
import type { ApiRequest, ApiResponse, Transport } from '../../src/kube/transport.ts';
import { type TestServer, testServer } from '../helpers/apiServer.ts';

const path = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kube-controller-manager';

interface Candidate {
  readonly name: string;
  readonly election: LeaderElection;
  /** Its own view: between onStarted and the end of its signal. */
  acting(): boolean;
  readonly terms: number;
}

/** What happens to the requests of one candidate. */
type Fault = 'none' | 'refuse' | 'slow' | 'lost-answer' | 'hang';

/** What a candidate needs of a test's server. */
type Place = Pick<TestServer, 'server'> & { readonly clock: Clock };

function candidate(t: Place, name: string, seed: number, fault: () => Fault = () => 'none'): Candidate {
  let signal: AbortSignal | undefined;
  let terms = 0;
  const election = runLeaderElection({
    client: createClient(faulty(t, fault), { userAgent: name }),
    clock: t.clock,
    random: seededRandom(seed),
    lease: { namespace: 'kube-system', name: 'kube-controller-manager' },
    identity: name,
    component: 'kube-controller-manager',
    onStarted: (given) => {
      signal = given;
      terms += 1;
    },
  });
  return {
    name,
    election,
    acting: () => signal?.aborted === false,
    get terms() {
      return terms;
    },
  };
}

function faulty(t: Place, fault: () => Fault): Transport {
  return async (request: ApiRequest): Promise<ApiResponse> => {
    switch (fault()) {
      case 'none':
        return t.server.handle(request);
      case 'refuse':
        throw internalError('etcdserver: request timed out');
      case 'slow': {
        await t.clock.sleep(7000);
        const answer = await t.server.handle(request);
        await t.clock.sleep(7000);
        return answer;
      }
      case 'lost-answer':
        await t.server.handle(request);
        throw internalError('connection reset by peer');
      case 'hang':
        return new Promise(() => {});
    }
  };
}

let running: LeaderElection[] = [];
afterEach(async () => {
  await Promise.all(running.map((one) => one.stop({ release: false })));
  running = [];
});
const keep = (...candidates: readonly Candidate[]) => {
  running.push(...candidates.map(({ election }) => election));
  return candidates;
};
const leaseOf = async (t: TestServer) => (await t.send('GET', path)).body as unknown as Lease;

describe('leader election', () => {
  it('has one leader, which renews every two seconds', async () => {
    const t = await testServer();
    const [a, b] = keep(candidate(t, 'master-1_a', 1), candidate(t, 'master-2_b', 2));
    await t.clock.advance(30_000);
    expect([a?.election.leading, b?.election.leading]).toEqual([true, false]);
    expect(b?.election.leader()).toBe('master-1_a');
    expect((await leaseOf(t)).spec).toEqual({
      holderIdentity: 'master-1_a',
      leaseDurationSeconds: 15,
      acquireTime: '2026-01-02T03:04:05.000000Z',
      renewTime: '2026-01-02T03:04:35.000000Z',
      leaseTransitions: 0,
    });
  });

  it('tells it as an event about the Lease', async () => {
    const t = await testServer();
    keep(candidate(t, 'master-1_a', 1));
    await t.clock.advance(1000);
    const { items } = (await t.send('GET', '/api/v1/namespaces/kube-system/events')).body as unknown as {
      items: unknown[];
    };
    expect(items).toEqual([
      expect.objectContaining({
        reason: 'LeaderElection',
        message: 'master-1_a became leader',
        type: 'Normal',
        source: { component: 'kube-controller-manager' },
        involvedObject: expect.objectContaining({ kind: 'Lease', name: 'kube-controller-manager' }),
      }),
    ]);
  });

  it('passes on at once when it is given back, and after the lease when its holder dies', async () => {
    const t = await testServer();
    const [a, b, c] = keep(
      candidate(t, 'master-1_a', 1),
      candidate(t, 'master-2_b', 2),
      candidate(t, 'master-3_c', 3),
    );
    await t.clock.advance(10_000);
    await a?.election.stop();
    expect((await leaseOf(t)).spec?.holderIdentity).toBe('');
    await t.clock.advance(5000);
    const second = [b, c].find((one) => one?.election.leading);
    expect((await leaseOf(t)).spec).toMatchObject({ holderIdentity: second?.name, leaseTransitions: 1 });
    await second?.election.stop({ release: false });
    await t.clock.advance(10_000);
    expect([b, c].some((one) => one?.election.leading)).toBe(false);
    await t.clock.advance(10_000);
    const third = [b, c].find((one) => one?.election.leading);
    expect(third?.name).not.toBe(second?.name);
    expect((await leaseOf(t)).spec).toMatchObject({ holderIdentity: third?.name, leaseTransitions: 2 });
  });

  it('steps down when it cannot renew, before anybody else takes over, and comes back as a follower', async () => {
    const t = await testServer();
    let fault: Fault = 'none';
    const [a] = keep(candidate(t, 'master-1_a', 1, () => fault));
    await t.clock.advance(1000);
    const [b] = keep(candidate(t, 'master-2_b', 2));
    fault = 'hang';
    await t.clock.advance(12_000);
    expect([a?.acting(), a?.election.leading, b?.election.leading]).toEqual([false, false, false]);
    await t.clock.advance(8000);
    expect(b?.election.leading).toBe(true);
    fault = 'none';
    await t.clock.advance(20_000);
    expect([a?.election.leader(), a?.terms]).toEqual(['master-2_b', 1]);
  });

  it('does not lose its head when the process stood still, unless another took over', async () => {
    const t = await testServer();
    let stoodMs = 0;
    const jumping: Clock = {
      now: () => t.clock.now() + stoodMs,
      sleep: (ms, signal) => t.clock.sleep(ms, signal),
      after: (ms, action) => t.clock.after(ms, action),
      every: (ms, action) => t.clock.every(ms, action),
    };
    // Fires all that was due meanwhile at once, as it does when the event loop was blocked.
    const clock = createPacedClock(jumping);
    const [a] = keep(candidate({ ...t, clock }, 'master-1_a', 1));
    await t.clock.advance(11_000);
    stoodMs += 16_000;
    expect(a?.election.leading).toBe(false);
    await t.clock.advance(20_000);
    expect([a?.election.leading, a?.terms]).toEqual([true, 1]);
    const [b] = keep(candidate(t, 'master-2_b', 2));
    await t.clock.advance(1000);
    const lease = await leaseOf(t);
    stoodMs += 16_000;
    await t.send('PUT', path, { body: { ...lease, spec: { ...lease.spec, holderIdentity: 'master-2_b' } } });
    await t.clock.advance(10_000);
    expect([a?.acting(), a?.election.leader(), b?.election.leading]).toEqual([false, 'master-2_b', true]);
  });

  it('makes the Lease again when somebody deletes it', async () => {
    const t = await testServer();
    const [a] = keep(candidate(t, 'master-1_a', 1));
    await t.clock.advance(1000);
    await t.send('DELETE', path);
    await t.clock.advance(3000);
    expect(a?.election.leading).toBe(true);
    expect((await leaseOf(t)).spec?.holderIdentity).toBe('master-1_a');
  });

  it('never has two at once, and has one again when the faults are over', async () => {
    const faults = fc.constantFrom<Fault>('none', 'none', 'refuse', 'slow', 'lost-answer', 'hang');
    const script = fc.array(
      fc.record({ of: fc.nat(2), fault: faults, forMs: fc.integer({ min: 500, max: 20_000 }) }),
      {
        maxLength: 10,
      },
    );
    await fc.assert(
      fc.asyncProperty(script, fc.integer(), async (steps, seed) => {
        const t = await testServer();
        const now: Fault[] = ['none', 'none', 'none'];
        const all = keep(
          ...[0, 1, 2].map((i) => candidate(t, `master-${i}_x`, seed + i, () => now[i] ?? 'none')),
        );
        const check = () => expect(all.filter((one) => one.acting()).length).toBeLessThan(2);
        const pass = async (ms: number) => {
          for (let left = ms; left > 0; left -= 500) {
            await t.clock.advance(Math.min(500, left));
            check();
          }
        };
        for (const { of, fault, forMs } of steps) {
          now[of] = fault;
          await pass(forMs);
        }
        now.fill('none');
        await pass(40_000);
        expect(all.filter((one) => one.election.leading).length).toBe(1);
        expect(all.filter((one) => one.acting()).map(({ name }) => name)).toEqual([
          all[0]?.election.leader(),
        ]);
        await Promise.all(all.map(({ election }) => election.stop({ release: false })));
      }),
      { numRuns: 40 },
    );
  });
});
