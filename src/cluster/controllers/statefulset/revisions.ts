import type { KubeClient } from '../../../kube/client.ts';
import type { Informer } from '../../../kube/informer.ts';
import type { LabelSelector } from '../../../kube/selectors/labels.ts';
import { ignoring, isNotFound } from '../controller.ts';
import {
  byRevision,
  type ControllerRevision,
  createRevision,
  renumber,
  revisionHash,
  sameData,
  templatePatch,
} from '../history/revisions.ts';
import { claim } from '../pods/claim.ts';
import { controlledBy, controllerOf, orphansIn, ownerReference } from '../pods/owner.ts';
import type { Pod } from '../pods/pod-state.ts';
import { controllerRevisions, statefulSets } from '../refs.ts';
import { revisionOfPod, type StatefulSet } from './identity.ts';

export interface SetRevisions {
  readonly all: readonly ControllerRevision[];
  /** What most Pods are made from. */
  readonly current: ControllerRevision;
  /** What the set asks for. */
  readonly update: ControllerRevision;
  readonly collisionCount: number;
}

/** Oldest first, after taking over orphans that match. Mirrors ListRevisions and adoptOrphanRevisions. */
export async function listRevisions(
  client: KubeClient,
  informer: Informer<ControllerRevision>,
  set: StatefulSet,
  selector: LabelSelector,
): Promise<readonly ControllerRevision[]> {
  const orphans = orphansIn(informer, set.metadata.namespace ?? '').filter(({ metadata }) =>
    selector.matches(metadata.labels ?? {}),
  );
  const own = controlledBy(informer, set.metadata.uid ?? '').filter(({ metadata }) =>
    selector.matches(metadata.labels ?? {}),
  );
  if (orphans.length > 0)
    await claim(orphans, { client, owner: set, ownerRef: statefulSets, ref: controllerRevisions, selector });
  return [...own, ...orphans].sort(byRevision);
}

/** Which revision the set asks for, made or renumbered when it is another one. Mirrors getStatefulSetRevisions. */
export async function revisionsOf(
  client: KubeClient,
  set: StatefulSet,
  known: readonly ControllerRevision[],
): Promise<SetRevisions> {
  const last = known.at(-1);
  const number = (last?.revision ?? 0) + 1;
  const before = set.status?.collisionCount ?? 0;
  const draft = draftOf(set, number, before);
  const equal = known.filter((revision) => sameData(revision, draft)).at(-1);
  let update: ControllerRevision;
  let collisionCount = before;
  if (equal !== undefined && last !== undefined && sameData(equal, last)) update = last;
  else if (equal !== undefined) update = await renumber(client, equal, number);
  else {
    const created = await createRevision(client, set, draft, before);
    update = created.revision;
    collisionCount = created.collisionCount;
  }
  const current = known.find(({ metadata }) => metadata.name === set.status?.currentRevision) ?? update;
  return { all: known, current, update, collisionCount };
}

function draftOf(set: StatefulSet, revision: number, collisionCount: number): ControllerRevision {
  const data = templatePatch(set.spec?.template ?? {}) as NonNullable<ControllerRevision['data']>;
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      labels: {
        ...set.spec?.template.metadata?.labels,
        'controller.kubernetes.io/hash': revisionHash(data, collisionCount),
      },
      ...(set.metadata.annotations === undefined ? {} : { annotations: { ...set.metadata.annotations } }),
      ownerReferences: [ownerReference(set)],
    },
    data,
    revision,
  };
}

/** Deletes the oldest revisions that nothing uses, beyond those to keep. Mirrors truncateHistory. */
export async function truncateHistory(
  client: KubeClient,
  set: StatefulSet,
  pods: readonly Pod[],
  { all, current, update }: SetRevisions,
): Promise<void> {
  const live = new Set([current.metadata.name, update.metadata.name, ...pods.map(revisionOfPod)]);
  const history = all.filter(
    (revision) => !live.has(revision.metadata.name) && controllerOf(revision)?.uid === set.metadata.uid,
  );
  const limit = set.spec?.revisionHistoryLimit ?? 10;
  if (limit < 0) return;
  for (const { metadata } of history.slice(0, Math.max(0, history.length - limit))) {
    const { namespace = '', name = '' } = metadata;
    await ignoring(isNotFound, client.delete(controllerRevisions, namespace, name));
  }
}
