import type { KubeClient } from '../../../kube/client.ts';
import type { Informer } from '../../../kube/informer.ts';
import type { BuiltinSchemas } from '../../../kube/schema/load.ts';
import type { LabelSelector } from '../../../kube/selectors/labels.ts';
import { ignoring, isAlreadyExists, isNotFound } from '../controller.ts';
import {
  byRevision,
  type ControllerRevision,
  patchText,
  renumber,
  templatePatch,
} from '../history/revisions.ts';
import { claim } from '../pods/claim.ts';
import { controlledBy, orphansIn, ownerReference } from '../pods/owner.ts';
import type { Pod } from '../pods/pod-state.ts';
import { templateHash } from '../pods/template-hash.ts';
import { controllerRevisions, daemonSets, pods as podsRef } from '../refs.ts';
import { type DaemonSet, revisionLabel } from './daemon-pods.ts';

export interface DaemonHistory {
  readonly current: ControllerRevision;
  readonly old: readonly ControllerRevision[];
}

export interface HistoryParts {
  readonly client: KubeClient;
  readonly history: Informer<ControllerRevision>;
  readonly schemas: BuiltinSchemas | undefined;
}

/** The revision of the set's template, with the highest number, and all others. Mirrors constructHistory of update.go. */
export async function syncHistory(
  parts: HistoryParts,
  set: DaemonSet,
  selector: LabelSelector,
  pods: readonly Pod[],
): Promise<DaemonHistory> {
  const { client, history } = parts;
  const candidates = [
    ...controlledBy(history, set.metadata.uid ?? ''),
    ...orphansIn(history, set.metadata.namespace ?? ''),
  ];
  const claimed = await claim(candidates, {
    client,
    owner: set,
    ownerRef: daemonSets,
    ref: controllerRevisions,
    selector,
  });
  const labelled = await Promise.all(claimed.map((revision) => withLabel(client, revision)));
  const wanted = patchText(templatePatch(set.spec?.template ?? {}));
  const same = labelled.filter(({ data }) => patchText(data) === wanted).sort(byRevision);
  const old = labelled.filter((revision) => !same.includes(revision)).sort(byRevision);
  const number = Math.max(0, ...old.map(({ revision }) => revision)) + 1;
  const newest = same.at(-1);
  if (newest === undefined) return { current: await snapshot(parts, set, number), old };
  for (const other of same.slice(0, -1)) await drop(client, other, newest, pods);
  const current = newest.revision < number ? await renumber(client, newest, number) : newest;
  return { current, old };
}

/** Older ones had none: their name does as well. */
async function withLabel(client: KubeClient, revision: ControllerRevision): Promise<ControllerRevision> {
  const { labels = {}, name = '' } = revision.metadata;
  if (labels[revisionLabel] !== undefined) return revision;
  const metadata = { ...revision.metadata, labels: { ...labels, [revisionLabel]: name } };
  return client.update<ControllerRevision>(controllerRevisions, { ...revision, metadata });
}

/** Twice the same: its Pods count as those of the one that is kept. */
async function drop(
  client: KubeClient,
  { metadata }: ControllerRevision,
  kept: ControllerRevision,
  pods: readonly Pod[],
): Promise<void> {
  const hash = kept.metadata.labels?.[revisionLabel] ?? '';
  for (const pod of pods) {
    if (pod.metadata.labels?.[revisionLabel] === hash) continue;
    const labels = { ...pod.metadata.labels, [revisionLabel]: hash };
    await client.update<Pod>(podsRef, { ...pod, metadata: { ...pod.metadata, labels } });
  }
  await client.delete(controllerRevisions, metadata.namespace ?? '', metadata.name ?? '');
}

async function snapshot(
  { client, schemas }: HistoryParts,
  set: DaemonSet,
  revision: number,
): Promise<ControllerRevision> {
  const { name: setName = '', namespace = '', annotations } = set.metadata;
  const hash = templateHash(set.spec?.template, set.status?.collisionCount, schemas);
  const name = `${setName}-${hash}`;
  const data = templatePatch(set.spec?.template ?? {}) as NonNullable<ControllerRevision['data']>;
  try {
    return await client.create<ControllerRevision>(controllerRevisions, namespace, {
      apiVersion: 'apps/v1',
      kind: 'ControllerRevision',
      metadata: {
        name,
        namespace,
        labels: { ...set.spec?.template.metadata?.labels, [revisionLabel]: hash },
        ...(annotations === undefined ? {} : { annotations: { ...annotations } }),
        ownerReferences: [ownerReference(set)],
      },
      data,
      revision,
    });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    const there = await client.get<ControllerRevision>(controllerRevisions, namespace, name);
    if (patchText(there.data) === patchText(data)) return there;
    const fresh = await client.get<DaemonSet>(daemonSets, namespace, setName);
    const before = set.status?.collisionCount ?? 0;
    const now = fresh.status?.collisionCount ?? 0;
    if (before !== now)
      throw new Error(
        `found a stale collision count (${before}, expected ${now}) of DaemonSet "${setName}" while processing; will retry until it is updated`,
      );
    const status = { ...emptyStatus, ...fresh.status, collisionCount: now + 1 };
    await client.update<DaemonSet>(daemonSets, { ...fresh, status }, { subresource: 'status' });
    throw error;
  }
}

const emptyStatus = {
  currentNumberScheduled: 0,
  numberMisscheduled: 0,
  desiredNumberScheduled: 0,
  numberReady: 0,
};

/** Deletes the oldest that no Pod has, beyond those to keep. Mirrors cleanupHistory. */
export async function cleanUpHistory(
  client: KubeClient,
  set: DaemonSet,
  old: readonly ControllerRevision[],
  pods: readonly Pod[],
): Promise<void> {
  let surplus = old.length - (set.spec?.revisionHistoryLimit ?? 10);
  const live = new Set(pods.map(({ metadata }) => metadata.labels?.[revisionLabel]));
  for (const { metadata } of old) {
    if (surplus <= 0) return;
    if (live.has(metadata.labels?.[revisionLabel])) continue;
    await ignoring(
      isNotFound,
      client.delete(controllerRevisions, metadata.namespace ?? '', metadata.name ?? ''),
    );
    surplus -= 1;
  }
}
