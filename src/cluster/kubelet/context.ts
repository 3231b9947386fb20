import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { ObjectReference } from '../../kube/api/core-v1.ts';
import type { KubeClient } from '../../kube/client.ts';
import { StatusError } from '../../kube/status.ts';
import type { Network } from '../network/contract.ts';
import type { NodeSettings } from './node/spec.ts';
import type { NodeObjects } from './objects.ts';
import type { RuntimeService } from './runtime-service.ts';

/** What every part of one kubelet works with. */
export interface KubeletContext {
  readonly settings: NodeSettings;
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly runtime: RuntimeService;
  readonly network: Network;
  readonly objects: NodeObjects;
  /** From one look at the runtime to the next, ms. */
  readonly relistMs: number;
  event(about: ObjectReference, type: 'Normal' | 'Warning', reason: string, message: string): void;
  trouble(what: string, error: unknown): void;
}

/** From `ms` to `(1 + factor) * ms`, as wait.Jitter. */
export function jitter(random: Random, ms: number, factor: number): number {
  return ms + random.int(Math.max(1, Math.floor(ms * factor)));
}

/** The API has too much to do just now: it is asked again, and nobody has to know. */
export const isTooMany = (error: unknown): boolean =>
  error instanceof StatusError && error.status.code === 429;

/** Resolves when `work` does, or after `ms`. */
export async function atMost(clock: Clock, ms: number, work: Promise<unknown>): Promise<void> {
  const done = new AbortController();
  try {
    await Promise.race([work, clock.sleep(ms, done.signal)]);
  } finally {
    done.abort();
  }
}
