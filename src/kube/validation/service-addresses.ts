import type { Service } from '../api/core-v1.ts';
import { duplicate, type FieldError, invalid, notSupported, required } from '../field-error.ts';
import { goStrings } from '../go-syntax.ts';
import { isValidIP, parseIP } from '../ip.ts';
import { isHeadless } from '../service-needs.ts';

const families = ['IPv4', 'IPv6'];
const policies = ['PreferDualStack', 'RequireDualStack', 'SingleStack'];

const isIPv6 = (ip: string) => parseIP(ip)?.family === 6;

/** Mirrors ValidateServiceClusterIPsRelatedFields. */
export function validateClusterIps(service: Service): FieldError[] {
  const spec = service.spec ?? {};
  if (spec.type === 'ExternalName') return [];
  const field = 'spec.clusterIPs';
  const ips = spec.clusterIPs ?? [];
  const errors: FieldError[] = [];
  if (spec.clusterIP) {
    if (ips.length === 0) errors.push(required(field));
    else if (ips[0] !== spec.clusterIP)
      errors.push(invalid(field, goStrings(ips), 'first value must match `clusterIP`'));
  } else if (ips.length > 0)
    errors.push(invalid(field, goStrings(ips), 'must be empty when `clusterIP` is not specified'));

  const seen = new Set<string>();
  for (const [i, family] of (spec.ipFamilies ?? []).entries()) {
    if (!families.includes(family)) errors.push(notSupported(`spec.ipFamilies[${i}]`, family, families));
    if (seen.has(family)) errors.push(duplicate(`spec.ipFamilies[${i}]`, family));
    seen.add(family);
  }
  if (spec.ipFamilyPolicy !== undefined && !policies.includes(spec.ipFamilyPolicy))
    errors.push(notSupported('spec.ipFamilyPolicy', spec.ipFamilyPolicy, policies));

  let broken = false;
  for (const [i, ip] of ips.entries()) {
    if (i === 0 && ip === 'None') {
      if (ips.length > 1) {
        broken = true;
        errors.push(invalid(field, goStrings(ips), "'None' must be the first and only value"));
      }
      continue;
    }
    const problems = isValidIP(`${field}[${i}]`, ip);
    broken = broken || problems.length > 0;
    errors.push(...problems);
  }
  if (ips.length > 2) errors.push(invalid(field, goStrings(ips), 'may only hold up to 2 values'));
  if (broken) return errors;
  if (ips.length > 1 && !(ips.some(isIPv6) && ips.some((ip) => !isIPv6(ip))))
    errors.push(invalid(field, goStrings(ips), 'may specify no more than one IP for each IP family'));
  if (isHeadless(service)) return errors;
  for (const [i, ip] of ips.entries()) {
    const family = spec.ipFamilies?.[i];
    if (family === 'IPv4' && isIPv6(ip))
      errors.push(
        invalid(`${field}[${i}]`, ip, `expected an IPv4 value as indicated by \`ipFamilies[${i}]\``),
      );
    if (family === 'IPv6' && !isIPv6(ip))
      errors.push(
        invalid(`${field}[${i}]`, ip, `expected an IPv6 value as indicated by \`ipFamilies[${i}]\``),
      );
  }
  return errors;
}

/** Addresses stay; a second one may come and go with the policy. Mirrors validateUpgradeDowngradeClusterIPs. */
export function validateClusterIpsUpdate(after: Service, before: Service): FieldError[] {
  const spec = after.spec ?? {};
  const old = before.spec ?? {};
  if (spec.type === 'ExternalName' || old.type === 'ExternalName') return [];
  if (isHeadless(before) && isHeadless(after)) return [];
  const ips = spec.clusterIPs ?? [];
  const oldIps = old.clusterIPs ?? [];
  const errors: FieldError[] = [];
  const changed = (i: number) =>
    errors.push(invalid(`spec.clusterIPs[${i}]`, goStrings(spec.clusterIPs), 'may not change once set'));
  if (oldIps.length === ips.length) {
    for (const [i, ip] of oldIps.entries()) if (ip !== ips[i]) changed(i);
  } else if (oldIps.length > ips.length) {
    if (ips.length === 0)
      errors.push(
        invalid('spec.clusterIPs[0]', goStrings(spec.clusterIPs), 'primary clusterIP can not be unset'),
      );
    else if (ips[0] !== oldIps[0]) changed(0);
    if (ips.length === 1 && spec.ipFamilyPolicy !== 'SingleStack')
      errors.push(
        invalid(
          'spec.ipFamilyPolicy',
          spec.ipFamilyPolicy,
          "must be set to 'SingleStack' when releasing the secondary clusterIP",
        ),
      );
  } else if (oldIps.length > 0 && ips[0] !== oldIps[0]) changed(0);
  return errors;
}

/** Mirrors validateUpgradeDowngradeIPFamilies. */
export function validateIpFamiliesUpdate(after: Service, before: Service): FieldError[] {
  const spec = after.spec ?? {};
  const old = before.spec ?? {};
  if (spec.type === 'ExternalName' || old.type === 'ExternalName') return [];
  if (isHeadless(before) || isHeadless(after)) return [];
  const now = spec.ipFamilies ?? [];
  const then = old.ipFamilies ?? [];
  const list = (values: readonly string[] | undefined, type: string) => goStrings(values, type);
  const errors: FieldError[] = [];
  const changed = 'may not change once set';
  if (then.length === now.length) {
    for (const [i, family] of then.entries())
      if (family !== now[i])
        errors.push(invalid('spec.ipFamilies[0]', list(spec.ipFamilies, 'core.IPFamily'), changed));
    return errors;
  }
  if (then.length > now.length && !spec.clusterIPs?.length)
    errors.push(
      invalid(
        'spec.ipFamilies[0]',
        list(spec.ipFamilies, 'core.IPFamily'),
        'primary ipFamily can not be unset',
      ),
    );
  if (now.length > 0 && then.length > 0 && now[0] !== then[0])
    errors.push(invalid('spec.ipFamilies[0]', list(spec.clusterIPs, 'string'), changed));
  if (then.length > now.length && now.length === 1 && spec.ipFamilyPolicy !== 'SingleStack')
    errors.push(
      invalid(
        'spec.ipFamilyPolicy',
        spec.ipFamilyPolicy,
        "must be set to 'SingleStack' when releasing the secondary ipFamily",
      ),
    );
  return errors;
}
