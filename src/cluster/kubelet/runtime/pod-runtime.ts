import type { Pod } from '../../../kube/api/core-v1.ts';
import { type AnyContainer, specOf } from '../pods/pod.ts';
import type { ContainerStatus, SandboxStatus } from '../runtime.ts';

/** What the runtime has of one Pod, newest first. Mirrors kubecontainer.PodStatus. */
export interface PodRuntime {
  readonly sandboxes: readonly SandboxStatus[];
  readonly containers: readonly ContainerStatus[];
  /** Of the newest sandbox while it is ready; '' otherwise. */
  readonly ip: string;
}

export const nothingRuns: PodRuntime = { sandboxes: [], containers: [], ip: '' };

export function podRuntimeOf(sandboxes: readonly SandboxStatus[]): PodRuntime {
  if (sandboxes.length === 0) return nothingRuns;
  const newest = [...sandboxes].sort(
    (a, b) => b.createdAt - a.createdAt || b.config.attempt - a.config.attempt,
  );
  const containers = newest
    .flatMap((sandbox) => sandbox.containers)
    .sort((a, b) => b.createdAt - a.createdAt || b.config.attempt - a.config.attempt);
  const [first] = newest;
  return { sandboxes: newest, containers, ip: first?.state === 'ready' ? first.ip : '' };
}

/** The newest of that name. */
export const containerNamed = (runtime: PodRuntime, name: string): ContainerStatus | undefined =>
  runtime.containers.find(({ config }) => config.name === name);

/** Whether a new sandbox is needed, its number, and the newest there is. Mirrors kuberuntime/util.PodSandboxChanged. */
export function sandboxNeeded(
  pod: Pod,
  runtime: PodRuntime,
): { readonly needed: boolean; readonly attempt: number; readonly id: string } {
  const [newest] = runtime.sandboxes;
  if (newest === undefined) return { needed: true, attempt: 0, id: '' };
  const ready = runtime.sandboxes.filter(({ state }) => state === 'ready').length;
  const attempt = newest.config.attempt + 1;
  if (ready > 1 || newest.state !== 'ready') return { needed: true, attempt, id: newest.id };
  if (newest.config.hostNetwork !== (specOf(pod).hostNetwork === true))
    return { needed: true, attempt, id: '' };
  if (!newest.config.hostNetwork && newest.ip === '') return { needed: true, attempt, id: newest.id };
  return { needed: false, attempt: newest.config.attempt, id: newest.id };
}

/** Mirrors kubecontainer.ShouldContainerBeRestarted; a sidecar always is. */
export function shouldRestart(container: AnyContainer, pod: Pod, runtime: PodRuntime): boolean {
  if (pod.metadata?.deletionTimestamp !== undefined) return false;
  const status = containerNamed(runtime, container.name);
  if (status === undefined) return true;
  if (status.state === 'running') return false;
  if (status.state === 'created') return true;
  if (container.restartPolicy === 'Always') return true;
  const policy = specOf(pod).restartPolicy;
  if (policy === 'Never') return false;
  return policy !== 'OnFailure' || status.exitCode !== 0;
}

/** Any of the regular containers was made at some time: initialisation is over. */
export const anyRegularCreated = (pod: Pod, runtime: PodRuntime): boolean =>
  specOf(pod).containers.some(({ name }) => containerNamed(runtime, name) !== undefined);
