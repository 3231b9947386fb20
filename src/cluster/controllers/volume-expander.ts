import { createEventRecorder } from '../../kube/event-recorder.ts';
import { keyOf } from '../../kube/informer.ts';
import { compareQuantities } from '../../kube/quantity.ts';
import { type Controller, splitKey, startLoop } from './controller.ts';
import { type ClaimObject, givenSizeOf, wantedSizeOf } from './persistent-volume/matching.ts';
import { persistentVolumeClaims } from './refs.ts';

/** Whether a bound claim asks for more than it has. */
export const wantsMore = (claim: ClaimObject): boolean =>
  claim.status?.phase === 'Bound' &&
  (claim.spec?.volumeName ?? '') !== '' &&
  compareQuantities(wantedSizeOf(claim), givenSizeOf(claim)) > 0;

/** Tells that whoever made a volume has to enlarge it: none of ours is of a kind that it could itself. Mirrors pkg/controller/volume/expand. */
export const volumeExpander: Controller = {
  name: 'persistentvolume-expander-controller',
  account: 'expand-controller',
  start(context) {
    const { client, clock } = context;
    const recorder = createEventRecorder({ client, clock, component: 'volume_expand' });
    const claims = context.informer<ClaimObject>(persistentVolumeClaims);
    const loop = startLoop(
      context,
      this.name,
      async (key) => {
        const { namespace, name } = splitKey(key);
        const claim = claims.get(namespace, name);
        if (claim === undefined || !wantsMore(claim)) return;
        const message = 'waiting for an external controller to expand this PVC';
        recorder.event(claim, 'Normal', 'ExternalExpanding', message);
      },
      { ready: [claims] },
    );
    claims.onChange((after, before) => {
      if (after === undefined || before === undefined || !wantsMore(after)) return;
      if (compareQuantities(wantedSizeOf(after), wantedSizeOf(before)) > 0)
        loop.queue.add(keyOf(after.metadata.namespace ?? '', after.metadata.name ?? ''));
    });
    return loop;
  },
};
