import type { Lease } from '../../../kube/api/coordination-v1.ts';
import type { NodeCondition } from '../../../kube/api/core-v1.ts';
import { formatTime } from '../../../kube/time.ts';
import type { NodeObject } from './taints.ts';

export interface HealthOptions {
  /** How long a node may be silent. */
  readonly gracePeriodMs: number;
  /** How long one may take until it first says how it is. */
  readonly startupGracePeriodMs: number;
}

/** When a node was last heard of, and by what that was noticed. */
interface Heard {
  readonly heartbeat: string | undefined;
  readonly renewed: string | undefined;
  readonly atMs: number;
}

/** What the controller itself writes for a node that nobody hears of. */
const watched = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'] as const;

/** Remembers when each node was last heard of: by its Lease, or by a status with another heartbeat. */
export class NodeHealth {
  readonly #options: HealthOptions;
  readonly #heard = new Map<string, Heard>();

  constructor(options: HealthOptions) {
    this.#options = options;
  }

  /** What its conditions have to become; undefined when it was heard of lately, or they say it already. */
  silenced(node: NodeObject, lease: Lease | undefined, nowMs: number): NodeCondition[] | undefined {
    const name = node.metadata.name ?? '';
    const ready = readyOf(node);
    const heartbeat = ready === undefined ? undefined : (ready.lastHeartbeatTime ?? '');
    const renewed = lease?.spec?.renewTime;
    const before = this.#heard.get(name);
    const spoke = before !== undefined && before.heartbeat !== heartbeat;
    const renews = renewed !== undefined && (before?.renewed === undefined || before.renewed < renewed);
    let heard = before;
    if (before === undefined || spoke || renews) {
      const born = Date.parse(node.metadata.creationTimestamp ?? '');
      const first = before === undefined && ready === undefined && !renews && !Number.isNaN(born);
      heard = { heartbeat, renewed: renews ? renewed : before?.renewed, atMs: first ? born : nowMs };
      this.#heard.set(name, heard);
    }
    const { gracePeriodMs, startupGracePeriodMs } = this.#options;
    const graceMs = ready === undefined ? startupGracePeriodMs : gracePeriodMs;
    // Upstream wants it to be over, and always looks some milliseconds after: here a look can come on the dot.
    return nowMs >= (heard?.atMs ?? nowMs) + graceMs ? unknownConditions(node, nowMs) : undefined;
  }

  /** As if all had been heard of just now: nobody could, while no node was ready. */
  forgive(nowMs: number): void {
    for (const [name, heard] of this.#heard) this.#heard.set(name, { ...heard, atMs: nowMs });
  }

  forget(name: string): void {
    this.#heard.delete(name);
  }
}

export const readyOf = (node: NodeObject): NodeCondition | undefined =>
  node.status?.conditions?.find(({ type }) => type === 'Ready');

/** Undefined when nothing changes. */
function unknownConditions(node: NodeObject, nowMs: number): NodeCondition[] | undefined {
  const conditions = node.status?.conditions ?? [];
  const lastTransitionTime = formatTime(nowMs);
  const missing = watched
    .filter((type) => !conditions.some((one) => one.type === type))
    .map((type) => ({
      type,
      status: 'Unknown',
      ...(node.metadata.creationTimestamp === undefined
        ? {}
        : { lastHeartbeatTime: node.metadata.creationTimestamp }),
      lastTransitionTime,
      reason: 'NodeStatusNeverUpdated',
      message: 'Kubelet never posted node status.',
    }));
  const silent = (type: string) => watched.some((one) => one === type);
  // As upstream: Ready alone tells whether there is something to write.
  const ready = conditions.find(({ type }) => type === 'Ready');
  if (ready?.status === 'Unknown') return undefined;
  return [
    ...conditions.map((condition) =>
      silent(condition.type) && condition.status !== 'Unknown'
        ? {
            ...condition,
            status: 'Unknown',
            reason: 'NodeStatusUnknown',
            message: 'Kubelet stopped posting node status.',
            lastTransitionTime,
          }
        : condition,
    ),
    ...missing,
  ];
}
