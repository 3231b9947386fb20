import type { Clock } from '../../base/clock.ts';
import type { KubeClient } from '../../kube/client.ts';
import { createInformer, keyOf } from '../../kube/informer.ts';
import type { KubeObject } from '../../kube/object.ts';
import { formatMicroTime } from '../../kube/time.ts';
import { nodesRef } from './nodes.ts';
import { type ReplayPod, StandInPod } from './stand-in-pod.ts';

const podsRef = { group: '', version: 'v1', plural: 'pods' };
const leasesRef = { group: 'coordination.k8s.io', version: 'v1', plural: 'leases' };
const beatMs = 2000;

/** The stand-in that the recordings describe: bound Pods run and are ready at once, annotations `fake/…` say otherwise. */
export function startStandInKubelet(client: KubeClient, clock: Clock): { stop(): void } {
  const pods = createInformer<ReplayPod>(client, podsRef, { clock });
  const nodes = createInformer<KubeObject>(client, nodesRef, { clock });
  const running = new Map<string, StandInPod>();
  pods.onChange((after, before) => {
    const object = after ?? before;
    if (object === undefined) return;
    const key = keyOf(object.metadata.namespace ?? '', object.metadata.name ?? '');
    const known = running.get(key);
    if (known !== undefined && known.uid !== after?.metadata.uid) {
      known.stop();
      running.delete(key);
    }
    if (after === undefined || (after.spec.nodeName ?? '') === '') return;
    let pod = running.get(key);
    if (pod === undefined) {
      pod = new StandInPod(client, clock, after.metadata.uid ?? '');
      running.set(key, pod);
    }
    pod.update(after);
  });
  const beat = async () => {
    for (const { metadata } of nodes.list()) {
      const name = metadata.name ?? '';
      if (metadata.annotations?.['fake/beat'] === 'off') continue;
      const spec = {
        holderIdentity: name,
        leaseDurationSeconds: 40,
        renewTime: formatMicroTime(clock.now()),
      };
      const lease = {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name, namespace: 'kube-node-lease' },
        spec,
      };
      await client
        .patch(leasesRef, 'kube-node-lease', name, 'merge', { spec })
        .catch(() => client.create(leasesRef, 'kube-node-lease', lease as KubeObject))
        .catch(() => undefined);
    }
  };
  pods.start();
  nodes.start();
  void nodes.synced.then(beat, () => undefined);
  const stopBeating = clock.every(beatMs, () => void beat());
  return {
    stop() {
      stopBeating();
      pods.stop();
      nodes.stop();
      for (const pod of running.values()) pod.stop();
    },
  };
}
