import type { Container } from '../../../kube/api/core-v1.ts';
import { timeToMs } from '../../../kube/time.ts';
import { isTerminating, type Pod, podCondition } from '../pods/pod-state.ts';
import { milliOf, type PodMetric, type PodMetrics } from './pod-metrics.ts';

/** --horizontal-pod-autoscaler-tolerance, -cpu-initialization-period, -initial-readiness-delay */
const tolerance = 0.1;
const cpuStartMs = 300_000;
const readinessDelayMs = 30_000;

export interface Proposal {
  readonly replicas: number;
  /** What is used now, in thousandths, of one Pod. */
  readonly average: number;
  /** In percent of what was requested. */
  readonly utilization?: number;
}

export interface Measured {
  readonly resource: string;
  readonly container: string | undefined;
  readonly pods: readonly Pod[];
  readonly metrics: PodMetrics;
  readonly current: number;
  readonly nowMs: number;
}

interface Ratio {
  readonly ratio: number;
  readonly average: number;
  readonly utilization?: number;
}

/** So many that each uses `target` percent of what it requests. Throws Error in upstream's words. Mirrors GetResourceReplicas. */
export function byUtilization(measured: Measured, target: number): Proposal {
  const groups = group(measured);
  const requests = requestsOf(measured);
  return propose(
    measured,
    groups,
    (metrics) => utilizationRatio(metrics, requests, target),
    (name) => ((requests.get(name) ?? 0) * Math.max(100, target)) / 100,
  );
}

/** So many that each uses `target` thousandths. Mirrors GetRawResourceReplicas. */
export function byAverage(measured: Measured, target: number): Proposal {
  return propose(
    measured,
    group(measured),
    (metrics) => {
      const average = Math.trunc(total(metrics) / metrics.size);
      return { ratio: average / target, average };
    },
    () => target,
  );
}

interface Groups {
  readonly ready: number;
  readonly unready: readonly string[];
  readonly missing: readonly string[];
  /** Of the Pods that count. */
  readonly metrics: PodMetrics;
}

const total = (metrics: PodMetrics) => [...metrics.values()].reduce((sum, { value }) => sum + value, 0);

/** Mirrors groupPods. */
function group({ pods, metrics, resource, nowMs }: Measured): Groups {
  if (pods.length === 0) throw new Error('no pods returned by selector while calculating replica count');
  const unready: string[] = [];
  const missing: string[] = [];
  const counted: PodMetrics = new Map(metrics);
  let ready = 0;
  for (const pod of pods) {
    const name = pod.metadata.name ?? '';
    const metric = metrics.get(name);
    if (isTerminating(pod) || pod.status?.phase === 'Failed') counted.delete(name);
    else if (pod.status?.phase === 'Pending') {
      unready.push(name);
      counted.delete(name);
    } else if (metric === undefined) missing.push(name);
    else if (resource === 'cpu' && isStarting(pod, metric, nowMs)) {
      unready.push(name);
      counted.delete(name);
    } else ready += 1;
  }
  if (counted.size === 0)
    throw new Error('did not receive metrics for targeted pods (pods might be unready)');
  return { ready, unready, missing, metrics: counted };
}

/** A Pod that starts uses more CPU than it will. */
function isStarting(pod: Pod, { atMs, windowMs }: PodMetric, nowMs: number): boolean {
  const ready = podCondition(pod, 'Ready');
  const startMs = timeToMs(pod.status?.startTime);
  if (ready === undefined || Number.isNaN(startMs)) return true;
  const sinceMs = timeToMs(ready.lastTransitionTime);
  const unready = ready.status === 'False';
  if (startMs + cpuStartMs > nowMs) return unready || atMs < sinceMs + windowMs;
  return unready && startMs + readinessDelayMs > sinceMs;
}

/** What each Pod requests. Mirrors calculatePodRequests. */
function requestsOf({ pods, container, resource }: Measured): Map<string, number> {
  const requests = new Map<string, number>();
  for (const { metadata, spec } of pods) {
    const sidecars = (spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
    const all: readonly Container[] = [...(spec?.containers ?? []), ...sidecars];
    let sum = 0;
    for (const { name, resources } of all) {
      if (container !== undefined && container !== name) continue;
      const request = milliOf(resources?.requests?.[resource]);
      if (request === undefined)
        throw new Error(`missing request for ${resource} in container ${name} of Pod ${metadata.name}`);
      sum += request;
    }
    requests.set(metadata.name ?? '', sum);
  }
  return requests;
}

function utilizationRatio(metrics: PodMetrics, requests: ReadonlyMap<string, number>, target: number): Ratio {
  let used = 0;
  let requested = 0;
  let count = 0;
  for (const [name, { value }] of metrics) {
    const request = requests.get(name);
    if (request === undefined) continue;
    used += value;
    requested += request;
    count += 1;
  }
  if (requested === 0) throw new Error('no metrics returned matched known pods');
  const utilization = Math.trunc((used * 100) / requested);
  return { ratio: utilization / target, utilization, average: Math.trunc(used / count) };
}

/** `fallback`: what a Pod without metrics is taken to use when there might be too many. */
function propose(
  { current }: Measured,
  { ready, unready, missing, metrics }: Groups,
  ratioOf: (metrics: PodMetrics) => Ratio,
  fallback: (pod: string) => number,
): Proposal {
  const { ratio, ...seen } = ratioOf(metrics);
  const withUnready = unready.length > 0 && ratio > 1;
  const close = (value: number) => Math.abs(1 - value) <= tolerance;
  if (!withUnready && missing.length === 0)
    return { ...seen, replicas: close(ratio) ? current : Math.ceil(ratio * ready) };
  const assumed: PodMetrics = new Map(metrics);
  const assume = (names: readonly string[], amountOf: (name: string) => number) => {
    for (const name of names) assumed.set(name, { value: amountOf(name), atMs: 0, windowMs: 0 });
  };
  if (ratio < 1) assume(missing, fallback);
  else if (ratio > 1) assume(missing, () => 0);
  if (withUnready) assume(unready, () => 0);
  const { ratio: next } = ratioOf(assumed);
  if (close(next) || (ratio < 1 && next > 1) || (ratio > 1 && next < 1))
    return { ...seen, replicas: current };
  const replicas = Math.ceil(next * assumed.size);
  // What was assumed must not turn the direction around.
  const turned = (next < 1 && replicas > current) || (next > 1 && replicas < current);
  return { ...seen, replicas: turned ? current : replicas };
}
