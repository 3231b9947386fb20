import { plainEvent } from '../../backends/kubernetes/plain-events.ts';
import type { ClusterStatus } from '../../cluster/control/contract.ts';
import type { ControlClient } from '../../cluster/control/control-client.ts';
import type { ClusterMap, MapNode, MapPod, MapService, PodLook } from '../../course/session/map.ts';
import type { Node, Pod, Service } from '../../kube/api/core-v1.ts';
import type { EndpointSlice } from '../../kube/api/discovery-v1.ts';
import type { ResourceRef } from '../../kube/client.ts';
import { createInformer, type Informer } from '../../kube/informer.ts';
import type { KubeObject } from '../../kube/object.ts';
import { summarizePod } from '../../kube/printers/pod.ts';
import { timeToMs } from '../../kube/time.ts';
import { type CommandSession, Unable } from '../command.ts';
import { openClusterClient } from './cluster-client.ts';
import { masterNews } from './master-news.ts';

const core = (plural: string): ResourceRef => ({ group: '', version: 'v1', plural });
const slicesRef: ResourceRef = { group: 'discovery.k8s.io', version: 'v1', plural: 'endpointslices' };

/** A burst of changes is one drawing. */
const gatherMs = 80;
/** The masters tell nothing by themselves. */
const statusMs = 500;
const keptEvents = 30;
/** Longest wait for a whole look at the API. */
const patienceMs = 1_500;

/** Tells the map now and whenever something changes; the result stops it. Trouble is told in the map itself. */
export function followMap(session: CommandSession, tell: (map: ClusterMap) => void): () => void {
  const ending = new AbortController();
  void follow(session, tell, ending.signal).catch((error: unknown) => {
    if (ending.signal.aborted) return;
    const unable = error instanceof Unable ? error : undefined;
    tell(stoppedMap(unable?.message ?? String(error), unable?.remedy ?? ''));
  });
  return () => ending.abort();
}

function stoppedMap(why: string, next: string): ClusterMap {
  const nothing = { masters: [], nodes: [], waiting: [], services: [], events: [] };
  return { state: 'stopped', why, next, title: '', pace: '', ...nothing };
}

const noAnswer = [
  'El clúster integrado ya no contesta.',
  'Arráncalo con `curso cluster iniciar` y abre el mapa otra vez con `m`.',
] as const;

interface Sources {
  readonly nodes: Informer<Node & KubeObject>;
  readonly pods: Informer<Pod & KubeObject>;
  readonly services: Informer<Service & KubeObject>;
  readonly slices: Informer<EndpointSlice & KubeObject>;
}

async function follow(
  session: CommandSession,
  tell: (map: ClusterMap) => void,
  signal: AbortSignal,
): Promise<void> {
  const { clock } = session;
  const { client, control, close } = await openClusterClient(session, undefined);
  const informer = <T extends KubeObject>(ref: ResourceRef) => createInformer<T>(client, ref, { clock });
  const sources: Sources = {
    nodes: informer(core('nodes')),
    pods: informer(core('pods')),
    services: informer(core('services')),
    slices: informer(slicesRef),
  };
  const events = informer<EventObject>(core('events'));
  const told: string[] = [];
  // By the cluster's own clock, which may be paused or hurried.
  const openedMs = await control?.status().then(
    ({ time }) => Date.parse(time),
    () => undefined,
  );
  const note = (sentences: readonly string[]) => {
    for (const said of sentences) if (told.at(-1) !== said) told.push(said);
    told.splice(0, Math.max(0, told.length - keptEvents));
  };
  const early: { readonly atMs: number; readonly said: string }[] = [];
  let gone = false;
  let looked = false;
  let status: ClusterStatus | undefined;
  let planned = false;
  const redraw = () => {
    if (planned || signal.aborted) return;
    planned = true;
    clock.after(gatherMs, () => {
      planned = false;
      // Half a look would show Services without endpoints.
      if (!signal.aborted && (looked || gone))
        tell(gone ? stoppedMap(...noAnswer) : mapOf(sources, status, told));
    });
  };
  events.onChange((after) => {
    if (after === undefined || timeOf(after) < (openedMs ?? clock.now()) - 60_000) return;
    const said = sentenceOf(after);
    if (said === undefined) return;
    if (looked) note([said]);
    else early.push({ atMs: timeOf(after), said });
    redraw();
  });
  const all = [...Object.values(sources), events] as readonly Informer<KubeObject>[];
  for (const one of Object.values(sources) as readonly Informer<KubeObject>[]) one.onChange(redraw);
  for (const one of all) one.start();
  const begin = () => {
    looked = true;
    // They were listed by their names.
    note(
      early
        .splice(0)
        .sort((a, b) => a.atMs - b.atMs)
        .map(({ said }) => said),
    );
    redraw();
  };
  void Promise.all(all.map(({ synced }) => synced)).then(begin, () => undefined);
  // Without a majority the API lists nothing: the masters are still worth seeing.
  const cancelPatience = clock.after(patienceMs, begin);
  const stopAsking = askStatus(control, clock, signal, (now) => {
    const back = gone !== (now === undefined);
    gone = now === undefined;
    if (back) redraw();
    if (now === undefined) return;
    // A clock that stands is moved by hand, and that shows; one that runs would draw the screen twice a second.
    const shown = (of: ClusterStatus | undefined) =>
      JSON.stringify({ ...of, time: of?.paused ? of.time : '' });
    if (shown(now) === shown(status)) return;
    note(masterNews(status?.masters ?? [], now.masters));
    status = now;
    redraw();
  });
  const end = () => {
    cancelPatience();
    stopAsking();
    for (const one of all) one.stop();
    close();
  };
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
}

function askStatus(
  control: ControlClient | undefined,
  clock: CommandSession['clock'],
  signal: AbortSignal,
  /** Undefined: the process is not there, or does not answer. */
  heard: (status: ClusterStatus | undefined) => void,
): () => void {
  if (control === undefined) return () => undefined;
  const ask = () => {
    control.status().then(
      (status) => {
        if (!signal.aborted) heard(status);
      },
      () => {
        if (!signal.aborted) heard(undefined);
      },
    );
  };
  ask();
  return clock.every(statusMs, ask);
}

interface EventObject extends KubeObject {
  readonly reason?: string;
  readonly message?: string;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly involvedObject?: { readonly kind?: string; readonly name?: string };
}

const timeOf = (event: EventObject) =>
  timeToMs(event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp);

function sentenceOf({ reason = '', message = '', involvedObject }: EventObject): string | undefined {
  return plainEvent({ kind: involvedObject?.kind ?? '', name: involvedObject?.name ?? '', reason, message });
}

/** Pure. */
function mapOf(sources: Sources, status: ClusterStatus | undefined, events: readonly string[]): ClusterMap {
  const pods = sources.pods.list();
  const podsOf = (node: string) => pods.filter(({ spec }) => (spec?.nodeName ?? '') === node).map(mapPod);
  const nodes = [...sources.nodes.list()].sort((a, b) =>
    (a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1,
  );
  return {
    state: 'live',
    why: '',
    next: '',
    title: status === undefined ? '' : `Kubernetes ${status.kubernetesVersion}`,
    pace: paceOf(status),
    ...(status === undefined ? {} : { paused: status.paused }),
    masters: status?.masters ?? [],
    nodes: nodes.map((node) => mapNode(node, podsOf(node.metadata.name ?? ''), status)),
    waiting: podsOf(''),
    services: sources.services
      .list()
      .filter(({ metadata }) => metadata.name !== 'kubernetes' || metadata.namespace !== 'default')
      .map((service) => mapService(service, sources.slices.list(service.metadata.namespace))),
    events: [...events],
  };
}

function paceOf(status: ClusterStatus | undefined): string {
  if (status === undefined) return '';
  // Tenths: what one moves it by is less than a second.
  if (status.paused) return `reloj en pausa, ${status.time.slice(11, 21).replace('.', ',')}`;
  return status.speed === 1 ? '' : `reloj ×${String(status.speed).replace('.', ',')}`;
}

function mapNode(
  node: Node & KubeObject,
  pods: readonly MapPod[],
  status: ClusterStatus | undefined,
): MapNode {
  const name = node.metadata.name ?? '';
  const power = status?.nodes.find((one) => one.name === name)?.power;
  const notes = [
    power === 'off' ? 'apagado' : power === 'isolated' ? 'aislado' : '',
    node.spec?.unschedulable === true ? 'no admite Pods nuevos' : '',
  ];
  const ready =
    node.status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true;
  return {
    name,
    ready,
    note: notes.filter((note) => note !== '').join(', '),
    pods: ready ? pods : lost(pods),
  };
}

/** Nobody knows how the Pods of a node that is not heard are: nothing of it is starting. */
function lost(pods: readonly MapPod[]): readonly MapPod[] {
  return pods.map((pod) =>
    pod.look === 'starting' || pod.look === 'ready' ? { ...pod, look: 'failing' } : pod,
  );
}

function mapPod(pod: Pod & KubeObject): MapPod {
  const { name = '', namespace = '' } = pod.metadata;
  return { namespace, name, status: summarizePod(pod, 0).status, look: lookOf(pod) };
}

function lookOf({ metadata, status }: Pod & KubeObject): PodLook {
  if (status?.phase === 'Succeeded') return 'done';
  if (status?.phase === 'Failed') return 'failing';
  if (metadata.deletionTimestamp !== undefined) return 'ending';
  if (status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True')) return 'ready';
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const broken = containers.some(({ state, restartCount = 0 }) => {
    const reason = state?.waiting?.reason ?? '';
    return (
      (reason !== '' && !/^(ContainerCreating|PodInitializing)$/.test(reason)) ||
      (state?.terminated !== undefined && (state.terminated.exitCode !== 0 || restartCount > 0))
    );
  });
  const unschedulable = status?.conditions?.some(
    (one) => one.type === 'PodScheduled' && one.status === 'False',
  );
  return broken || unschedulable === true ? 'failing' : 'starting';
}

function mapService(
  service: Service & KubeObject,
  slices: readonly (EndpointSlice & KubeObject)[],
): MapService {
  const { name = '', namespace = '' } = service.metadata;
  const endpoints = slices
    .filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === name)
    .flatMap((slice) => slice.endpoints ?? []);
  const ready = endpoints.filter(({ conditions }) => conditions?.ready !== false);
  return {
    namespace,
    name,
    ready: ready.length,
    total: endpoints.length,
    pods: ready.map(({ targetRef, addresses }) => targetRef?.name ?? addresses?.[0] ?? '').sort(),
  };
}
