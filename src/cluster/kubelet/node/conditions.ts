import type { NodeCondition } from '../../../kube/api/core-v1.ts';
import { formatTime } from '../../../kube/time.ts';

export type Readiness = { readonly ready: true } | { readonly ready: false; readonly message: string };

interface Wanted {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}

const pressureOf: {
  readonly [type: string]: readonly [good: string, goodText: string, bad: string, badText: string];
} = {
  MemoryPressure: [
    'KubeletHasSufficientMemory',
    'kubelet has sufficient memory available',
    'KubeletHasInsufficientMemory',
    'kubelet has insufficient memory available',
  ],
  DiskPressure: [
    'KubeletHasNoDiskPressure',
    'kubelet has no disk pressure',
    'KubeletHasDiskPressure',
    'kubelet has disk pressure',
  ],
  PIDPressure: [
    'KubeletHasSufficientPID',
    'kubelet has sufficient PID available',
    'KubeletHasInsufficientPID',
    'kubelet has insufficient PID available',
  ],
};

/** The four conditions of a Node, in upstream's order. Mirrors pkg/kubelet/nodestatus/setters.go. */
export function nodeConditions(
  before: readonly NodeCondition[],
  pressures: readonly string[],
  readiness: Readiness,
  nowMs: number,
): NodeCondition[] {
  const wanted: Wanted[] = Object.entries(pressureOf).map(([type, [good, goodText, bad, badText]]) => {
    const pressed = pressures.includes(type);
    return {
      type,
      status: pressed ? 'True' : 'False',
      reason: pressed ? bad : good,
      message: pressed ? badText : goodText,
    };
  });
  wanted.push({
    type: 'Ready',
    status: readiness.ready ? 'True' : 'False',
    reason: readiness.ready ? 'KubeletReady' : 'KubeletNotReady',
    message: readiness.ready ? 'kubelet is posting ready status' : readiness.message,
  });
  const now = formatTime(nowMs);
  return wanted.map(({ type, status, reason, message }) => {
    const old = before.find((one) => one.type === type);
    const lastTransitionTime = old?.status === status ? (old.lastTransitionTime ?? now) : now;
    return { type, status, lastHeartbeatTime: now, lastTransitionTime, reason, message };
  });
}

/** The Event's reason for a condition that turned. */
export function conditionReason({ type, status }: NodeCondition): string {
  if (type === 'Ready') return status === 'True' ? 'NodeReady' : 'NodeNotReady';
  const [good, , bad] = pressureOf[type] ?? ['', '', ''];
  return (status === 'True' ? bad : good).replace('Kubelet', 'Node');
}
