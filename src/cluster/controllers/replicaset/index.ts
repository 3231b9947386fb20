import { createEventRecorder } from '../../../kube/event-recorder.ts';
import { keyOf } from '../../../kube/informer.ts';
import type { KubeObject } from '../../../kube/object.ts';
import {
  type Controller,
  type ControllerContext,
  type RunningController,
  splitKey,
  startLoop,
} from '../controller.ts';
import { createExpectations } from '../pods/expectations.ts';
import { gathering } from '../pods/gather.ts';
import { indexByController } from '../pods/owner.ts';
import { createPodControl } from '../pods/pod-control.ts';
import type { Pod } from '../pods/pod-state.ts';
import { watchPods } from '../pods/watch-pods.ts';
import { pods as podsRef } from '../refs.ts';
import {
  type ReplicaKind,
  type Replicas,
  replicaSetKind,
  replicationControllerKind,
} from './replica-kind.ts';
import { syncReplicas } from './replicas.ts';

/** Mirrors pkg/controller/replicaset. */
export const replicaSetController: Controller = {
  name: 'replicaset-controller',
  account: 'replicaset-controller',
  start: (context) =>
    startReplicas(context, replicaSetKind, 'replicaset-controller', 'replicaset-controller'),
};

/** The same for the older kind. Mirrors pkg/controller/replication. */
export const replicationController: Controller = {
  name: 'replicationcontroller-controller',
  account: 'replication-controller',
  start: (context) =>
    startReplicas(
      context,
      replicationControllerKind,
      'replicationcontroller-controller',
      'replication-controller',
    ),
};

function startReplicas(
  context: ControllerContext,
  kind: ReplicaKind,
  name: string,
  component: string,
): RunningController {
  const { client, clock } = context;
  const owners = context.informer<Replicas>(kind.ref);
  const pods = context.informer<Pod>(podsRef);
  indexByController(pods);
  indexByController(owners);
  const recorder = createEventRecorder({
    client,
    clock,
    component,
    onTrouble: (error) => context.trouble(`${name} event`, error),
  });
  const expectations = createExpectations(clock);
  const parts = {
    kind,
    client,
    owners,
    pods,
    expectations,
    control: createPodControl(client, recorder),
    now: () => clock.now(),
  };
  const loop = startLoop(
    context,
    name,
    (key) => {
      const { namespace, name: owner } = splitKey(key);
      return syncReplicas(parts, key, namespace, owner);
    },
    { ready: [owners, pods] },
  );
  const wakeLater = gathering(loop.queue);
  const keyFor = (object: KubeObject) => keyOf(object.metadata.namespace ?? '', object.metadata.name ?? '');
  owners.onChange((after, before) => {
    if (before !== undefined && before.metadata.uid !== after?.metadata.uid)
      expectations.forget(keyFor(before));
    const object = after ?? before;
    if (object !== undefined) wakeLater(keyFor(object));
  });
  watchPods({
    pods,
    owners,
    kind: kind.kind,
    expectations,
    selectorOf: (owner) => kind.selectorOf(owner),
    wake: (owner, pod) => {
      wakeLater(keyFor(owner));
      // Nothing happens to a Pod that is ready when it has been so for long enough.
      const minReady = owner.spec?.minReadySeconds ?? 0;
      if (pod !== undefined && minReady > 0) loop.queue.addAfter(keyFor(owner), minReady * 1000 + 1000);
    },
  });
  return loop;
}
