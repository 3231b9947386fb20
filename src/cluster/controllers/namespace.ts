import type { Namespace, NamespaceCondition } from '../../kube/api/core-v1.ts';
import type { KubeClient } from '../../kube/client.ts';
import { cloneJson, equalJson, type KubeObject } from '../../kube/object.ts';
import { formatTime, timeToMs } from '../../kube/time.ts';
import {
  type Controller,
  type ControllerContext,
  ignoring,
  isConflict,
  isNotFound,
  startLoop,
} from './controller.ts';
import { discoverResources, type KnownResource } from './discovery.ts';
import { namespaces } from './refs.ts';

const finalizer = 'kubernetes';
/** How soon it looks again while something is left, for example Pods in their grace period. */
const lookAgainMs = 500;
/**
 * How long a namespace is seen Terminating before its content goes, so that everybody has seen it. Upstream waits 5 s; the
 * mark has whole seconds, so this is between one and two.
 */
const settleMs = 2000;

/** Empties a namespace that was deleted, then lets it go. Mirrors pkg/controller/namespace/deletion. */
export const namespaceController: Controller = {
  name: 'namespace-controller',
  account: 'namespace-controller',
  start(context) {
    const spaces = context.informer<Namespace & KubeObject>(namespaces);
    const loop = startLoop(context, this.name, (name) => reconcile(context, name), {
      ready: [spaces],
      workers: 10,
    });
    spaces.onChange((after) => {
      if (after?.metadata.deletionTimestamp !== undefined) loop.queue.add(after.metadata.name ?? '');
    });
    return loop;
  },
};

async function reconcile(context: ControllerContext, name: string): Promise<number | undefined> {
  const { client } = context;
  const space = await client.find<Namespace & KubeObject>(namespaces, '', name);
  if (space?.metadata.deletionTimestamp === undefined) return undefined;
  const finalizers = space.spec?.finalizers ?? [];
  if (!finalizers.includes(finalizer)) return undefined;
  const markedForMs = context.clock.now() - timeToMs(space.metadata.deletionTimestamp);
  if (markedForMs < settleMs) return settleMs - markedForMs;
  const remaining = await empty(client, name);
  const conditions = conditionsOf(remaining, space.status?.conditions ?? [], formatTime(context.clock.now()));
  if (!equalJson(conditions, space.status?.conditions ?? [])) {
    const draft = cloneJson(space);
    draft.status = { ...draft.status, conditions };
    await ignoring(gone, client.update(namespaces, draft, { subresource: 'status' }));
  }
  if (remaining.resources.length > 0) return lookAgainMs;
  const last = await client.find<Namespace & KubeObject>(namespaces, '', name);
  if (last === undefined) return undefined;
  const draft = cloneJson(last);
  draft.spec = { ...draft.spec, finalizers: finalizers.filter((one) => one !== finalizer) };
  await ignoring(isNotFound, client.update(namespaces, draft, { subresource: 'finalize' }));
  return undefined;
}

const gone = (error: unknown) => isNotFound(error) || isConflict(error);

interface Remaining {
  /** `pods.` with how many, as the condition's message says it. */
  readonly resources: readonly { readonly name: string; readonly count: number }[];
  readonly finalizers: ReadonlyMap<string, number>;
}

async function empty(client: KubeClient, name: string): Promise<Remaining> {
  const known = (await discoverResources(client)).filter(
    ({ namespaced, verbs }) => namespaced && verbs.includes('delete') && verbs.includes('list'),
  );
  const left = await Promise.all(known.map((resource) => emptyOf(client, name, resource)));
  const finalizers = new Map<string, number>();
  for (const objects of left) {
    for (const object of objects) {
      for (const one of object.metadata.finalizers ?? []) finalizers.set(one, (finalizers.get(one) ?? 0) + 1);
    }
  }
  const resources = known.flatMap(({ plural, group }, i) => {
    const count = left[i]?.length ?? 0;
    return count === 0 ? [] : [{ name: `${plural}.${group}`, count }];
  });
  return { resources, finalizers };
}

async function emptyOf(
  client: KubeClient,
  namespace: string,
  resource: KnownResource,
): Promise<readonly KubeObject[]> {
  const before = await client.list(resource, { namespace });
  if (before.items.length === 0) return [];
  if (resource.verbs.includes('deletecollection')) {
    await client.deleteCollection(resource, namespace, { propagationPolicy: 'Background' });
  } else {
    for (const { metadata } of before.items) {
      await ignoring(
        gone,
        client.delete(resource, namespace, metadata.name ?? '', { propagationPolicy: 'Background' }),
      );
    }
  }
  return (await client.list(resource, { namespace })).items;
}

/** The five conditions, in upstream's words. They are only there once something remained. */
function conditionsOf(
  remaining: Remaining,
  before: readonly NamespaceCondition[],
  now: string,
): NamespaceCondition[] {
  const list = (
    entries: readonly (readonly [string, number])[],
    write: (name: string, count: number) => string,
  ) =>
    entries
      .map(([name, count]) => write(name, count))
      .sort()
      .join(', ');
  const resources = list(
    remaining.resources.map(({ name, count }) => [name, count] as const),
    (name, count) => `${name} has ${count} resource instances`,
  );
  const finalizers = list(
    [...remaining.finalizers],
    (name, count) => `${name} in ${count} resource instances`,
  );
  const wanted: Omit<NamespaceCondition, 'lastTransitionTime'>[] = [
    {
      type: 'NamespaceDeletionDiscoveryFailure',
      status: 'False',
      reason: 'ResourcesDiscovered',
      message: 'All resources successfully discovered',
    },
    {
      type: 'NamespaceDeletionGroupVersionParsingFailure',
      status: 'False',
      reason: 'ParsedGroupVersions',
      message: 'All legacy kube types successfully parsed',
    },
    {
      type: 'NamespaceDeletionContentFailure',
      status: 'False',
      reason: 'ContentDeleted',
      message: 'All content successfully deleted, may be waiting on finalization',
    },
    resources === ''
      ? {
          type: 'NamespaceContentRemaining',
          status: 'False',
          reason: 'ContentRemoved',
          message: 'All content successfully removed',
        }
      : {
          type: 'NamespaceContentRemaining',
          status: 'True',
          reason: 'SomeResourcesRemain',
          message: `Some resources are remaining: ${resources}`,
        },
    finalizers === ''
      ? {
          type: 'NamespaceFinalizersRemaining',
          status: 'False',
          reason: 'ContentHasNoFinalizers',
          message: 'All content-preserving finalizers finished',
        }
      : {
          type: 'NamespaceFinalizersRemaining',
          status: 'True',
          reason: 'SomeFinalizersRemain',
          message: `Some content in the namespace has finalizers remaining: ${finalizers}`,
        },
  ];
  return wanted.map((condition) => {
    const old = before.find(({ type }) => type === condition.type);
    const same = old?.status === condition.status;
    return { ...condition, lastTransitionTime: same ? old.lastTransitionTime : now };
  });
}
