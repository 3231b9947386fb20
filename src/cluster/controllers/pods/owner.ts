import type { OwnerReference } from '../../../kube/api/meta-v1.ts';
import type { Informer } from '../../../kube/informer.ts';
import type { KubeObject } from '../../../kube/object.ts';

/** The one owner that manages it. */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find(({ controller }) => controller === true);
}

export function ownerReference(owner: KubeObject): OwnerReference {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name ?? '',
    uid: owner.metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  };
}

const controllerIndex = 'controller';
const orphansOf = (namespace: string) => `/${namespace}`;

/** Lets `dependentsOf` find what a controller owns, and what nobody does, without walking a whole namespace. */
export function indexByController(informer: Informer<KubeObject>): void {
  informer.addIndex(controllerIndex, (object) => [
    controllerOf(object)?.uid ?? orphansOf(object.metadata.namespace ?? ''),
  ]);
}

/** What `owner` controls. */
export function controlledBy<T extends KubeObject>(informer: Informer<T>, ownerUid: string): readonly T[] {
  return informer.byIndex(controllerIndex, ownerUid);
}

/** What nobody controls in that namespace. */
export function orphansIn<T extends KubeObject>(informer: Informer<T>, namespace: string): readonly T[] {
  return informer.byIndex(controllerIndex, orphansOf(namespace));
}

/** The object that `reference` means: of that kind, name and UID. */
export function resolveController<T extends KubeObject>(
  informer: Informer<T>,
  kind: string,
  namespace: string,
  reference: OwnerReference | undefined,
): T | undefined {
  if (reference?.kind !== kind) return undefined;
  const owner = informer.get(namespace, reference.name);
  return owner?.metadata.uid === reference.uid ? owner : undefined;
}
