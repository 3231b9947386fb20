import type { PodDisruptionBudget } from '../../../kube/api/policy-v1.ts';
import { failure, forbidden, type StatusError } from '../../../kube/status.ts';

const mostDisrupted = 2000;
const refusal = "Cannot evict pod as it would violate the pod's disruption budget.";
const budgets = { group: 'policy', resource: 'poddisruptionbudget' } as const;

/** 429: the budget's controller has not yet seen the last change. */
export function stillProcessed(name: string): StatusError {
  const message = `The disruption budget ${name} is still being processed by the server.`;
  return failure(429, 'TooManyRequests', refusal, {
    causes: [{ reason: 'DisruptionBudget', message }],
    retryAfterSeconds: 10,
  });
}

/** Takes one disruption from the budget, in place. Throws 429 when there is none. Mirrors checkAndDecrement. */
export function spendDisruption(budget: PodDisruptionBudget, pod: string, now: string): void {
  const { name = '', generation = 0 } = budget.metadata ?? {};
  const status = budget.status ?? {
    disruptionsAllowed: 0,
    currentHealthy: 0,
    desiredHealthy: 0,
    expectedPods: 0,
  };
  const { observedGeneration = 0, disruptionsAllowed = 0, disruptedPods = {} } = status;
  if (observedGeneration < generation) throw stillProcessed(name);
  if (disruptionsAllowed < 0) throw forbidden(budgets, name, 'pdb disruptions allowed is negative');
  if (Object.keys(disruptedPods).length > mostDisrupted)
    throw forbidden(
      budgets,
      name,
      'DisruptedPods map too big - too many evictions not confirmed by PDB controller',
    );
  if (disruptionsAllowed === 0) throw noneLeft(budget, name);
  const left = disruptionsAllowed - 1;
  const next = { ...status, disruptionsAllowed: left, disruptedPods: { ...disruptedPods, [pod]: now } };
  budget.status = next;
  if (left > 0) return;
  const exhausted = {
    type: 'DisruptionAllowed',
    status: 'False',
    observedGeneration: observedGeneration,
    lastTransitionTime: now,
    reason: 'InsufficientPods',
    message: '',
  };
  const before = status.conditions ?? [];
  const same = before.find(({ type }) => type === exhausted.type);
  if (same?.status === 'False') exhausted.lastTransitionTime = same.lastTransitionTime ?? now;
  next.conditions =
    same === undefined ? [...before, exhausted] : before.map((one) => (one === same ? exhausted : one));
}

function noneLeft({ status }: PodDisruptionBudget, name: string): StatusError {
  const { desiredHealthy = 0, currentHealthy = 0 } = status ?? {};
  const failed = status?.conditions?.find(
    (one) => one.type === 'DisruptionAllowed' && one.status === 'False' && one.reason === 'SyncFailed',
  );
  const message =
    failed === undefined
      ? `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`
      : `The disruption budget ${name} does not allow evicting pods currently because it failed sync: ${failed.message}`;
  return failure(429, 'TooManyRequests', refusal, { causes: [{ reason: 'DisruptionBudget', message }] });
}
