import type * as v1 from '../api/autoscaling-v1.ts';
import type * as v2 from '../api/autoscaling-v2.ts';
import type { ObjectMeta } from '../api/meta-v1.ts';
import { asKind, type KubeObject } from '../object.ts';
import { metricFromV1, metricToV1, statusFromV1, statusToV1 } from './hpa-metrics.ts';

/**
 * autoscaling/v1 only knows the use of CPU: the rest travels in annotations, so that nothing is lost on the way there and
 * back. Mirrors pkg/apis/autoscaling/v1/conversion.go.
 */

const prefix = 'autoscaling.alpha.kubernetes.io/';
const metricsKey = `${prefix}metrics`;
const statusesKey = `${prefix}current-metrics`;
const conditionsKey = `${prefix}conditions`;
const behaviorKey = `${prefix}behavior`;
const defaultUtilization = 80;

function withoutOurs(metadata: ObjectMeta | undefined): ObjectMeta {
  const annotations = { ...metadata?.annotations };
  for (const key of [metricsKey, statusesKey, conditionsKey, behaviorKey]) delete annotations[key];
  const { annotations: _, ...rest } = metadata ?? {};
  return Object.keys(annotations).length === 0 ? rest : { ...rest, annotations };
}

function cpuUtilization(averageUtilization: number): v2.MetricSpec {
  return {
    type: 'Resource',
    resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
  };
}

const isCpuUtilization = ({ type, resource }: v2.MetricSpec) =>
  type === 'Resource' && resource?.name === 'cpu' && resource.target?.averageUtilization !== undefined;

/** Undefined when the text is not what it should be: such an annotation is ignored. */
function parse<T>(text: string | undefined, isRight: (value: unknown) => boolean): T | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isRight(value) ? (value as T) : undefined;
  } catch {
    return undefined;
  }
}

const isListOfObjects = (value: unknown) =>
  Array.isArray(value) && value.every((item) => typeof item === 'object' && item !== null);
const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** v2's names in the text are those of Go's internal type. */
function renameKeys(value: unknown, rename: (key: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => renameKeys(item, rename));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [rename(key), renameKeys(item, rename)]),
  );
}

const lower = (key: string) => key.charAt(0).toLowerCase() + key.slice(1);

function internalRules(rules: v2.HPAScalingRules | undefined): unknown {
  if (!rules) return null;
  return {
    StabilizationWindowSeconds: rules.stabilizationWindowSeconds ?? null,
    SelectPolicy: rules.selectPolicy ?? null,
    Policies:
      rules.policies?.map(({ type, value, periodSeconds }) => ({
        Type: type,
        Value: value,
        PeriodSeconds: periodSeconds,
      })) ?? null,
  };
}

function behaviorText({ scaleUp, scaleDown }: v2.HorizontalPodAutoscalerBehavior): string {
  return JSON.stringify({ ScaleUp: internalRules(scaleUp), ScaleDown: internalRules(scaleDown) });
}

function behaviorOf(text: string | undefined): v2.HorizontalPodAutoscalerBehavior | undefined {
  const parsed = parse<object>(text, isObject);
  if (parsed === undefined) return undefined;
  const behavior = dropNulls(renameKeys(parsed, lower)) as v2.HorizontalPodAutoscalerBehavior;
  return behavior.scaleUp || behavior.scaleDown ? behavior : undefined;
}

function dropNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(dropNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== null)
      .map(([key, item]) => [key, dropNulls(item)]),
  );
}

export function hpaToV2(object: KubeObject): KubeObject {
  const { metadata, spec, status } = asKind<v1.HorizontalPodAutoscaler>(object);
  const annotations = metadata?.annotations ?? {};
  const metrics = (parse<v1.MetricSpec[]>(annotations[metricsKey], isListOfObjects) ?? []).map(metricFromV1);
  const utilization = spec?.targetCPUUtilizationPercentage;
  if (typeof utilization === 'number') metrics.push(cpuUtilization(utilization));
  if (metrics.length === 0) metrics.push(cpuUtilization(defaultUtilization));
  const behavior = behaviorOf(annotations[behaviorKey]);
  const current = parse<v1.MetricStatus[]>(annotations[statusesKey], isListOfObjects)?.map(statusFromV1);
  const cpu = status?.currentCPUUtilizationPercentage;
  const { currentCPUUtilizationPercentage: _, ...counters } = status ?? {
    currentReplicas: 0,
    desiredReplicas: 0,
  };
  const conditions = parse<v2.HorizontalPodAutoscalerCondition[]>(
    annotations[conditionsKey],
    isListOfObjects,
  );
  const used: v2.MetricStatus[] | undefined =
    typeof cpu === 'number'
      ? [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: cpu } } }]
      : undefined;
  const currentMetrics = current ?? used;
  // Without metrics, Go prints null: the key is left out here.
  const converted = {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: withoutOurs(metadata),
    spec: {
      scaleTargetRef: spec?.scaleTargetRef ?? { kind: '', name: '' },
      minReplicas: spec?.minReplicas,
      maxReplicas: spec?.maxReplicas ?? 0,
      metrics,
      ...(behavior === undefined ? {} : { behavior }),
    },
    status: {
      ...counters,
      ...(currentMetrics === undefined ? {} : { currentMetrics }),
      ...(conditions === undefined ? {} : { conditions }),
    },
  };
  return converted as unknown as KubeObject;
}

export function hpaToV1(object: KubeObject): KubeObject {
  const { metadata, spec, status } = asKind<v2.HorizontalPodAutoscaler>(object);
  const annotations: { [key: string]: string } = {};
  const others = (spec?.metrics ?? []).filter((metric) => !isCpuUtilization(metric));
  if (others.length > 0) annotations[metricsKey] = JSON.stringify(others.map(metricToV1));
  const current = status?.currentMetrics ?? [];
  if (current.length > 0) annotations[statusesKey] = JSON.stringify(current.map(statusToV1));
  if (spec?.behavior) annotations[behaviorKey] = behaviorText(spec.behavior);
  const conditions = (status?.conditions ?? []).map(
    ({ type, status: is, lastTransitionTime = null, reason, message }) => ({
      type,
      status: is,
      lastTransitionTime,
      ...(reason ? { reason } : {}),
      ...(message ? { message } : {}),
    }),
  );
  if (conditions.length > 0) annotations[conditionsKey] = JSON.stringify(conditions);
  const meta = withoutOurs(metadata);
  const all = { ...meta.annotations, ...annotations };
  const cpu = spec?.metrics?.find(isCpuUtilization)?.resource?.target.averageUtilization;
  const used = current.findLast(
    ({ type, resource }) =>
      type === 'Resource' && resource?.name === 'cpu' && resource.current.averageUtilization !== undefined,
  )?.resource?.current.averageUtilization;
  const converted: v1.HorizontalPodAutoscaler = {
    apiVersion: 'autoscaling/v1',
    kind: 'HorizontalPodAutoscaler',
    metadata: Object.keys(all).length === 0 ? meta : { ...meta, annotations: all },
    spec: {
      scaleTargetRef: spec?.scaleTargetRef ?? { kind: '', name: '' },
      minReplicas: spec?.minReplicas,
      maxReplicas: spec?.maxReplicas ?? 0,
      ...(cpu === undefined ? {} : { targetCPUUtilizationPercentage: cpu }),
    },
    status: {
      observedGeneration: status?.observedGeneration,
      lastScaleTime: status?.lastScaleTime,
      currentReplicas: status?.currentReplicas ?? 0,
      desiredReplicas: status?.desiredReplicas ?? 0,
      ...(used === undefined ? {} : { currentCPUUtilizationPercentage: used }),
    },
  };
  return converted as KubeObject;
}
