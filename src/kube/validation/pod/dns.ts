import type { HostAlias, PodSpec } from '../../api/core-v1.ts';
import { duplicate, type FieldError, invalid, required } from '../../field-error.ts';
import { goStrings } from '../../go-syntax.ts';
import { isValidIP } from '../../ip.ts';
import {
  isDNS1123Subdomain,
  isDNS1123SubdomainWithUnderscore,
  isQualifiedName,
  utf8Length,
} from '../../names.ts';
import type { PodOptions } from './options.ts';
import { invalidFor } from './report.ts';

const maxNameservers = 3;
const maxSearches = 32;
const maxSearchLength = 2048;

export function validateDnsConfig(spec: PodSpec, field: string, options: PodOptions): FieldError[] {
  const { dnsConfig, dnsPolicy } = spec;
  if (dnsPolicy === 'None') {
    if (!dnsConfig) return [required(field, 'must provide `dnsConfig` when `dnsPolicy` is None')];
    if (!dnsConfig.nameservers?.length)
      return [
        required(`${field}.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None'),
      ];
  }
  if (!dnsConfig) return [];
  const { nameservers = [], searches = [], options: extra = [] } = dnsConfig;
  const errors: FieldError[] = [];
  if (nameservers.length > maxNameservers)
    errors.push(
      invalid(
        `${field}.nameservers`,
        goStrings(nameservers),
        `must not have more than ${maxNameservers} nameservers`,
      ),
    );
  for (const [i, server] of nameservers.entries())
    errors.push(...isValidIP(`${field}.nameservers[${i}]`, server));
  const tooMuch = (what: string) =>
    errors.push(invalid(`${field}.searches`, goStrings(searches), `must not have more than ${what}`));
  if (searches.length > maxSearches) tooMuch(`${maxSearches} search paths`);
  if (utf8Length(searches.join(' ')) > maxSearchLength)
    tooMuch(`${maxSearchLength} characters (including spaces) in the search list`);
  for (const [i, search] of searches.entries()) {
    if (options.dotSearches && search === '.') continue;
    const name = search.replace(/\.$/, '');
    const check = options.dotSearches ? isDNS1123SubdomainWithUnderscore : isDNS1123Subdomain;
    errors.push(...invalidFor(`${field}.searches[${i}]`, name, check(name)));
  }
  for (const [i, option] of extra.entries())
    if (!option.name) errors.push(required(`${field}.options[${i}]`, 'must not be empty'));
  return errors;
}

export function validateHostAliases(aliases: readonly HostAlias[] | undefined, field: string): FieldError[] {
  return (aliases ?? []).flatMap(({ ip = '', hostnames }, i) => [
    ...isValidIP(`${field}[${i}].ip`, ip),
    ...(hostnames ?? []).flatMap((name, j) =>
      invalidFor(`${field}[${i}].hostnames[${j}]`, name, isDNS1123Subdomain(name)),
    ),
  ]);
}

export function validateGates(spec: PodSpec, field: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const [i, { conditionType = '' }] of (spec.readinessGates ?? []).entries())
    errors.push(
      ...invalidFor(
        `${field}.readinessGates[${i}].conditionType`,
        conditionType,
        isQualifiedName(conditionType),
      ),
    );
  const seen = new Set<string>();
  for (const [i, { name = '' }] of (spec.schedulingGates ?? []).entries()) {
    const at = `${field}.schedulingGates[${i}]`;
    errors.push(...invalidFor(at, name, isQualifiedName(name)));
    if (seen.has(name)) errors.push(duplicate(at, name));
    seen.add(name);
  }
  return errors;
}
