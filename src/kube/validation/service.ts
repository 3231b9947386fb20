import type { Service, ServicePort } from '../api/core-v1.ts';
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalid,
  notSupported,
  required,
} from '../field-error.ts';
import { isValidCIDR, isValidIP, parseIP } from '../ip.ts';
import {
  isDNS1123Label,
  isDNS1123Subdomain,
  isQualifiedName,
  isValidPortName,
  isValidPortNum,
} from '../names.ts';
import { isExternallyAccessible, isHeadless, needsHealthCheckNodePort } from '../service-needs.ts';
import { validateLabels } from './metadata.ts';
import { validateNonSpecialIp } from './non-special-ip.ts';
import {
  validateClusterIps,
  validateClusterIpsUpdate,
  validateIpFamiliesUpdate,
} from './service-addresses.ts';
import { validateDistinctPorts } from './service-ports.ts';

const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const protocols = ['SCTP', 'TCP', 'UDP'];
const affinities = ['ClientIP', 'None'];
const trafficPolicies = ['Cluster', 'Local'];
const kubeletPort = 10250;
const maxAffinitySeconds = 86400;
const sourceRanges = 'service.beta.kubernetes.io/load-balancer-source-ranges';
const topologyHints = 'service.kubernetes.io/topology-aware-hints';
const topologyMode = 'service.kubernetes.io/topology-mode';

const all = (messages: readonly string[], field: string, value: unknown) =>
  messages.map((message) => invalid(field, value, message));

/** Mirrors ValidateService; metadata is the registry's. A missing healthCheckNodePort is found in the commit. */
export function validateService(service: Service): FieldError[] {
  const spec = service.spec ?? {};
  const ports = spec.ports ?? [];
  const errors: FieldError[] = validateTopology(service);
  if (ports.length === 0 && !isHeadless(service) && spec.type !== 'ExternalName')
    errors.push(required('spec.ports'));
  errors.push(...validateByType(service));

  const names = new Set<string>();
  for (const [i, port] of ports.entries())
    errors.push(...validatePort(port, ports.length > 1, names, `spec.ports[${i}]`));
  if (spec.selector !== undefined) errors.push(...validateLabels(spec.selector, 'spec.selector'));
  errors.push(...validateAffinity(service), ...validateClusterIps(service));
  for (const [i, ip] of (spec.externalIPs ?? []).entries()) {
    const problems = isValidIP(`spec.externalIPs[${i}]`, ip);
    errors.push(...(problems.length > 0 ? problems : validateNonSpecialIp(ip, `spec.externalIPs[${i}]`)));
  }
  if (!spec.type) errors.push(required('spec.type'));
  else if (!types.includes(spec.type)) errors.push(notSupported('spec.type', spec.type, types));
  errors.push(...validateDistinctPorts(service), ...validateSourceRanges(service));
  if (spec.allocateLoadBalancerNodePorts !== undefined && spec.type !== 'LoadBalancer')
    errors.push(
      forbiddenField('spec.allocateLoadBalancerNodePorts', "may only be used when `type` is 'LoadBalancer'"),
    );
  if (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts === undefined)
    errors.push(required('allocateLoadBalancerNodePorts'));
  errors.push(...validateLoadBalancerClass(service), ...validateTraffic(service));
  return errors;
}

function validateTopology({ metadata }: Service): FieldError[] {
  const hints = metadata?.annotations?.[topologyHints];
  const mode = metadata?.annotations?.[topologyMode];
  if (hints === undefined || mode === undefined || hints === mode) return [];
  const field = `metadata.annotations[${topologyMode}]`;
  return [invalid(field, mode, `must match annotations[${topologyHints}] when both are specified`)];
}

function validateByType(service: Service): FieldError[] {
  const spec = service.spec ?? {};
  const errors: FieldError[] = [];
  const noHeadless = () =>
    isHeadless(service)
      ? [invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${spec.type} services`)]
      : [];
  if (spec.type === 'NodePort') return noHeadless();
  if (spec.type === 'LoadBalancer') {
    for (const [i, { port }] of (spec.ports ?? []).entries())
      if (port === kubeletPort)
        errors.push(
          invalid(
            `spec.ports[${i}]`,
            port,
            `may not expose port ${kubeletPort} externally since it is used by kubelet`,
          ),
        );
    return [...errors, ...noHeadless()];
  }
  if (spec.type !== 'ExternalName') return [];
  const none = 'may not be set for ExternalName services';
  if (spec.clusterIPs?.length) errors.push(forbiddenField('spec.clusterIPs', none));
  if (spec.ipFamilies?.length) errors.push(forbiddenField('spec.ipFamilies', none));
  if (spec.ipFamilyPolicy !== undefined) errors.push(forbiddenField('spec.ipFamilyPolicy', none));
  const cname = (spec.externalName ?? '').replace(/\.$/, '');
  if (cname === '') errors.push(required('spec.externalName'));
  else errors.push(...all(isDNS1123Subdomain(cname), 'spec.externalName', cname));
  return errors;
}

function validatePort(port: ServicePort, nameless: boolean, names: Set<string>, at: string): FieldError[] {
  const errors: FieldError[] = [];
  const name = port.name ?? '';
  if (nameless && name === '') errors.push(required(`${at}.name`));
  else if (name !== '') {
    errors.push(...all(isDNS1123Label(name), `${at}.name`, name));
    if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
    names.add(name);
  }
  errors.push(...all(isValidPortNum(port.port ?? 0), `${at}.port`, port.port ?? 0));
  if (!port.protocol) errors.push(required(`${at}.protocol`));
  else if (!protocols.includes(port.protocol))
    errors.push(notSupported(`${at}.protocol`, port.protocol, protocols));
  const target = port.targetPort ?? 0;
  errors.push(
    ...all(
      typeof target === 'number' ? isValidPortNum(target) : isValidPortName(target),
      `${at}.targetPort`,
      target,
    ),
  );
  if (port.appProtocol !== undefined)
    errors.push(...all(isQualifiedName(port.appProtocol), `${at}.appProtocol`, port.appProtocol));
  return errors;
}

function validateAffinity({ spec = {} }: Service): FieldError[] {
  const at = 'spec.sessionAffinityConfig';
  const { sessionAffinity: affinity, sessionAffinityConfig: config } = spec;
  if (!affinity) return [required('spec.sessionAffinity')];
  if (!affinities.includes(affinity)) return [notSupported('spec.sessionAffinity', affinity, affinities)];
  if (affinity === 'None')
    return config === undefined ? [] : [forbiddenField(at, 'must not be set when session affinity is None')];
  const why = 'when session affinity type is ClientIP';
  if (config === undefined) return [required(at, why)];
  if (config.clientIP === undefined) return [required(`${at}.clientIP`, why)];
  const seconds = config.clientIP.timeoutSeconds;
  if (seconds === undefined) return [required(`${at}.clientIP.timeoutSeconds`, why)];
  return seconds <= 0 || seconds > maxAffinitySeconds
    ? [
        invalid(
          `${at}.clientIP.timeoutSeconds`,
          seconds,
          `must be greater than 0 and less than ${maxAffinitySeconds}`,
        ),
      ]
    : [];
}

function validateSourceRanges({ spec = {}, metadata }: Service): FieldError[] {
  const only = "may only be used when `type` is 'LoadBalancer'";
  const errors: FieldError[] = [];
  const ranges = spec.loadBalancerSourceRanges ?? [];
  const annotation = metadata?.annotations?.[sourceRanges];
  if (ranges.length > 0) {
    // Upstream writes this field in upper case.
    const field = 'spec.LoadBalancerSourceRanges';
    if (spec.type !== 'LoadBalancer') errors.push(forbiddenField(field, only));
    for (const [i, range] of ranges.entries()) errors.push(...isValidCIDR(`${field}[${i}]`, range.trim()));
  } else if (annotation !== undefined) {
    const field = `metadata.annotations[${sourceRanges}]`;
    if (spec.type !== 'LoadBalancer') errors.push(forbiddenField(field, only));
    if (annotation.trim() !== '')
      for (const range of annotation.trim().split(',')) errors.push(...isValidCIDR(field, range.trim()));
  }
  return errors;
}

function validateLoadBalancerClass({ spec = {} }: Service, old?: Service): FieldError[] {
  const field = 'spec.loadBalancerClass';
  const name = spec.loadBalancerClass;
  const errors: FieldError[] = [];
  if (
    old?.spec?.type === 'LoadBalancer' &&
    spec.type === 'LoadBalancer' &&
    old.spec.loadBalancerClass !== name
  )
    errors.push(invalid(field, name ?? 'null', 'may not change once set'));
  if (name === undefined) return errors;
  if (spec.type === 'LoadBalancer') errors.push(...all(isQualifiedName(name), field, name));
  else errors.push(forbiddenField(field, "may only be used when `type` is 'LoadBalancer'"));
  return errors;
}

function validateTraffic(service: Service): FieldError[] {
  const { spec = {} } = service;
  const errors: FieldError[] = [];
  const external = spec.externalTrafficPolicy ?? '';
  const field = 'spec.externalTrafficPolicy';
  if (!isExternallyAccessible(service)) {
    if (external !== '')
      errors.push(invalid(field, external, 'may only be set for externally-accessible services'));
  } else if (external === '') errors.push(required(field));
  else if (!trafficPolicies.includes(external)) errors.push(notSupported(field, external, trafficPolicies));

  const health = spec.healthCheckNodePort ?? 0;
  if (needsHealthCheckNodePort(service)) {
    if (health !== 0) errors.push(...all(isValidPortNum(health), 'spec.healthCheckNodePort', health));
  } else if (health !== 0)
    errors.push(
      invalid(
        'spec.healthCheckNodePort',
        health,
        "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
      ),
    );
  const internal = spec.internalTrafficPolicy;
  if (internal === undefined) {
    if (['NodePort', 'LoadBalancer', 'ClusterIP'].includes(spec.type ?? ''))
      errors.push(required('spec.internalTrafficPolicy'));
  } else if (!trafficPolicies.includes(internal))
    errors.push(notSupported('spec.internalTrafficPolicy', internal, trafficPolicies));
  const distribution = spec.trafficDistribution;
  if (distribution !== undefined && distribution !== 'PreferClose')
    errors.push(notSupported('spec.trafficDistribution', distribution, ['PreferClose']));
  return errors;
}

/** Mirrors ValidateServiceUpdate. */
export function validateServiceUpdate(service: Service, old: Service): FieldError[] {
  const errors = [
    ...validateClusterIpsUpdate(service, old),
    ...validateIpFamiliesUpdate(service, old),
    ...validateLoadBalancerClass(service, old),
  ];
  if (
    needsHealthCheckNodePort(service) &&
    needsHealthCheckNodePort(old) &&
    (service.spec?.healthCheckNodePort ?? 0) !== (old.spec?.healthCheckNodePort ?? 0)
  )
    errors.push(forbiddenField('spec.healthCheckNodePort', 'field is immutable'));
  return [...errors, ...validateService(service)];
}

/** Mirrors ValidateLoadBalancerStatus. Also for what an Ingress says of its balancer, see `validateIngressStatus`. */
export function validateServiceStatus({ spec = {}, status = {} }: Service): FieldError[] {
  const at = 'status.loadBalancer.ingress';
  const ingress = status.loadBalancer?.ingress ?? [];
  if (spec.type !== 'LoadBalancer' && ingress.length > 0)
    return [forbiddenField(at, "may only be used when `spec.type` is 'LoadBalancer'")];
  const errors: FieldError[] = [];
  for (const [i, { ip, ipMode, hostname }] of ingress.entries()) {
    if (ip) errors.push(...isValidIP(`${at}[${i}].ip`, ip));
    if (ipMode === undefined) {
      if (ip) errors.push(required(`${at}[${i}].ipMode`, 'must be specified when `ip` is set'));
    } else if (!ip)
      errors.push(forbiddenField(`${at}[${i}].ipMode`, 'may not be specified when `ip` is not set'));
    else if (ipMode !== 'VIP' && ipMode !== 'Proxy')
      errors.push(notSupported(`${at}[${i}].ipMode`, ipMode, ['Proxy', 'VIP']));
    if (!hostname) continue;
    errors.push(...all(isDNS1123Subdomain(hostname), `${at}[${i}].hostname`, hostname));
    if (parseIP(hostname) !== undefined)
      errors.push(invalid(`${at}[${i}].hostname`, hostname, 'must be a DNS name, not an IP address'));
  }
  return errors;
}
