import { formatQuantity, parseQuantity, quantityOf, quantityValue } from '../../../kube/quantity.ts';
import type { KubeletContext } from '../context.ts';
import { containersOf, specOf } from '../pods/pod.ts';
import type { ContainerUsage, PodUsage } from './usage.ts';

/** What the node has too little of. */
export interface Shortage {
  readonly resource: 'memory' | 'ephemeral-storage';
  readonly condition: 'MemoryPressure' | 'DiskPressure';
  readonly thresholdBytes: number;
  readonly availableBytes: number;
}

const memoryThreshold = 100 * 1024 ** 2;
/** imagefs.available: there is one disk for images, containers and volumes. */
const diskShare = 0.15;
const criticalPriority = 2_000_000_000;

/** Of memory first: the hard thresholds that a kubelet has when nobody gives it others. */
export function shortages(
  { settings, runtime }: KubeletContext,
  usages: readonly PodUsage[],
): readonly Shortage[] {
  const found: Shortage[] = [];
  const sum = (of: (usage: PodUsage) => number) => usages.reduce((total, usage) => total + of(usage), 0);
  const memory = settings.memoryBytes - sum((usage) => usage.memory);
  if (memory < memoryThreshold)
    found.push({
      resource: 'memory',
      condition: 'MemoryPressure',
      thresholdBytes: memoryThreshold,
      availableBytes: Math.max(0, memory),
    });
  const capacity = Number(quantityValue(parseQuantity(settings.capacity['ephemeral-storage'] ?? '0')));
  const images = runtime.images().reduce((total, { sizeBytes }) => total + sizeBytes, 0);
  const disk = capacity - images - sum((usage) => usage.disk);
  if (disk < capacity * diskShare)
    found.push({
      resource: 'ephemeral-storage',
      condition: 'DiskPressure',
      thresholdBytes: Math.trunc(capacity * diskShare),
      availableBytes: Math.max(0, disk),
    });
  return found;
}

const usedBy = (resource: Shortage['resource'], usage: PodUsage | ContainerUsage): number =>
  resource === 'memory' ? usage.memory : usage.disk;

/** Who goes first: who uses more than it asked for, then the lowest priority, then most over it. Mirrors pkg/kubelet/eviction's ranks. */
export function victimOf({ resource }: Shortage, usages: readonly PodUsage[]): PodUsage | undefined {
  const over = (usage: PodUsage) => usedBy(resource, usage) - requestOf(usage, resource);
  const priority = ({ worker }: PodUsage) => specOf(worker.pod).priority ?? 0;
  return usages
    .filter((usage) => usage.worker.stage === 'syncing' && priority(usage) < criticalPriority)
    .filter((usage) => usage.containers.length > 0)
    .sort(
      (a, b) => Number(over(b) > 0) - Number(over(a) > 0) || priority(a) - priority(b) || over(b) - over(a),
    )[0];
}

/** What its status says. Mirrors evictionMessage. */
export function evictionMessage(
  { resource, thresholdBytes, availableBytes }: Shortage,
  { worker, containers }: PodUsage,
): string {
  const shown = (bytes: number) => formatQuantity(quantityOf(Math.trunc(bytes), 'BinarySI'));
  const details = containersOf(worker.pod).map(({ name, resources }) => {
    const container = containers.find((one) => one.name === name);
    const request = resources?.requests?.[resource] ?? '0';
    const used = container === undefined ? 0 : usedBy(resource, container);
    if (container === undefined || BigInt(Math.trunc(used)) <= quantityValue(parseQuantity(request)))
      return '';
    return `Container ${name} was using ${shown(used)}, request is ${request}, has larger consumption of ${resource}. `;
  });
  return `The node was low on resource: ${resource}. Threshold quantity: ${shown(thresholdBytes)}, available: ${shown(availableBytes)}. ${details.join('')}`;
}

function requestOf({ worker }: PodUsage, resource: string): number {
  return containersOf(worker.pod).reduce(
    (sum, { resources }) =>
      sum + Number(quantityValue(parseQuantity(resources?.requests?.[resource] ?? '0'))),
    0,
  );
}
