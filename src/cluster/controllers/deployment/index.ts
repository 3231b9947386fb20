import { createEventRecorder } from '../../../kube/event-recorder.ts';
import { keyOf } from '../../../kube/informer.ts';
import { equalJson, type KubeObject } from '../../../kube/object.ts';
import { labelSelectorFrom } from '../../../kube/selectors/labels.ts';
import { type Controller, splitKey, startLoop } from '../controller.ts';
import { gathering } from '../pods/gather.ts';
import { controlledBy, controllerOf, indexByController, resolveController } from '../pods/owner.ts';
import type { Pod } from '../pods/pod-state.ts';
import { deployments, pods as podsRef, replicaSets } from '../refs.ts';
import type { ReplicaSet } from '../replicaset/replica-kind.ts';
import type { Deployment } from './arithmetic.ts';
import { syncDeployment } from './sync.ts';

/** Rolls out templates by growing one ReplicaSet and shrinking others. Mirrors pkg/controller/deployment. */
export const deploymentController: Controller = {
  name: 'deployment-controller',
  account: 'deployment-controller',
  start(context) {
    const { client, clock } = context;
    const owners = context.informer<Deployment>(deployments);
    const sets = context.informer<ReplicaSet>(replicaSets);
    const pods = context.informer<Pod>(podsRef);
    indexByController(sets);
    indexByController(pods);
    const recorder = createEventRecorder({
      client,
      clock,
      component: 'deployment-controller',
      onTrouble: (error) => context.trouble('deployment-controller event', error),
    });
    const parts = { client, recorder, sets, pods, schemas: context.schemas, now: () => clock.now() };
    const loop = startLoop(
      context,
      this.name,
      async (key) => {
        const { namespace, name } = splitKey(key);
        const deployment = owners.get(namespace, name);
        return deployment === undefined ? undefined : syncDeployment(parts, deployment);
      },
      { ready: [owners, sets, pods] },
    );
    const wakeLater = gathering(loop.queue);
    const wake = (object: KubeObject | undefined) => {
      if (object !== undefined) wakeLater(keyOf(object.metadata.namespace ?? '', object.metadata.name ?? ''));
    };
    const ownerOf = (set: ReplicaSet) =>
      resolveController(owners, 'Deployment', set.metadata.namespace ?? '', controllerOf(set));
    owners.onChange((after, before) => wake(after ?? before));
    sets.onChange((after, before) => {
      if (before !== undefined && controllerOf(before)?.uid !== (after && controllerOf(after)?.uid))
        wake(ownerOf(before));
      if (after === undefined) return;
      if (controllerOf(after) !== undefined) {
        wake(ownerOf(after));
        return;
      }
      const isNew =
        before === undefined ||
        controllerOf(before) !== undefined ||
        !equalJson(before.metadata.labels ?? {}, after.metadata.labels ?? {});
      if (isNew)
        for (const owner of adopters(owners.list(after.metadata.namespace ?? ''), after)) wake(owner);
    });
    pods.onChange((after, before) => {
      // A Deployment that makes its Pods anew waits for the last old one to be gone.
      if (after !== undefined || before === undefined) return;
      const set = resolveController(
        sets,
        'ReplicaSet',
        before.metadata.namespace ?? '',
        controllerOf(before),
      );
      const owner = set === undefined ? undefined : ownerOf(set);
      if (owner === undefined || owner.spec?.strategy?.type !== 'Recreate') return;
      const left = controlledBy(sets, owner.metadata.uid ?? '').some(
        (one) => controlledBy(pods, one.metadata.uid ?? '').length > 0,
      );
      if (!left) wake(owner);
    });
    return loop;
  },
};

function adopters(owners: readonly Deployment[], set: ReplicaSet): readonly Deployment[] {
  return owners.filter((owner) => {
    try {
      const selector = labelSelectorFrom(owner.spec?.selector);
      return !selector.empty && selector.matches(set.metadata.labels ?? {});
    } catch {
      return false;
    }
  });
}
