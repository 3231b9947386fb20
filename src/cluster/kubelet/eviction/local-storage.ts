import type { Container, Pod } from '../../../kube/api/core-v1.ts';
import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  type Quantity,
  quantityValue,
} from '../../../kube/quantity.ts';
import { containersOf, initContainersOf, specOf } from '../pods/pod.ts';
import type { PodUsage } from './usage.ts';

/**
 * Why a Pod that writes more than it may has to go, in the order in which upstream looks: its emptyDirs, all of it, each container.
 * `volumes`: bytes of each emptyDir, as last measured. Mirrors localStorageEviction.
 */
export function overStorage(
  { worker: { pod }, containers }: PodUsage,
  volumes: ReadonlyMap<string, number> | undefined,
): string | undefined {
  for (const { name, emptyDir } of specOf(pod).volumes ?? []) {
    const limit = emptyDir?.sizeLimit;
    if (limit === undefined || limit === '0') continue;
    if (BigInt(volumes?.get(name) ?? 0) > quantityValue(parseQuantity(limit)))
      return `Usage of EmptyDir volume "${name}" exceeds the limit "${limit}". `;
  }
  const total = storageLimit(pod);
  if (total === undefined) return undefined;
  let written = containers.reduce((sum, one) => sum + one.disk, 0);
  for (const { name, emptyDir } of specOf(pod).volumes ?? [])
    if (emptyDir !== undefined && emptyDir.medium !== 'Memory') written += volumes?.get(name) ?? 0;
  if (BigInt(written) > quantityValue(total))
    return `Pod ephemeral local storage usage exceeds the total limit of containers ${formatQuantity(total)}. `;
  for (const { name, resources } of containersOf(pod)) {
    const limit = resources?.limits?.['ephemeral-storage'];
    const used = containers.find((one) => one.name === name)?.disk ?? 0;
    if (limit === undefined || limit === '0' || BigInt(used) <= quantityValue(parseQuantity(limit))) continue;
    return `Container ${name} exceeded its local ephemeral storage limit "${limit}". `;
  }
  return undefined;
}

/** Of all containers, and at least what an init container may use; undefined without any. Mirrors PodLimits. */
function storageLimit(pod: Pod): Quantity | undefined {
  const limits = (containers: readonly Container[]) =>
    containers.flatMap(({ resources }) => {
      const text = resources?.limits?.['ephemeral-storage'];
      return text === undefined ? [] : [parseQuantity(text)];
    });
  let total: Quantity | undefined;
  for (const limit of limits(containersOf(pod)))
    total = total === undefined ? limit : addQuantities(total, limit);
  for (const limit of limits(initContainersOf(pod)))
    if (total === undefined || compareQuantities(limit, total) > 0) total = limit;
  return total;
}

/** Whether anything of the Pod limits what it may write. */
export const hasStorageLimits = (pod: Pod): boolean =>
  (specOf(pod).volumes ?? []).some(({ emptyDir }) => emptyDir?.sizeLimit !== undefined) ||
  storageLimit(pod) !== undefined;
