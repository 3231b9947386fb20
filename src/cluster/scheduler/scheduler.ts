import { afterIo, type Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { Pod } from '../../kube/api/core-v1.ts';
import type { PodDisruptionBudget } from '../../kube/api/policy-v1.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { KubeObject } from '../../kube/object.ts';
import { StatusError } from '../../kube/status.ts';
import type { SchedulerCache } from './cache/cache.ts';
import type { DecisionLog } from './decision-log.ts';
import type { SeriesRecorder } from './event-series.ts';
import { findNode, type Search } from './find-node.ts';
import { Action } from './framework/cluster-event.ts';
import { fitMessage } from './framework/fit-error.ts';
import type { Framework } from './framework/framework.ts';
import type { Lister } from './framework/listers.ts';
import { createPodInfo, type PodInfo } from './framework/pod-info.ts';
import { isRejected, messageOf } from './framework/status.ts';
import { bindPod, writeRefusal } from './pod-status.ts';
import { evict } from './preemption/evict.ts';
import { findPreemption } from './preemption/preempt.ts';
import type { Victims } from './preemption/victims.ts';
import type { Nominator } from './queue/nominator.ts';
import type { QueuedPod } from './queue/queued-pod.ts';
import type { SchedulingQueue } from './queue/scheduling-queue.ts';

export interface SchedulerParts {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly trouble: (what: string, error: unknown) => void;
  readonly decisions: DecisionLog;
  readonly framework: Framework;
  readonly cache: SchedulerCache;
  readonly queue: SchedulingQueue;
  readonly nominator: Nominator;
  readonly pods: Lister<Pod>;
  readonly budgets: Lister<PodDisruptionBudget>;
  readonly events: SeriesRecorder;
}

/** After so many Pods in a row others get their turn; so many may be on their way to the API at once. */
const podsPerTurn = 8;
const bindingsAtOnce = 64;

interface Failure {
  readonly reason: 'Unschedulable' | 'SchedulerError';
  readonly message: string;
  /** undefined: what was promised stays. */
  readonly nominated: string | undefined;
  readonly victims?: Victims;
}

/** Takes Pods from the queue, one at a time, and gives each a node or says why not. Mirrors pkg/scheduler/schedule_one.go. */
export class Scheduler {
  readonly #parts: SchedulerParts;
  readonly #ending = new AbortController();
  readonly #bindings = new Set<Promise<void>>();
  /** Those that are waiting for volumes do not count. */
  #binding = 0;
  #start = 0;
  #wake: () => void = () => undefined;

  constructor(parts: SchedulerParts) {
    this.#parts = parts;
  }

  /** There may be somebody to be tried. */
  wake(): void {
    this.#wake();
  }

  /** Until `stop`. */
  async run(): Promise<void> {
    const { queue, trouble } = this.#parts;
    let turns = 0;
    while (!this.#ending.signal.aborted) {
      const pod = this.#binding < bindingsAtOnce ? queue.next() : undefined;
      if (pod === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        continue;
      }
      try {
        await this.#try(pod);
      } catch (error) {
        trouble(`scheduling ${pod.info.namespace}/${pod.info.name}`, error);
        this.#parts.cache.forget(pod.info.uid);
        queue.refused(pod, pod.info);
      }
      if (++turns % podsPerTurn === 0) await new Promise<void>((resolve) => afterIo(resolve));
    }
  }

  async stop(): Promise<void> {
    this.#ending.abort(new Error('the scheduler was stopped'));
    this.#wake();
    await Promise.all(this.#bindings);
  }

  async #try(pod: QueuedPod): Promise<void> {
    const { queue, cache, events, framework, random, nominator, trouble } = this.#parts;
    const { info } = pod;
    if (info.deleting) {
      const note = `skip schedule deleting pod: ${info.namespace}/${info.name}`;
      events.event({
        regarding: info.pod,
        type: 'Warning',
        reason: 'FailedScheduling',
        action: 'Scheduling',
        note,
      });
    }
    if (info.deleting || cache.nodeOf(info.uid) !== undefined) {
      queue.done(info.uid);
      return;
    }
    const snapshot = cache.snapshot();
    if (snapshot.nodes.length === 0) {
      const message = 'no nodes available to schedule pods';
      await this.#fail(pod, { reason: 'Unschedulable', message, nominated: '' }, undefined);
      return;
    }
    let search: Search;
    try {
      search = findNode(framework, info, snapshot, this.#start, random);
    } catch (error) {
      await this.#fail(pod, accident(error), undefined);
      return;
    }
    this.#start = search.nextStart;
    const { node, state } = search;
    if (node === undefined) {
      await this.#unfit(pod, search);
      return;
    }
    cache.assume(info, node);
    nominator.remove(info.uid);
    const refusal = framework.reserve(state, info, node);
    if (refusal !== undefined) {
      cache.forget(info.uid);
      pod.refusedBy = new Set([refusal.plugin]);
      const why = { total: 1, byNode: new Map([[node, refusal]]), others: undefined };
      const failure: Failure = isRejected(refusal)
        ? { reason: 'Unschedulable', message: fitMessage(why, '', ''), nominated: '' }
        : accident(messageOf(refusal));
      await this.#fail(pod, failure, search);
      return;
    }
    this.#record(pod, search, undefined);
    const binding = this.#bind(pod, search, node)
      .catch((error) => trouble(`binding ${info.namespace}/${info.name}`, error))
      .finally(() => {
        this.#bindings.delete(binding);
      });
    this.#bindings.add(binding);
  }

  /** No node takes the Pod: perhaps if others go. */
  async #unfit(pod: QueuedPod, search: Search): Promise<void> {
    const { framework, cache, budgets, clock, random, pods, nominator } = this.#parts;
    pod.refusedBy = search.refusedBy;
    const { refusals, preFilterMessage, state } = search;
    const known = pods.get(pod.info.namespace, pod.info.name);
    const result = findPreemption({
      framework,
      state,
      pod: known === undefined ? pod.info : createPodInfo(known, pod.info),
      snapshot: cache.snapshot(),
      refusals,
      budgets: budgets.list(),
      nowMs: clock.now(),
      random,
    });
    const { victims, renominates } = result;
    let told = result.message === undefined ? '' : `preemption: ${result.message}`;
    let nominated = renominates ? (victims?.node ?? '') : undefined;
    if (victims !== undefined)
      try {
        await evict(this.#parts, pod.info, victims, nominator.nominatedTo(victims.node));
      } catch (error) {
        told = `preemption: ${textOf(error)}`;
        nominated = undefined;
      }
    const message = fitMessage(refusals, preFilterMessage, told);
    const failure: Failure = { reason: 'Unschedulable', message, nominated };
    const evicted = victims !== undefined && nominated !== undefined;
    await this.#fail(pod, evicted ? { ...failure, victims } : failure, search);
  }

  async #bind(pod: QueuedPod, search: Search, node: string): Promise<void> {
    const { framework, cache, queue, client, events } = this.#parts;
    const { info } = pod;
    const { state } = search;
    try {
      await framework.preBind(state, info, node, this.#ending.signal);
      queue.done(info.uid);
      this.#binding++;
      try {
        await bindPod(client, info, node);
      } catch (error) {
        throw new Error(`running Bind plugin "DefaultBinder": ${textOf(error)}`);
      } finally {
        this.#binding--;
        this.#wake();
      }
      const note = `Successfully assigned ${info.namespace}/${info.name} to ${node}`;
      events.event({ regarding: info.pod, type: 'Normal', reason: 'Scheduled', action: 'Binding', note });
    } catch (error) {
      framework.unreserve(state, info, node);
      cache.forget(info.uid);
      if (this.#ending.signal.aborted) return;
      const gone = { ...info.pod, spec: { ...info.pod.spec, nodeName: node } } as KubeObject;
      const event = {
        resource: 'AssignedPod',
        action: Action.delete,
        before: gone,
        after: undefined,
      } as const;
      queue.happened(event, ({ uid }) => uid !== info.uid);
      await this.#fail(pod, accident(error), search);
    }
  }

  /** Back into the queue, if there is still a Pod without node; and the world is told. Mirrors handleSchedulingFailure. */
  async #fail(pod: QueuedPod, failure: Failure, search: Search | undefined): Promise<void> {
    const { queue, pods, nominator, events, client, clock, trouble } = this.#parts;
    const before = pod.info;
    const known = pods.get(before.namespace, before.name);
    if (known === undefined || known.metadata?.uid !== before.uid || (known.spec?.nodeName ?? '') !== '') {
      queue.done(before.uid);
      return;
    }
    const info = createPodInfo(known, before);
    queue.refused(pod, info);
    nominator.put(info, failure.nominated);
    this.#record(pod, search, failure);
    const { reason, message, nominated } = failure;
    events.event({
      regarding: before.pod,
      type: 'Warning',
      reason: 'FailedScheduling',
      action: 'Scheduling',
      note: message,
    });
    try {
      await writeRefusal(client, clock, info, reason, message, nominated);
    } catch (error) {
      const gone = error instanceof StatusError && (error.status.code === 404 || error.status.code === 409);
      if (!gone) trouble(`status of ${info.namespace}/${info.name}`, error);
    }
  }

  #record(pod: QueuedPod, search: Search | undefined, failure: Failure | undefined): void {
    const { decisions, clock } = this.#parts;
    const { namespace, name, uid }: PodInfo = pod.info;
    const nominated = failure?.nominated ?? '';
    decisions.record({
      namespace,
      pod: name,
      uid,
      atMs: clock.now(),
      attempt: pod.attempts,
      outcome:
        failure === undefined ? 'scheduled' : failure.reason === 'Unschedulable' ? 'unschedulable' : 'error',
      ...(failure === undefined && search?.node !== undefined ? { node: search.node } : {}),
      ...(failure === undefined ? {} : { message: failure.message }),
      ...(nominated === '' ? {} : { nominatedNode: nominated }),
      ...(failure?.victims === undefined
        ? {}
        : {
            preemption: {
              node: failure.victims.node,
              victims: failure.victims.pods.map((victim) => `${victim.namespace}/${victim.name}`),
            },
          }),
      totalNodes: search?.refusals.total ?? 0,
      refusals: search?.refusals.byNode ?? new Map(),
      othersRefused: search?.refusals.others,
      feasible: (search?.feasible ?? []).map((feasible) => feasible.name),
      scores: search?.scores ?? [],
    });
  }
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const accident = (error: unknown): Failure => ({
  reason: 'SchedulerError',
  message: textOf(error),
  nominated: '',
});
