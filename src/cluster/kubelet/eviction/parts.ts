import type { PodWorker } from '../pods/pod-worker.ts';
import type { PodRuntime } from '../runtime/pod-runtime.ts';
import type { PodVolumes } from '../volumes/pod-volumes.ts';

/** What evictions look at. */
export interface EvictionParts {
  workers(): Iterable<PodWorker>;
  volumesOf(uid: string): PodVolumes | undefined;
  runtimeOf(uid: string): PodRuntime;
  /** The Node's conditions are others than before. */
  pressed(): void;
}
