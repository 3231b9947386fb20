import type { Pod } from '../../../kube/api/core-v1.ts';
import type { PodRuntime } from '../runtime/pod-runtime.ts';

/** The grace of Pods that do not ask for another. */
const usualGraceSeconds = 30;

/** A Pod of which only its containers are left, as far as they tell; undefined without any. Mirrors kuberuntime's labels. */
export function orphanOf({ sandboxes, containers }: PodRuntime): Pod | undefined {
  const [sandbox] = sandboxes;
  if (sandbox === undefined) return undefined;
  const { namespace, name, uid, hostNetwork } = sandbox.config;
  const names = new Set(containers.map(({ config }) => config.name));
  return {
    metadata: { namespace, name, uid },
    spec: {
      hostNetwork,
      terminationGracePeriodSeconds: usualGraceSeconds,
      containers: [...names].map((container) => ({
        name: container,
        image: containers.find(({ config }) => config.name === container)?.config.image,
      })),
    },
  };
}
