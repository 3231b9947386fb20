import type { Pod } from '../../../kube/api/core-v1.ts';
import { minimumGraceSeconds } from '../config/constants.ts';
import { atMost, type KubeletContext } from '../context.ts';
import {
  type AnyContainer,
  findContainer,
  initContainersOf,
  isSidecar,
  podReference,
  specOf,
} from '../pods/pod.ts';
import type { Runtime } from '../runtime.ts';
import type { KillReason } from './actions.ts';
import { runHook } from './hooks.ts';
import type { PodRuntime } from './pod-runtime.ts';

/** How long a container may take to end. Mirrors setTerminationGracePeriod. */
function graceOf(pod: Pod, container: AnyContainer, reason: KillReason): number {
  const deletion = pod.metadata?.deletionGracePeriodSeconds;
  if (deletion !== undefined) return deletion;
  const own = specOf(pod).terminationGracePeriodSeconds;
  if (own === undefined) return minimumGraceSeconds;
  const probe =
    reason === 'StartupProbe'
      ? container.startupProbe
      : reason === 'LivenessProbe'
        ? container.livenessProbe
        : undefined;
  return probe?.terminationGracePeriodSeconds ?? own;
}

/** Who has to have ended before whom: the main containers, then the sidecars from the last to the first. */
interface Order {
  turnOf(name: string): Promise<void>;
  ended(name: string): void;
}

export interface KillOptions {
  readonly message?: string;
  readonly reason?: KillReason;
  /** In place of the Pod's own. */
  readonly graceSeconds?: number | undefined;
  readonly order?: Order;
  readonly podIp: string;
}

/** The preStop hook, TERM and, when the grace is over, KILL. Mirrors killContainer (pkg/kubelet/kuberuntime). */
export async function killContainer(
  context: KubeletContext,
  pod: Pod,
  container: AnyContainer,
  id: string,
  options: KillOptions,
): Promise<void> {
  const { clock } = context;
  const about = podReference(pod, container.name);
  context.event(about, 'Normal', 'Killing', options.message ?? `Stopping container ${container.name}`);
  let grace = options.graceSeconds ?? graceOf(pod, container, options.reason ?? '');
  const secondsSince = (fromMs: number) => Math.trunc((clock.now() - fromMs) / 1000);
  const preStop = container.lifecycle?.preStop;
  if (preStop !== undefined && grace > 0) {
    const fromMs = clock.now();
    const hook = runHook(context, pod, container, id, options.podIp, preStop).then((failure) => {
      if (failure !== undefined) context.event(about, 'Warning', 'FailedPreStopHook', 'PreStopHook failed');
    });
    await atMost(clock, grace * 1000, hook);
    grace -= secondsSince(fromMs);
  }
  if (options.order !== undefined && grace > 0) {
    const fromMs = clock.now();
    await atMost(clock, grace * 1000, options.order.turnOf(container.name));
    grace -= secondsSince(fromMs);
  }
  await context.runtime.stopContainer(id, Math.max(grace, minimumGraceSeconds) * 1000);
  options.order?.ended(container.name);
}

/** Ends everything of a Pod, then its sandboxes. */
export async function killPod(
  context: KubeletContext,
  pod: Pod,
  runtime: PodRuntime,
  graceSeconds?: number,
): Promise<void> {
  const running = runtime.containers.filter(({ state }) => state !== 'exited');
  const order = orderOf(pod, new Set(running.map(({ config }) => config.name)));
  await Promise.all(
    running.map(async ({ id, config }) => {
      const container = findContainer(pod, config.name)?.container;
      if (container === undefined) await context.runtime.stopContainer(id, minimumGraceSeconds * 1000);
      else
        await killContainer(context, pod, container, id, {
          graceSeconds,
          podIp: runtime.ip,
          ...(order === undefined ? {} : { order }),
        });
    }),
  );
  for (const { id } of runtime.sandboxes) await context.runtime.stopSandbox(id);
}

/** What is left of a Pod that has ended. */
export async function removePod(runtime: Runtime, { sandboxes }: PodRuntime): Promise<void> {
  for (const { id, containers } of sandboxes) {
    for (const container of containers) await runtime.removeContainer(container.id);
    await runtime.removeSandbox(id);
  }
}

/** Undefined without sidecars: nobody waits. */
function orderOf(pod: Pod, running: ReadonlySet<string>): Order | undefined {
  const sidecars = initContainersOf(pod).filter(isSidecar);
  if (sidecars.length === 0) return undefined;
  const done = new Map<string, { readonly ended: Promise<void>; readonly end: () => void }>();
  for (const name of running) {
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    done.set(name, { ended, end });
  }
  const names = sidecars.map(({ name }) => name);
  const isSide = new Set(names);
  return {
    turnOf: async (name) => {
      const at = names.indexOf(name);
      if (at < 0) return;
      const before = [...running].filter((other) => !isSide.has(other) || names.indexOf(other) > at);
      await Promise.all(before.map((other) => done.get(other)?.ended));
    },
    ended: (name) => done.get(name)?.end(),
  };
}
