import type { HTTPGetAction, LifecycleHandler, Pod } from '../../../kube/api/core-v1.ts';
import type { KubeletContext } from '../context.ts';
import { type AnyContainer, formatPod, podReference } from '../pods/pod.ts';
import { httpAsk, plainAnswer, portOf } from '../probes/http.ts';
import { execSync, rpcError } from './exec.ts';

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
    if (outcome.kind === 'failed') return `${what} - error: ${rpcError(outcome.message)}, message: ""`;
    if (outcome.exitCode === 0) return undefined;
    const why = `command '${command.join(' ')}' exited with ${outcome.exitCode}: `;
    return `${what} - error: ${why}, message: ${JSON.stringify(outcome.output)}`;
  }
  if (hook.httpGet !== undefined) {
    const failure = await httpHook(context, pod, container, podIp, hook.httpGet);
    return failure === undefined
      ? undefined
      : `HTTP lifecycle hook (${hook.httpGet.path ?? '/'}) ${where} - error: ${failure}`;
  }
  if (hook.sleep !== undefined)
    await context.clock.sleep(hook.sleep.seconds * 1000, signal).catch(() => undefined);
  return undefined;
}

const httpHookMs = 30_000;

/** Any answer will do; HTTPS that is answered in plain HTTP is asked again so. Mirrors runHTTPHandler. */
async function httpHook(
  context: KubeletContext,
  pod: Pod,
  container: AnyContainer,
  podIp: string,
  action: HTTPGetAction,
): Promise<string | undefined> {
  let port: number;
  try {
    port = portOf(action.port, container);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const ask = (get: HTTPGetAction) => httpAsk(context, podIp, port, get, httpHookMs, 'kube-lifecycle');
  const outcome = await ask(action);
  if (outcome.kind === 'answered') return undefined;
  if (!outcome.message.endsWith(plainAnswer)) return outcome.message;
  const again = await ask({ ...action, scheme: 'HTTP' });
  if (again.kind === 'failed') return outcome.message;
  const host = (action.host ?? '') === '' ? podIp : (action.host ?? '');
  context.event(
    podReference(pod),
    'Warning',
    'LifecycleHTTPFallback',
    `request to HTTPS lifecycle hook ${host}:${port} got HTTP response, retry with HTTP succeeded`,
  );
  return undefined;
}
