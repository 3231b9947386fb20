import type { PodRuntime } from '../runtime/pod-runtime.ts';

/** Of each container that just ended, all but the newest that ended go. Mirrors pkg/kubelet/pod_container_deletor.go. */
export function deadContainers(runtime: PodRuntime, names: readonly string[]): readonly string[] {
  return names.flatMap((name) =>
    runtime.containers
      .filter(({ config, state }) => config.name === name && state === 'exited')
      .slice(1)
      .map(({ id }) => id),
  );
}
