import type { Pod } from '../../../kube/api/core-v1.ts';
import type { KubeletContext } from '../context.ts';
import { namespaceOf, podReference, specOf } from './pod.ts';

const networkText =
  'network is not ready: container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized';

/** Whether the Pod can have an address; it is told when not. */
export function networkReady(context: KubeletContext, pod: Pod): boolean {
  const node = context.objects.node();
  if (specOf(pod).hostNetwork === true || node === undefined || (node.spec?.podCIDR ?? '') !== '')
    return true;
  context.event(podReference(pod), 'Warning', 'NetworkNotReady', networkText);
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
