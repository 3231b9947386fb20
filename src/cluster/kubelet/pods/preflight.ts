import type { Pod } from '../../../kube/api/core-v1.ts';
import type { KubeletContext } from '../context.ts';
import { networkPluginText } from '../node/runtime-health.ts';
import { namespaceOf, podReference, specOf } from './pod.ts';

/** Whether the Pod can have an address; it is told when not. `networked`: what the runtime says of its network plugin. */
export function networkReady(context: KubeletContext, pod: Pod, networked: boolean): boolean {
  const node = context.objects.node();
  const addressed = node === undefined || (node.spec?.podCIDR ?? '') !== '';
  if (specOf(pod).hostNetwork === true || (addressed && networked)) return true;
  context.event(
    podReference(pod),
    'Warning',
    'NetworkNotReady',
    `network is not ready: ${networkPluginText}`,
  );
  return false;
}

/** Tells the Pod which of its imagePullSecrets are not there. */
export async function checkPullSecrets(context: KubeletContext, pod: Pod): Promise<void> {
  const missing: string[] = [];
  for (const { name = '' } of specOf(pod).imagePullSecrets ?? [])
    await context.objects.secret(namespaceOf(pod), name).catch(() => missing.push(name));
  if (missing.length === 0) return;
  context.event(
    podReference(pod),
    'Warning',
    'FailedToRetrieveImagePullSecret',
    `Unable to retrieve some image pull secrets (${missing.join(', ')}); attempting to pull the image may not succeed.`,
  );
}
