import type { ControllerRevision, DaemonSet, Deployment, ReplicaSet, StatefulSet } from '../api/apps-v1.ts';
import type { CronJob, Job } from '../api/batch-v1.ts';
import type { PodTemplate, PodTemplateSpec, ReplicationController } from '../api/core-v1.ts';
import type { LabelSelector } from '../api/meta-v1.ts';
import type { PodDisruptionBudget } from '../api/policy-v1.ts';
import { humanDuration } from '../duration.ts';
import { asKind, parseApiVersion } from '../object.ts';
import type { TableDefinition } from '../resources/definition.ts';
import { labelSelectorFrom } from '../selectors/labels.ts';
import { timeToMs } from '../time.ts';
import { ageSince } from './age.ts';
import { labelsText } from './columns.ts';
import {
  controllerRevisionColumns,
  cronJobColumns,
  daemonSetColumns,
  deploymentColumns,
  jobColumns,
  podDisruptionBudgetColumns,
  podTemplateColumns,
  replicaSetColumns,
  replicationControllerColumns,
  statefulSetColumns,
} from './workloads-columns.ts';

/** Cells of the kinds that make Pods, or speak of them. Mirrors pkg/printers/internalversion. */

function containerCells(template: PodTemplateSpec | undefined): [names: string, images: string] {
  const containers = template?.spec?.containers ?? [];
  return [
    containers.map(({ name = '' }) => name).join(','),
    containers.map(({ image = '' }) => image).join(','),
  ];
}

/** As `metav1.FormatLabelSelector`: `<none>` for one that selects everything. */
function selectorText(selector: LabelSelector | undefined, empty: string, wrong: string): string {
  try {
    const parsed = labelSelectorFrom(selector);
    return parsed.toString() === '' ? empty : parsed.toString();
  } catch {
    return wrong;
  }
}

const shortSelector = (selector: LabelSelector | undefined) => selectorText(selector, '<none>', '<error>');

export const podTemplateTable: TableDefinition = {
  columns: podTemplateColumns,
  cells(object) {
    const { metadata, template } = asKind<PodTemplate>(object);
    return [metadata?.name ?? '', ...containerCells(template), labelsText(template?.metadata?.labels)];
  },
};

export const replicationControllerTable: TableDefinition = {
  columns: replicationControllerColumns,
  cells(object, now) {
    const { metadata, spec, status } = asKind<ReplicationController>(object);
    return [
      metadata?.name ?? '',
      spec?.replicas ?? 0,
      status?.replicas ?? 0,
      status?.readyReplicas ?? 0,
      ageSince(metadata?.creationTimestamp, now),
      ...containerCells(spec?.template),
      labelsText(spec?.selector),
    ];
  },
};

export const replicaSetTable: TableDefinition = {
  columns: replicaSetColumns,
  cells(object, now) {
    const { metadata, spec, status } = asKind<ReplicaSet>(object);
    return [
      metadata?.name ?? '',
      spec?.replicas ?? 0,
      status?.replicas ?? 0,
      status?.readyReplicas ?? 0,
      ageSince(metadata?.creationTimestamp, now),
      ...containerCells(spec?.template),
      shortSelector(spec?.selector),
    ];
  },
};

export const deploymentTable: TableDefinition = {
  columns: deploymentColumns,
  cells(object, now) {
    const { metadata, spec, status } = asKind<Deployment>(object);
    return [
      metadata?.name ?? '',
      `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`,
      status?.updatedReplicas ?? 0,
      status?.availableReplicas ?? 0,
      ageSince(metadata?.creationTimestamp, now),
      ...containerCells(spec?.template),
      selectorText(spec?.selector, '', '<invalid>'),
    ];
  },
};

export const statefulSetTable: TableDefinition = {
  columns: statefulSetColumns,
  cells(object, now) {
    const { metadata, spec, status } = asKind<StatefulSet>(object);
    return [
      metadata?.name ?? '',
      `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`,
      ageSince(metadata?.creationTimestamp, now),
      ...containerCells(spec?.template),
    ];
  },
};

export const daemonSetTable: TableDefinition = {
  columns: daemonSetColumns,
  cells(object, now) {
    const { metadata, spec, status } = asKind<DaemonSet>(object);
    return [
      metadata?.name ?? '',
      status?.desiredNumberScheduled ?? 0,
      status?.currentNumberScheduled ?? 0,
      status?.numberReady ?? 0,
      status?.updatedNumberScheduled ?? 0,
      status?.numberAvailable ?? 0,
      labelsText(spec?.template?.spec?.nodeSelector),
      ageSince(metadata?.creationTimestamp, now),
      ...containerCells(spec?.template),
      shortSelector(spec?.selector),
    ];
  },
};

export const controllerRevisionTable: TableDefinition = {
  columns: controllerRevisionColumns,
  cells(object, now) {
    const { metadata, revision } = asKind<ControllerRevision>(object);
    const owner = metadata?.ownerReferences?.find(({ controller }) => controller);
    const group = owner === undefined ? '' : (parseApiVersion(owner.apiVersion)?.group ?? '');
    const kind = `${owner?.kind.toLowerCase() ?? ''}${group === '' ? '' : `.${group}`}`;
    return [
      metadata?.name ?? '',
      owner === undefined ? '<none>' : `${kind}/${owner.name}`,
      revision ?? 0,
      ageSince(metadata?.creationTimestamp, now),
    ];
  },
};

function jobStatus({ metadata, status }: Job): string {
  // The first condition of a type counts.
  const is = (wanted: string) => status?.conditions?.find(({ type }) => type === wanted)?.status === 'True';
  if (is('Complete')) return 'Complete';
  if (is('Failed')) return 'Failed';
  if (metadata?.deletionTimestamp !== undefined) return 'Terminating';
  if (is('Suspended')) return 'Suspended';
  return is('FailureTarget') ? 'FailureTarget' : 'Running';
}

function jobCompletions({ spec, status }: Job): string {
  const done = status?.succeeded ?? 0;
  if (typeof spec?.completions === 'number') return `${done}/${spec.completions}`;
  const parallelism = spec?.parallelism ?? 0;
  return parallelism > 1 ? `${done}/1 of ${parallelism}` : `${done}/1`;
}

function jobDuration({ status }: Job, now: number): string {
  const start = timeToMs(status?.startTime);
  if (Number.isNaN(start)) return '';
  const end = timeToMs(status?.completionTime);
  return humanDuration((Number.isNaN(end) ? now : end) - start);
}

export const jobTable: TableDefinition = {
  columns: jobColumns,
  cells(object, now) {
    const job = asKind<Job>(object);
    return [
      job.metadata?.name ?? '',
      jobStatus(job),
      jobCompletions(job),
      jobDuration(job, now),
      ageSince(job.metadata?.creationTimestamp, now),
      ...containerCells(job.spec?.template),
      shortSelector(job.spec?.selector),
    ];
  },
};

export const cronJobTable: TableDefinition = {
  columns: cronJobColumns,
  cells(object, now) {
    const { metadata, spec, status } = asKind<CronJob>(object);
    const last = status?.lastScheduleTime;
    const suspend = spec?.suspend;
    return [
      metadata?.name ?? '',
      spec?.schedule ?? '',
      spec?.timeZone ?? '<none>',
      typeof suspend === 'boolean' ? (suspend ? 'True' : 'False') : '<unset>',
      status?.active?.length ?? 0,
      last === undefined ? '<none>' : ageSince(last, now),
      ageSince(metadata?.creationTimestamp, now),
      ...containerCells(spec?.jobTemplate?.spec?.template),
      shortSelector(spec?.jobTemplate?.spec?.selector),
    ];
  },
};

export const podDisruptionBudgetTable: TableDefinition = {
  columns: podDisruptionBudgetColumns,
  cells(object, now) {
    const { metadata, spec, status } = asKind<PodDisruptionBudget>(object);
    return [
      metadata?.name ?? '',
      String(spec?.minAvailable ?? 'N/A'),
      String(spec?.maxUnavailable ?? 'N/A'),
      status?.disruptionsAllowed ?? 0,
      ageSince(metadata?.creationTimestamp, now),
    ];
  },
};
