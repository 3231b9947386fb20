import { describe, expect, it } from 'vitest';
import type { HorizontalPodAutoscaler as OldAutoscaler } from '../../../src/kube/api/autoscaling-v1.ts';
import type {
  HorizontalPodAutoscaler,
  MetricSpec,
  MetricStatus,
} from '../../../src/kube/api/autoscaling-v2.ts';
import { asKind, cloneJson, type KubeObject } from '../../../src/kube/object.ts';
import { horizontalPodAutoscalerTable } from '../../../src/kube/printers/autoscaling.ts';
import { hpaToV1, hpaToV2 } from '../../../src/kube/resources/hpa-conversion.ts';

const cpu: MetricSpec = {
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } },
};
const queue: MetricSpec = {
  type: 'Pods',
  pods: { metric: { name: 'cola' }, target: { type: 'AverageValue', averageValue: '12' } },
};
const of = (metrics: readonly MetricSpec[], currentMetrics?: readonly MetricStatus[]) =>
  cloneJson({
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'h', namespace: 'n', annotations: { de: 'nadie' } },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'horno' },
      minReplicas: 2,
      maxReplicas: 5,
      metrics,
      behavior: { scaleDown: { stabilizationWindowSeconds: 60, selectPolicy: 'Max' } },
    },
    status: {
      currentReplicas: 2,
      desiredReplicas: 3,
      ...(currentMetrics === undefined ? {} : { currentMetrics }),
      conditions: [
        { type: 'AbleToScale', status: 'True', lastTransitionTime: '2026-01-02T03:04:05Z', reason: 'Ready' },
      ],
    },
  }) as unknown as KubeObject;
const targets = (object: KubeObject) => horizontalPodAutoscalerTable.cells(object, 0)[2];

describe('an autoscaler in both of its versions', () => {
  it('keeps in annotations what v1 cannot say', () => {
    const old = asKind<OldAutoscaler>(hpaToV1(of([queue, cpu])));
    expect(old.spec?.targetCPUUtilizationPercentage).toBe(60);
    expect(JSON.parse(old.metadata?.annotations?.['autoscaling.alpha.kubernetes.io/metrics'] ?? '')).toEqual([
      { type: 'Pods', pods: { metricName: 'cola', targetAverageValue: '12' } },
    ]);
    expect(Object.keys(old.metadata?.annotations ?? {}).sort()).toEqual([
      'autoscaling.alpha.kubernetes.io/behavior',
      'autoscaling.alpha.kubernetes.io/conditions',
      'autoscaling.alpha.kubernetes.io/metrics',
      'de',
    ]);
  });

  it('loses nothing on its way there and back', () => {
    const there = of([queue, cpu]);
    expect(hpaToV2(hpaToV1(there))).toMatchObject({
      metadata: there.metadata,
      spec: asKind<HorizontalPodAutoscaler>(there).spec ?? {},
      status: asKind<HorizontalPodAutoscaler>(there).status ?? {},
    });
  });

  it('looks at the use of CPU when nothing else is said', () => {
    const old = { apiVersion: 'autoscaling/v1', kind: 'HorizontalPodAutoscaler', metadata: { name: 'h' } };
    expect(asKind<HorizontalPodAutoscaler>(hpaToV2(old as KubeObject)).spec?.metrics).toEqual([
      {
        type: 'Resource',
        resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
      },
    ]);
  });
});

describe('the targets of an autoscaler', () => {
  it('are unknown until somebody measures', () => {
    expect(targets(of([cpu]))).toBe('cpu: <unknown>/60%');
    expect(targets(of([queue]))).toBe('<unknown>/12');
    expect(targets(of([]))).toBe('<none>');
  });

  it('stand beside what was measured', () => {
    const used: MetricStatus = {
      type: 'Resource',
      resource: { name: 'cpu', current: { averageUtilization: 71 } },
    };
    expect(targets(of([cpu], [used]))).toBe('cpu: 71%/60%');
  });

  it('are two, and a number', () => {
    expect(targets(of([cpu, queue, queue]))).toBe('cpu: <unknown>/60%, <unknown>/12 + 1 more...');
  });
});
