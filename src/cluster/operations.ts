import type { Clock } from '../base/clock.ts';
import type { PacedClock } from '../base/paced-clock.ts';
import type { KubeObject } from '../kube/object.ts';
import { formatMilliTime, formatTime } from '../kube/time.ts';
import type { AuditLog } from './apiserver/audit/log.ts';
import type { KubernetesEndpoints } from './apiserver/kubernetes-endpoints.ts';
import { type Background, componentNames } from './background.ts';
import type { LeadKeeper } from './clock-lead.ts';
import type {
  AuditRecord,
  ClusterStatus,
  NodeStatus,
  RunningCluster,
  SchedulingReport,
} from './control/contract.ts';
import { FaultRefused } from './control/contract.ts';
import type { Disks } from './disks.ts';
import { applyFault, markComponent } from './faults.ts';
import type { Machines } from './machines.ts';
import type { Master } from './members.ts';
import { type ClusterOptions, ClusterRefused } from './options.ts';
import { type LostLeads, moveTime } from './pace.ts';
import { takePhoto } from './photo.ts';
import type { DecisionLog, SchedulingDecision } from './scheduler/decision-log.ts';
import type { StaticManifests } from './static-manifests.ts';
import { type TroubleLog, troubleFile } from './trouble-log.ts';
import { kubernetesVersion } from './version.ts';

export interface Operated {
  readonly options: Omit<ClusterOptions, 'clock'> & { readonly clock: PacedClock };
  readonly masters: readonly Master[];
  /** One for each master, in the same order. */
  readonly backgrounds: readonly Background[];
  readonly machines: Machines;
  readonly audits: readonly AuditLog[];
  readonly decisions: DecisionLog;
  /** Components stopped by hand; changed here. */
  readonly stopped: Set<string>;
  /** What the learner should know, newest last. */
  readonly notices: readonly string[];
  readonly manifests: StaticManifests;
  readonly endpoints: KubernetesEndpoints | undefined;
  /** The one beneath the cluster's. */
  readonly realClock: Clock;
  readonly lost: LostLeads;
  readonly lead: LeadKeeper;
  readonly disks: Disks;
  readonly log: TroubleLog;
}

const defaultRecords = 1_000;

/** What the owner of a running cluster sees and does from outside the API. */
export function operations(
  cluster: Operated,
): Omit<RunningCluster, 'url' | 'port' | 'kubeconfig' | 'troubles' | 'stop'> {
  const { options, masters, backgrounds, machines, audits, decisions, stopped, realClock } = cluster;
  const { clock } = options;
  return {
    status: () => statusOf(cluster),
    async fault(number, action) {
      await applyFault(masters, number, action);
      // Its machine is off: nobody gives the Leases back.
      if (action === 'parar') await backgrounds[number - 1]?.stop(false);
      if (action === 'arrancar') backgrounds[number - 1]?.start();
      void cluster.endpoints?.refresh();
    },
    nodeFault: (node, action) => machines.fault(node, action),
    async component(name, action) {
      markComponent(stopped, componentNames(options), name, action);
      await Promise.all(backgrounds.map((background) => background.refresh()));
    },
    async time(action) {
      // Promised before it is so: whoever kills the process now must find it.
      if (action.kind === 'avanzar') await cluster.lead.look(action.ms);
      await moveTime(clock, realClock, masters, action);
      await cluster.lead.look();
      if (action.kind === 'velocidad') cluster.lost.reset();
    },
    rules: (node) => machines.rules(node),
    probe: (pod, url) => machines.probe(pod, url),
    decision(namespace, name) {
      const found = decisions.of(namespace, name);
      return found === undefined ? undefined : reportOf(found);
    },
    async save(file) {
      try {
        await takePhoto(masters, file, options.owner, clock, cluster.disks);
      } catch (error) {
        throw error instanceof ClusterRefused ? new FaultRefused(`${error.message} ${error.remedy}`) : error;
      }
    },
    async audit(query) {
      const found = await Promise.all(audits.map((audit) => audit.search(query)));
      return found
        .flat()
        .sort((a, b) => (a.receivedAt < b.receivedAt ? -1 : a.receivedAt > b.receivedAt ? 1 : 0))
        .slice(-(query.limit ?? defaultRecords)) satisfies readonly AuditRecord[];
    },
  };
}

function reportOf(decision: SchedulingDecision): SchedulingReport {
  return {
    time: formatTime(decision.atMs),
    node: decision.node,
    nominated: decision.nominatedNode,
    message: decision.message ?? '',
    nodes: decision.nodes.map(({ node, refusedBy, reasons = [], scores = [], total = 0 }) => ({
      name: node,
      ...(refusedBy === undefined ? {} : { refused: { plugin: refusedBy, reason: reasons.join(', ') } }),
      scores: scores.map(({ plugin, score, weight }) => ({ plugin, score, weight })),
      total,
    })),
  };
}

function statusOf({
  options,
  masters,
  machines,
  stopped,
  notices,
  lost,
  lead,
  log,
  manifests,
}: Operated): ClusterStatus {
  const { clock, folder } = options;
  return {
    kubernetesVersion: kubernetesVersion.gitVersion,
    speed: clock.speed,
    paused: clock.paused,
    lostLeads: lost.count,
    time: clock.paused ? formatMilliTime(clock.now()) : formatTime(clock.now()),
    aheadMs: Math.round(lead.aheadMs),
    troubles: { file: troubleFile(folder), serious: log.serious() },
    components: componentNames(options),
    stopped: [...stopped].sort(),
    notices: [...notices, ...manifests.problems()],
    ports: machines.ports(),
    masters: masters.map((master) => master.status()),
    nodes: nodesOf(masters, machines, manifests),
  };
}
interface NodeView extends KubeObject {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

interface PodView extends KubeObject {
  readonly spec?: { readonly nodeName?: string };
}

/** As the first master that answers sees them. */
function nodesOf(
  masters: readonly Master[],
  machines: Machines,
  manifests: StaticManifests,
): readonly NodeStatus[] {
  const reader = (masters.find((master) => master.healthy()) ?? masters.find((master) => master.server))
    ?.server?.reader;
  if (reader === undefined) return [];
  const pods = new Map<string, number>();
  for (const { spec } of reader.list<PodView>('', 'pods')) {
    const name = spec?.nodeName ?? '';
    pods.set(name, (pods.get(name) ?? 0) + 1);
  }
  return reader.list<NodeView>('', 'nodes').map(({ metadata, status }) => {
    const name = metadata.name ?? '';
    const ready = status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') ?? false;
    const folder = manifests.folderOf(name);
    return {
      name,
      ready,
      pods: pods.get(name) ?? 0,
      power: machines.power(name),
      ...(folder === undefined ? {} : { manifests: folder }),
    };
  });
}
