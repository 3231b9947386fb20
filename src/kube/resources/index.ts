import { configMapResource } from './config-map.ts';
import type { ResourceDefinition } from './definition.ts';
import { namespaceResource } from './namespace.ts';
import { pod } from './pod.ts';
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
];
