import type { Pod } from '../../../kube/api/core-v1.ts';
import { type AnyContainer, formatPod, specOf } from '../pods/pod.ts';
import type { PulledImage } from '../runtime.ts';

/** The user a container runs as by its spec; undefined: the image's. */
export function runAsUser(pod: Pod, container: AnyContainer): number | undefined {
  return container.securityContext?.runAsUser ?? specOf(pod).securityContext?.runAsUser;
}

export function runAsGroup(pod: Pod, container: AnyContainer): number | undefined {
  return container.securityContext?.runAsGroup ?? specOf(pod).securityContext?.runAsGroup;
}

/** Throws an Error in upstream's words when it must not be root and may be. Mirrors verifyRunAsNonRoot. */
export function verifyNonRoot(pod: Pod, container: AnyContainer, image: PulledImage): void {
  const wanted =
    container.securityContext?.runAsNonRoot ?? specOf(pod).securityContext?.runAsNonRoot ?? false;
  if (!wanted) return;
  const who = `(pod: "${formatPod(pod)}", container: ${container.name})`;
  const user = runAsUser(pod, container);
  if (user !== undefined) {
    if (user === 0) throw new Error(`container's runAsUser breaks non-root policy ${who}`);
    return;
  }
  if (image.uid === undefined && image.username !== '')
    throw new Error(
      `container has runAsNonRoot and image has non-numeric user (${image.username}), cannot verify user is non-root ${who}`,
    );
  if ((image.uid ?? 0) === 0) throw new Error(`container has runAsNonRoot and image will run as root ${who}`);
}
