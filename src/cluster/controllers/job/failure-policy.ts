import type {
  PodFailurePolicy,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyOnPodConditionsPattern,
} from '../../../kube/api/batch-v1.ts';
import type { ContainerStatus } from '../../../kube/api/core-v1.ts';
import type { Pod } from '../pods/pod-state.ts';

export interface PolicyVerdict {
  /** `FailJob`: why. */
  readonly failsJob?: string;
  /** Whether it counts towards a limit. */
  readonly counts: boolean;
  /** Undefined: no rule said anything. */
  readonly action?: string;
}

/** What the first rule that matches says of a failed Pod. Mirrors matchPodFailurePolicy. */
export function matchFailurePolicy(policy: PodFailurePolicy | undefined, pod: Pod): PolicyVerdict {
  const { namespace = '', name = '' } = pod.metadata;
  for (const [i, { action, onExitCodes, onPodConditions }] of (policy?.rules ?? []).entries()) {
    const rule = `matching ${action} rule at index ${i}`;
    if (onExitCodes !== undefined) {
      const container = matchingContainer(pod, onExitCodes);
      if (container === undefined) continue;
      const code = container.state?.terminated?.exitCode ?? 0;
      return verdict(
        action,
        `Container ${container.name} for pod ${namespace}/${name} failed with exit code ${code} ${rule}`,
      );
    }
    const condition = matchingCondition(pod, onPodConditions ?? []);
    if (condition === undefined) continue;
    return verdict(action, `Pod ${namespace}/${name} has condition ${condition} ${rule}`);
  }
  return { counts: true };
}

function verdict(action: string, message: string): PolicyVerdict {
  return { counts: action !== 'Ignore', action, ...(action === 'FailJob' ? { failsJob: message } : {}) };
}

function matchingContainer(
  { status }: Pod,
  { containerName, operator, values }: PodFailurePolicyOnExitCodesRequirement,
): ContainerStatus | undefined {
  const all = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])];
  return all.find(({ name, state }) => {
    const code = state?.terminated?.exitCode ?? 0;
    if (code === 0 || (containerName !== undefined && containerName !== name)) return false;
    return values.includes(code) === (operator === 'In');
  });
}

function matchingCondition(
  { status }: Pod,
  patterns: readonly PodFailurePolicyOnPodConditionsPattern[],
): string | undefined {
  return (status?.conditions ?? []).find((condition) =>
    patterns.some(({ type, status: wanted }) => condition.type === type && condition.status === wanted),
  )?.type;
}
