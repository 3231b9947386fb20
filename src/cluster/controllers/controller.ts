import type { KeyObject } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { KubeClient, ResourceRef } from '../../kube/client.ts';
import type { Informer } from '../../kube/informer.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { BuiltinSchemas } from '../../kube/schema/load.ts';
import { StatusError } from '../../kube/status.ts';
import { createWorkQueue, type Retry, type WorkQueue } from '../../kube/work-queue.ts';

/**
 * A loop that brings what is towards what should be. It is told *who*, never *what happened*; it keeps nothing between
 * calls that it cannot read again; running it twice changes nothing.
 */
export interface Controller {
  /** Upstream's name, as `--controllers` takes it: `namespace-controller`. */
  readonly name: string;
  /** The ServiceAccount in kube-system in whose name it writes; undefined: as the manager itself. */
  readonly account?: string;
  start(context: ControllerContext): RunningController;
}

export interface RunningController {
  stop(): Promise<void>;
}

export interface ControllerContext {
  /** Speaks as the controller's account. */
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  /** Shared by all controllers of a manager; started by it. */
  informer<T extends KubeObject>(ref: ResourceRef): Informer<T>;
  readonly caPem: string;
  /** Content for a Secret of type kubernetes.io/service-account-token. */
  readonly issueToken: (
    namespace: string,
    account: { name: string; uid: string },
    secretName: string,
  ) => string;
  /** A certificate of the cluster's authority for a client, as PEM; `notAfter` in milliseconds. Without it none are issued. */
  readonly signClient?: (
    commonName: string,
    organizations: readonly string[],
    publicKey: KeyObject,
    notAfter: number,
  ) => string;
  /** The types of what is hashed into names; without them the hashes are others than upstream's. */
  readonly schemas: BuiltinSchemas | undefined;
  /** Something that should not happen and is tried again; for the log of the cluster. */
  trouble(what: string, error: unknown): void;
}

export interface Loop {
  readonly queue: WorkQueue;
  stop(): Promise<void>;
}

/**
 * Works on keys of a queue: a failure is tried again later and later, a conflict soon. `reconcile` resolves with the
 * milliseconds after which it wants to look again.
 */
export function startLoop(
  context: ControllerContext,
  name: string,
  reconcile: (key: string) => Promise<number | undefined>,
  options: {
    readonly workers?: number;
    readonly ready?: readonly { readonly synced: Promise<void> }[];
    /** Where upstream's controller has a rate limiter of its own. */
    readonly retry?: Retry;
  } = {},
): Loop {
  const queue = createWorkQueue(context.clock, options.retry);
  const work = async (key: string) => {
    try {
      const againMs = await reconcile(key);
      queue.forget(key);
      if (againMs !== undefined) queue.addAfter(key, againMs);
    } catch (error) {
      if (!isConflict(error)) context.trouble(`${name} ${key}`, error);
      queue.addRateLimited(key);
    }
  };
  void Promise.all((options.ready ?? []).map(({ synced }) => synced)).then(
    () => queue.run(options.workers ?? 5, work),
    () => undefined, // stopped before it began
  );
  return { queue, stop: () => queue.stop() };
}

export const isConflict = (error: unknown): boolean =>
  error instanceof StatusError && error.status.reason === 'Conflict';
export const isNotFound = (error: unknown): boolean =>
  error instanceof StatusError && error.status.code === 404;
export const isAlreadyExists = (error: unknown): boolean =>
  error instanceof StatusError && error.status.reason === 'AlreadyExists';

/** Runs a call whose object may be gone, or there already. */
export async function ignoring(expected: (error: unknown) => boolean, call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!expected(error)) throw error;
  }
}

/** `namespace/name` or `name`. */
export function splitKey(key: string): { readonly namespace: string; readonly name: string } {
  const at = key.indexOf('/');
  return at < 0 ? { namespace: '', name: key } : { namespace: key.slice(0, at), name: key.slice(at + 1) };
}
