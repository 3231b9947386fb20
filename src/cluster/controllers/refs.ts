import { resourceRef } from '../../kube/client.ts';

export const namespaces = resourceRef('v1', 'namespaces');
export const pods = resourceRef('v1', 'pods');
export const secrets = resourceRef('v1', 'secrets');
export const serviceAccounts = resourceRef('v1', 'serviceaccounts');
export const configMaps = resourceRef('v1', 'configmaps');
export const resourceQuotas = resourceRef('v1', 'resourcequotas');
export const persistentVolumes = resourceRef('v1', 'persistentvolumes');
export const persistentVolumeClaims = resourceRef('v1', 'persistentvolumeclaims');
export const clusterRoles = resourceRef('rbac.authorization.k8s.io/v1', 'clusterroles');
export const customResourceDefinitions = resourceRef('apiextensions.k8s.io/v1', 'customresourcedefinitions');
export const nodes = resourceRef('v1', 'nodes');
export const services = resourceRef('v1', 'services');
export const endpoints = resourceRef('v1', 'endpoints');
export const endpointSlices = resourceRef('discovery.k8s.io/v1', 'endpointslices');
