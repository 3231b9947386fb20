import type { MetricSpec, MetricStatus, MetricTarget } from '../../../kube/api/autoscaling-v2.ts';
import { formatQuantity, milliQuantityOf } from '../../../kube/quantity.ts';
import type { LabelSelector } from '../../../kube/selectors/labels.ts';
import { goSelector } from '../disruption/budget.ts';
import { messageOf } from '../pods/pod-control.ts';
import type { Pod } from '../pods/pod-state.ts';
import { milliOf, type PodMetrics } from './pod-metrics.ts';
import { byAverage, byUtilization, type Proposal } from './replica-calculator.ts';

/** What a metric calls for. */
interface MetricProposal {
  readonly replicas: number;
  /** As events name it. */
  readonly metric: string;
  readonly status: MetricStatus;
}

/** A metric that cannot be had: reason and words for the condition, and those for whoever sums up. */
export class MetricUnavailable extends Error {
  readonly reason: string;
  /** What the condition and its event say. */
  readonly detail: string;
  constructor(reason: string, detail: string, message: string) {
    super(message);
    this.reason = reason;
    this.detail = detail;
  }
}

interface Metering {
  readonly namespace: string;
  readonly selector: LabelSelector;
  readonly pods: readonly Pod[];
  readonly current: number;
  readonly nowMs: number;
  fetch(resource: string, container: string | undefined): Promise<PodMetrics>;
}

const noCustom =
  'unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered';

/** Rejects with MetricUnavailable. Mirrors computeReplicasForMetric. */
export async function proposeFor(spec: MetricSpec, metering: Metering): Promise<MetricProposal> {
  const { type } = spec;
  if (type === 'Resource' && spec.resource !== undefined) {
    const { name, target } = spec.resource;
    return byResource(spec, metering, name, undefined, target, 'FailedGetResourceMetric', 'resource');
  }
  if (type === 'ContainerResource' && spec.containerResource !== undefined) {
    const { name, container, target } = spec.containerResource;
    const reason = 'FailedGetContainerResourceMetric';
    return byResource(spec, metering, name, container, target, reason, 'container');
  }
  // Nobody serves the other kinds here, as in a cluster without an adapter.
  const { namespace } = metering;
  if (type === 'Pods' && spec.pods !== undefined) {
    const why = `unable to get metric ${spec.pods.metric.name}: ${noCustom}`;
    throw new MetricUnavailable('FailedGetPodsMetric', why, `failed to get pods metric value: ${why}`);
  }
  if (type === 'Object' && spec.object !== undefined) {
    const { metric, describedObject } = spec.object;
    const why = `unable to get metric ${metric.name}: ${describedObject.kind} on ${namespace} ${describedObject.name}/${noCustom}`;
    throw new MetricUnavailable('FailedGetObjectMetric', why, `failed to get object metric value: ${why}`);
  }
  if (type === 'External' && spec.external !== undefined) {
    const { name, selector } = spec.external.metric;
    const why = `unable to get external metric ${namespace}/${name}/${goSelector(selector)}: unable to fetch metrics from external metrics API: the server could not find the requested resource (get ${name}.external.metrics.k8s.io)`;
    throw new MetricUnavailable(
      'FailedGetExternalMetric',
      why,
      `failed to get ${name} external metric value: failed to get ${name} external metric: ${why}`,
    );
  }
  const unknown = `unknown metric source type "${type}"`;
  throw new MetricUnavailable('InvalidMetricSourceType', unknown, unknown);
}

async function byResource(
  spec: MetricSpec,
  { pods, current, nowMs, fetch }: Metering,
  resource: string,
  container: string | undefined,
  target: MetricTarget,
  reason: string,
  kind: 'resource' | 'container',
): Promise<MetricProposal> {
  const asAverage = target.averageValue !== undefined;
  const measured = asAverage ? 'usage' : 'utilization';
  const average = milliOf(target.averageValue);
  const unavailable = (why: string) =>
    new MetricUnavailable(reason, why, `failed to get ${container ?? resource} ${kind} metric value: ${why}`);
  if (average === undefined && target.averageUtilization === undefined)
    throw unavailable(
      'invalid resource metric source: neither an average utilization target nor an average value (usage) target was set',
    );
  let proposal: Proposal;
  try {
    const metrics = await fetch(resource, container).catch((error) => {
      throw new Error(`unable to get metrics for resource ${resource}: ${messageOf(error)}`);
    });
    const facts = { resource, container, pods, metrics, current, nowMs };
    proposal =
      average === undefined
        ? byUtilization(facts, target.averageUtilization ?? 0)
        : byAverage(facts, average);
  } catch (error) {
    throw unavailable(`failed to get ${resource} ${measured}: ${messageOf(error)}`);
  }
  const now = {
    averageValue: formatQuantity(milliQuantityOf(BigInt(Math.trunc(proposal.average)))),
    ...(proposal.utilization === undefined ? {} : { averageUtilization: proposal.utilization }),
  };
  const inside = kind === 'container' ? `${resource} container resource` : `${resource} resource`;
  return {
    replicas: proposal.replicas,
    metric: asAverage ? `${resource} resource` : `${inside} utilization (percentage of request)`,
    status:
      container === undefined
        ? { type: spec.type, resource: { name: resource, current: now } }
        : { type: spec.type, containerResource: { name: resource, container, current: now } },
  };
}
