import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../../kube/api/core-v1.ts';
import type { ResourceRef } from '../../kube/client.ts';
import { keyOf } from '../../kube/informer.ts';
import type { KubeObject } from '../../kube/object.ts';
import {
  type Controller,
  type ControllerContext,
  ignoring,
  isNotFound,
  splitKey,
  startLoop,
} from './controller.ts';
import { persistentVolumeClaims, persistentVolumes, pods } from './refs.ts';

const claimFinalizer = 'kubernetes.io/pvc-protection';
const volumeFinalizer = 'kubernetes.io/pv-protection';

/** A claim that a Pod uses does not go away. Mirrors pkg/controller/volume/pvcprotection. */
export const claimProtectionController: Controller = {
  name: 'persistentvolumeclaim-protection-controller',
  account: 'pvc-protection-controller',
  start(context) {
    const claims = context.informer<PersistentVolumeClaim & KubeObject>(persistentVolumeClaims);
    const all = context.informer<Pod & KubeObject>(pods);
    const loop = startLoop(
      context,
      this.name,
      async (key) => {
        const { namespace, name } = splitKey(key);
        const claim = claims.get(namespace, name);
        if (claim === undefined) return undefined;
        const used = () =>
          all.list(namespace).some((pod) => pod.spec?.nodeName !== undefined && claimsOf(pod).includes(name));
        await protect(context, persistentVolumeClaims, claim, claimFinalizer, used);
        return undefined;
      },
      { ready: [claims, all] },
    );
    claims.onChange((after) => {
      if (after !== undefined)
        loop.queue.add(keyOf(after.metadata.namespace ?? '', after.metadata.name ?? ''));
    });
    all.onChange((after, before) => {
      // A Pod in use only ever adds a reason to stay; that one ended is what may let a claim go.
      const pod = after ?? before;
      if (
        pod === undefined ||
        (after !== undefined && after.metadata.deletionTimestamp === undefined && !finished(after))
      )
        return;
      for (const name of claimsOf(pod)) loop.queue.add(keyOf(pod.metadata.namespace ?? '', name));
    });
    return loop;
  },
};

const finished = (pod: Pod) => pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';

/** Claims by name, and those that its ephemeral volumes made. */
function claimsOf(pod: Pod): readonly string[] {
  return (pod.spec?.volumes ?? []).flatMap((volume) => {
    if (volume.persistentVolumeClaim !== undefined) return [volume.persistentVolumeClaim.claimName];
    return volume.ephemeral === undefined ? [] : [`${pod.metadata?.name}-${volume.name}`];
  });
}

/** A volume that a claim is bound to does not go away. Mirrors pkg/controller/volume/pvprotection. */
export const volumeProtectionController: Controller = {
  name: 'persistentvolume-protection-controller',
  account: 'pv-protection-controller',
  start(context) {
    const volumes = context.informer<PersistentVolume & KubeObject>(persistentVolumes);
    const loop = startLoop(
      context,
      this.name,
      async (name) => {
        const volume = volumes.get('', name);
        if (volume === undefined) return undefined;
        await protect(
          context,
          persistentVolumes,
          volume,
          volumeFinalizer,
          () => volume.status?.phase === 'Bound',
        );
        return undefined;
      },
      { ready: [volumes] },
    );
    volumes.onChange((after) => {
      if (after !== undefined) loop.queue.add(after.metadata.name ?? '');
    });
    return loop;
  },
};

/** Adds the finalizer to what lives; takes it from what was deleted and nobody uses. */
async function protect(
  { client }: ControllerContext,
  ref: ResourceRef,
  object: KubeObject,
  finalizer: string,
  used: () => boolean,
): Promise<void> {
  const finalizers = object.metadata.finalizers ?? [];
  const has = finalizers.includes(finalizer);
  const deleted = object.metadata.deletionTimestamp !== undefined;
  if (deleted ? !has || used() : has) return;
  const wanted = deleted ? finalizers.filter((one) => one !== finalizer) : [...finalizers, finalizer];
  const draft = { ...object, metadata: { ...object.metadata, finalizers: wanted } };
  await ignoring(isNotFound, client.update(ref, draft));
}
