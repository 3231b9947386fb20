import type { PodCondition, PodStatus } from '../../../kube/api/core-v1.ts';
import { equalJson } from '../../../kube/object.ts';

const merged = new Map([
  ['conditions', 'type'],
  ['hostIPs', 'ip'],
  ['podIPs', 'ip'],
]);

/**
 * What changes the one status into the other, as a strategic merge patch; undefined when nothing does. Lists that the API
 * merges by key get their order along, as kubectl and the kubelet send it.
 */
export function statusPatch(before: PodStatus, after: PodStatus): object | undefined {
  const changes: { [key: string]: unknown } = {};
  const old = before as { readonly [key: string]: unknown };
  const next = after as { readonly [key: string]: unknown };
  for (const key of new Set([...Object.keys(old), ...Object.keys(next)])) {
    if (equalJson(old[key], next[key])) continue;
    const by = merged.get(key);
    if (by === undefined || next[key] === undefined) changes[key] = next[key] ?? null;
    else addMerged(changes, key, by, items(old[key]), items(next[key]));
  }
  return Object.keys(changes).length === 0 ? undefined : changes;
}

type Item = { readonly [key: string]: unknown };
const items = (list: unknown): readonly Item[] => (Array.isArray(list) ? list : []);

function addMerged(
  changes: { [key: string]: unknown },
  key: string,
  by: string,
  old: readonly Item[],
  next: readonly Item[],
): void {
  const changed = next.flatMap((item) => {
    const before = old.find((one) => one[by] === item[by]);
    if (before === undefined) return [item];
    if (equalJson(before, item)) return [];
    const cleared = Object.keys(before).filter((name) => item[name] === undefined);
    return [{ ...item, ...Object.fromEntries(cleared.map((name) => [name, null])) }];
  });
  const dropped = old.filter((item) => !next.some((one) => one[by] === item[by]));
  const patched = [...changed, ...dropped.map((item) => ({ $patch: 'delete', [by]: item[by] }))];
  changes[`$setElementOrder/${key}`] = next.map((item) => ({ [by]: item[by] }));
  if (patched.length > 0) changes[key] = patched;
}

/** As the API shows it: without it, every condition would look as if somebody had changed it. */
const neverProbed = null as unknown as string;

/** The times of conditions: kept while the status is the same. */
export function withTransitionTimes(
  conditions: readonly PodCondition[],
  before: readonly PodCondition[],
  now: string,
): PodCondition[] {
  return conditions.map((condition) => {
    const old = before.find(({ type }) => type === condition.type);
    const same = old?.status === condition.status && old.lastTransitionTime !== undefined;
    return {
      ...condition,
      lastProbeTime: condition.lastProbeTime ?? neverProbed,
      lastTransitionTime: (same ? old.lastTransitionTime : undefined) ?? now,
    };
  });
}
