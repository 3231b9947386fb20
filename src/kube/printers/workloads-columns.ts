import type { TableColumn } from '../resources/definition.ts';
import { ageColumn, column, nameColumn } from './columns.ts';

/** The columns of the kinds that make Pods, or speak of them. Mirrors AddHandlers of pkg/printers/internalversion. */
function containerColumns(priority: number): TableColumn[] {
  return [
    column('Containers', 'Names of each container in the template.', 'string', priority),
    column('Images', 'Images referenced by each container in the template.', 'string', priority),
  ];
}

export const podTemplateColumns: readonly TableColumn[] = [
  nameColumn,
  ...containerColumns(0),
  column('Pod Labels', 'The labels for the pod template.'),
];

export const podDisruptionBudgetColumns: readonly TableColumn[] = [
  nameColumn,
  column('Min Available', 'The minimum number of pods that must be available.'),
  column('Max Unavailable', 'The maximum number of pods that may be unavailable.'),
  column('Allowed Disruptions', 'Calculated number of pods that may be disrupted at this time.', 'integer'),
  ageColumn,
];

export const replicationControllerColumns: readonly TableColumn[] = [
  nameColumn,
  column(
    'Desired',
    'Replicas is the number of desired replicas. This is a pointer to distinguish between explicit zero and unspecified. Defaults to 1. More info: https://kubernetes.io/docs/concepts/workloads/controllers/replicationcontroller#what-is-a-replicationcontroller',
    'integer',
  ),
  column(
    'Current',
    'Replicas is the most recently observed number of replicas. More info: https://kubernetes.io/docs/concepts/workloads/controllers/replicationcontroller#what-is-a-replicationcontroller',
    'integer',
  ),
  column('Ready', 'The number of ready replicas for this replication controller.', 'integer'),
  ageColumn,
  ...containerColumns(1),
  column(
    'Selector',
    'Selector is a label query over pods that should match the Replicas count. If Selector is empty, it is defaulted to the labels present on the Pod template. Label keys and values that must match in order to be controlled by this replication controller, if empty defaulted to labels on Pod template. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors',
    'string',
    1,
  ),
];

export const replicaSetColumns: readonly TableColumn[] = [
  nameColumn,
  column(
    'Desired',
    'Replicas is the number of desired replicas. This is a pointer to distinguish between explicit zero and unspecified. Defaults to 1. More info: https://kubernetes.io/docs/concepts/workloads/controllers/replicationcontroller/#what-is-a-replicationcontroller',
    'integer',
  ),
  column(
    'Current',
    'Replicas is the most recently observed number of replicas. More info: https://kubernetes.io/docs/concepts/workloads/controllers/replicationcontroller/#what-is-a-replicationcontroller',
    'integer',
  ),
  column('Ready', 'The number of ready replicas for this replica set.', 'integer'),
  ageColumn,
  ...containerColumns(1),
  column(
    'Selector',
    'Selector is a label query over pods that should match the replica count. If the selector is empty, it is defaulted to the labels present on the pod template. Label keys and values that must match in order to be controlled by this replica set. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors',
    'string',
    1,
  ),
];

export const daemonSetColumns: readonly TableColumn[] = [
  nameColumn,
  column(
    'Desired',
    'The total number of nodes that should be running the daemon pod (including nodes correctly running the daemon pod). More info: https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/',
    'integer',
  ),
  column(
    'Current',
    'The number of nodes that are running at least 1 daemon pod and are supposed to run the daemon pod. More info: https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/',
    'integer',
  ),
  column(
    'Ready',
    'The number of nodes that should be running the daemon pod and have one or more of the daemon pod running and ready.',
    'integer',
  ),
  column('Up-to-date', 'The total number of nodes that are running updated daemon pod', 'integer'),
  column(
    'Available',
    'The number of nodes that should be running the daemon pod and have one or more of the daemon pod running and available (ready for at least spec.minReadySeconds)',
    'integer',
  ),
  column(
    'Node Selector',
    "NodeSelector is a selector which must be true for the pod to fit on a node. Selector which must match a node's labels for the pod to be scheduled on that node. More info: https://kubernetes.io/docs/concepts/configuration/assign-pod-node/",
  ),
  ageColumn,
  ...containerColumns(1),
  column(
    'Selector',
    'A label query over pods that are managed by the daemon set. Must match in order to be controlled. If empty, defaulted to labels on Pod template. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors',
    'string',
    1,
  ),
];

export const jobColumns: readonly TableColumn[] = [
  nameColumn,
  column('Status', 'Status of the job.'),
  column(
    'Completions',
    'The number of pods which reached phase Succeeded. The value increases monotonically for a given spec. However, it may decrease in reaction to scale down of elastic indexed jobs.',
  ),
  column('Duration', 'Time required to complete the job.'),
  ageColumn,
  ...containerColumns(1),
  column(
    'Selector',
    'A label query over pods that should match the pod count. Normally, the system sets this field for you. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors',
    'string',
    1,
  ),
];

export const cronJobColumns: readonly TableColumn[] = [
  nameColumn,
  column('Schedule', 'The schedule in Cron format, see https://en.wikipedia.org/wiki/Cron.'),
  column(
    'Timezone',
    'The time zone name for the given schedule, see https://en.wikipedia.org/wiki/List_of_tz_database_time_zones. If not specified, this will default to the time zone of the kube-controller-manager process. The set of valid time zone names and the time zone offset is loaded from the system-wide time zone database by the API server during CronJob validation and the controller manager during execution. If no system-wide time zone database can be found a bundled version of the database is used instead. If the time zone name becomes invalid during the lifetime of a CronJob or due to a change in host configuration, the controller will stop creating new new Jobs and will create a system event with the reason UnknownTimeZone. More information can be found in https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#time-zones',
  ),
  column(
    'Suspend',
    'This flag tells the controller to suspend subsequent executions, it does not apply to already started executions.  Defaults to false.',
    'boolean',
  ),
  column('Active', 'A list of pointers to currently running jobs.', 'integer'),
  column('Last Schedule', 'Information when was the last time the job was successfully scheduled.'),
  ageColumn,
  ...containerColumns(1),
  column(
    'Selector',
    'A label query over pods that should match the pod count. Normally, the system sets this field for you. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors',
    'string',
    1,
  ),
];

export const statefulSetColumns: readonly TableColumn[] = [
  nameColumn,
  column('Ready', 'Number of the pod with ready state'),
  ageColumn,
  ...containerColumns(1),
];

export const deploymentColumns: readonly TableColumn[] = [
  nameColumn,
  column('Ready', 'Number of the pod with ready state'),
  column(
    'Up-to-date',
    'Total number of non-terminated pods targeted by this deployment that have the desired template spec.',
  ),
  column(
    'Available',
    'Total number of available pods (ready for at least minReadySeconds) targeted by this deployment.',
  ),
  ageColumn,
  ...containerColumns(1),
  column(
    'Selector',
    'Label selector for pods. Existing ReplicaSets whose pods are selected by this will be the ones affected by this deployment.',
    'string',
    1,
  ),
];

export const horizontalPodAutoscalerColumns: readonly TableColumn[] = [
  nameColumn,
  column(
    'Reference',
    'scaleTargetRef points to the target resource to scale, and is used to the pods for which metrics should be collected, as well as to actually change the replica count.',
  ),
  column(
    'Targets',
    'metrics contains the specifications for which to use to calculate the desired replica count (the maximum replica count across all metrics will be used).  The desired replica count is calculated multiplying the ratio between the target value and the current value by the current number of pods.  Ergo, metrics used must decrease as the pod count is increased, and vice-versa.  See the individual metric source types for more information about how each type of metric must respond.',
  ),
  column(
    'MinPods',
    'minReplicas is the lower limit for the number of replicas to which the autoscaler can scale down.  It defaults to 1 pod.  minReplicas is allowed to be 0 if the alpha feature gate HPAScaleToZero is enabled and at least one Object or External metric is configured.  Scaling is active as long as at least one metric value is available.',
  ),
  column(
    'MaxPods',
    'maxReplicas is the upper limit for the number of replicas to which the autoscaler can scale up. It cannot be less that minReplicas.',
  ),
  column(
    'Replicas',
    'currentReplicas is current number of replicas of pods managed by this autoscaler, as last seen by the autoscaler.',
  ),
  ageColumn,
];

export const controllerRevisionColumns: readonly TableColumn[] = [
  nameColumn,
  column('Controller', 'Controller of the object'),
  column('Revision', 'revision indicates the revision of the state represented by Data.'),
  ageColumn,
];
