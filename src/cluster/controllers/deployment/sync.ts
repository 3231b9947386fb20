import { labelSelectorFrom } from '../../../kube/selectors/labels.ts';
import { claim } from '../pods/claim.ts';
import { controlledBy, orphansIn } from '../pods/owner.ts';
import { isTerminating } from '../pods/pod-state.ts';
import { deployments, replicaSets } from '../refs.ts';
import type { ReplicaSet } from '../replicaset/replica-kind.ts';
import type { Deployment } from './arithmetic.ts';
import { conditionOf, hasDeadline, makeCondition, withCondition } from './conditions.ts';
import { syncRevisions } from './new-replica-set.ts';
import { type DeploymentParts, writeStatus } from './parts.ts';
import { recreate, rollOut } from './rollout.ts';
import { cleanUp, isScaling, scaleAll } from './scale.ts';
import { syncStatus } from './status.ts';

/**
 * One look at one Deployment. Resolves with the milliseconds after which to look again. Mirrors syncDeployment of
 * pkg/controller/deployment.
 */
export async function syncDeployment(parts: DeploymentParts, found: Deployment): Promise<number | undefined> {
  const selector = labelSelectorFrom(found.spec?.selector);
  if (selector.empty) {
    await tellSelectsAll(parts, found);
    return undefined;
  }
  const namespace = found.metadata.namespace ?? '';
  const candidates = [
    ...controlledBy(parts.sets, found.metadata.uid ?? ''),
    ...orphansIn(parts.sets, namespace),
  ];
  const sets = await claim(candidates, {
    client: parts.client,
    owner: found,
    ownerRef: deployments,
    ref: replicaSets,
    selector,
  });
  if (isTerminating(found)) {
    const revisions = await syncRevisions(parts, found, sets, false);
    await syncStatus(parts, revisions.deployment, revisions);
    return undefined;
  }
  const deployment = await tellPaused(parts, found);
  if (deployment.spec?.paused === true) return resize(parts, deployment, sets);
  const revisions = await syncRevisions(parts, deployment, sets, false);
  if (isScaling(revisions.deployment, revisions)) return resize(parts, revisions.deployment, sets);
  const type = deployment.spec?.strategy?.type;
  if (type === 'Recreate') return recreate(parts, revisions.deployment, sets);
  if (type === 'RollingUpdate') return rollOut(parts, revisions.deployment, sets);
  throw new Error(`unexpected deployment strategy type: ${type ?? ''}`);
}

/** Of another size, or paused: no template is rolled out. */
async function resize(
  parts: DeploymentParts,
  before: Deployment,
  sets: readonly ReplicaSet[],
): Promise<undefined> {
  const revisions = await syncRevisions(parts, before, sets, false);
  const { deployment, old } = revisions;
  await scaleAll(parts, deployment, revisions);
  if (deployment.spec?.paused === true) await cleanUp(parts, deployment, old);
  await syncStatus(parts, deployment, revisions);
  return undefined;
}

/** That it is paused, or no longer, belongs to its progress: no deadline runs meanwhile. Mirrors checkPausedConditions. */
async function tellPaused({ client, now }: DeploymentParts, deployment: Deployment): Promise<Deployment> {
  if (!hasDeadline(deployment)) return deployment;
  const reason = conditionOf(deployment.status, 'Progressing')?.reason;
  if (reason === 'ProgressDeadlineExceeded') return deployment;
  const paused = deployment.spec?.paused === true;
  if (paused === (reason === 'DeploymentPaused')) return deployment;
  const condition = paused
    ? makeCondition('Progressing', 'Unknown', 'DeploymentPaused', 'Deployment is paused', now())
    : makeCondition('Progressing', 'Unknown', 'DeploymentResumed', 'Deployment is resumed', now());
  return writeStatus(client, withCondition(deployment, condition));
}

async function tellSelectsAll({ client, recorder }: DeploymentParts, deployment: Deployment): Promise<void> {
  recorder.event(
    deployment,
    'Warning',
    'SelectingAll',
    'This deployment is selecting all pods. A non-empty selector is required.',
  );
  const { generation = 0 } = deployment.metadata;
  if ((deployment.status?.observedGeneration ?? 0) < generation)
    await writeStatus(client, {
      ...deployment,
      status: { ...deployment.status, observedGeneration: generation },
    });
}
