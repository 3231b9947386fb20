import type { DaemonSet, DaemonSetSpec } from '../api/apps-v1.ts';
import { defaultPodTemplate } from '../defaults/pod.ts';
import { type FieldError, invalid, notSupported, required } from '../field-error.ts';
import { goLabelSelector, goPointer, goStruct } from '../go-syntax.ts';
import { goIntOrString } from '../int-or-string.ts';
import { asKind, type KubeObject } from '../object.ts';
import { daemonSetTable } from '../printers/workloads.ts';
import { validateLabelSelector } from '../selectors/validation.ts';
import { mustRestartAlways } from '../validation/pod/containers.ts';
import type { PodOptions } from '../validation/pod/options.ts';
import { nonNegative } from '../validation/pod/report.ts';
import { sameMeaning } from '../validation/pod/semantic.ts';
import { templateOptions, validatePodTemplate } from '../validation/pod/template.ts';
import {
  countersNotNegative,
  immutableSelector,
  intOrPercentValue,
  mustMatchTemplate,
  noDeadline,
  notDecremented,
  notMoreThan100Percent,
  readSelector,
  validatePositiveIntOrPercent,
} from '../validation/workload.ts';
import type { ResourceDefinition } from './definition.ts';
import {
  clearStatus,
  keepSpec,
  keepStatus,
  podNameWarnings,
  prepareTemplate,
  specDiffers,
  templateWarnings,
} from './workload.ts';

/** Where the version kept what was a field: it counts the changes of the template. */
const templateGeneration = 'deprecated.daemonset.template.generation';

function setGeneration(draft: KubeObject, generation: number): void {
  draft.metadata.annotations = {
    ...draft.metadata.annotations,
    [templateGeneration]: String(generation),
  };
}

function generationOf(object: KubeObject): number {
  const text = object.metadata.annotations?.[templateGeneration] ?? '0';
  return /^-?\d{1,18}$/.test(text) ? Number(text) : 0;
}

function validateStrategy({ updateStrategy }: DaemonSetSpec, field: string): FieldError[] {
  const { type = '', rollingUpdate } = updateStrategy ?? {};
  if (type === 'OnDelete') return [];
  if (type !== 'RollingUpdate') {
    const shown = goStruct('apps.DaemonSetUpdateStrategy', [
      ['Type', type],
      ['RollingUpdate', goPointer('apps.RollingUpdateDaemonSet', Boolean(rollingUpdate))],
    ]);
    return [notSupported(field, shown, ['RollingUpdate', 'OnDelete'])];
  }
  const at = `${field}.rollingUpdate`;
  if (!rollingUpdate) return [required(at)];
  const { maxUnavailable = 0, maxSurge = 0 } = rollingUpdate;
  const errors = [
    ...validatePositiveIntOrPercent(maxUnavailable, `${at}.maxUnavailable`),
    ...validatePositiveIntOrPercent(maxSurge, `${at}.maxSurge`),
    ...notMoreThan100Percent(maxUnavailable, `${at}.maxUnavailable`),
    ...notMoreThan100Percent(maxSurge, `${at}.maxSurge`),
  ];
  const unavailable = intOrPercentValue(maxUnavailable) !== 0;
  const surge = intOrPercentValue(maxSurge) !== 0;
  if (unavailable && surge)
    errors.push(
      invalid(`${at}.maxSurge`, goIntOrString(maxSurge), 'may not be set when maxUnavailable is non-zero'),
    );
  if (!unavailable && !surge) errors.push(required(`${at}.maxUnavailable`, 'cannot be 0 when maxSurge is 0'));
  return errors;
}

/** Mirrors ValidateDaemonSetSpec. */
function validateSpec(spec: DaemonSetSpec, options: PodOptions): FieldError[] {
  const errors = validateLabelSelector(spec.selector, 'spec.selector', {
    allowInvalidValues: options.anySelectorValue,
  });
  const selector = readSelector(spec.selector);
  const template = spec.template ?? {};
  if (selector !== undefined) errors.push(...mustMatchTemplate(selector, template, 'spec.template'));
  if (
    spec.selector &&
    Object.keys(spec.selector.matchLabels ?? {}).length + (spec.selector.matchExpressions ?? []).length === 0
  )
    errors.push(
      invalid('spec.selector', goLabelSelector(spec.selector), 'empty selector is invalid for daemonset'),
    );
  errors.push(
    ...validatePodTemplate(template, 'spec.template', options),
    ...mustRestartAlways(template.spec?.restartPolicy, 'spec.template.spec.restartPolicy'),
  );
  if (typeof template.spec?.activeDeadlineSeconds === 'number')
    errors.push(noDeadline('spec.template', 'DaemonSet'));
  errors.push(
    ...nonNegative('spec.minReadySeconds', spec.minReadySeconds),
    ...validateStrategy(spec, 'spec.updateStrategy'),
    ...nonNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit),
  );
  return errors;
}

const specOf = (set: DaemonSet): DaemonSetSpec => set.spec ?? ({} as DaemonSetSpec);

/** Mirrors pkg/registry/apps/daemonset/strategy.go. */
export const daemonSet: ResourceDefinition = {
  group: 'apps',
  version: 'v1',
  kind: 'DaemonSet',
  plural: 'daemonsets',
  namespaced: true,
  shortNames: ['ds'],
  categories: ['all'],
  tracksGeneration: true,

  defaults(draft) {
    const made = asKind<DaemonSet>(draft);
    made.spec ??= {} as DaemonSetSpec;
    const { spec } = made;
    spec.template ??= {};
    defaultPodTemplate(spec.template);
    spec.updateStrategy ??= {};
    spec.updateStrategy.type ||= 'RollingUpdate';
    if (spec.updateStrategy.type === 'RollingUpdate') {
      spec.updateStrategy.rollingUpdate ??= {};
      spec.updateStrategy.rollingUpdate.maxUnavailable ??= 1;
      spec.updateStrategy.rollingUpdate.maxSurge ??= 0;
    }
    spec.revisionHistoryLimit ??= 10;
  },
  prepareForCreate(draft) {
    clearStatus(draft);
    prepareTemplate(asKind<DaemonSet>(draft).spec?.template, undefined);
    setGeneration(draft, Math.max(generationOf(draft), 1));
  },
  prepareForUpdate(draft, old) {
    keepStatus(draft, old);
    const template = asKind<DaemonSet>(draft).spec?.template;
    const before = asKind<DaemonSet>(old).spec?.template;
    prepareTemplate(template, before);
    setGeneration(draft, generationOf(old) + (sameMeaning(template, before) ? 0 : 1));
  },
  validate(object) {
    const spec = specOf(asKind<DaemonSet>(object));
    return validateSpec(spec, templateOptions(spec.template, undefined));
  },
  validateUpdate(object, old) {
    const spec = specOf(asKind<DaemonSet>(object));
    const before = specOf(asKind<DaemonSet>(old));
    const errors = validateSpec(spec, templateOptions(spec.template, before.template));
    // Upstream validates the whole and then the update, which validates the whole.
    return [...errors, ...errors, ...immutableSelector('spec.selector', spec.selector, before.selector)];
  },
  warnings(object, old) {
    if (!specDiffers(object, old)) return [];
    const name = old === undefined ? podNameWarnings(object.metadata.name) : [];
    return [...name, ...templateWarnings(asKind<DaemonSet>(object).spec?.template)];
  },

  subresources: {
    status: {
      prepareForUpdate: keepSpec,
      validateUpdate(object, old) {
        const status = asKind<DaemonSet>(object).status ?? ({} as NonNullable<DaemonSet['status']>);
        return [
          ...countersNotNegative(status, 'status', [
            'currentNumberScheduled',
            'numberMisscheduled',
            'desiredNumberScheduled',
            'numberReady',
            'observedGeneration',
            'updatedNumberScheduled',
            'numberAvailable',
            'numberUnavailable',
            'collisionCount',
          ]),
          ...notDecremented(
            status.collisionCount,
            asKind<DaemonSet>(old).status?.collisionCount,
            'status.collisionCount',
          ),
        ];
      },
    },
  },
  table: daemonSetTable,
};
