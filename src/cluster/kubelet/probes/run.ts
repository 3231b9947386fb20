import type { Probe } from '../../../kube/api/core-v1.ts';
import type { KubeletContext } from '../context.ts';
import type { AnyContainer } from '../pods/pod.ts';
import { execSync, rpcError } from '../runtime/exec.ts';
import { grpcProbe } from './grpc.ts';
import { dialError, httpAsk, portOf } from './http.ts';

export type ProbeOutcome =
  /** With a `warning` all the same. */
  | { readonly kind: 'success'; readonly warning?: string }
  | { readonly kind: 'failure'; readonly message: string }
  /** It could not be made at all: it counts as nothing. */
  | { readonly kind: 'error'; readonly message: string };

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Makes one probe. Mirrors pkg/kubelet/prober/prober.go and pkg/probe. */
export async function runProbe(
  context: KubeletContext,
  container: AnyContainer,
  containerId: string,
  podIp: string,
  probe: Probe,
): Promise<ProbeOutcome> {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000;
  try {
    if (probe.exec !== undefined)
      return await execProbe(context, containerId, probe.exec.command ?? [], timeoutMs);
    if (probe.httpGet !== undefined) {
      const port = portOf(probe.httpGet.port, container);
      const answer = await httpAsk(context, podIp, port, probe.httpGet, timeoutMs, 'kube-probe');
      if (answer.kind === 'failed') return { kind: 'failure', message: answer.message };
      if (answer.status >= 300 && answer.status < 400)
        return { kind: 'success', warning: `Probe terminated redirects, Response body: ${answer.body}` };
      if (answer.status >= 200 && answer.status < 300) return { kind: 'success' };
      return { kind: 'failure', message: `HTTP probe failed with statuscode: ${answer.status}` };
    }
    if (probe.tcpSocket !== undefined) {
      const host = (probe.tcpSocket.host ?? '') === '' ? podIp : (probe.tcpSocket.host ?? '');
      return await tcpProbe(context, host, portOf(probe.tcpSocket.port, container), timeoutMs);
    }
    if (probe.grpc !== undefined) {
      const { port, service = '' } = probe.grpc;
      const from = context.network.host(context.settings.name);
      const wrong = await grpcProbe(context.clock, from, { ip: podIp, port, service }, timeoutMs);
      return wrong === undefined ? { kind: 'success' } : { kind: 'failure', message: wrong };
    }
  } catch (error) {
    return { kind: 'error', message: messageOf(error) };
  }
  return { kind: 'error', message: `missing probe handler for ${container.name}` };
}

async function execProbe(
  context: KubeletContext,
  id: string,
  command: readonly string[],
  timeoutMs: number,
): Promise<ProbeOutcome> {
  const outcome = await execSync(context.runtime, context.clock, id, command, timeoutMs);
  if (outcome.kind === 'timeout')
    return {
      kind: 'failure',
      message: `command timed out: "${command.join(' ')}" timed out after ${timeoutMs / 1000}s`,
    };
  if (outcome.kind === 'failed') return { kind: 'error', message: rpcError(outcome.message) };
  if (outcome.exitCode === 0) return { kind: 'success' };
  return { kind: 'failure', message: outcome.output };
}

async function tcpProbe(
  context: KubeletContext,
  host: string,
  port: number,
  timeoutMs: number,
): Promise<ProbeOutcome> {
  const failure = await connectOnce(context, host, port, timeoutMs);
  return failure === undefined ? { kind: 'success' } : { kind: 'failure', message: failure };
}

async function connectOnce(
  context: KubeletContext,
  host: string,
  port: number,
  timeoutMs: number,
): Promise<string | undefined> {
  const ending = new AbortController();
  const cancel = context.clock.after(timeoutMs, () => ending.abort(new Error('timeout')));
  const aborted = new Promise<never>((_, reject) => {
    ending.signal.addEventListener('abort', () => reject(ending.signal.reason), { once: true });
  });
  aborted.catch(() => undefined);
  try {
    const connecting = context.network.host(context.settings.name).connect(host, port, ending.signal);
    const connection = await Promise.race([connecting, aborted]);
    connection.destroy();
    return undefined;
  } catch (error) {
    return ending.signal.aborted
      ? `dial tcp ${host}:${port}: i/o timeout`
      : dialError(context.settings, host, port, error);
  } finally {
    cancel();
  }
}
