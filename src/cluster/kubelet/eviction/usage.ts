import type { KubeletContext } from '../context.ts';
import { specOf, uidOf } from '../pods/pod.ts';
import type { PodWorker } from '../pods/pod-worker.ts';
import type { EvictionParts } from './parts.ts';

export interface ContainerUsage {
  readonly name: string;
  readonly memory: number;
  /** Its own layer and its log. */
  readonly disk: number;
}

/** What one Pod uses now, in bytes. */
export interface PodUsage {
  readonly worker: PodWorker;
  readonly containers: readonly ContainerUsage[];
  readonly memory: number;
  /** With its volumes on the node's disk. */
  readonly disk: number;
}

export function usageOf(
  { runtime }: KubeletContext,
  { runtimeOf, volumesOf }: EvictionParts,
  worker: PodWorker,
): PodUsage {
  const uid = uidOf(worker.pod);
  const containers = runtimeOf(uid).containers.flatMap(({ id, state, config }): readonly ContainerUsage[] => {
    const stats = state === 'running' ? runtime.stats(id) : undefined;
    return stats === undefined
      ? []
      : [{ name: config.name, memory: stats.memoryBytes, disk: stats.diskBytes }];
  });
  const volumes = volumesOf(uid);
  let disk = containers.reduce((sum, one) => sum + one.disk, 0);
  for (const { name, emptyDir } of specOf(worker.pod).volumes ?? [])
    if (emptyDir !== undefined && emptyDir.medium !== 'Memory')
      disk += volumes?.get(name)?.volume.usedBytes() ?? 0;
  return { worker, containers, memory: containers.reduce((sum, one) => sum + one.memory, 0), disk };
}
