import type { Pod } from '../../../kube/api/core-v1.ts';
import type { KubeletContext } from '../context.ts';
import type { ImageManager } from '../images/image-manager.ts';
import { type AnyContainer, isSidecar, podReference } from '../pods/pod.ts';
import type { PulledImage } from '../runtime.ts';
import type { PodVolumes } from '../volumes/pod-volumes.ts';
import { containerConfig } from './container-config.ts';
import type { PodAddresses } from './downward.ts';
import { runHook } from './hooks.ts';
import { killContainer } from './kill.ts';
import { containerNamed, type PodRuntime } from './pod-runtime.ts';
import { verifyNonRoot } from './security.ts';
import { StartError } from './start-error.ts';

export interface StartParts {
  readonly context: KubeletContext;
  readonly images: ImageManager;
  readonly volumes: PodVolumes;
  /** How often it was started before, as far as the API knows: the runtime may have forgotten. */
  readonly restartsBefore: (name: string) => number | undefined;
  /** Aborts when the Pod is to end: nothing more is started. */
  readonly signal: AbortSignal;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Pulls, creates, starts, and runs the postStart hook. Rejects with a `StartError`. Mirrors startContainer. */
export async function startContainer(
  parts: StartParts,
  pod: Pod,
  container: AnyContainer,
  runtime: PodRuntime,
  sandboxId: string,
  addresses: PodAddresses,
): Promise<void> {
  const { context } = parts;
  const about = podReference(pod, container.name);
  const fail = (reason: string, message: string, shown = message): StartError => {
    context.event(about, 'Warning', 'Failed', `Error: ${shown}`);
    return new StartError(reason, message);
  };
  let image: PulledImage;
  try {
    image = await parts.images.ensure(pod, container, parts.signal);
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    throw fail(error.reason, error.message, error.reason);
  }
  const id = await create(parts, pod, container, runtime, sandboxId, addresses, image, fail);
  context.event(about, 'Normal', 'Created', `Created container: ${container.name}`);
  try {
    await context.runtime.startContainer(id);
  } catch (error) {
    throw fail('RunContainerError', messageOf(error));
  }
  context.event(about, 'Normal', 'Started', `Started container ${container.name}`);
  const postStart = container.lifecycle?.postStart;
  if (postStart === undefined) return;
  const failure = await runHook(context, pod, container, id, addresses.podIp, postStart);
  if (failure === undefined) return;
  context.event(about, 'Warning', 'FailedPostStartHook', 'PostStartHook failed');
  await killContainer(context, pod, container, id, {
    message: 'FailedPostStartHook',
    reason: 'FailedPostStartHook',
    podIp: addresses.podIp,
  });
  throw new StartError('PostStartHookError', failure);
}

async function create(
  parts: StartParts,
  pod: Pod,
  container: AnyContainer,
  runtime: PodRuntime,
  sandboxId: string,
  addresses: PodAddresses,
  image: PulledImage,
  fail: (reason: string, message: string) => StartError,
): Promise<string> {
  const { context, volumes } = parts;
  const last = containerNamed(runtime, container.name);
  const attempt = last === undefined ? (parts.restartsBefore(container.name) ?? 0) : last.config.attempt + 1;
  const target = 'targetContainerName' in container ? container.targetContainerName : undefined;
  let targetId: string | undefined;
  if (target !== undefined && target !== '') {
    const found = containerNamed(runtime, target);
    if (found === undefined)
      throw fail('CreateContainerConfigError', `unable to find target container ${target}`);
    targetId = found.id;
  }
  let config: Awaited<ReturnType<typeof containerConfig>>;
  try {
    config = await containerConfig(context, pod, container, attempt, volumes, addresses, targetId);
    verifyNonRoot(pod, container, image);
  } catch (error) {
    throw fail('CreateContainerConfigError', messageOf(error));
  }
  const seccomp = container.securityContext?.seccompProfile ?? pod.spec?.securityContext?.seccompProfile;
  try {
    if (seccomp?.type === 'Localhost') {
      const file = `/var/lib/kubelet/seccomp/${seccomp.localhostProfile ?? ''}`;
      if (context.runtime.hostFiles().typeOf(file) !== 'file')
        throw new Error(
          `failed to create containerd container: cannot load seccomp profile "${file}": open ${file}: no such file or directory`,
        );
    }
    return await context.runtime.createContainer(sandboxId, config);
  } catch (error) {
    throw fail('CreateContainerError', messageOf(error));
  }
}

/** Whether a failure to start keeps what comes after it from starting. */
export const holdsUp = (container: AnyContainer): boolean => !isSidecar(container);
