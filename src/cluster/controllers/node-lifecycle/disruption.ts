import type { Clock } from '../../../base/clock.ts';
import { TaintQueue } from './taint-queue.ts';
import type { NodeObject } from './taints.ts';
import { rateOf, stateOf, type ZoneOptions, type ZoneState, zoneOf } from './zones.ts';

export interface ZoneCount {
  ready: number;
  total: number;
}

/**
 * How fast the nodes of each zone may lose their Pods: slower where most are lost, and not at all when no node of the
 * cluster is ready, because then it is more likely that the control plane is what is cut off.
 */
export class Disruption {
  readonly #clock: Clock;
  readonly #options: ZoneOptions;
  readonly #taint: ConstructorParameters<typeof TaintQueue>[2];
  readonly #states = new Map<string, ZoneState>();
  readonly #queues = new Map<string, TaintQueue>();

  constructor(clock: Clock, options: ZoneOptions, taint: ConstructorParameters<typeof TaintQueue>[2]) {
    this.#clock = clock;
    this.#options = options;
    this.#taint = taint;
  }

  queueOf(node: NodeObject): TaintQueue {
    const zone = zoneOf(node);
    let queue = this.#queues.get(zone);
    if (queue === undefined) {
      queue = new TaintQueue(this.#clock, this.#options.evictionRate, this.#taint);
      this.#queues.set(zone, queue);
    }
    if (!this.#states.has(zone)) this.#states.set(zone, 'initial');
    return queue;
  }

  forget(name: string): void {
    for (const queue of this.#queues.values()) queue.remove(name);
  }

  stop(): void {
    for (const queue of this.#queues.values()) queue.stop();
  }

  /** Adapts the rates to what was seen; tells when all zones get lost, and when the first comes back. */
  update(counts: ReadonlyMap<string, ZoneCount>): 'all-lost' | 'back' | 'as-usual' {
    for (const zone of this.#states.keys()) if (!counts.has(zone)) this.#states.delete(zone);
    const wasLost = [...this.#states.values()].every((state) => state === 'full');
    const now = new Map([...counts].map(([zone, count]) => [zone, stateOf(count, this.#options)]));
    const isLost = [...now.values()].every((state) => state === 'full');
    if (isLost && wasLost) return 'as-usual';
    for (const [zone, state] of now) {
      const before = this.#states.get(zone);
      this.#states.set(zone, state);
      if (isLost) this.#queues.get(zone)?.setRate(0);
      else if (wasLost || before !== state)
        this.#queues.get(zone)?.setRate(rateOf(state, counts.get(zone)?.total ?? 0, this.#options));
    }
    if (isLost) return 'all-lost';
    return wasLost ? 'back' : 'as-usual';
  }
}
