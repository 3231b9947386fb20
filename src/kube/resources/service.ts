import type { Service } from '../api/core-v1.ts';
import { nameIsDNS1035Label } from '../names.ts';
import { asKind } from '../object.ts';
import { serviceTable } from '../printers/service.ts';
import { isExternallyAccessible, isHeadless, specOf } from '../service-needs.ts';
import { warningsForCidr, warningsForIp } from '../validation/ip-warnings.ts';
import { validateService, validateServiceStatus, validateServiceUpdate } from '../validation/service.ts';
import type { ResourceDefinition } from './definition.ts';
import {
  dropTypeDependentFields,
  initIpFamilies,
  keepAllocations,
  normalizeClusterIps,
} from './service-update.ts';
import { keepSpec } from './workload.ts';

const defaultAffinitySeconds = 10800;
const topologyHints = 'service.kubernetes.io/topology-aware-hints';

/** Mirrors SetDefaults_Service. */
function applyDefaults(service: Service): void {
  const spec = specOf(service);
  spec.sessionAffinity ||= 'None';
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
  if (
    spec.sessionAffinity === 'ClientIP' &&
    spec.sessionAffinityConfig?.clientIP?.timeoutSeconds === undefined
  )
    spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: defaultAffinitySeconds } };
  spec.type ||= 'ClusterIP';
  for (const port of spec.ports ?? []) {
    port.protocol ||= 'TCP';
    if (port.targetPort === undefined || port.targetPort === 0 || port.targetPort === '')
      port.targetPort = port.port;
  }
  if (isExternallyAccessible(service)) spec.externalTrafficPolicy ||= 'Cluster';
  if (['NodePort', 'LoadBalancer', 'ClusterIP'].includes(spec.type)) spec.internalTrafficPolicy ??= 'Cluster';
  if (spec.type !== 'LoadBalancer') return;
  spec.allocateLoadBalancerNodePorts ??= true;
  for (const ingress of service.status?.loadBalancer?.ingress ?? [])
    if (ingress.ip && ingress.ipMode === undefined) ingress.ipMode = 'VIP';
}

export const serviceResource: ResourceDefinition = {
  group: '',
  version: 'v1',
  kind: 'Service',
  plural: 'services',
  namespaced: true,
  shortNames: ['svc'],
  categories: ['all'],
  allowCreateOnUpdate: true,
  returnsDeletedObject: true,
  validateName: nameIsDNS1035Label,
  defaults: (draft) => applyDefaults(asKind<Service>(draft)),
  prepareForCreate(draft) {
    const service = asKind<Service>(draft);
    normalizeClusterIps(service, undefined);
    initIpFamilies(service, undefined);
    service.status = { loadBalancer: {} };
  },
  prepareForUpdate(draft, old) {
    const service = asKind<Service>(draft);
    const before = asKind<Service>(old);
    keepAllocations(service, before);
    normalizeClusterIps(service, before);
    initIpFamilies(service, before);
    service.status = before.status;
    dropTypeDependentFields(service, before);
  },
  validate: (object) => validateService(asKind<Service>(object)),
  validateUpdate: (object, old) => validateServiceUpdate(asKind<Service>(object), asKind<Service>(old)),
  warnings(object) {
    const { metadata, spec = {} } = asKind<Service>(object);
    const warnings: string[] = [];
    if (metadata?.annotations?.[topologyHints] !== undefined)
      warnings.push(
        `annotation ${topologyHints} is deprecated, please use service.kubernetes.io/topology-mode instead`,
      );
    if (!isHeadless({ spec }))
      for (const [i, ip] of (spec.clusterIPs ?? []).entries())
        warnings.push(...warningsForIp(`spec.clusterIPs[${i}]`, ip));
    for (const [i, ip] of (spec.externalIPs ?? []).entries())
      warnings.push(...warningsForIp(`spec.externalIPs[${i}]`, ip));
    if (spec.loadBalancerIP) warnings.push(...warningsForIp('spec.loadBalancerIP', spec.loadBalancerIP));
    for (const [i, cidr] of (spec.loadBalancerSourceRanges ?? []).entries())
      warnings.push(...warningsForCidr(`spec.loadBalancerSourceRanges[${i}]`, cidr));
    if (spec.type === 'ExternalName' && spec.externalIPs?.length)
      warnings.push('spec.externalIPs is ignored when spec.type is "ExternalName"');
    if (spec.type !== 'ExternalName' && spec.externalName)
      warnings.push('spec.externalName is ignored when spec.type is not "ExternalName"');
    return warnings;
  },
  subresources: {
    status: {
      prepareForUpdate: keepSpec,
      validateUpdate: (object) => validateServiceStatus(asKind<Service>(object)),
    },
  },
  selectablePaths: ['spec.clusterIP', 'spec.type'],
  selectableFields(object) {
    const { spec } = asKind<Service>(object);
    return { 'spec.clusterIP': spec?.clusterIP ?? '', 'spec.type': spec?.type ?? '' };
  },
  table: serviceTable,
};
