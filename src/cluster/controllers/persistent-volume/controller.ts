import type { Pod } from '../../../kube/api/core-v1.ts';
import { createEventRecorder } from '../../../kube/event-recorder.ts';
import { keyOf } from '../../../kube/informer.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { type Controller, splitKey, startLoop } from '../controller.ts';
import { persistentVolumeClaims, persistentVolumes, pods, storageClasses } from '../refs.ts';
import { Binding } from './bind.ts';
import { Claims } from './claims.ts';
import { Latest } from './latest.ts';
import type { ClaimObject, ClassObject, VolumeObject } from './matching.ts';
import { Volumes } from './volumes.ts';

/** The index of Pods that no node has yet by the claims they use. */
const waitingFor = 'unscheduled by claim';

/** Binds claims to volumes and frees the volumes of claims that are gone. Mirrors pkg/controller/volume/persistentvolume. */
export const persistentVolumeBinder: Controller = {
  name: 'persistentvolume-binder-controller',
  account: 'persistent-volume-binder',
  start(context) {
    const { client, clock } = context;
    const recorder = createEventRecorder({ client, clock, component: 'persistentvolume-controller' });
    const allVolumes = context.informer<VolumeObject>(persistentVolumes);
    const allClaims = context.informer<ClaimObject>(persistentVolumeClaims);
    const allPods = context.informer<Pod & KubeObject>(pods);
    const classes = context.informer<ClassObject>(storageClasses);
    allPods.addIndex(waitingFor, waitedClaims);
    const binding = new Binding(client, recorder, new Latest(allVolumes), new Latest(allClaims));
    const waitingPods = ({ metadata: { namespace = '', name = '' } }: ClaimObject) =>
      allPods.byIndex(waitingFor, keyOf(namespace, name)).map((pod) => pod.metadata.name ?? '');
    const claims = new Claims(binding, recorder, classes, waitingPods);
    const volumes = new Volumes(binding, client, recorder, (claim) =>
      loop.queue.add(claimKey(claim.metadata)),
    );
    // One worker for both: two must not give the same volume away.
    const loop = startLoop(
      context,
      this.name,
      async (key) => {
        const { namespace, name } = splitKey(key.slice(key.indexOf(':') + 1));
        if (key.startsWith('volume:')) {
          const volume = binding.volumes.get('', name);
          return volume === undefined ? undefined : volumes.sync(volume);
        }
        const claim = binding.claims.get(namespace, name);
        return claim === undefined ? undefined : claims.sync(claim);
      },
      { workers: 1, ready: [allVolumes, allClaims, allPods, classes] },
    );
    allClaims.onChange((after, before) => {
      if (after !== undefined) loop.queue.add(claimKey(after.metadata));
      else if ((before?.spec?.volumeName ?? '') !== '') loop.queue.add(`volume:${before?.spec?.volumeName}`);
    });
    allVolumes.onChange((after, before) => {
      if (after !== undefined) loop.queue.add(`volume:${after.metadata.name}`);
      else if (before?.spec?.claimRef !== undefined) loop.queue.add(claimKey(before.spec.claimRef));
    });
    return loop;
  },
};

interface Named {
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
}
const claimKey = ({ namespace = '', name = '' }: Named): string => `claim:${keyOf(namespace, name)}`;

function waitedClaims({ metadata: { namespace = '', name = '' }, spec, status }: Pod & KubeObject): string[] {
  if ((spec?.nodeName ?? '') !== '' || ['Succeeded', 'Failed'].includes(status?.phase ?? '')) return [];
  return (spec?.volumes ?? []).flatMap((volume) => {
    if (volume.persistentVolumeClaim !== undefined)
      return [keyOf(namespace, volume.persistentVolumeClaim.claimName)];
    return volume.ephemeral === undefined ? [] : [keyOf(namespace, `${name}-${volume.name}`)];
  });
}
