import { StatusError } from '../../../kube/status.ts';
import type { ApiResponse } from '../../../kube/transport.ts';
import { textResponse } from '../answers/respond.ts';
import type { KubeletApi, PodRef } from '../node-access.ts';
import { messageOf } from '../streams/command-session.ts';

/** What the kubelet refuses before it upgrades: text, with the code that fits. Mirrors its streaming.WriteError. */
export async function refusalBefore(
  kubelet: KubeletApi,
  pod: PodRef,
  verb: 'exec' | 'attach' | 'portforward',
  container: string,
): Promise<ApiResponse | undefined> {
  try {
    await kubelet.prepare?.(pod, verb, container);
    return undefined;
  } catch (error) {
    const code = error instanceof StatusError ? (error.status.code ?? 500) : 500;
    return textResponse(code, messageOf(error));
  }
}
