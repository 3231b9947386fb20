import type { HorizontalPodAutoscaler as V1 } from '../api/autoscaling-v1.ts';
import type {
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerSpec,
  HPAScalingRules,
} from '../api/autoscaling-v2.ts';
import { asKind } from '../object.ts';
import { horizontalPodAutoscalerTable } from '../printers/autoscaling.ts';
import { validateHpaSpec } from '../validation/hpa.ts';
import { nonNegative } from '../validation/pod/report.ts';
import type { ResourceDefinition } from './definition.ts';
import { hpaToV1, hpaToV2 } from './hpa-conversion.ts';
import { clearStatus, keepSpec, keepStatus } from './workload.ts';

const scaleUp: HPAScalingRules = {
  stabilizationWindowSeconds: 0,
  selectPolicy: 'Max',
  policies: [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ],
};
const scaleDown: HPAScalingRules = {
  selectPolicy: 'Max',
  policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
};

function withDefaults(rules: HPAScalingRules | undefined, defaults: HPAScalingRules): HPAScalingRules {
  const policies = rules?.policies ?? defaults.policies?.map((policy) => ({ ...policy }));
  const window = rules?.stabilizationWindowSeconds ?? defaults.stabilizationWindowSeconds;
  return {
    ...(window === undefined ? {} : { stabilizationWindowSeconds: window }),
    selectPolicy: rules?.selectPolicy ?? defaults.selectPolicy,
    policies,
  };
}

function setDefaults(spec: HorizontalPodAutoscalerSpec): void {
  spec.minReplicas ??= 1;
  if (!spec.metrics?.length)
    spec.metrics = [
      {
        type: 'Resource',
        resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } },
      },
    ];
  if (spec.behavior)
    spec.behavior = {
      scaleUp: withDefaults(spec.behavior.scaleUp, scaleUp),
      scaleDown: withDefaults(spec.behavior.scaleDown, scaleDown),
    };
}

const specOf = (scaler: HorizontalPodAutoscaler): HorizontalPodAutoscalerSpec =>
  scaler.spec ?? ({} as HorizontalPodAutoscalerSpec);

/** Mirrors pkg/registry/autoscaling/horizontalpodautoscaler/strategy.go. */
export const horizontalPodAutoscaler: ResourceDefinition = {
  group: 'autoscaling',
  version: 'v2',
  kind: 'HorizontalPodAutoscaler',
  plural: 'horizontalpodautoscalers',
  namespaced: true,
  shortNames: ['hpa'],
  categories: ['all'],
  alsoServed: [
    {
      group: 'autoscaling',
      version: 'v1',
      toStorage: hpaToV2,
      fromStorage: hpaToV1,
      defaults(draft) {
        const { spec } = asKind<V1>(draft);
        if (spec) spec.minReplicas ??= 1;
      },
    },
  ],

  defaults(draft) {
    const made = asKind<HorizontalPodAutoscaler>(draft);
    made.spec ??= {} as HorizontalPodAutoscalerSpec;
    setDefaults(made.spec);
  },
  prepareForCreate: clearStatus,
  prepareForUpdate: keepStatus,
  validate: (object) => validateHpaSpec(specOf(asKind<HorizontalPodAutoscaler>(object)), 1),
  validateUpdate(object, old) {
    const asleep = asKind<HorizontalPodAutoscaler>(old).spec?.minReplicas === 0;
    return validateHpaSpec(specOf(asKind<HorizontalPodAutoscaler>(object)), asleep ? 0 : 1);
  },
  subresources: {
    status: {
      prepareForUpdate: keepSpec,
      validateUpdate(object) {
        const status = asKind<HorizontalPodAutoscaler>(object).status;
        return [
          ...nonNegative('status.currentReplicas', status?.currentReplicas),
          ...nonNegative('status.desiredReplicas', status?.desiredReplicas),
        ];
      },
    },
  },
  table: horizontalPodAutoscalerTable,
};
