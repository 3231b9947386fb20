import { createEventRecorder } from '../../../kube/event-recorder.ts';
import { keyOf } from '../../../kube/informer.ts';
import type { LabelSelector } from '../../../kube/selectors/labels.ts';
import { type Controller, splitKey, startLoop } from '../controller.ts';
import { indexByLabel, selectedBy } from '../label-index.ts';
import type { Pod } from '../pods/pod-state.ts';
import { horizontalPodAutoscalers, pods as podsRef } from '../refs.ts';
import type { Autoscaler } from './autoscaler.ts';
import type { History } from './history.ts';
import { type AutoscalerParts, reconcileAutoscaler } from './reconcile.ts';

/** --horizontal-pod-autoscaler-sync-period: also before the first look. */
const syncMs = 15_000;

/** Sizes targets by what their Pods use. Mirrors pkg/controller/podautoscaler. */
export const horizontalPodAutoscalerController: Controller = {
  name: 'horizontal-pod-autoscaler-controller',
  account: 'horizontal-pod-autoscaler',
  start(context) {
    const { client, clock } = context;
    const autoscalers = context.informer<Autoscaler>(horizontalPodAutoscalers);
    const pods = context.informer<Pod>(podsRef);
    indexByLabel(pods);
    const selectors = new Map<string, LabelSelector>();
    const parts: AutoscalerParts = {
      client,
      recorder: createEventRecorder({ client, clock, component: 'horizontal-pod-autoscaler' }),
      now: () => clock.now(),
      podsOf: (namespace, selector) => selectedBy(pods, namespace, selector),
      selectedAlsoBy(key, selector, own) {
        selectors.set(key, selector);
        const { namespace } = splitKey(key);
        return [...selectors]
          .filter(
            ([other, theirs]) =>
              splitKey(other).namespace === namespace &&
              own.some(({ metadata }) => theirs.matches(metadata.labels)),
          )
          .map(([other]) => other)
          .sort();
      },
      histories: new Map<string, History>(),
      targets: new Map(),
    };
    const loop = startLoop(
      context,
      this.name,
      async (key) => {
        const { namespace, name } = splitKey(key);
        const hpa = autoscalers.get(namespace, name);
        if (hpa === undefined) {
          selectors.delete(key);
          parts.histories.delete(key);
          return undefined;
        }
        await reconcileAutoscaler(parts, key, hpa);
        return syncMs;
      },
      { ready: [autoscalers, pods] },
    );
    autoscalers.onChange((after, before) => {
      const { metadata } = (after ?? before) as Autoscaler;
      loop.queue.addAfter(
        keyOf(metadata.namespace ?? '', metadata.name ?? ''),
        after === undefined ? 0 : syncMs,
      );
    });
    return loop;
  },
};
