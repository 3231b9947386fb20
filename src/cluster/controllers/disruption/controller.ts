import { createEventRecorder } from '../../../kube/event-recorder.ts';
import { goQuote } from '../../../kube/field-error.ts';
import { keyOf } from '../../../kube/informer.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { labelSelectorFrom } from '../../../kube/selectors/labels.ts';
import { formatTime, timeToMs } from '../../../kube/time.ts';
import { type Controller, ignoring, isConflict, isNotFound, splitKey, startLoop } from '../controller.ts';
import { compareText, indexByLabel, inNamespace, selectedBy } from '../label-index.ts';
import { messageOf } from '../pods/pod-control.ts';
import { isPodFinished, isTerminating, type Pod, podCondition } from '../pods/pod-state.ts';
import {
  deployments,
  podDisruptionBudgets,
  pods as podsRef,
  replicaSets,
  replicationControllers,
  statefulSets,
} from '../refs.ts';
import {
  type Budget,
  countHealthy,
  covers,
  failedStatus,
  goSelector,
  nextStatus,
  stillDisrupted,
} from './budget.ts';
import { expectedPods } from './expected-pods.ts';

/** A Pod that was to be evicted and still runs after this time was not. */
const staleMs = 120_000;

/** Says how many Pods of each budget may be evicted now. Mirrors pkg/controller/disruption. */
export const disruptionController: Controller = {
  name: 'disruption-controller',
  account: 'disruption-controller',
  start(context) {
    const { client, clock } = context;
    const budgets = context.informer<Budget>(podDisruptionBudgets);
    const pods = context.informer<Pod>(podsRef);
    const scalables = {
      client,
      replicaSets: context.informer(replicaSets),
      deployments: context.informer(deployments),
      statefulSets: context.informer(statefulSets),
      replicationControllers: context.informer(replicationControllers),
    };
    indexByLabel(pods);
    indexByLabel(budgets);
    const recorder = createEventRecorder({ client, clock, component: 'controllermanager' });
    const write = (budget: Budget, status: NonNullable<Budget['status']>) =>
      ignoring(
        isNotFound,
        client.update(podDisruptionBudgets, { ...budget, status }, { subresource: 'status' }),
      );
    const sync = async (budget: Budget): Promise<number | undefined> => {
      const nowMs = clock.now();
      const namespace = budget.metadata.namespace ?? '';
      const covered = selectedBy(pods, namespace, labelSelectorFrom(budget.spec?.selector));
      if (covered.length === 0) recorder.event(budget, 'Normal', 'NoPods', 'No matching pods found');
      const { expected, desired, unmanaged } = await expectedPods(scalables, budget, covered).catch(
        (error) => {
          recorder.event(
            budget,
            'Warning',
            'CalculateExpectedPodCountFailed',
            `Failed to calculate the number of expected pods: ${messageOf(error)}`,
          );
          throw error;
        },
      );
      if (unmanaged.length > 0)
        recorder.event(
          budget,
          'Warning',
          'UnmanagedPods',
          `Pods selected by this PodDisruptionBudget (selector: ${goSelector(budget.spec?.selector)}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.`,
        );
      const disrupted = stillDisrupted(budget, covered, nowMs);
      for (const pod of disrupted.overdue)
        recorder.event(
          pod,
          'Warning',
          'NotDeleted',
          `Pod was expected by PDB ${namespace}/${namespace} to be deleted but it wasn't`,
        );
      const healthy = countHealthy(covered, disrupted.pods);
      const status = nextStatus(budget, { healthy, desired, expected }, disrupted.pods, nowMs);
      if (status !== undefined) await write(budget, status);
      return Number.isFinite(disrupted.againAtMs) ? disrupted.againAtMs - nowMs + 1 : undefined;
    };
    const loop = startLoop(
      context,
      this.name,
      async (key) => {
        const { namespace, name } = splitKey(key);
        const budget = budgets.get(namespace, name);
        if (budget === undefined) return undefined;
        try {
          return await sync(budget);
        } catch (error) {
          if (isConflict(error)) throw error;
          await write(budget, failedStatus(budget, messageOf(error), clock.now()));
          return undefined;
        }
      },
      {
        ready: [
          budgets,
          pods,
          scalables.replicaSets,
          scalables.deployments,
          scalables.statefulSets,
          scalables.replicationControllers,
        ],
      },
    );
    const stale = startLoop(
      context,
      `${this.name} stale conditions`,
      async (key) => {
        const { namespace, name } = splitKey(key);
        const pod = pods.get(namespace, name);
        const waitMs = pod === undefined ? undefined : untilStale(pod, clock.now());
        if (pod === undefined || waitMs === undefined || waitMs > 0) return waitMs;
        await ignoring(
          isNotFound,
          client.update(podsRef, withoutTarget(pod, clock.now()), { subresource: 'status' }),
        );
        return undefined;
      },
      { ready: [pods], workers: 1 },
    );
    budgets.onChange((after) => {
      if (after !== undefined) loop.queue.add(keyFor(after));
    });
    pods.onChange((after, before) => {
      const pod = after ?? before;
      if (pod === undefined) return;
      const own = inNamespace(budgets, pod.metadata.namespace ?? '')
        .filter((budget) => covers(budget, pod) || (before !== undefined && covers(budget, before)))
        .sort((a, b) => compareText(a.metadata.name, b.metadata.name));
      for (const budget of own) loop.queue.add(keyFor(budget));
      if (after === undefined) return;
      const { namespace = '', name = '' } = after.metadata;
      // Before the budgets are there nobody can tell; upstream looks when a Pod changes, too.
      if (own.length > 1 && budgets.hasSynced)
        recorder.event(
          after,
          'Warning',
          'MultiplePodDisruptionBudgets',
          `Pod ${goQuote(namespace)}/${goQuote(name)} matches multiple PodDisruptionBudgets.  Chose ${goQuote(own[0]?.metadata.name ?? '')} arbitrarily.`,
        );
      if (untilStale(after, clock.now()) !== undefined) stale.queue.add(keyFor(after));
    });
    return {
      async stop() {
        await Promise.all([loop.stop(), stale.stop()]);
      },
    };
  },
};

const keyFor = ({ metadata }: KubeObject) => keyOf(metadata.namespace ?? '', metadata.name ?? '');

/** Milliseconds until the condition is no longer true; undefined: there is none to take back. */
function untilStale(pod: Pod, nowMs: number): number | undefined {
  const target = podCondition(pod, 'DisruptionTarget');
  if (target?.status !== 'True' || target.reason === 'TerminationByKubelet') return undefined;
  if (isTerminating(pod) || isPodFinished(pod)) return undefined;
  return Math.max(0, timeToMs(target.lastTransitionTime) + staleMs - nowMs);
}

function withoutTarget(pod: Pod, nowMs: number): Pod {
  const conditions = (pod.status?.conditions ?? []).map((one) =>
    one.type === 'DisruptionTarget'
      ? { type: one.type, status: 'False', lastTransitionTime: formatTime(nowMs) }
      : one,
  );
  return { ...pod, status: { ...pod.status, conditions } };
}
