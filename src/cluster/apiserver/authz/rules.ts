import type { PolicyRule } from '../../../kube/api/rbac-v1.ts';
import { goQuote } from '../../../kube/field-error.ts';
import type { AuthorizationQuery } from '../contracts.ts';

/** What rules allow and cover. Mirrors pkg/apis/rbac/v1/evaluation_helpers.go and component-helpers/auth/rbac/validation. */

const NONE: readonly string[] = [];

function urlMatches(ruleUrl: string, path: string): boolean {
  if (ruleUrl === '*' || ruleUrl === path) return true;
  return ruleUrl.endsWith('*') && path.startsWith(withoutStars(ruleUrl));
}

function withoutStars(url: string): string {
  let end = url.length;
  while (end > 0 && url[end - 1] === '*') end -= 1;
  return url.slice(0, end);
}

function resourceMatches(rule: PolicyRule, resource: string, subresource: string): boolean {
  const asked = subresource === '' ? resource : `${resource}/${subresource}`;
  for (const name of rule.resources ?? NONE) {
    if (name === '*' || name === asked) return true;
    if (subresource !== '' && name === `*/${subresource}`) return true;
  }
  return false;
}

export function ruleAllows(query: AuthorizationQuery, rule: PolicyRule): boolean {
  if (!rule.verbs.includes('*') && !rule.verbs.includes(query.verb)) return false;
  const asked = query.resource;
  if (asked === undefined) {
    const path = query.path ?? '';
    return (rule.nonResourceURLs ?? NONE).some((url) => urlMatches(url, path));
  }
  const groups = rule.apiGroups ?? NONE;
  if (!groups.includes('*') && !groups.includes(asked.group)) return false;
  if (!resourceMatches(rule, asked.resource, asked.subresource)) return false;
  const names = rule.resourceNames ?? NONE;
  return names.length === 0 || names.includes(asked.name);
}

/** One verb, one group, one resource, one name (or one path) each. The rule may not have been validated yet. */
function breakDown(rule: PolicyRule): PolicyRule[] {
  const parts: PolicyRule[] = [];
  const names = rule.resourceNames ?? NONE;
  for (const group of rule.apiGroups ?? NONE)
    for (const resource of rule.resources ?? NONE)
      for (const verb of rule.verbs ?? NONE) {
        const part = { verbs: [verb], apiGroups: [group], resources: [resource] };
        if (names.length === 0) parts.push(part);
        else for (const name of names) parts.push({ ...part, resourceNames: [name] });
      }
  for (const url of rule.nonResourceURLs ?? NONE)
    for (const verb of rule.verbs ?? NONE) parts.push({ verbs: [verb], nonResourceURLs: [url] });
  return parts;
}

function has(list: readonly string[] | undefined, item: string | undefined): boolean {
  return item === undefined || (list ?? NONE).includes(item);
}

/** `part` is one of `breakDown`'s. */
function covers(owner: PolicyRule, part: PolicyRule): boolean {
  const resource = part.resources?.[0];
  const url = part.nonResourceURLs?.[0];
  const names = owner.resourceNames ?? NONE;
  const name = part.resourceNames?.[0];
  return (
    (has(owner.verbs, '*') || has(owner.verbs, part.verbs[0])) &&
    (has(owner.apiGroups, '*') || has(owner.apiGroups, part.apiGroups?.[0])) &&
    (has(owner.resources, '*') || has(owner.resources, resource) || coversSubresource(owner, resource)) &&
    (names.length === 0 || (name !== undefined && names.includes(name))) &&
    (url === undefined || (owner.nonResourceURLs ?? NONE).some((own) => coversUrl(own, url)))
  );
}

function coversSubresource(owner: PolicyRule, resource: string | undefined): boolean {
  const slash = resource?.indexOf('/') ?? -1;
  return resource !== undefined && slash > 0 && has(owner.resources, `*${resource.slice(slash)}`);
}

function coversUrl(owner: string, url: string): boolean {
  return owner === url || (owner.endsWith('*') && url.startsWith(withoutStars(owner)));
}

/** What of `wanted` the owner's rules do not cover, as upstream tells it: compacted, described and sorted. */
export function missingRules(owned: readonly PolicyRule[], wanted: readonly PolicyRule[]): readonly string[] {
  const missing = wanted.flatMap(breakDown).filter((part) => !owned.some((rule) => covers(rule, part)));
  const compact = new Map<string, PolicyRule>();
  const texts = new Set<string>();
  for (const part of missing) {
    if (part.nonResourceURLs !== undefined) {
      texts.add(describeRule(part));
      continue;
    }
    const key = JSON.stringify([part.apiGroups, part.resources, part.resourceNames]);
    const known = compact.get(key);
    if (known === undefined) compact.set(key, { ...part, verbs: [...part.verbs] });
    else known.verbs.push(...part.verbs);
  }
  for (const rule of compact.values()) texts.add(describeRule(rule));
  return [...texts].sort();
}

const quoted = (list: readonly string[]): string => `[${list.map(goQuote).join(' ')}]`;

/** `{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}` */
function describeRule(rule: PolicyRule): string {
  const parts: string[] = [];
  const add = (label: string, list: readonly string[] | undefined) => {
    if (list !== undefined && list.length > 0) parts.push(`${label}:${quoted(list)}`);
  };
  add('APIGroups', rule.apiGroups);
  add('Resources', rule.resources);
  add('NonResourceURLs', rule.nonResourceURLs);
  add('ResourceNames', rule.resourceNames);
  add('Verbs', rule.verbs);
  return `{${parts.join(', ')}}`;
}
