import type * as v1 from '../api/autoscaling-v1.ts';
import type * as v2 from '../api/autoscaling-v2.ts';

/** One metric of an autoscaler in v1's words (which only annotations hold) and in v2's. */

/** Drops what is not there, so that the JSON has no such key. */
function given<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}

const target = (type: string, values: Omit<v2.MetricTarget, 'type'>): v2.MetricTarget =>
  given({ type, ...values });
const metric = (name: string, selector: v2.MetricIdentifier['selector']): v2.MetricIdentifier =>
  given({ name, selector });
const reference = ({ kind, name, apiVersion }: v2.CrossVersionObjectReference) =>
  given({ kind, name, apiVersion });

export function metricToV1({
  type,
  object,
  pods,
  resource,
  containerResource,
  external,
}: v2.MetricSpec): v1.MetricSpec {
  return given({
    type,
    object:
      object &&
      given({
        target: reference(object.describedObject),
        metricName: object.metric.name,
        targetValue: object.target.value ?? '0',
        selector: object.metric.selector,
        averageValue: object.target.averageValue,
      }),
    pods:
      pods &&
      given({
        metricName: pods.metric.name,
        targetAverageValue: pods.target.averageValue ?? '0',
        selector: pods.metric.selector,
      }),
    resource:
      resource &&
      given({
        name: resource.name,
        targetAverageUtilization: resource.target.averageUtilization,
        targetAverageValue: resource.target.averageValue,
      }),
    containerResource:
      containerResource &&
      given({
        name: containerResource.name,
        targetAverageUtilization: containerResource.target.averageUtilization,
        targetAverageValue: containerResource.target.averageValue,
        container: containerResource.container,
      }),
    external:
      external &&
      given({
        metricName: external.metric.name,
        metricSelector: external.metric.selector,
        targetValue: external.target.value,
        targetAverageValue: external.target.averageValue,
      }),
  });
}

export function metricFromV1({
  type,
  object,
  pods,
  resource,
  containerResource,
  external,
}: v1.MetricSpec): v2.MetricSpec {
  const ofResource = (source: {
    targetAverageUtilization?: number | undefined;
    targetAverageValue?: string | undefined;
  }) =>
    target(source.targetAverageUtilization === undefined ? 'AverageValue' : 'Utilization', {
      averageValue: source.targetAverageValue,
      averageUtilization: source.targetAverageUtilization,
    });
  return given({
    type,
    object: object && {
      describedObject: reference(object.target ?? { kind: '', name: '' }),
      target: target(object.averageValue === undefined ? 'Value' : 'AverageValue', {
        value: object.targetValue ?? '0',
        averageValue: object.averageValue,
      }),
      metric: metric(object.metricName, object.selector),
    },
    pods: pods && {
      metric: metric(pods.metricName, pods.selector),
      target: target('AverageValue', { averageValue: pods.targetAverageValue ?? '0' }),
    },
    resource: resource && { name: resource.name, target: ofResource(resource) },
    containerResource: containerResource && {
      name: containerResource.name,
      target: ofResource(containerResource),
      container: containerResource.container,
    },
    external: external && {
      metric: metric(external.metricName, external.metricSelector),
      target: target(external.targetValue === undefined ? 'AverageValue' : 'Value', {
        value: external.targetValue,
        averageValue: external.targetAverageValue,
      }),
    },
  });
}

export function statusToV1({
  type,
  object,
  pods,
  resource,
  containerResource,
  external,
}: v2.MetricStatus): v1.MetricStatus {
  return given({
    type,
    object:
      object &&
      given({
        target: reference(object.describedObject),
        metricName: object.metric.name,
        currentValue: object.current.value ?? '0',
        selector: object.metric.selector,
        averageValue: object.current.averageValue,
      }),
    pods:
      pods &&
      given({
        metricName: pods.metric.name,
        currentAverageValue: pods.current.averageValue ?? '0',
        selector: pods.metric.selector,
      }),
    resource:
      resource &&
      given({
        name: resource.name,
        currentAverageUtilization: resource.current.averageUtilization,
        currentAverageValue: resource.current.averageValue ?? '0',
      }),
    containerResource:
      containerResource &&
      given({
        name: containerResource.name,
        currentAverageUtilization: containerResource.current.averageUtilization,
        currentAverageValue: containerResource.current.averageValue ?? '0',
        container: containerResource.container,
      }),
    external:
      external &&
      given({
        metricName: external.metric.name,
        metricSelector: external.metric.selector,
        currentValue: external.current.value ?? '0',
        currentAverageValue: external.current.averageValue,
      }),
  });
}

export function statusFromV1({
  type,
  object,
  pods,
  resource,
  containerResource,
  external,
}: v1.MetricStatus): v2.MetricStatus {
  const ofResource = (source: {
    currentAverageUtilization?: number | undefined;
    currentAverageValue?: string | undefined;
  }) =>
    given({
      averageValue: source.currentAverageValue ?? '0',
      averageUtilization: source.currentAverageUtilization,
    });
  return given({
    type,
    object: object && {
      metric: metric(object.metricName, object.selector),
      current: given({ value: object.currentValue ?? '0', averageValue: object.averageValue }),
      describedObject: reference(object.target ?? { kind: '', name: '' }),
    },
    pods: pods && {
      metric: metric(pods.metricName, pods.selector),
      current: { averageValue: pods.currentAverageValue ?? '0' },
    },
    resource: resource && { name: resource.name, current: ofResource(resource) },
    containerResource: containerResource && {
      name: containerResource.name,
      current: ofResource(containerResource),
      container: containerResource.container,
    },
    external: external && {
      metric: metric(external.metricName, external.metricSelector),
      current: given({ value: external.currentValue ?? '0', averageValue: external.currentAverageValue }),
    },
  });
}
