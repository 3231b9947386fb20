import type { Service, ServiceSpec } from '../api/core-v1.ts';
import { type FieldError, invalid, invalidObject } from '../field-error.ts';
import { goStrings } from '../go-syntax.ts';
import { parseIP } from '../ip.ts';
import { equalJson } from '../object.ts';
import {
  isExternallyAccessible,
  needsClusterIp,
  needsHealthCheckNodePort,
  needsNodePort,
  specOf,
} from '../service-needs.ts';
import { validateClusterIps } from '../validation/service-addresses.ts';

/** How linked fields of a Service follow each other. Mirrors pkg/registry/core/service/{strategy.go,storage/*.go}. */

const sameList = (a: readonly string[] | undefined, b: readonly string[] | undefined) =>
  equalJson(a ?? [], b ?? []);

/** `clusterIP` and `clusterIPs` are one thing under two names; old clients know only the first. */
export function normalizeClusterIps(after: Service, before: Service | undefined): void {
  const spec = specOf(after);
  if (before === undefined) {
    if (spec.clusterIP && !spec.clusterIPs?.length) spec.clusterIPs = [spec.clusterIP];
    return;
  }
  const old = before.spec ?? {};
  const same = () => sameList(old.clusterIPs, spec.clusterIPs);
  if (old.clusterIPs?.length && !spec.clusterIPs?.length && (old.clusterIP ?? '') === (spec.clusterIP ?? ''))
    spec.clusterIPs = old.clusterIPs;
  if ((old.clusterIP ?? '') === (spec.clusterIP ?? '')) return;
  if (old.clusterIP && !spec.clusterIP) {
    if (same()) delete spec.clusterIPs;
  } else if (same()) spec.clusterIPs = [spec.clusterIP ?? ''];
}

/** A client that leaves out what the server once gave means to keep it. */
export function keepAllocations(after: Service, before: Service): void {
  const spec = specOf(after);
  const old = before.spec ?? {};
  if (needsClusterIp(before) && needsClusterIp(after)) {
    if (!spec.clusterIP && old.clusterIP) spec.clusterIP = old.clusterIP;
    if (!spec.clusterIPs?.length && (spec.clusterIP ?? '') === (old.clusterIP ?? '') && old.clusterIPs)
      spec.clusterIPs = old.clusterIPs;
  }
  if (needsNodePort(before) && needsNodePort(after)) keepNodePorts(spec, old);
  if (
    needsHealthCheckNodePort(before) &&
    needsHealthCheckNodePort(after) &&
    !spec.healthCheckNodePort &&
    old.healthCheckNodePort
  )
    spec.healthCheckNodePort = old.healthCheckNodePort;
}

/** By the ports' names: the other properties may have changed. */
function keepNodePorts(spec: ServiceSpec, old: ServiceSpec): void {
  const oldPorts = new Map((old.ports ?? []).map((port) => [port.name ?? '', port.nodePort ?? 0]));
  const oldNumbers = new Set(oldPorts.values());
  const used = new Set(
    (spec.ports ?? []).map((port) => port.nodePort ?? 0).filter((port) => port > 0 && oldNumbers.has(port)),
  );
  for (const port of spec.ports ?? []) {
    if (port.nodePort) continue;
    const kept = oldPorts.get(port.name ?? '');
    if (!kept || used.has(kept)) continue;
    port.nodePort = kept;
    used.add(kept);
  }
}

/** What a new type has no use for is wiped, unless the client changed it too: then validation says no. */
export function dropTypeDependentFields(after: Service, before: Service): void {
  const spec = specOf(after);
  const old = before.spec ?? {};
  if (needsClusterIp(before) && !needsClusterIp(after)) {
    if (sameList(old.clusterIPs, spec.clusterIPs)) {
      delete spec.clusterIP;
      delete spec.clusterIPs;
    }
    if (sameList(old.ipFamilies, spec.ipFamilies)) delete spec.ipFamilies;
    if (old.ipFamilyPolicy === spec.ipFamilyPolicy) delete spec.ipFamilyPolicy;
  }
  const nodePorts = (of: ServiceSpec) => new Set((of.ports ?? []).map((port) => port.nodePort ?? 0));
  if (needsNodePort(before) && !needsNodePort(after)) {
    const now = [...nodePorts(spec)].sort();
    if (equalJson([...nodePorts(old)].sort(), now)) for (const port of spec.ports ?? []) delete port.nodePort;
  }
  if (
    needsHealthCheckNodePort(before) &&
    !needsHealthCheckNodePort(after) &&
    (old.healthCheckNodePort ?? 0) === (spec.healthCheckNodePort ?? 0)
  )
    delete spec.healthCheckNodePort;
  if (old.type === 'LoadBalancer' && spec.type !== 'LoadBalancer') {
    if (old.allocateLoadBalancerNodePorts === spec.allocateLoadBalancerNodePorts)
      delete spec.allocateLoadBalancerNodePorts;
    if (old.loadBalancerClass === spec.loadBalancerClass) delete spec.loadBalancerClass;
  }
  if (
    isExternallyAccessible(before) &&
    !isExternallyAccessible(after) &&
    (old.externalTrafficPolicy ?? '') === (spec.externalTrafficPolicy ?? '')
  )
    delete spec.externalTrafficPolicy;
  if (
    spec.type === 'ExternalName' &&
    old.type !== 'ExternalName' &&
    old.internalTrafficPolicy === spec.internalTrafficPolicy
  )
    delete spec.internalTrafficPolicy;
}

const familyOf = (ip: string) => (parseIP(ip)?.family === 6 ? 'IPv6' : 'IPv4');

/**
 * Families and policy as a cluster with IPv4 Services fills them in. Throws the 422 that upstream gives before validation.
 * Mirrors Allocators.initIPFamilyFields.
 */
export function initIpFamilies(after: Service, before: Service | undefined): void {
  const spec = specOf(after);
  if (spec.type === 'ExternalName') return;
  const old = before?.spec;
  if (old !== undefined && isUnchangedPreferDualStack(spec, old)) return;
  const headlessNoSelector = spec.clusterIP === 'None' && Object.keys(spec.selector ?? {}).length === 0;
  if (spec.ipFamilyPolicy === undefined)
    spec.ipFamilyPolicy = old?.ipFamilyPolicy ?? (headlessNoSelector ? 'RequireDualStack' : 'SingleStack');
  refuse(after, validateClusterIps(after));

  const errors: FieldError[] = [];
  const policyIs = (detail: string) =>
    errors.push(invalid('spec.ipFamilyPolicy', spec.ipFamilyPolicy, detail));
  const count = (list: readonly string[] | undefined) => list?.length ?? 0;
  if (old !== undefined) {
    if (spec.ipFamilyPolicy === 'SingleStack') {
      if (sameList(old.clusterIPs, spec.clusterIPs) && count(spec.clusterIPs) > 1)
        spec.clusterIPs = spec.clusterIPs?.slice(0, 1);
      if (sameList(old.ipFamilies, spec.ipFamilies) && count(spec.ipFamilies) > 1)
        spec.ipFamilies = spec.ipFamilies?.slice(0, 1);
    } else {
      if (count(spec.clusterIPs) === 1 && count(old.clusterIPs) > 1)
        policyIs("must be 'SingleStack' to release the secondary cluster IP");
      if (count(spec.ipFamilies) === 1 && count(old.ipFamilies) > 1)
        policyIs("must be 'SingleStack' to release the secondary IP family");
    }
  }
  if (spec.ipFamilyPolicy === 'SingleStack') {
    if (count(spec.clusterIPs) === 2)
      policyIs("must be 'RequireDualStack' or 'PreferDualStack' when multiple cluster IPs are specified");
    if (count(spec.ipFamilies) === 2)
      policyIs("must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified");
  }
  for (const [i, ip] of (spec.clusterIPs ?? []).entries()) {
    if (ip === 'None') break;
    if (i < count(spec.ipFamilies)) continue;
    const family = familyOf(ip);
    if (family === 'IPv4') spec.ipFamilies = [...(spec.ipFamilies ?? []), family];
    else
      errors.push(
        invalid(
          `spec.clusterIPs[${i}]`,
          goStrings(spec.clusterIPs),
          `${family} is not configured on this cluster`,
        ),
      );
  }
  refuse(after, errors);

  if (headlessNoSelector) {
    const families = count(spec.ipFamilies) === 0 ? ['IPv4'] : (spec.ipFamilies ?? []);
    spec.ipFamilies =
      families.length < 2 && spec.ipFamilyPolicy !== 'SingleStack'
        ? [...families, families[0] === 'IPv4' ? 'IPv6' : 'IPv4']
        : families;
    return;
  }
  if (spec.ipFamilyPolicy === 'RequireDualStack')
    policyIs('this cluster is not configured for dual-stack services');
  for (const [i, family] of (spec.ipFamilies ?? []).entries())
    if (family !== 'IPv4')
      errors.push(invalid(`spec.ipFamilies[${i}]`, family, 'not configured on this cluster'));
  refuse(after, errors);
  if (count(spec.ipFamilies) === 0) spec.ipFamilies = ['IPv4'];
}

/** A PreferDualStack Service is not upgraded behind its owner's back. */
function isUnchangedPreferDualStack(spec: ServiceSpec, old: ServiceSpec): boolean {
  if (old.type === 'ExternalName' || spec.type === 'ExternalName') return false;
  const prefers = 'PreferDualStack';
  if (spec.ipFamilyPolicy !== undefined && spec.ipFamilyPolicy !== prefers) return false;
  if (old.ipFamilyPolicy !== undefined && old.ipFamilyPolicy !== prefers) return false;
  if (!sameList(spec.clusterIPs, old.clusterIPs) || !sameList(spec.ipFamilies, old.ipFamilies)) return false;
  return spec.clusterIPs?.length === spec.ipFamilies?.length && (spec.clusterIPs?.length ?? 0) > 0;
}

function refuse(service: Service, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalidObject('', 'Service', service.metadata?.name ?? '', errors);
}
