import { createHash } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import type { ObjectReference } from './api/core-v1.ts';
import type { KubeClient } from './client.ts';
import type { KubeObject } from './object.ts';
import { StatusError } from './status.ts';
import { formatTime } from './time.ts';

/** Tells what happened to an object, as Events that `kubectl describe` shows. Never rejects, never blocks the caller. */
export interface EventRecorder {
  event(
    about: KubeObject | ObjectReference,
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
  ): void;
  /** Resolves when everything told so far is written (or given up). */
  flush(): Promise<void>;
}

export interface EventRecorderOptions {
  readonly client: KubeClient;
  readonly clock: Clock;
  /** `source.component` and `reportingComponent`: `deployment-controller`, `kubelet`. */
  readonly component: string;
  /** `source.host` and `reportingInstance`: the node of a kubelet. */
  readonly host?: string;
  /** Told when the API refuses an Event. */
  readonly onTrouble?: (error: unknown) => void;
}

const events = { group: '', version: 'v1', plural: 'events' };
/**
 * client-go/tools/record/events_cache.go: how many of a kind within which time become one, and how many one object may cause
 * for one reason.
 */
const aggregateAfter = 10;
const aggregateWithinMs = 600_000;
const burst = 25;
const refillEveryMs = 300_000;
const cacheSize = 4096;
const triesMost = 12;
const retryMs = 1000;

/** An Event that may be counted up. */
interface Written {
  readonly name: string;
  readonly count: number;
}

/** Those of one object, type and reason. */
interface Similar {
  lastMs: number;
  /** Under which they are known. Nearly always there is only one. */
  keys: string | Set<string>;
}

/**
 * Events of core/v1 with client-go's correlation: the same one again counts up, more than ten that differ only in their message
 * become one, and one object causes at most 25 of a reason and then one each five minutes. Mirrors client-go/tools/record.
 */
export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { client, clock, component, host } = options;
  const written = new Map<string, Written>();
  const similar = new Map<string, Similar>();
  /** When there are as many tokens as at first, ms: of an object and reason that nothing was told of it is long ago. */
  const refilled = new Map<string, number>();
  let pending: Promise<void> = Promise.resolve();

  const allowed = (object: string): boolean => {
    const nowMs = clock.now();
    const fullMs = Math.max(nowMs, refilled.get(object) ?? nowMs);
    const isAllowed = burst - (fullMs - nowMs) / refillEveryMs >= 1;
    remember(refilled, object, isAllowed ? fullMs + refillEveryMs : fullMs);
    return isAllowed;
  };
  /** The message, and whether it stands for several. */
  const aggregate = (group: string, message: string): { readonly key: string; readonly message: string } => {
    const nowMs = clock.now();
    const own = digest(group, message);
    const all = digest(group);
    let known = similar.get(all);
    if (known === undefined || nowMs - known.lastMs > aggregateWithinMs) known = { lastMs: nowMs, keys: own };
    known.lastMs = nowMs;
    if (known.keys !== own) {
      if (typeof known.keys === 'string') known.keys = new Set([known.keys]);
      known.keys.add(own);
    }
    remember(similar, all, known);
    const { keys } = known;
    if (typeof keys === 'string' || keys.size < aggregateAfter) return { key: own, message };
    // Keeps the set from growing: from here on all are one.
    if (keys.size > aggregateAfter) keys.delete(own);
    return { key: all, message: `(combined from similar events): ${message}` };
  };
  const write = async (
    key: string,
    reference: ObjectReference,
    type: string,
    reason: string,
    message: string,
    nowMs: number,
  ): Promise<void> => {
    const now = formatTime(nowMs);
    const namespace =
      reference.namespace === undefined || reference.namespace === '' ? 'default' : reference.namespace;
    const before = written.get(key);
    if (before !== undefined) {
      const count = before.count + 1;
      const patch = { count, lastTimestamp: now, message };
      try {
        await client.patch(events, namespace, before.name, 'strategic', patch);
        remember(written, key, { name: before.name, count });
        return;
      } catch (error) {
        // Forgotten by the server (its hour is over, the namespace was emptied): told anew.
        if (!(error instanceof StatusError) || error.status.code !== 404) throw error;
      }
    }
    const name = `${reference.name ?? ''}.${uniqueHex(nowMs)}`;
    await client.create(events, namespace, {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace },
      involvedObject: reference,
      reason,
      message,
      source: { component, ...(host === undefined ? {} : { host }) },
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
      type,
      eventTime: null,
      reportingComponent: component,
      reportingInstance: host ?? '',
    } as unknown as KubeObject);
    remember(written, key, { name, count: 1 });
  };
  /** A server that has too much to do is asked again. */
  const patiently = async (call: () => Promise<void>): Promise<void> => {
    for (let left = triesMost; ; left--) {
      try {
        await call();
        return;
      } catch (error) {
        if (left <= 1 || !(error instanceof StatusError) || error.status.code !== 429) throw error;
        await clock.sleep(retryMs);
      }
    }
  };
  return {
    event(about, type, reason, message) {
      const reference = referenceTo(about);
      const object = [
        reference.kind,
        reference.namespace,
        reference.name,
        reference.uid,
        reference.fieldPath ?? '',
      ].join('/');
      const { key, message: text } = aggregate(`${object}\n${type}\n${reason}`, message);
      if (!allowed(digest(object.slice(0, object.lastIndexOf('/')), reason))) {
        // Not told, but counted: the next one that is says how many there were.
        const before = written.get(key);
        if (before !== undefined) remember(written, key, { name: before.name, count: before.count + 1 });
        return;
      }
      const nowMs = clock.now();
      // One after the other, as a broadcaster of client-go: two at once must not both be the first, nor crowd the server.
      pending = pending
        .then(() => patiently(() => write(key, reference, type, reason, text, nowMs)))
        .catch((error) => options.onTrouble?.(error));
    },
    flush: () => pending,
  };
}

/** What an Event is about. A part of an object (`spec.containers{web}`) is told by `fieldPath` of a reference. */
export function referenceTo(about: KubeObject | ObjectReference): ObjectReference {
  if (!('metadata' in about)) return about;
  const { name, namespace, uid, resourceVersion } = about.metadata;
  return {
    kind: about.kind,
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    ...(uid === undefined ? {} : { uid }),
    apiVersion: about.apiVersion,
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
}

/** What something is known by: thousands are, and what they are made of is long. */
const digest = (...parts: readonly string[]): string =>
  createHash('md5').update(parts.join('\n')).digest('base64url');

/** Others name theirs by the same clock (the scheduler's are not written here): this far apart they do not meet, µs. */
const apartUs = 137;
let lastUs = 0;
/** As client-go names them: the time in hexadecimal nanoseconds; later ones are greater. */
function uniqueHex(nowMs: number): string {
  lastUs = Math.max(lastUs + 1, nowMs * 1000 + apartUs);
  return (BigInt(lastUs) * 1000n).toString(16);
}

function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= cacheSize) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
