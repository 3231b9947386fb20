import { clusterRole } from './cluster-role.ts';
import { clusterRoleBinding } from './cluster-role-binding.ts';
import { configMapResource } from './config-map.ts';
import type { ResourceDefinition } from './definition.ts';
import { ingress } from './ingress.ts';
import { ingressClass } from './ingress-class.ts';
import { namespaceResource } from './namespace.ts';
import { networkPolicy } from './network-policy.ts';
import { pod } from './pod.ts';
import { role } from './role.ts';
import { roleBinding } from './role-binding.ts';
import { secretResource } from './secret.ts';
import { serviceResource } from './service.ts';
import { serviceAccountResource } from './service-account.ts';

/** Every built-in kind that is stored. A kind is a file beside this one and a line here. */
export const resources: readonly ResourceDefinition[] = [
  pod,
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
