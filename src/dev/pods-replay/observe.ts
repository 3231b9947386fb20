import type { VirtualClock } from '../../base/virtual-clock.ts';
import type { Event, Pod } from '../../kube/api/core-v1.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject } from '../../kube/object.ts';
import { summarizePod } from '../../kube/printers/pod.ts';
import { type Masks, masked } from './mask.ts';
import type { EventLine, StatusLine } from './recording.ts';

export interface Observer {
  readonly statuses: StatusLine[];
  readonly events: () => EventLine[];
  /** ms of the first Pod; undefined: none yet. */
  readonly startMs: () => number | undefined;
  stop(): void;
}

type PodObject = Pod & KubeObject;
type EventObject = Event & KubeObject;

/** Writes down what a watch shows, as the recordings do. */
export async function observe(client: KubeClient, clock: VirtualClock, masks: Masks): Promise<Observer> {
  const statuses: StatusLine[] = [];
  const events: EventLine[] = [];
  const ending = new AbortController();
  const names = new Map<string, string>();
  const counts = new Map<string, number>();
  let startMs: number | undefined;
  const since = () => clock.now() - (startMs ?? clock.now());
  /** `web-54cb9cb45-<rnd>` for names whose end was drawn, the first, second… of them. */
  const nameOf = (pod: PodObject): string => {
    const name = pod.metadata.name ?? '';
    const known = names.get(name);
    if (known !== undefined) return known;
    const base = pod.metadata.generateName;
    const drawn = base !== undefined && name.startsWith(base) && name.length === base.length + 5;
    const general = masked(
      drawn
        ? `${base}<rnd>`
        : name.replace(/-[a-z0-9]{5}$/, name.startsWith('node-debugger-') ? '-<rnd>' : '$&'),
      masks,
    );
    const order = counts.get(general) ?? 0;
    counts.set(general, order + 1);
    const shown = general.includes('<rnd>') ? `${general}#${order}` : general;
    names.set(name, shown);
    return shown;
  };
  const follow = async <T extends KubeObject>(plural: string, each: (type: string, object: T) => void) => {
    const ref = { group: '', version: 'v1', plural };
    const { resourceVersion } = await client.list<T>(ref, {});
    const watch = client.watch<T>(ref, { resourceVersion, signal: ending.signal });
    void (async () => {
      for await (const { type, object } of watch) each(type, object);
    })().catch(() => undefined);
  };
  await follow<PodObject>('pods', (type, pod) => {
    if (pod.metadata.namespace !== 'default') return;
    startMs ??= clock.now();
    const { metadata, spec, status } = pod;
    const { ready, status: text, restarts } = summarizePod(pod, clock.now());
    const line = {
      get: { ready, status: text, restarts },
      phase: status?.phase,
      reason: status?.reason,
      message: status?.message,
      conditions: status?.conditions,
      initContainerStatuses: status?.initContainerStatuses,
      containerStatuses: status?.containerStatuses,
      ephemeralContainerStatuses: status?.ephemeralContainerStatuses,
      qosClass: status?.qosClass,
      nodeName: spec?.nodeName,
      deletionTimestamp: metadata.deletionTimestamp,
      deletionGracePeriodSeconds: metadata.deletionGracePeriodSeconds,
    };
    const shown = JSON.parse(masked(JSON.stringify(line), masks)) as object;
    statuses.push({ kind: 'status', t: since(), type, name: nameOf(pod), ...shown } as StatusLine);
  });
  await follow<EventObject>('events', (type, event) => {
    const about = event.involvedObject;
    const inside = (about?.namespace ?? 'default') === 'default';
    if (type === 'DELETED' || !inside || about === undefined) return;
    if (about.kind === 'Node' && about.name !== masks.node) return;
    events.push({
      kind: 'event',
      t: since(),
      type: event.type ?? '',
      reason: event.reason ?? '',
      message: event.message ?? '',
      ...(event.count === undefined ? {} : { count: event.count }),
      source: event.source?.component || (event.reportingComponent ?? ''),
      object: `${about.kind}/${about.name}`,
      ...(about.fieldPath === undefined ? {} : { fieldPath: about.fieldPath }),
    });
  });
  /** Names that were drawn are known by now. */
  const shownEvents = () => {
    const drawn = [...names].map(([name, shown]) => [name, shown.replace(/#\d+$/, '')] as const);
    const renamed = (text: string) =>
      masked(
        drawn.reduce(
          (result, [name, shown]) => (shown.includes('<rnd>') ? result.replaceAll(name, shown) : result),
          text,
        ),
        masks,
      );
    return events.map((event) => ({
      ...event,
      message: renamed(event.message),
      object: renamed(event.object),
    }));
  };
  return { statuses, events: shownEvents, startMs: () => startMs, stop: () => ending.abort() };
}
