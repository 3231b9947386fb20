import { createEventRecorder } from '../../../kube/event-recorder.ts';
import { keyOf } from '../../../kube/informer.ts';
import { equalJson, type KubeObject } from '../../../kube/object.ts';
import { labelSelectorFrom } from '../../../kube/selectors/labels.ts';
import { type Controller, splitKey, startLoop } from '../controller.ts';
import type { ControllerRevision } from '../history/revisions.ts';
import { createExpectations } from '../pods/expectations.ts';
import { gathering } from '../pods/gather.ts';
import { controllerOf, indexByController, resolveController } from '../pods/owner.ts';
import { createPodControl } from '../pods/pod-control.ts';
import type { Pod } from '../pods/pod-state.ts';
import { watchPods } from '../pods/watch-pods.ts';
import { controllerRevisions, daemonSets, nodes as nodesRef, pods as podsRef } from '../refs.ts';
import type { DaemonSet } from './daemon-pods.ts';
import { createFailedPods } from './failed-pods.ts';
import { fitOf, type Node } from './node-fit.ts';
import { syncDaemonSet } from './sync.ts';

/** One Pod on every node that fits. Mirrors pkg/controller/daemon. */
export const daemonSetController: Controller = {
  name: 'daemonset-controller',
  account: 'daemon-set-controller',
  start(context) {
    const { client, clock } = context;
    const owners = context.informer<DaemonSet>(daemonSets);
    const pods = context.informer<Pod>(podsRef);
    const nodes = context.informer<Node>(nodesRef);
    const history = context.informer<ControllerRevision>(controllerRevisions);
    indexByController(pods);
    indexByController(history);
    const recorder = createEventRecorder({
      client,
      clock,
      component: 'daemonset-controller',
      onTrouble: (error) => context.trouble('daemonset-controller event', error),
    });
    const expectations = createExpectations(clock);
    const parts = {
      client,
      recorder,
      pods,
      nodes,
      history,
      expectations,
      schemas: context.schemas,
      control: createPodControl(client, recorder),
      failedPods: createFailedPods(),
      now: () => clock.now(),
    };
    const loop = startLoop(
      context,
      this.name,
      async (key) => {
        const { namespace, name } = splitKey(key);
        const set = owners.get(namespace, name);
        if (set !== undefined) return syncDaemonSet(parts, key, set);
        expectations.forget(key);
        return undefined;
      },
      { ready: [owners, pods, nodes, history] },
    );
    const wakeLater = gathering(loop.queue);
    const keyFor = ({ metadata }: KubeObject) => keyOf(metadata.namespace ?? '', metadata.name ?? '');
    const wake = (set: DaemonSet | undefined) => {
      if (set !== undefined) wakeLater(keyFor(set));
    };
    owners.onChange((after, before) => {
      if (before !== undefined && before.metadata.uid !== after?.metadata.uid)
        expectations.forget(keyFor(before));
      wake(after ?? before);
    });
    watchPods({
      pods,
      owners,
      kind: 'DaemonSet',
      expectations,
      selectorOf: (set) => labelSelectorFrom(set.spec?.selector),
      wake: (set, becameReady) => {
        wake(set);
        const minReady = set.spec?.minReadySeconds ?? 0;
        if (becameReady !== undefined && minReady > 0)
          loop.queue.addAfter(keyFor(set), (minReady + 1) * 1000);
      },
    });
    history.onChange((after, before) => {
      const changed = after ?? before;
      if (changed === undefined) return;
      const { namespace = '' } = changed.metadata;
      wake(resolveController(owners, 'DaemonSet', namespace, controllerOf(changed)));
    });
    nodes.onChange((after, before) => {
      // That a node is gone shows when its Pods are.
      if (after === undefined || sameForDaemons(after, before)) return;
      for (const set of owners.list()) {
        const suits = fitOf(set);
        const now = suits(after);
        const was = before === undefined ? { run: false, stay: false } : suits(before);
        if (now.run !== was.run || now.stay !== was.stay) wake(set);
      }
    });
    return loop;
  },
};

/** Nothing changed that decides who runs there: most changes are signs of life. */
function sameForDaemons(after: Node, before: Node | undefined): boolean {
  return (
    before !== undefined &&
    equalJson(after.metadata.labels ?? {}, before.metadata.labels ?? {}) &&
    equalJson(after.spec?.taints ?? [], before.spec?.taints ?? [])
  );
}
