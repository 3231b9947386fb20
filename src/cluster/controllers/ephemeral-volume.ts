import type { PersistentVolumeClaim, Pod, Volume } from '../../kube/api/core-v1.ts';
import { createEventRecorder } from '../../kube/event-recorder.ts';
import { keyOf } from '../../kube/informer.ts';
import type { KubeObject } from '../../kube/object.ts';
import { type Controller, splitKey, startLoop } from './controller.ts';
import { persistentVolumeClaims, pods } from './refs.ts';

type PodObject = Pod & KubeObject;
type ClaimObject = PersistentVolumeClaim & KubeObject;

const byClaim = 'ephemeral volumes by claim';

/** Makes the claims of the volumes that live as long as their Pod. Mirrors pkg/controller/volume/ephemeral. */
export const ephemeralVolumeController: Controller = {
  name: 'ephemeral-volume-controller',
  account: 'ephemeral-volume-controller',
  start(context) {
    const { client, clock } = context;
    const recorder = createEventRecorder({ client, clock, component: 'ephemeral_volume' });
    const allPods = context.informer<PodObject>(pods);
    const claims = context.informer<ClaimObject>(persistentVolumeClaims);
    allPods.addIndex(byClaim, (pod) =>
      ephemeralOf(pod).map(({ name }) => keyOf(pod.metadata.namespace ?? '', `${pod.metadata.name}-${name}`)),
    );
    const loop = startLoop(
      context,
      this.name,
      async (key) => {
        const { namespace, name } = splitKey(key);
        const pod = allPods.get(namespace, name);
        if (pod === undefined || pod.metadata.deletionTimestamp !== undefined) return;
        for (const volume of ephemeralOf(pod)) {
          try {
            const claim = claims.get(namespace, `${name}-${volume.name}`);
            if (claim === undefined)
              await client.create(persistentVolumeClaims, namespace, claimFor(pod, volume));
            else if (
              !claim.metadata.ownerReferences?.some(
                ({ uid, controller }) => controller === true && uid === pod.metadata.uid,
              )
            )
              throw new Error(
                `PVC ${namespace}/${claim.metadata.name} was not created for pod ${namespace}/${name} (pod is not owner)`,
              );
          } catch (error) {
            const why = error instanceof Error ? error.message : String(error);
            recorder.event(pod, 'Warning', 'FailedBinding', `ephemeral volume ${volume.name}: ${why}`);
            throw error;
          }
        }
      },
      { ready: [allPods, claims] },
    );
    allPods.onChange((after, before) => {
      // What volumes a Pod has never changes.
      if (after !== undefined && before === undefined && ephemeralOf(after).length > 0)
        loop.queue.add(keyOf(after.metadata.namespace ?? '', after.metadata.name ?? ''));
    });
    claims.onChange((after, before) => {
      if (after !== undefined || before === undefined) return;
      const key = keyOf(before.metadata.namespace ?? '', before.metadata.name ?? '');
      for (const { metadata } of allPods.byIndex(byClaim, key))
        loop.queue.add(keyOf(metadata.namespace ?? '', metadata.name ?? ''));
    });
    return loop;
  },
};

const ephemeralOf = ({ spec }: PodObject): readonly Volume[] =>
  (spec?.volumes ?? []).filter(({ ephemeral }) => ephemeral?.volumeClaimTemplate !== undefined);

function claimFor(
  { metadata: { name = '', namespace = '', uid = '' } }: PodObject,
  volume: Volume,
): ClaimObject {
  const template = volume.ephemeral?.volumeClaimTemplate;
  const { labels, annotations } = template?.metadata ?? {};
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: `${name}-${volume.name}`,
      namespace,
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
      ownerReferences: [
        { apiVersion: 'v1', kind: 'Pod', name, uid, controller: true, blockOwnerDeletion: true },
      ],
    },
    spec: template?.spec,
  };
}
