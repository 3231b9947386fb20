import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import type { Lease, LeaseSpec } from './api/coordination-v1.ts';
import { type KubeClient, resourceRef } from './client.ts';
import { createEventRecorder } from './event-recorder.ts';
import { equalJson, type KubeObject } from './object.ts';
import { formatMicroTime } from './time.ts';

export interface LeaderElectionOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  /** Spreads out the tries of those who wait. */
  readonly random: Random;
  readonly lease: { readonly namespace: string; readonly name: string };
  /** Of this run, never used again: `master-1_<uuid>`. */
  readonly identity: string;
  /** In whose name the events are: `kube-controller-manager`, `default-scheduler`. */
  readonly component: string;
  /** Called whenever it becomes the leader. `signal` aborts when it is no longer: nothing may be written from then on. */
  onStarted(signal: AbortSignal): void;
  /** Called after each `onStarted`; the lease is given back, or sought again, when this has resolved. */
  onStopped?(): void | Promise<void>;
  /** Something that is tried again. */
  trouble?(error: unknown): void;
  /** How long the others wait since they last saw it renewed. */
  readonly leaseDurationMs?: number;
  /** How long the leader tries to renew before it steps down; together with `retryPeriodMs` less than `leaseDurationMs`. */
  readonly renewDeadlineMs?: number;
  readonly retryPeriodMs?: number;
}

export interface LeaderElection {
  /** Whether it is this one; false from the very moment at which another could be. */
  readonly leading: boolean;
  /** Who was last seen to be it; '' when nobody. */
  leader(): string;
  /** `release: false` leaves the lease to run out, as whoever is killed does. */
  stop(options?: { readonly release?: boolean }): Promise<void>;
}

const leases = resourceRef('coordination.k8s.io/v1', 'leases');
type LeaseObject = Lease & KubeObject;

/** client-go waits up to this many times the period more between two tries to acquire. */
const jitterFactor = 1.2;

/** One leader at a time among those who ask for the same Lease. Mirrors client-go/tools/leaderelection. */
export function runLeaderElection(options: LeaderElectionOptions): LeaderElection {
  const election = new Election(options);
  const ended = election.run();
  return {
    get leading() {
      return election.leading;
    },
    leader: () => election.leader,
    async stop({ release = true } = {}) {
      election.stop(release);
      await ended;
    },
  };
}

class Election {
  readonly #options: LeaderElectionOptions;
  readonly #durationMs: number;
  readonly #deadlineMs: number;
  readonly #retryMs: number;
  readonly #stopping = new AbortController();
  /** As last read or written, to write over it only if nobody else did. */
  #lease: LeaseObject | undefined;
  #seen: LeaseSpec = {};
  #seenAtMs = 0;
  /** When the try that last succeeded began: from then on the others count. */
  #renewedAtMs = Number.NEGATIVE_INFINITY;
  #term: AbortController | undefined;
  #release = true;

  constructor(options: LeaderElectionOptions) {
    this.#options = options;
    this.#durationMs = options.leaseDurationMs ?? 15_000;
    this.#deadlineMs = options.renewDeadlineMs ?? 10_000;
    this.#retryMs = options.retryPeriodMs ?? 2000;
  }

  get leader(): string {
    return this.#seen.holderIdentity ?? '';
  }

  get leading(): boolean {
    return this.#term?.signal.aborted === false && this.#options.clock.now() < this.#endMs;
  }

  stop(release: boolean): void {
    this.#release = release;
    this.#stopping.abort(new Error('the election was stopped'));
  }

  async run(): Promise<void> {
    const { clock, client, component } = this.#options;
    const recorder = createEventRecorder({ client, clock, component });
    while (await this.#acquire()) {
      const about = this.#lease;
      const tell = (what: string) => {
        if (about !== undefined)
          recorder.event(about, 'Normal', 'LeaderElection', `${this.#options.identity} ${what}`);
      };
      tell('became leader');
      await this.#lead();
      const killed = this.#stopping.signal.aborted && !this.#release;
      if (killed) return;
      tell('stopped leading');
      if (!this.#stopping.signal.aborted) continue;
      await this.#within(this.#deadlineMs, this.#giveBack());
      await this.#within(this.#deadlineMs, recorder.flush());
    }
  }

  /** When it has to step down: well before anybody else may take over. */
  get #endMs(): number {
    return this.#renewedAtMs + this.#retryMs + this.#deadlineMs;
  }

  async #acquire(): Promise<boolean> {
    while (!this.#stopping.signal.aborted) {
      if (await this.#tryOnce(this.#stopping.signal)) return true;
      const jitter = this.#options.random.int(1000) / 1000;
      await this.#pause(this.#retryMs * (1 + jitterFactor * jitter));
    }
    return false;
  }

  async #lead(): Promise<void> {
    const { clock, onStarted, onStopped } = this.#options;
    const term = new AbortController();
    this.#term = term;
    const resign = () => term.abort(new Error('no longer the leader'));
    // Not only when a try ends: what takes too long must not lead on.
    let cancel = () => {};
    const watch = () => {
      cancel();
      const endMs = this.#endMs;
      cancel = clock.after(endMs - clock.now(), () => {
        // Woken far too late, it is the process that stood still, on a hurried clock for a moment: the try that was due
        // meanwhile tells who leads now, and until then nobody does.
        if (clock.now() - endMs < this.#retryMs) resign();
        else cancel = clock.after(2 * this.#retryMs, resign);
      });
    };
    watch();
    this.#stopping.signal.addEventListener('abort', resign, { once: true });
    onStarted.call(this.#options, term.signal);
    while (!term.signal.aborted) {
      await this.#pause(this.#retryMs, term.signal);
      if (term.signal.aborted) break;
      await this.#tryOnce(term.signal);
      if (this.#seen.holderIdentity !== this.#options.identity) resign();
      else if (!term.signal.aborted) watch();
    }
    cancel();
    this.#stopping.signal.removeEventListener('abort', resign);
    await onStopped?.call(this.#options);
  }

  /** Whether it holds the lease now; a try that takes longer than the deadline has failed. */
  async #tryOnce(signal: AbortSignal): Promise<boolean> {
    const startMs = this.#options.clock.now();
    const result = await this.#within(this.#deadlineMs, this.#acquireOrRenew(startMs), signal);
    if (result === undefined) return false;
    if (result.held) this.#renewedAtMs = startMs;
    return result.held;
  }

  async #acquireOrRenew(startMs: number): Promise<{ readonly held: boolean }> {
    const { client, identity, lease } = this.#options;
    const wanted: LeaseSpec = {
      holderIdentity: identity,
      leaseDurationSeconds: Math.round(this.#durationMs / 1000),
      acquireTime: formatMicroTime(startMs),
      renewTime: formatMicroTime(startMs),
      leaseTransitions: 0,
    };
    if (this.#mine && this.#stillValid(startMs) && this.#lease !== undefined) {
      try {
        return await this.#write(this.#lease, this.#renewed(wanted, this.#seen));
      } catch (error) {
        this.#options.trouble?.(error);
      }
    }
    const found = await client.find<LeaseObject>(leases, lease.namespace, lease.name);
    if (found === undefined) {
      const metadata = { name: lease.name, namespace: lease.namespace };
      const created: LeaseObject = {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata,
        spec: wanted,
      };
      this.#see(await client.create(leases, lease.namespace, created));
      return { held: true };
    }
    this.#lease = found;
    if (!equalJson(found.spec ?? {}, this.#seen)) this.#see(found);
    if (this.#mine) return this.#write(found, this.#renewed(wanted, found.spec ?? {}));
    if (this.leader !== '' && this.#stillValid(startMs)) return { held: false };
    const leaseTransitions = (found.spec?.leaseTransitions ?? 0) + 1;
    return this.#write(found, { ...wanted, leaseTransitions });
  }

  #renewed(wanted: LeaseSpec, { acquireTime, leaseTransitions }: LeaseSpec): LeaseSpec {
    return {
      ...wanted,
      ...(acquireTime === undefined ? {} : { acquireTime }),
      leaseTransitions: leaseTransitions ?? 0,
    };
  }

  async #write(over: LeaseObject, spec: LeaseSpec): Promise<{ readonly held: boolean }> {
    // A try that was given up must not take what was given back.
    if (this.#stopping.signal.aborted) return { held: false };
    this.#see(await this.#options.client.update<LeaseObject>(leases, { ...over, spec }));
    return { held: true };
  }

  get #mine(): boolean {
    return this.leader === this.#options.identity;
  }

  #stillValid(nowMs: number): boolean {
    return this.#seenAtMs + (this.#seen.leaseDurationSeconds ?? 0) * 1000 > nowMs;
  }

  #see(lease: LeaseObject): void {
    this.#lease = lease;
    this.#seen = lease.spec ?? {};
    this.#seenAtMs = this.#options.clock.now();
  }

  async #giveBack(): Promise<void> {
    if (!this.#mine || this.#lease === undefined) return;
    const now = formatMicroTime(this.#options.clock.now());
    const { leaseTransitions = 0 } = this.#seen;
    const times = { acquireTime: now, renewTime: now };
    const spec = { holderIdentity: '', leaseDurationSeconds: 1, leaseTransitions, ...times };
    this.#see(await this.#options.client.update<LeaseObject>(leases, { ...this.#lease, spec }));
  }

  /** What it resolves with; undefined when it fails, takes longer, or `signal` aborts. */
  #within<T>(ms: number, work: Promise<T>, signal?: AbortSignal): Promise<T | undefined> {
    const { clock, trouble } = this.#options;
    return new Promise((resolve) => {
      const giveUp = () => finish(undefined);
      const cancel = clock.after(ms, giveUp);
      signal?.addEventListener('abort', giveUp, { once: true });
      const finish = (result: T | undefined) => {
        cancel();
        signal?.removeEventListener('abort', giveUp);
        resolve(result);
      };
      work.then(finish, (error: unknown) => {
        trouble?.call(this.#options, error);
        finish(undefined);
      });
    });
  }

  #pause(ms: number, signal = this.#stopping.signal): Promise<void> {
    return this.#options.clock.sleep(ms, signal).catch(() => undefined);
  }
}
