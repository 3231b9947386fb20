import type { Pod } from '../../../kube/api/core-v1.ts';
import { formatGoDuration } from '../../../kube/duration.ts';
import type { Backoff } from '../pods/backoff.ts';
import { type AnyContainer, formatPod, podReference, specOf, uidOf } from '../pods/pod.ts';
import { RuntimeError } from '../runtime.ts';
import type { StartFailure } from '../status/container-statuses.ts';
import { type PodActions, type ProbeVerdicts, podActions } from './actions.ts';
import type { PodAddresses } from './downward.ts';
import { killContainer, killPod } from './kill.ts';
import type { PodRuntime } from './pod-runtime.ts';
import { sandboxConfig } from './sandbox-config.ts';
import { holdsUp, type StartParts, startContainer } from './start-container.ts';
import { StartError } from './start-error.ts';

export interface SyncParts extends StartParts {
  readonly backoff: Backoff;
  readonly verdicts: ProbeVerdicts;
  /** Why containers did not start; kept from one sync to the next. */
  readonly failures: Map<string, StartFailure>;
  /** The Pod is to end: a failure now is nobody's business. */
  readonly ending: () => boolean;
}

/** `ok`; `backoff`: what failed is only waiting; `network`: no addresses yet. */
export type SyncResult = 'ok' | 'failed' | 'network';

/** Makes the runtime run what the spec says. Mirrors SyncPod (pkg/kubelet/kuberuntime). */
export async function syncContainers(parts: SyncParts, pod: Pod, runtime: PodRuntime): Promise<SyncResult> {
  const { context, verdicts } = parts;
  const actions = podActions(pod, runtime, verdicts);
  if (actions.createSandbox && actions.sandboxId !== '')
    context.event(
      podReference(pod),
      'Normal',
      'SandboxChanged',
      'Pod sandbox changed, it will be killed and re-created.',
    );
  if (actions.killPod) {
    await killPod(context, pod, runtime);
    if (!actions.createSandbox) return 'ok';
    await removeInit(parts, pod, runtime);
  } else {
    for (const { id, container, message, reason } of actions.kill)
      await killContainer(context, pod, container, id, { message, reason, podIp: runtime.ip });
  }
  let sandboxId = actions.sandboxId;
  let podIp = specOf(pod).hostNetwork === true ? context.settings.ip : runtime.ip;
  if (actions.createSandbox) {
    try {
      await checkHandler(parts, pod);
      sandboxId = await context.runtime.runSandbox(sandboxConfig(pod, actions.attempt, context.settings));
    } catch (error) {
      return sandboxFailed(parts, pod, error);
    }
    const made = context.runtime.sandboxes().find(({ id }) => id === sandboxId);
    podIp = specOf(pod).hostNetwork === true ? context.settings.ip : (made?.ip ?? '');
  }
  return start(parts, pod, runtime, actions, sandboxId, { podIp, hostIp: context.settings.ip });
}

/** containerd knows one way to run containers here: runc. */
async function checkHandler({ context }: SyncParts, pod: Pod): Promise<void> {
  const name = specOf(pod).runtimeClassName ?? '';
  if (name === '') return;
  const handler = await context.objects.runtimeHandler(name);
  if (handler !== '' && handler !== 'runc')
    throw new RuntimeError(
      `rpc error: code = Unknown desc = failed to get sandbox runtime: no runtime for "${handler}" is configured`,
    );
}

function sandboxFailed({ context, ending }: SyncParts, pod: Pod, error: unknown): SyncResult {
  if (ending()) return 'ok';
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof RuntimeError && error.code === 'NetworkNotReady') return 'network';
  context.event(
    podReference(pod),
    'Warning',
    'FailedCreatePodSandBox',
    `Failed to create pod sandbox: ${message}`,
  );
  return 'failed';
}

async function start(
  parts: SyncParts,
  pod: Pod,
  runtime: PodRuntime,
  actions: PodActions,
  sandboxId: string,
  addresses: PodAddresses,
): Promise<SyncResult> {
  let result: SyncResult = 'ok';
  const one = async (container: AnyContainer): Promise<boolean> => {
    try {
      backOff(parts, pod, container, runtime);
      await startContainer(parts, pod, container, runtime, sandboxId, addresses);
      parts.failures.delete(container.name);
      return true;
    } catch (error) {
      if (!(error instanceof StartError)) throw error;
      parts.failures.set(container.name, { reason: error.reason, message: error.message });
      result = 'failed';
      return false;
    }
  };
  for (const container of actions.ephemeral) await one(container);
  for (const container of actions.init) if (!(await one(container)) && holdsUp(container)) return result;
  for (const container of actions.start) await one(container);
  return result;
}

/** Rejects while the container waits after its last end. Mirrors doBackOff. */
function backOff(
  { context, backoff }: SyncParts,
  pod: Pod,
  container: AnyContainer,
  runtime: PodRuntime,
): void {
  const last = runtime.containers.find(
    ({ config, state }) => config.name === container.name && state === 'exited',
  );
  if (last === undefined) return;
  const key = backoffKey(pod, container);
  if (!backoff.inBackoffSince(key, last.finishedAt, context.clock.now())) {
    backoff.next(key, last.finishedAt);
    return;
  }
  const where = formatPod(pod);
  context.event(
    podReference(pod, container.name),
    'Warning',
    'BackOff',
    `Back-off restarting failed container ${container.name} in pod ${where}`,
  );
  throw new StartError(
    'CrashLoopBackOff',
    `back-off ${formatGoDuration(backoff.get(key))} restarting failed container=${container.name} pod=${where}`,
  );
}

/** A changed image is another container: its back-off starts anew. */
const backoffKey = (pod: Pod, { name, image = '' }: AnyContainer): string => `${uidOf(pod)}/${name}/${image}`;

/** Init containers run again in a new sandbox: what they left goes. */
async function removeInit({ context }: SyncParts, pod: Pod, runtime: PodRuntime): Promise<void> {
  const init = new Set((specOf(pod).initContainers ?? []).map(({ name }) => name));
  for (const { id, config } of runtime.containers)
    if (init.has(config.name)) await context.runtime.removeContainer(id);
}
