import type {
  HorizontalPodAutoscaler,
  MetricSpec,
  MetricStatus,
  MetricTarget,
  MetricValueStatus,
} from '../api/autoscaling-v2.ts';
import { asKind } from '../object.ts';
import type { TableDefinition } from '../resources/definition.ts';
import { ageSince } from './age.ts';
import { horizontalPodAutoscalerColumns } from './workloads-columns.ts';

const unknown = '<unknown>';
const shown = 2;

/** `3/5`, or `3/5 (avg)` when the target is an average. */
function valueText(target: MetricTarget | undefined, current: MetricValueStatus | undefined): string {
  if (target?.averageValue !== undefined)
    return `${current?.averageValue ?? unknown}/${target.averageValue} (avg)`;
  return `${current === undefined ? unknown : (current.value ?? '<nil>')}/${target?.value ?? '<nil>'}`;
}

function resourceText(
  name: string,
  target: MetricTarget | undefined,
  current: MetricValueStatus | undefined,
): string {
  if (target?.averageValue !== undefined)
    return `${name}: ${current === undefined ? unknown : (current.averageValue ?? '<nil>')}/${target.averageValue}`;
  const used = current?.averageUtilization;
  const wanted = target?.averageUtilization;
  return `${name}: ${used === undefined ? unknown : `${used}%`}/${wanted === undefined ? '<auto>' : `${wanted}%`}`;
}

function metricText(metric: MetricSpec, status: MetricStatus | undefined): string {
  switch (metric.type) {
    case 'External':
      return valueText(metric.external?.target, status?.external?.current);
    case 'Object':
      return valueText(metric.object?.target, status?.object?.current);
    case 'Pods':
      return `${status?.pods?.current.averageValue ?? unknown}/${metric.pods?.target.averageValue ?? '<nil>'}`;
    case 'Resource':
      return resourceText(metric.resource?.name ?? '', metric.resource?.target, status?.resource?.current);
    case 'ContainerResource':
      return resourceText(
        metric.containerResource?.name ?? '',
        metric.containerResource?.target,
        status?.containerResource?.current,
      );
    default:
      return '<unknown type>';
  }
}

/** Two metrics and how many more there are. Mirrors formatHPAMetrics. */
function metricsText(metrics: readonly MetricSpec[], statuses: readonly MetricStatus[]): string {
  if (metrics.length === 0) return '<none>';
  const texts = metrics.slice(0, shown).map((metric, i) => metricText(metric, statuses[i]));
  const more = metrics.length - shown;
  return more > 0 ? `${texts.join(', ')} + ${more} more...` : texts.join(', ');
}

export const horizontalPodAutoscalerTable: TableDefinition = {
  columns: horizontalPodAutoscalerColumns,
  cells(object, now) {
    const { metadata, spec, status } = asKind<HorizontalPodAutoscaler>(object);
    return [
      metadata?.name ?? '',
      `${spec?.scaleTargetRef?.kind ?? ''}/${spec?.scaleTargetRef?.name ?? ''}`,
      metricsText(spec?.metrics ?? [], status?.currentMetrics ?? []),
      spec?.minReplicas === undefined ? '<unset>' : String(spec.minReplicas),
      spec?.maxReplicas ?? 0,
      status?.currentReplicas ?? 0,
      ageSince(metadata?.creationTimestamp, now),
    ];
  },
};
