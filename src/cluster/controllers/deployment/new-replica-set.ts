import type { PodTemplateSpec } from '../../../kube/api/core-v1.ts';
import { cloneJson } from '../../../kube/object.ts';
import { sameMeaning } from '../../../kube/validation/pod/semantic.ts';
import { isAlreadyExists } from '../controller.ts';
import { controllerOf, ownerReference } from '../pods/owner.ts';
import { isNamespaceTerminating, messageOf } from '../pods/pod-control.ts';
import { templateHash } from '../pods/template-hash.ts';
import { replicaSets } from '../refs.ts';
import type { ReplicaSet } from '../replicaset/replica-kind.ts';
import { maxRevision, newSetAnnotations, revisionTextOf, withRevision } from './annotations.ts';
import { byCreation, type Deployment, newSize } from './arithmetic.ts';
import { conditionOf, hasDeadline, makeCondition, withCondition } from './conditions.ts';
import { type DeploymentParts, type SetsOfDeployment, writeStatus } from './parts.ts';

const hashLabel = 'pod-template-hash';

export interface Revisions extends SetsOfDeployment {
  /** As it was last written. */
  readonly deployment: Deployment;
}

/**
 * The ReplicaSets by age, the one with the Deployment's template apart, its revision the highest of all and told on the
 * Deployment; made when `create`. Mirrors getAllReplicaSetsAndSyncRevision.
 */
export async function syncRevisions(
  parts: DeploymentParts,
  deployment: Deployment,
  sets: readonly ReplicaSet[],
  create: boolean,
): Promise<Revisions> {
  const sorted = [...sets].sort(byCreation);
  const found = sorted.find((set) => equalIgnoringHash(set.spec?.template, deployment.spec?.template));
  const old = sorted.filter((set) => set.metadata.uid !== found?.metadata.uid);
  const revision = maxRevision(old) + 1;
  if (found !== undefined) return { old, ...(await keepCurrent(parts, deployment, found, revision)) };
  if (!create) return { old, current: undefined, deployment };
  return { old, ...(await createCurrent(parts, deployment, old, revision)) };
}

interface Current {
  readonly current: ReplicaSet;
  readonly deployment: Deployment;
}

async function keepCurrent(
  parts: DeploymentParts,
  deployment: Deployment,
  found: ReplicaSet,
  revision: number,
): Promise<Current> {
  const annotations = newSetAnnotations(deployment, found, revision, true);
  const minReadySeconds = deployment.spec?.minReadySeconds ?? 0;
  if (annotations !== undefined || (found.spec?.minReadySeconds ?? 0) !== minReadySeconds) {
    const draft: ReplicaSet = {
      ...found,
      metadata: { ...found.metadata, annotations: annotations ?? found.metadata.annotations },
      spec: { ...found.spec, minReadySeconds },
    };
    return { current: await parts.client.update<ReplicaSet>(replicaSets, draft), deployment };
  }
  let told = withRevision(deployment, revisionTextOf(found));
  if (hasDeadline(deployment) && conditionOf(deployment.status, 'Progressing') === undefined) {
    const message = `Found new replica set "${found.metadata.name ?? ''}"`;
    told = withCondition(
      told,
      makeCondition('Progressing', 'True', 'FoundNewReplicaSet', message, parts.now()),
    );
  }
  return {
    current: found,
    deployment: told === deployment ? deployment : await writeStatus(parts.client, told),
  };
}

async function createCurrent(
  parts: DeploymentParts,
  deployment: Deployment,
  old: readonly ReplicaSet[],
  revision: number,
): Promise<Current> {
  const draft = draftOf(parts, deployment, old, revision);
  const name = draft.metadata.name ?? '';
  let created: ReplicaSet;
  let isNew = true;
  try {
    created = await parts.client.create<ReplicaSet>(replicaSets, draft.metadata.namespace ?? '', draft);
  } catch (error) {
    if (isNamespaceTerminating(error)) throw error;
    if (!isAlreadyExists(error)) {
      await tellFailure(parts, deployment, `Failed to create new replica set "${name}": ${messageOf(error)}`);
      throw error;
    }
    created = await sameOrCollision(parts, deployment, draft, error);
    isNew = false;
  }
  const size = draft.spec?.replicas ?? 0;
  if (isNew && size > 0)
    parts.recorder.event(
      deployment,
      'Normal',
      'ScalingReplicaSet',
      `Scaled up replica set ${name} from 0 to ${size}`,
    );
  let told = withRevision(deployment, String(revision));
  if (isNew && hasDeadline(deployment)) {
    const message = `Created new replica set "${name}"`;
    told = withCondition(
      told,
      makeCondition('Progressing', 'True', 'NewReplicaSetCreated', message, parts.now()),
    );
  }
  return {
    current: created,
    deployment: told === deployment ? deployment : await writeStatus(parts.client, told),
  };
}

function draftOf(
  { schemas }: DeploymentParts,
  deployment: Deployment,
  old: readonly ReplicaSet[],
  revision: number,
): ReplicaSet {
  const { name = '', namespace = '' } = deployment.metadata;
  const template = cloneJson(deployment.spec?.template ?? {});
  const hash = templateHash(template, deployment.status?.collisionCount, schemas);
  const labels = { ...template.metadata?.labels, [hashLabel]: hash };
  const selector = deployment.spec?.selector ?? {};
  const draft: ReplicaSet = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${name}-${hash}`,
      namespace,
      labels: { ...labels },
      ownerReferences: [ownerReference(deployment)],
    },
    spec: {
      replicas: newSize(deployment, old, 0),
      minReadySeconds: deployment.spec?.minReadySeconds ?? 0,
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [hashLabel]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
  const annotations = newSetAnnotations(deployment, draft, revision, false);
  return annotations === undefined ? draft : { ...draft, metadata: { ...draft.metadata, annotations } };
}

/** The one that is there already, when it is ours; another with the same hash makes the next hash another one. */
async function sameOrCollision(
  { client }: DeploymentParts,
  deployment: Deployment,
  draft: ReplicaSet,
  error: unknown,
): Promise<ReplicaSet> {
  const { namespace = '', name = '' } = draft.metadata;
  const there = await client.get<ReplicaSet>(replicaSets, namespace, name);
  if (
    controllerOf(there)?.uid === deployment.metadata.uid &&
    equalIgnoringHash(deployment.spec?.template, there.spec?.template)
  )
    return there;
  const collisionCount = (deployment.status?.collisionCount ?? 0) + 1;
  await writeStatus(client, { ...deployment, status: { ...deployment.status, collisionCount } });
  throw error;
}

async function tellFailure(
  { client, recorder, now }: DeploymentParts,
  deployment: Deployment,
  message: string,
): Promise<void> {
  if (hasDeadline(deployment)) {
    const condition = makeCondition('Progressing', 'False', 'ReplicaSetCreateError', message, now());
    // What could not be created is what matters.
    await writeStatus(client, withCondition(deployment, condition)).catch(() => undefined);
  }
  recorder.event(deployment, 'Warning', 'ReplicaSetCreateError', message);
}

/** Whether two templates differ in nothing but the label that tells them apart. */
function equalIgnoringHash(a: PodTemplateSpec | undefined, b: PodTemplateSpec | undefined): boolean {
  return sameMeaning(withoutHash(a), withoutHash(b));
}

function withoutHash(template: PodTemplateSpec | undefined): PodTemplateSpec {
  const { [hashLabel]: _, ...labels } = template?.metadata?.labels ?? {};
  return { ...template, metadata: { ...template?.metadata, labels } };
}
