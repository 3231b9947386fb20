import type { Clock } from '../../base/clock.ts';
import type { ObjectReference, Pod } from '../../kube/api/core-v1.ts';
import type { KubeClient, ResourceRef } from '../../kube/client.ts';
import type { KubeObject } from '../../kube/object.ts';
import { StatusError } from '../../kube/status.ts';
import { formatMicroTime } from '../../kube/time.ts';

/** What the scheduler tells about a Pod. */
export interface Told {
  readonly regarding: Pod;
  readonly related?: Pod;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly action: string;
  readonly note: string;
}

/** Events of events.k8s.io/v1: the same one again becomes a series. Never rejects, never blocks. */
export interface SeriesRecorder {
  event(told: Told): void;
  /** Resolves when everything told so far is written, or given up. */
  flush(): Promise<void>;
  stop(): void;
}

const eventsRef: ResourceRef = { group: 'events.k8s.io', version: 'v1', plural: 'events' };
const controller = 'default-scheduler';
/** client-go/tools/events: when a series is over, and how often a long one is written. */
const finishMs = 360_000;
const ticksPerRefresh = 5;
const mostWaiting = 10_000;
const mostRemembered = 4096;
const noteLimit = 1024;

interface Remembered {
  readonly namespace: string;
  readonly name: string;
  readonly atMs: number;
  series: { count: number; lastMs: number } | undefined;
}

/** Mirrors client-go/tools/events event_broadcaster.go. `host`: where the scheduler runs. */
export function createSeriesRecorder(options: {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly host: string;
  readonly onTrouble: (error: unknown) => void;
}): SeriesRecorder {
  const { client, clock, onTrouble } = options;
  const instance = `${controller}-${options.host}`;
  const known = new Map<string, Remembered>();
  let waiting = 0;
  let last: Promise<void> = Promise.resolve();
  let cancelTick: (() => void) | undefined;
  let ticks = 0;
  let lastNs = 0;
  let ending = false;
  let gaveUp = false;

  const write = (work: () => Promise<unknown>) => {
    if (waiting >= mostWaiting) return;
    waiting++;
    last = last
      .then(() => (gaveUp ? undefined : work()))
      .then(
        () => undefined,
        (error) => {
          // At the end what waits is still told, unless the API does not take it.
          gaveUp = ending;
          onTrouble(error);
        },
      )
      .finally(() => {
        waiting--;
      });
  };
  const writeSeries = async ({ namespace, name, series }: Remembered): Promise<void> => {
    if (series === undefined) return;
    const lastObservedTime = formatMicroTime(series.lastMs);
    try {
      await client.patch(eventsRef, namespace, name, 'strategic', {
        series: { count: series.count, lastObservedTime },
      });
    } catch (error) {
      if (!(error instanceof StatusError) || error.status.code !== 404) throw error;
    }
  };
  const planTick = () => {
    cancelTick ??= clock.after(finishMs, tick);
  };
  const tick = () => {
    cancelTick = undefined;
    ticks++;
    const overMs = clock.now() - finishMs;
    for (const [key, one] of known) {
      const over = (one.series?.lastMs ?? one.atMs) <= overMs;
      if (over) known.delete(key);
      if (one.series !== undefined && (over || ticks % ticksPerRefresh === 0)) write(() => writeSeries(one));
    }
    if (known.size > 0) planTick();
  };
  return {
    event({ regarding, related, type, reason, action, note }) {
      if (ending) return;
      const about = referenceTo(regarding);
      const other = related === undefined ? undefined : referenceTo(related);
      const nowMs = clock.now();
      const key = JSON.stringify([type, action, reason, about, other]);
      const before = known.get(key);
      if (before?.series !== undefined) {
        before.series.count++;
        before.series.lastMs = nowMs;
        return;
      }
      if (before !== undefined) {
        before.series = { count: 2, lastMs: nowMs };
        write(() => writeSeries(before));
        return;
      }
      lastNs = Math.max(lastNs + 1, nowMs * 1000);
      const namespace = about.namespace ?? 'default';
      const name = `${about.name ?? ''}.${(BigInt(lastNs) * 1000n).toString(16)}`;
      known.set(key, { namespace, name, atMs: nowMs, series: undefined });
      for (const oldest of known.keys()) {
        if (known.size <= mostRemembered) break;
        known.delete(oldest);
      }
      planTick();
      const event = {
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        metadata: { name, namespace },
        eventTime: formatMicroTime(nowMs),
        reportingController: controller,
        reportingInstance: instance,
        action,
        reason,
        regarding: about,
        ...(other === undefined ? {} : { related: other }),
        note: shortened(note),
        type,
      };
      write(() => client.create(eventsRef, namespace, event as KubeObject));
    },
    flush: () => last,
    stop() {
      ending = true;
      cancelTick?.();
      cancelTick = undefined;
    },
  };
}

function referenceTo({ metadata }: Pod): ObjectReference {
  const { namespace = '', name = '', uid = '', resourceVersion = '' } = metadata ?? {};
  return { kind: 'Pod', namespace, name, uid, apiVersion: 'v1', resourceVersion };
}

function shortened(note: string): string {
  if (Buffer.byteLength(note) <= noteLimit) return note;
  const end = ' ...';
  const kept = Buffer.from(note).subarray(0, noteLimit - end.length);
  // Half a character at the cut would become a longer one.
  return kept.toString().replace(/\uFFFD$/, '') + end;
}
