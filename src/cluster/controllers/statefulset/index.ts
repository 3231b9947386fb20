import { createEventRecorder } from '../../../kube/event-recorder.ts';
import { keyOf } from '../../../kube/informer.ts';
import type { KubeObject } from '../../../kube/object.ts';
import { labelSelectorFrom } from '../../../kube/selectors/labels.ts';
import { type Controller, splitKey, startLoop } from '../controller.ts';
import type { ControllerRevision } from '../history/revisions.ts';
import { claim } from '../pods/claim.ts';
import { gathering } from '../pods/gather.ts';
import { controlledBy, indexByController, orphansIn } from '../pods/owner.ts';
import type { Pod } from '../pods/pod-state.ts';
import { watchPods } from '../pods/watch-pods.ts';
import { controllerRevisions, persistentVolumeClaims, pods as podsRef, statefulSets } from '../refs.ts';
import { type Claim, countOf, isMember, type StatefulSet } from './identity.ts';
import { updateReplicas } from './replicas.ts';
import { listRevisions, revisionsOf, truncateHistory } from './revisions.ts';
import { StatefulPods } from './stateful-pods.ts';
import { writeStatus } from './status.ts';

/** Pods with a number, a name and a disk of their own, one after the other. Mirrors pkg/controller/statefulset. */
export const statefulSetController: Controller = {
  name: 'statefulset-controller',
  account: 'statefulset-controller',
  start(context) {
    const { client, clock } = context;
    const owners = context.informer<StatefulSet>(statefulSets);
    const pods = context.informer<Pod>(podsRef);
    const claims = context.informer<Claim>(persistentVolumeClaims);
    const history = context.informer<ControllerRevision>(controllerRevisions);
    indexByController(pods);
    indexByController(history);
    const recorder = createEventRecorder({
      client,
      clock,
      component: 'statefulset-controller',
      onTrouble: (error) => context.trouble('statefulset-controller event', error),
    });
    const control = new StatefulPods({ client, recorder, claims });
    const sync = async (set: StatefulSet): Promise<number | undefined> => {
      const selector = labelSelectorFrom(set.spec?.selector);
      const known = await listRevisions(client, history, set, selector);
      const candidates = [
        ...controlledBy(pods, set.metadata.uid ?? ''),
        ...orphansIn(pods, set.metadata.namespace ?? '').filter((pod) => isMember(set, pod)),
      ];
      const own = await claim(candidates, {
        client,
        owner: set,
        ownerRef: statefulSets,
        ref: podsRef,
        selector,
        alsoMatches: (pod) => isMember(set, pod as Pod),
      });
      const revisions = await revisionsOf(client, set, known);
      const { status, failure } = await updateReplicas(control, set, own, revisions, clock.now());
      await writeStatus(client, set, status);
      if (failure !== undefined) throw failure.error;
      await truncateHistory(client, set, own, revisions);
      const minReady = set.spec?.minReadySeconds ?? 0;
      return minReady > 0 && status.availableReplicas !== countOf(set) ? minReady * 1000 : undefined;
    };
    const loop = startLoop(
      context,
      this.name,
      async (key) => {
        const { namespace, name } = splitKey(key);
        const set = owners.get(namespace, name);
        return set === undefined ? undefined : sync(set);
      },
      { ready: [owners, pods, claims, history] },
    );
    const wakeLater = gathering(loop.queue);
    const keyFor = ({ metadata }: KubeObject) => keyOf(metadata.namespace ?? '', metadata.name ?? '');
    owners.onChange((after, before) => {
      const object = after ?? before;
      if (object !== undefined) wakeLater(keyFor(object));
    });
    watchPods({
      pods,
      owners,
      kind: 'StatefulSet',
      expectations: undefined,
      selectorOf: (set) => labelSelectorFrom(set.spec?.selector),
      wake: (set, becameReady) => {
        wakeLater(keyFor(set));
        const minReady = set.spec?.minReadySeconds ?? 0;
        if (becameReady !== undefined && minReady > 0)
          loop.queue.addAfter(keyFor(set), (minReady + 1) * 1000);
      },
    });
    return loop;
  },
};
