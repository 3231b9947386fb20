import type {
  HorizontalPodAutoscalerStatus,
  MetricSpec,
  MetricStatus,
} from '../../../kube/api/autoscaling-v2.ts';
import type { KubeClient } from '../../../kube/client.ts';
import type { EventRecorder } from '../../../kube/event-recorder.ts';
import { equalJson } from '../../../kube/object.ts';
import { type LabelSelector, parseLabelSelector } from '../../../kube/selectors/labels.ts';
import { formatTime } from '../../../kube/time.ts';
import { messageOf } from '../pods/pod-control.ts';
import type { Pod } from '../pods/pod-state.ts';
import { horizontalPodAutoscalers } from '../refs.ts';
import { findTarget, type LiveScale, type ScaleTarget } from '../scale-target.ts';
import { type Autoscaler, Conditions } from './autoscaler.ts';
import { type History, newHistory } from './history.ts';
import { limited, noteScale } from './limits.ts';
import { MetricUnavailable, proposeFor } from './metric-proposals.ts';
import { fetchPodMetrics } from './pod-metrics.ts';

export interface AutoscalerParts {
  readonly client: KubeClient;
  readonly recorder: EventRecorder;
  now(): number;
  podsOf(namespace: string, selector: LabelSelector): readonly Pod[];
  /** Remembers what the autoscaler selects; resolves with all that select any of the Pods, itself included, as `ns/name`. */
  selectedAlsoBy(key: string, selector: LabelSelector, pods: readonly Pod[]): readonly string[];
  readonly histories: Map<string, History>;
  /** What was found of targets, by `apiVersion kind`: asking what the server serves each time would cost more than the rest. */
  readonly targets: Map<string, ScaleTarget>;
}

/** Looks at one autoscaler, scales its target when it should, and says in its status why. Mirrors reconcileAutoscaler. */
export async function reconcileAutoscaler(
  parts: AutoscalerParts,
  key: string,
  hpa: Autoscaler,
): Promise<void> {
  const nowMs = parts.now();
  const look = new Look(parts, key, hpa, new Conditions(hpa.status?.conditions, nowMs), nowMs);
  await look.run();
}

const mostTargets = 100;

interface Decision {
  readonly replicas: number;
  readonly reason: string;
  /** Whether the target is to be written. */
  readonly rescale: boolean;
}

/** No replica count can be had from any metric. */
class NoProposal extends Error {
  readonly statuses: readonly MetricStatus[];
  constructor(message: string, statuses: readonly MetricStatus[]) {
    super(message);
    this.statuses = statuses;
  }
}

class Look {
  readonly #parts: AutoscalerParts;
  readonly #key: string;
  readonly #hpa: Autoscaler;
  readonly #conditions: Conditions;
  readonly #nowMs: number;
  #metrics: readonly MetricStatus[] = [];

  constructor(parts: AutoscalerParts, key: string, hpa: Autoscaler, conditions: Conditions, nowMs: number) {
    this.#parts = parts;
    this.#key = key;
    this.#hpa = hpa;
    this.#conditions = conditions;
    this.#nowMs = nowMs;
  }

  async run(): Promise<void> {
    const { client } = this.#parts;
    const { metadata, spec, status } = this.#hpa;
    const { apiVersion = '', kind = '', name = '' } = spec?.scaleTargetRef ?? {};
    let target: ScaleTarget;
    let scale: LiveScale;
    try {
      target = await this.#targetOf(apiVersion, kind);
      scale = await client.get<LiveScale>(target, metadata.namespace ?? '', name, 'scale');
    } catch (error) {
      // What was found may have changed its name.
      this.#parts.targets.delete(`${apiVersion} ${kind}`);
      const why = messageOf(error);
      this.#warn('FailedGetScale', why);
      this.#conditions.set(
        'AbleToScale',
        false,
        'FailedGetScale',
        `the HPA controller was unable to get the target's current scale: ${why}`,
      );
      const { currentMetrics = [], currentReplicas, desiredReplicas = 0, lastScaleTime } = status ?? {};
      this.#metrics = currentMetrics ?? [];
      await this.#write(currentReplicas ?? 0, desiredReplicas, lastScaleTime);
      return;
    }
    this.#conditions.set(
      'AbleToScale',
      true,
      'SucceededGetScale',
      "the HPA controller was able to get the target's current scale",
    );
    const current = scale.spec?.replicas ?? 0;
    const histories = this.#parts.histories;
    const history = histories.get(this.#key) ?? newHistory(current, this.#nowMs);
    histories.set(this.#key, history);
    let decision: Decision;
    try {
      decision = await this.#decide(scale, current, history);
    } catch (error) {
      if (!(error instanceof NoProposal)) throw error;
      this.#metrics = error.statuses;
      await this.#write(current, status?.desiredReplicas ?? 0, status?.lastScaleTime);
      this.#warn('FailedComputeMetricsReplicas', error.message);
      return;
    }
    if (!decision.rescale) {
      await this.#write(current, current, status?.lastScaleTime);
      return;
    }
    const { replicas, reason } = decision;
    try {
      const draft: LiveScale = { ...scale, spec: { ...scale.spec, replicas } };
      await client.update(target, draft, { subresource: 'scale' });
    } catch (error) {
      const why = messageOf(error);
      this.#warn('FailedRescale', `New size: ${replicas}; reason: ${reason}; error: ${why}`);
      this.#conditions.set(
        'AbleToScale',
        false,
        'FailedUpdateScale',
        `the HPA controller was unable to update the target scale: ${why}`,
      );
      await this.#write(current, status?.desiredReplicas ?? 0, status?.lastScaleTime);
      return;
    }
    this.#conditions.set(
      'AbleToScale',
      true,
      'SucceededRescale',
      `the HPA controller was able to update the target scale to ${replicas}`,
    );
    this.#parts.recorder.event(
      this.#hpa,
      'Normal',
      'SuccessfulRescale',
      `New size: ${replicas}; reason: ${reason}`,
    );
    noteScale(history, current, replicas, this.#nowMs);
    await this.#write(current, replicas, formatTime(this.#nowMs));
  }

  async #targetOf(apiVersion: string, kind: string): Promise<ScaleTarget> {
    const { targets, client } = this.#parts;
    const key = `${apiVersion} ${kind}`;
    const known = targets.get(key);
    if (known !== undefined) return known;
    const found = await findTarget(client, apiVersion, kind);
    if (targets.size >= mostTargets) targets.clear();
    targets.set(key, found);
    return found;
  }

  #warn(reason: string, message: string): void {
    this.#parts.recorder.event(this.#hpa, 'Warning', reason, message);
  }

  async #decide(scale: LiveScale, current: number, history: History): Promise<Decision> {
    const { minReplicas: min = 1, maxReplicas: max = 1, metrics = [], behavior } = this.#hpa.spec ?? {};
    if (current === 0 && min !== 0) {
      this.#conditions.set(
        'ScalingActive',
        false,
        'ScalingDisabled',
        'scaling is disabled since the replica count of the target is zero',
      );
      return { replicas: 0, reason: '', rescale: false };
    }
    if (current > max)
      return { replicas: max, reason: 'Current number of replicas above Spec.MaxReplicas', rescale: true };
    if (current < min)
      return { replicas: min, reason: 'Current number of replicas below Spec.MinReplicas', rescale: true };
    const { replicas: desired, metric } = await this.#fromMetrics(scale, current, metrics);
    const reason =
      desired > current ? `${metric} above target` : desired < current ? 'All metrics below target' : '';
    const wish = { current, desired, min, max };
    const replicas = limited(wish, behavior, history, this.#conditions, this.#nowMs);
    return { replicas, reason, rescale: replicas !== current };
  }

  /** The most that any metric calls for. Mirrors computeReplicasForMetrics. */
  async #fromMetrics(
    scale: LiveScale,
    current: number,
    specs: readonly MetricSpec[],
  ): Promise<{ readonly replicas: number; readonly metric: string }> {
    const namespace = this.#hpa.metadata.namespace ?? '';
    const selector = this.#selectorOf(scale.status?.selector ?? '');
    const pods = this.#parts.podsOf(namespace, selector);
    this.#checkAlone(scale.status?.selector ?? '', selector, pods);
    const metering = {
      namespace,
      selector,
      pods,
      current,
      nowMs: this.#nowMs,
      fetch: (resource: string, container: string | undefined) =>
        fetchPodMetrics(this.#parts.client, namespace, selector.toString(), resource, container),
    };
    const statuses: MetricStatus[] = [];
    let best: { replicas: number; metric: string } | undefined;
    let invalid = 0;
    let first: MetricUnavailable | undefined;
    for (const spec of specs) {
      try {
        const { replicas, metric, status } = await proposeFor(spec, metering);
        statuses.push(status);
        if (best === undefined || replicas > best.replicas) best = { replicas, metric };
      } catch (error) {
        if (!(error instanceof MetricUnavailable)) throw error;
        this.#warn(error.reason, error.detail);
        // Upstream leaves an empty place.
        statuses.push({ type: '' });
        first ??= error;
        invalid += 1;
      }
    }
    if (best === undefined || (first !== undefined && best.replicas < current)) {
      if (first !== undefined)
        this.#conditions.set(
          'ScalingActive',
          false,
          first.reason,
          `the HPA was unable to compute the replica count: ${first.detail}`,
        );
      throw new NoProposal(
        `invalid metrics (${invalid} invalid out of ${specs.length}), first error is: ${first?.message ?? ''}`,
        statuses,
      );
    }
    this.#conditions.set(
      'ScalingActive',
      true,
      'ValidMetricFound',
      `the HPA was able to successfully calculate a replica count from ${best.metric}`,
    );
    this.#metrics = statuses;
    return best;
  }

  #selectorOf(text: string): LabelSelector {
    if (text === '') {
      this.#warn('SelectorRequired', 'selector is required');
      this.#conditions.set(
        'ScalingActive',
        false,
        'InvalidSelector',
        "the HPA target's scale is missing a selector",
      );
      throw new NoProposal('selector is required', []);
    }
    try {
      return parseLabelSelector(text);
    } catch (error) {
      throw this.#badSelector(
        'InvalidSelector',
        `couldn't convert selector into a corresponding internal selector object: ${messageOf(error)}`,
      );
    }
  }

  /** Two that scale the same Pods would never agree. */
  #checkAlone(text: string, selector: LabelSelector, pods: readonly Pod[]): void {
    const all = this.#parts.selectedAlsoBy(this.#key, selector, pods);
    if (all.length > 1)
      throw this.#badSelector(
        'AmbiguousSelector',
        `pods by selector ${text} are controlled by multiple HPAs: [${all.join(' ')}]`,
      );
  }

  #badSelector(reason: string, message: string): NoProposal {
    this.#warn(reason, message);
    this.#conditions.set('ScalingActive', false, reason, message);
    return new NoProposal(message, []);
  }

  async #write(current: number, desired: number, lastScaleTime: string | undefined): Promise<void> {
    const status: HorizontalPodAutoscalerStatus = {
      ...(lastScaleTime === undefined ? {} : { lastScaleTime }),
      ...(current === 0 ? {} : { currentReplicas: current }),
      desiredReplicas: desired,
      currentMetrics: this.#metrics.length === 0 ? (null as unknown as MetricStatus[]) : [...this.#metrics],
      conditions: this.#conditions.list,
    };
    if (equalJson(status, this.#hpa.status)) return;
    const draft: Autoscaler = { ...this.#hpa, status };
    try {
      await this.#parts.client.update(horizontalPodAutoscalers, draft, { subresource: 'status' });
    } catch (error) {
      this.#warn('FailedUpdateStatus', messageOf(error));
      throw error;
    }
  }
}
