import type { ControllerRevision as AppsControllerRevision } from '../../../kube/api/apps-v1.ts';
import type { PodTemplateSpec } from '../../../kube/api/core-v1.ts';
import type { KubeClient } from '../../../kube/client.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { isAlreadyExists } from '../controller.ts';
import { fnv32, safeEncode, sortedJson } from '../pods/template-hash.ts';
import { controllerRevisions } from '../refs.ts';

export type ControllerRevision = AppsControllerRevision & KubeObject;

/** What a revision keeps: a strategic merge patch that gives the template back. As `kubectl rollout undo` expects it. */
export function templatePatch(template: PodTemplateSpec): object {
  return { spec: { template: { ...template, $patch: 'replace' } } };
}

/** The template that a revision keeps. */
export function templateOf(revision: ControllerRevision): PodTemplateSpec {
  const data = revision.data as { readonly spec?: { readonly template?: object } } | undefined;
  const { $patch: _, ...template } = { $patch: '', ...data?.spec?.template };
  return template as PodTemplateSpec;
}

/** As Go writes it: keys in order, and no `<`, `>` or `&`. */
export function patchText(data: unknown): string {
  return sortedJson(data).replace(
    /[<>&\u2028\u2029]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

export const sameData = (a: ControllerRevision, b: ControllerRevision): boolean =>
  patchText(a.data) === patchText(b.data);

export function byRevision(a: ControllerRevision, b: ControllerRevision): number {
  if (a.revision !== b.revision) return a.revision - b.revision;
  const [one, other] = [a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? ''];
  if (one !== other) return one < other ? -1 : 1;
  return (a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1;
}

/** Mirrors HashControllerRevision of pkg/controller/history. */
export function revisionHash(data: unknown, collisionCount: number): string {
  return safeEncode(fnv32(patchText(data), String(collisionCount)));
}

const revisionName = (prefix: string, hash: string): string => `${prefix.slice(0, 223)}-${hash}`;

/**
 * Creates the revision under a name made of its content, or finds the one that is there already; another with that name makes
 * it try the next. Mirrors CreateControllerRevision of pkg/controller/history.
 */
export async function createRevision(
  client: KubeClient,
  parent: KubeObject,
  draft: ControllerRevision,
  collisionCount: number,
): Promise<{ readonly revision: ControllerRevision; readonly collisionCount: number }> {
  const { namespace = '', name: prefix = '' } = parent.metadata;
  for (let count = collisionCount; ; count++) {
    const name = revisionName(prefix, revisionHash(draft.data, count));
    const named = { ...draft, metadata: { ...draft.metadata, name, namespace } };
    try {
      const revision = await client.create<ControllerRevision>(controllerRevisions, namespace, named);
      return { revision, collisionCount: count };
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      const there = await client.get<ControllerRevision>(controllerRevisions, namespace, name);
      if (sameData(there, draft)) return { revision: there, collisionCount: count };
    }
  }
}

/** Gives it that number. */
export function renumber(
  client: KubeClient,
  revision: ControllerRevision,
  number: number,
): Promise<ControllerRevision> {
  return client.update<ControllerRevision>(controllerRevisions, { ...revision, revision: number });
}
