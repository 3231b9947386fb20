import { clusterRole } from './cluster-role.ts';
import { clusterRoleBinding } from './cluster-role-binding.ts';
import { configMapResource } from './config-map.ts';
import { controllerRevision } from './controller-revision.ts';
import { cronJob } from './cron-job.ts';
import { daemonSet } from './daemon-set.ts';
import type { ResourceDefinition } from './definition.ts';
import { deployment } from './deployment.ts';
import { horizontalPodAutoscaler } from './horizontal-pod-autoscaler.ts';
import { ingress } from './ingress.ts';
import { ingressClass } from './ingress-class.ts';
import { job } from './job.ts';
import { namespaceResource } from './namespace.ts';
import { networkPolicy } from './network-policy.ts';
import { node } from './node.ts';
import { pod } from './pod.ts';
import { podDisruptionBudget } from './pod-disruption-budget.ts';
import { podTemplate } from './pod-template.ts';
import { replicaSet } from './replica-set.ts';
import { replicationController } from './replication-controller.ts';
import { role } from './role.ts';
import { roleBinding } from './role-binding.ts';
import { secretResource } from './secret.ts';
import { serviceResource } from './service.ts';
import { serviceAccountResource } from './service-account.ts';
import { statefulSet } from './stateful-set.ts';

/** Every built-in kind that is stored. A kind is a file beside this one and a line here. */
export const resources: readonly ResourceDefinition[] = [
  pod,
  statefulSet,
  replicationController,
  replicaSet,
  podTemplate,
  podDisruptionBudget,
  node,
  job,
  horizontalPodAutoscaler,
  deployment,
  daemonSet,
  cronJob,
  controllerRevision,
  namespaceResource,
  configMapResource,
  secretResource,
  serviceAccountResource,
  serviceResource,
  role,
  clusterRole,
  roleBinding,
  clusterRoleBinding,
  ingress,
  ingressClass,
  networkPolicy,
];
