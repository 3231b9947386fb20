import type { LifecycleHandler, Pod } from '../../../kube/api/core-v1.ts';
import type { KubeletContext } from '../context.ts';
import { type AnyContainer, formatPod } from '../pods/pod.ts';
import { httpAsk } from '../probes/http.ts';
import { execSync } from './exec.ts';

/** Runs a postStart or preStop hook; resolves with upstream's text when it fails. Mirrors pkg/kubelet/lifecycle. */
export async function runHook(
  context: KubeletContext,
  pod: Pod,
  container: AnyContainer,
  id: string,
  podIp: string,
  hook: LifecycleHandler,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const where = `for Container "${container.name}" in Pod "${formatPod(pod)}" failed`;
  if (hook.exec !== undefined) {
    const command = hook.exec.command ?? [];
    const what = `Exec lifecycle hook ([${command.join(' ')}]) ${where}`;
    const outcome = await execSync(context.runtime, context.clock, id, command, 0);
    if (outcome.kind === 'timeout') return `${what} - error: timeout, message: ""`;
    if (outcome.kind === 'failed') return `${what} - error: ${outcome.message}, message: ""`;
    if (outcome.exitCode === 0) return undefined;
    const why = `command '${command.join(' ')}' exited with ${outcome.exitCode}: `;
    return `${what} - error: ${why}, message: ${JSON.stringify(outcome.output)}`;
  }
  if (hook.httpGet !== undefined) {
    const outcome = await httpAsk(context, container, podIp, hook.httpGet, 30_000, 'kube-lifecycle');
    const what = `HTTP lifecycle hook (${hook.httpGet.path ?? '/'}) ${where}`;
    if (outcome.kind === 'failed') return `${what} - error: ${outcome.message}`;
    return undefined;
  }
  if (hook.sleep !== undefined)
    await context.clock.sleep(hook.sleep.seconds * 1000, signal).catch(() => undefined);
  return undefined;
}
