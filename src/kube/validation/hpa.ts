import type {
  CrossVersionObjectReference,
  HorizontalPodAutoscalerSpec,
  HPAScalingPolicy,
  HPAScalingRules,
  MetricIdentifier,
  MetricSpec,
  MetricTarget,
} from '../api/autoscaling-v2.ts';
import { type FieldError, forbiddenField, invalid, notSupported, required } from '../field-error.ts';
import { isDNS1123Label, nameIsPathSegment } from '../names.ts';
import { formatQuantity, parseQuantity, quantitySign } from '../quantity.ts';
import { invalidFor, oneOfGiven } from './pod/report.ts';
import { validateContainerResourceName } from './pod/resources.ts';

/** Mirrors pkg/apis/autoscaling/validation. */

const longestPeriod = 1800;
const longestWindow = 3600;

function pathSegment(value: string | undefined, field: string, detail = ''): FieldError[] {
  if (!value) return [required(field, detail)];
  return invalidFor(field, value, nameIsPathSegment(value, false));
}

function validateReference(reference: Partial<CrossVersionObjectReference>, field: string): FieldError[] {
  return [...pathSegment(reference.kind, `${field}.kind`), ...pathSegment(reference.name, `${field}.name`)];
}

/** `least`: 1, or 0 when the stored one already sleeps at 0 (HPAScaleToZero is off). */
export function validateHpaSpec(spec: HorizontalPodAutoscalerSpec, least: number): FieldError[] {
  const { minReplicas, maxReplicas = 0, metrics = [], behavior } = spec;
  const errors: FieldError[] = [];
  if (typeof minReplicas === 'number' && minReplicas < least)
    errors.push(invalid('spec.minReplicas', minReplicas, `must be greater than or equal to ${least}`));
  if (maxReplicas < 1) errors.push(invalid('spec.maxReplicas', maxReplicas, 'must be greater than 0'));
  if (typeof minReplicas === 'number' && maxReplicas < minReplicas)
    errors.push(invalid('spec.maxReplicas', maxReplicas, 'must be greater than or equal to `minReplicas`'));
  errors.push(...validateReference(spec.scaleTargetRef ?? {}, 'spec.scaleTargetRef'));
  for (const [i, one] of metrics.entries()) errors.push(...validateMetric(one, `spec.metrics[${i}]`));
  if (minReplicas === 0 && !metrics.some(({ type }) => type === 'Object' || type === 'External'))
    errors.push(
      forbiddenField(
        'spec.metrics',
        'must specify at least one Object or External metric to support scaling to zero replicas',
      ),
    );
  for (const key of ['scaleUp', 'scaleDown'] as const)
    errors.push(...validateRules(behavior?.[key], `spec.behavior.${key}`));
  return errors;
}

function validateRules(rules: HPAScalingRules | undefined, field: string): FieldError[] {
  if (!rules) return [];
  const { stabilizationWindowSeconds: window, selectPolicy, policies = [] } = rules;
  const errors: FieldError[] = [];
  const at = `${field}.stabilizationWindowSeconds`;
  if (typeof window === 'number' && window < 0)
    errors.push(invalid(at, window, 'must be greater than or equal to zero'));
  if (typeof window === 'number' && window > longestWindow)
    errors.push(invalid(at, window, `must be less than or equal to ${longestWindow}`));
  if (typeof selectPolicy === 'string')
    errors.push(...oneOfGiven(`${field}.selectPolicy`, selectPolicy, ['Disabled', 'Max', 'Min']));
  if (policies.length === 0) errors.push(required(`${field}.policies`, 'must specify at least one Policy'));
  for (const [i, policy] of policies.entries())
    errors.push(...validatePolicy(policy, `${field}.policies[${i}]`));
  return errors;
}

function validatePolicy(policy: HPAScalingPolicy, field: string): FieldError[] {
  const { type = '', value = 0, periodSeconds = 0 } = policy;
  const errors = oneOfGiven(`${field}.type`, type, ['Percent', 'Pods']);
  if (value <= 0) errors.push(invalid(`${field}.value`, value, 'must be greater than zero'));
  if (periodSeconds <= 0)
    errors.push(invalid(`${field}.periodSeconds`, periodSeconds, 'must be greater than zero'));
  if (periodSeconds > longestPeriod)
    errors.push(
      invalid(`${field}.periodSeconds`, periodSeconds, `must be less than or equal to ${longestPeriod}`),
    );
  return errors;
}

const types = ['ContainerResource', 'External', 'Object', 'Pods', 'Resource'];
const keyOf: { readonly [type: string]: string } = {
  Object: 'object',
  Pods: 'pods',
  Resource: 'resource',
  External: 'external',
  ContainerResource: 'containerResource',
};
/** In the order in which upstream looks: only the first is looked into. */
const sources = ['object', 'external', 'pods', 'resource', 'containerResource'] as const;

function validateMetric(metric: MetricSpec, field: string): FieldError[] {
  const type = metric.type ?? '';
  const errors: FieldError[] = [];
  if (type === '') errors.push(required(`${field}.type`, 'must specify a metric source type'));
  const wrong = types.includes(type) ? [] : [notSupported(`${field}.type`, type, types)];
  errors.push(...wrong);
  const present = sources.filter((key) => metric[key]);
  const [first] = present;
  if (first !== undefined) errors.push(...validateSource(first, metric, `${field}.${first}`));
  const expected = Object.hasOwn(keyOf, type) ? keyOf[type] : undefined;
  if (expected !== undefined && !present.some((key) => key === expected))
    errors.push(required(`${field}.${expected}`, 'must populate information for the given metric source'));
  errors.push(...wrong);
  if (present.length !== 1)
    for (const key of present)
      if (key !== expected)
        errors.push(forbiddenField(`${field}.${key}`, 'must populate the given metric source only'));
  return errors;
}

const validateIdentifier = (metric: MetricIdentifier | undefined, field: string) =>
  pathSegment(metric?.name, `${field}.metric.name`, 'must specify a metric name');

function validateSource(key: (typeof sources)[number], metric: MetricSpec, field: string): FieldError[] {
  const target: Partial<MetricTarget> = metric[key]?.target ?? {};
  const none = target.value === undefined && target.averageValue === undefined;
  const average = `${field}.target.averageValue`;
  const errors: FieldError[] = [];
  switch (key) {
    case 'object':
      errors.push(
        ...validateReference(metric.object?.describedObject ?? {}, `${field}.describedObject`),
        ...validateIdentifier(metric.object?.metric, field),
        ...validateTarget(target, `${field}.target`),
      );
      if (none) errors.push(required(average, 'must set either a target value or averageValue'));
      return errors;
    case 'external':
      errors.push(
        ...validateIdentifier(metric.external?.metric, field),
        ...validateTarget(target, `${field}.target`),
      );
      if (none)
        errors.push(required(average, 'must set either a target value for metric or a per-pod target'));
      if (target.value !== undefined && target.averageValue !== undefined)
        errors.push(
          forbiddenField(
            `${field}.target.value`,
            'may not set both a target value for metric and a per-pod target',
          ),
        );
      return errors;
    case 'pods':
      errors.push(
        ...validateIdentifier(metric.pods?.metric, field),
        ...validateTarget(target, `${field}.target`),
      );
      if (target.averageValue === undefined)
        errors.push(required(average, 'must specify a positive target averageValue'));
      return errors;
    default:
      return validateResource(key, metric, target, field);
  }
}

function validateResource(
  key: 'resource' | 'containerResource',
  metric: MetricSpec,
  target: Partial<MetricTarget>,
  field: string,
): FieldError[] {
  const name = metric[key]?.name ?? '';
  const errors: FieldError[] = [];
  if (name === '') errors.push(required(`${field}.name`, 'must specify a resource name'));
  else if (key === 'containerResource') errors.push(...validateContainerResourceName(name, `${field}.name`));
  if (key === 'containerResource') {
    const container = metric.containerResource?.container ?? '';
    if (container === '') errors.push(required(`${field}.container`, 'must specify a container'));
    else errors.push(...invalidFor(`${field}.container`, container, isDNS1123Label(container)));
  }
  errors.push(...validateTarget(target, `${field}.target`));
  const { averageUtilization, averageValue } = target;
  if (averageUtilization === undefined && averageValue === undefined)
    errors.push(
      required(
        `${field}.target.averageUtilization`,
        'must set either a target raw value or a target utilization',
      ),
    );
  if (averageUtilization !== undefined && averageValue !== undefined)
    errors.push(
      forbiddenField(
        `${field}.target.averageValue`,
        'may not set both a target raw value and a target utilization',
      ),
    );
  return errors;
}

function validateTarget(target: Partial<MetricTarget>, field: string): FieldError[] {
  const { type = '', averageUtilization } = target;
  const errors: FieldError[] = [];
  if (type === '') errors.push(required(`${field}.type`, 'must specify a metric target type'));
  if (!['Utilization', 'Value', 'AverageValue'].includes(type))
    errors.push(invalid(`${field}.type`, type, 'must be either Utilization, Value, or AverageValue'));
  for (const key of ['value', 'averageValue'] as const) {
    const text = target[key];
    if (text === undefined) continue;
    const quantity = parseQuantity(text);
    if (quantitySign(quantity) !== 1)
      errors.push(invalid(`${field}.${key}`, formatQuantity(quantity), 'must be positive'));
  }
  if (typeof averageUtilization === 'number' && averageUtilization < 1)
    errors.push(invalid(`${field}.averageUtilization`, averageUtilization, 'must be greater than 0'));
  return errors;
}
